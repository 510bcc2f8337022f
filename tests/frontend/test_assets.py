"""The files that script/frontend leaves: complete, ours, and fit for fingerprinted names."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from .markup import ROOT

OURS = ROOT / "static"


@pytest.fixture(scope="module")
def built() -> Path:
    folder = Path(settings.FRONTEND_DIR) / "frontend"
    if not folder.is_dir():
        pytest.fail("The front-end files are missing. Run script/frontend first.")
    return folder


def styles(built: Path) -> dict[str, str]:
    return {file.name: file.read_text("utf-8") for file in [*built.glob("*.css"), *OURS.glob("*.css")]}


def test_no_absolute_address(built):
    for name, css in styles(built).items():
        assert re.findall(r"url\([\"']?/[^)]*", css) == [], name


def test_every_image_named_is_there(built):
    for name, css in styles(built).items():
        for address in re.findall(r"url\([\"']?([^)\"']+)", css):
            assert address.startswith("data:") or (built / address).is_file(), f"{name}: {address}"


def test_no_font_of_gov_uk(built):
    for name, css in styles(built).items():
        assert "GDS Transport" not in css and "@font-face" not in css, name
    assert not [*built.rglob("*.woff"), *built.rglob("*.woff2")]


def test_no_crown_and_no_crest(built):
    for name, css in styles(built).items():
        assert not re.search(r"url\([^)]*(crown|crest|logo)", css), name
    named = [file.name for folder in (built, OURS) for file in folder.rglob("*")]
    assert not [name for name in named if re.search("crown|crest|govuk-icon|opengraph|favicon", name)]


def test_no_map_is_named_that_is_not_there(built):
    for file in [*built.glob("*.css"), *built.glob("*.js")]:
        assert "sourceMappingURL" not in file.read_text("utf-8"), file.name


def test_what_the_pages_ask_for_is_there(built):
    asked = set()
    for template in (ROOT / "templates").rglob("*.html"):
        text = template.read_text("utf-8")
        asked |= set(re.findall(r"static\(['\"]([^'\"]+)", text)) | set(re.findall(r"=\"/static/([^\"]+)", text))
    assert "frontend/govuk-frontend.min.css" in asked
    for name in sorted(asked - {"charts.js"}):  # charts.js stands in base.html's own explanation
        assert (built.parent / name).is_file() or (OURS / name).is_file(), name


def test_no_inline_script_or_style_in_any_template():
    for template in (ROOT / "templates").rglob("*.html"):
        if "mail" in template.parts:
            continue
        text = re.sub(r"{#.*?#}", "", template.read_text("utf-8"), flags=re.S)
        assert not re.search(r"<style|\sstyle=|\son\w+=\"|<script(?![^>]*\ssrc=)", text), template


def test_collectstatic_makes_fingerprinted_names(built, tmp_path):
    """With the storage of production, where a single address that leads nowhere is a failure."""
    lines = [
        "from tests.settings import *",
        f"STATIC_ROOT = {str(tmp_path)!r}",
        'STORAGES["staticfiles"] = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}',
    ]
    (tmp_path / "fingerprinted.py").write_text("\n".join(lines))
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity=0", "--settings=fingerprinted"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        check=True,
    )
    manifest = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    assert re.fullmatch(r"app\.[0-9a-f]{12}\.css", manifest["app.css"])
    moj = (tmp_path / manifest["frontend/moj-frontend.min.css"]).read_text("utf-8")
    assert re.search(r"url\(\"?images/icon-close-cross-black\.[0-9a-f]{12}\.svg", moj)


def test_a_second_call_has_nothing_to_do(built):
    done = subprocess.run([sys.executable, ROOT / "script" / "frontend"], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.parametrize("name", ["package.json", "package-lock.json", "script/frontend"])
def test_no_address_of_a_registry(name):
    assert "://" not in (ROOT / name).read_text("utf-8")


def test_every_package_is_pinned_exactly():
    package = json.loads((ROOT / "package.json").read_text())
    versions = {**package["dependencies"], **package["devDependencies"]}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions.values()), versions
