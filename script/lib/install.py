"""Installs the pinned requirements into .venv; run by script/setup, with nothing but Python's own library."""

import fcntl
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "requirements.txt"
INSTALLED = VENV / "installed-requirements.txt"  # what script/setup compares with


def main():
    (ROOT / "var").mkdir(exist_ok=True)
    with open(ROOT / "var" / "setup.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two scripts started together: the second finds the work done
        wanted = REQUIREMENTS.read_bytes()
        if PYTHON.exists() and INSTALLED.exists() and INSTALLED.read_bytes() == wanted:
            return
        if Path(sys.prefix).resolve() != VENV:  # script/setup found no Python in .venv that works
            make_environment()
        print("Installing the packages in requirements.txt ...", flush=True)
        if not (install_with_uv() or install_with_pip()):
            sys.exit("The packages could not be installed: the reason is above.")
        INSTALLED.write_bytes(wanted)


def make_environment():
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        sys.exit(
            f"Python {sys.version_info[0]}.{sys.version_info[1]} is here without its venv module. "
            "On Debian or Ubuntu: apt-get install python3-venv."
        )
    print("Making .venv ...", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    if subprocess.run([sys.executable, "-m", "venv", VENV]).returncode:
        sys.exit("The virtual environment .venv could not be made: the reason is above.")


def install_with_uv():
    """True when uv, which installs ten times as fast as pip, has done it; uv itself comes by pip."""
    pin = re.search(r"(?m)^uv==[\w.]+", REQUIREMENTS.read_text())
    if not pin or subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", pin[0]]).returncode:
        return False
    command = [PYTHON, "-m", "uv", "pip", "install", "--quiet", "--python", PYTHON, "-r", REQUIREMENTS]
    if subprocess.run(command, env=os.environ | pips_sources_for_uv()).returncode:
        print("uv could not install them; trying pip ...", flush=True)
        return False
    return True


def install_with_pip():
    return subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", "-r", REQUIREMENTS]).returncode == 0


def pips_sources_for_uv():
    """Where this machine tells pip to find packages, in uv's words: uv does not read what pip is told."""
    listing = subprocess.run([PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True).stdout
    pip = dict(re.findall(r"(?m)^(?:global|install|:env:)\.([\w-]+)='(.*)'$", listing))
    found = {
        "UV_DEFAULT_INDEX": pip.get("index-url"),
        "UV_INDEX": pip.get("extra-index-url"),
        "UV_FIND_LINKS": ",".join(pip.get("find-links", "").split()),
        "SSL_CERT_FILE": pip.get("cert"),
        # pip takes the best version from any source; uv would stop at the first source that has the name
        "UV_INDEX_STRATEGY": "unsafe-best-match" if "extra-index-url" in pip else None,
    }
    return {name: value for name, value in found.items() if value and name not in os.environ}


if __name__ == "__main__":
    main()
