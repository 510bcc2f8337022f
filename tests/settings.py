"""The service's settings as the tests run them: a demonstration in a temporary folder, nothing from outside.

Only DATABASE_URL is kept, which says whether this run is on PostgreSQL, and CELERY_BROKER_URL (see `broker`).
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "TEST_DATA_DIR" not in os.environ:  # pytest itself; its xdist workers inherit the folder and take a part each
    os.environ["TEST_DATA_DIR"] = tempfile.mkdtemp(prefix="tracker-test-")
    atexit.register(shutil.rmtree, os.environ["TEST_DATA_DIR"], ignore_errors=True)
for name in ("SECRET_KEY", "ALLOWED_HOSTS", "BASE_URL", "EMAIL_URL", "DEMO_PASSWORD", "DEFAULT_FROM_EMAIL"):
    os.environ.pop(name, None)
worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
os.environ["DEMO"] = "1"
os.environ["DATA_DIR"] = str(Path(os.environ["TEST_DATA_DIR"]) / worker)

from tracker.settings import *  # noqa: E402, F403
from tracker.settings import DATA_DIR, DATABASES, MEDIA_ROOT, STATIC_ROOT, STORAGES  # noqa: E402

for folder in (DATA_DIR, MEDIA_ROOT, STATIC_ROOT, DATA_DIR / "mail"):
    folder.mkdir(parents=True, exist_ok=True)

# A file, not memory: the browser tests' server threads each open the database for themselves.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
# Argon2 is slow on purpose; a test signs in hundreds of people.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Fingerprinted names need collectstatic first; script/test runs that once, apart.
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
# Nobody listens unless a test asks for the `broker` fixture; a task sent meanwhile is dropped with the process.
CELERY_BROKER_URL = "memory://"
