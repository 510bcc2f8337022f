"""What no test client shows: a browser that sends no referrer sends the origin "null", and the form has to arrive."""

import pytest

from tests.cast import NOW
from tests.reminders.scenes import action
from tracker.exports.models import CalendarFeed
from tracker.plans import external
from tracker.plans.models import Update

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_tries_before")]


def test_a_browser_posts_by_the_link_and_makes_a_calendar_address(cast, page, sign_in, settings, live_server, axe):
    step = action(cast, 10)
    step, grace = external.name_external(
        step, "Grace", "Obi", "Crown Lodge Housing", "grace.obi@crownlodge.example", seen_version=step.version,
        by=cast.amira, at=NOW,
    )  # fmt: skip
    settings.UPDATE_LINK_DAYS, settings.BASE_URL = 36_500, live_server.url
    page.goto(external.update_link(step, grace, NOW))
    page.fill("[name=done]", "Six rooms are ready.")
    page.check("[value=on_track]")
    page.click("main button[type=submit]")
    page.wait_for_selector("text=Your update is saved")
    assert Update.objects.get().by == grace
    assert axe(page) == []
    sign_in(page, cast.amira)
    page.goto("/calendar/")
    page.click("text=Make the address")
    page.wait_for_selector("text=Your calendar has an address")
    assert page.input_value("#address").startswith(f"{live_server.url}/calendar/")
    page.click("text=Take the address back")
    page.wait_for_selector("text=Taken back")
    assert CalendarFeed.objects.get().ended_at
    assert axe(page) == []
