"""A stand-in for GOV.UK Notify, which the service's mail goes to."""

import pytest

from .notify_stand_in import KEY, TEMPLATE, serve


@pytest.fixture
def notify(settings):
    stand_in, end = serve()
    settings.MAIL_SENDER, settings.NOTIFY_BASE_URL = "notify", stand_in.url
    settings.NOTIFY_API_KEY, settings.NOTIFY_TEMPLATE_ID = KEY, TEMPLATE
    settings.NOTIFY_CALLBACK_TOKEN = "a-token-that-only-notify-and-we-know"
    settings.EMAIL_TIMEOUT = 5
    yield stand_in
    end()
