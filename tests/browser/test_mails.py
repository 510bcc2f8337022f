"""Mails in a browser: what a mail program shows has no barrier, wide or narrow."""

import pytest

from tests.conftest import DESKTOP, PHONE
from tests.reminders.test_snapshots import SNAPSHOTS

WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize(
    "name", ["digest", "urgent", "summary", "alert", "alert_late", "held", "outside", "every_kind"]
)
def test_the_html_of_a_mail(browser, axe, name):
    """The snapshot itself, which is the mail as it goes out (tests/reminders/test_snapshots.py)."""
    html = (SNAPSHOTS / f"{name}.html").read_text()
    for viewport in (DESKTOP, PHONE):
        page = browser.new_page(viewport=viewport)
        page.set_content(html)
        assert axe(page) == []
        assert page.evaluate(WIDER) == 0, "nothing is scrolled sideways"
        page.close()
