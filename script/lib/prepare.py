"""Brings the database and the static files up to this checkout, and a new demonstration its data.

Run by script/server at each start, and by script/manage (with the word `data`) when it meets an empty data
folder. What is done already costs next to nothing.
"""

import hashlib
import os
import sys

import django
from django.conf import settings
from django.core.management import call_command

EMBEDDED = "embedded"


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
    django.setup()
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    data_only = sys.argv[1:] == ["data"]
    call_command("migrate", interactive=False, verbosity=0 if data_only else 1)
    call_command("load_reference", verbosity=0)
    if not data_only:
        collect_static_files()
    if settings.DEMO:
        load_demonstration()


def collect_static_files():
    """Copies, fingerprints and compresses them, which takes seconds, only when one of them has changed."""
    mark = settings.DATA_DIR / "static.mark"
    found = hashlib.sha256()
    for folder in settings.STATICFILES_DIRS:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                found.update(f"{path}|{path.stat().st_size}|{path.stat().st_mtime_ns}\n".encode())
    found.update((settings.BASE_DIR / "requirements.txt").read_bytes())  # the admin's files come from Django
    if settings.STATIC_ROOT.exists() and mark.exists() and mark.read_text() == found.hexdigest():
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=1)
    mark.write_text(found.hexdigest())


def load_demonstration():
    """Once for each database: what people change in a demonstration afterwards stays as they left it.

    var/demonstration lists the demonstration databases (script/manage goes by it), and
    var/demonstration-loaded those that have had their data.
    """
    database = os.environ.get("DATABASE_URL") or EMBEDDED
    add_line(settings.DATA_DIR / "demonstration", database)
    loaded = settings.DATA_DIR / "demonstration-loaded"
    if not has_line(loaded, database):
        call_command("load_demo")
        add_line(loaded, database)


def has_line(path, line):
    return path.exists() and line in path.read_text().splitlines()


def add_line(path, line):
    if has_line(path, line):
        return
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
        file.write(line + "\n")


if __name__ == "__main__":
    main()
