"""The service's settings with the admin list that `pages` compares ours with."""

from tracker.settings import *  # noqa: F403
from tracker.settings import STORAGES

ROOT_URLCONF = "script.benches._pages_urls"
# Fingerprinted names need collectstatic; the pages' own work is what is measured.
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
