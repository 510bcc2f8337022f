"""An alert in a real browser: raised on a telephone, acknowledged late, answered, watched, ended by three people."""

import datetime as dt

import pytest
from django.utils import timezone

from tests.cast import assemble
from tests.conftest import PHONE
from tracker.alerts.escalating import climb
from tracker.alerts.models import AlertCase, AlertDraft
from tracker.plans.models import Action
from tracker.words import day
from tracker.working_days import london_day

pytestmark = pytest.mark.both_databases

ON_A_TRAIN = {"viewport": PHONE, "is_mobile": True, "has_touch": True}
CHECKS = "Nobody checks who was not seen"


@pytest.fixture
def cast(live_server):
    return assemble()


@pytest.fixture
def as_(cast, open_page, sign_in):
    """`as_("amira")`: her browser."""

    def as_(who, **how):
        page = open_page(**how)
        sign_in(page, cast.person(who))
        return page

    return as_


def banner(page) -> str:
    return page.get_by_role("alert").first.inner_text()


def press(page, name, exact=True):
    page.get_by_role("button", name=name, exact=exact).click()


def barriers(page, axe) -> list[str]:
    width, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return axe(page) + ([f"{width} pixels wide"] if width > room else [])


def raised_on_a_telephone(page, axe) -> str:
    """The address of the alert."""
    page.goto("/alerts/")
    assert page.locator("h1").inner_text() == "0 open alerts"
    page.get_by_role("button", name="Raise an alert").click()
    page.get_by_label("Which organisation?").select_option(
        label="Hammersmith, Fulham, Kensington, Chelsea and Westminster PDU"
    )
    page.get_by_label("Unallocated cases", exact=True).check()
    page.get_by_label("Concern 1").fill("993 cases have no named practitioner")
    press(page, "Add another concern")
    assert page.get_by_label("Concern 1").input_value() == "993 cases have no named practitioner"
    page.get_by_label("Concern 2").fill(CHECKS)
    press(page, "Save and go on later")
    assert "Kept as you typed it" in banner(page) and AlertCase.objects.count() == 0
    page.goto("/alerts/raise/")
    assert "This is what you had typed on" in page.locator("main").inner_text()
    assert page.get_by_label("Concern 2").input_value() == CHECKS

    page.expected = [r"status of 422"]
    press(page, "Raise this alert")
    assert page.title().startswith("Error: ") and barriers(page, axe) == []
    assert page.get_by_label("Concern 2").input_value() == CHECKS, "what was typed stays"
    page.get_by_label("What is counted?").fill("Cases without a named practitioner")
    page.get_by_label("Unit").fill("cases")
    page.get_by_label("First reading").fill("993")
    page.get_by_label("Target (optional)").fill("0")
    page.get_by_label("What is required of the place?").fill("Give every case a practitioner")
    assert barriers(page, axe) == []
    press(page, "Raise this alert")
    assert "Raised: the organisational alert about HFKCW. Amira Khan and Rosa Diaz will be told" in banner(page)
    said = page.locator("main").inner_text()
    assert "Acknowledgement due by 11:59pm on" in said and "2 concerns without an action" in said
    assert "Alerts (1 open)" in page.locator(".govuk-service-navigation").text_content()
    assert not AlertDraft.objects.exists() and barriers(page, axe) == []
    return page.url


def respond(page, url, text):
    page.goto(url)
    page.get_by_role("button", name="Send the written response").click()
    page.get_by_label("What is the response?").fill(text)
    press(page, "Send the response")
    assert "Sent: the response" in banner(page)


def judge(page, url, decision, why=""):
    page.goto(url)
    page.get_by_role("button", name="Judge the response").click()
    page.get_by_label(decision).check()
    page.get_by_label("What does it lack?").fill(why)
    press(page, "Save the judgement")


def read(page, url, value, as_at):
    page.goto(url)
    page.get_by_role("link", name="Enter readings").or_(page.get_by_role("button", name="Enter readings")).first.click()
    page.get_by_label("Value, cases").fill(value)
    page.get_by_label("As at").fill(day(as_at))
    press(page, "Save the readings")
    assert "1 reading entered" in banner(page)


def test_an_alert_from_the_train_to_the_stand_down(as_, cast, axe):
    ivy = as_("ivy", **ON_A_TRAIN)
    url = raised_on_a_telephone(ivy, axe)

    # Ten days pass and nobody acknowledges.
    now = timezone.now()
    AlertCase.objects.update(raised_at=now - dt.timedelta(days=10))
    climb(now)
    amira = as_("amira")
    amira.goto("/alerts/")
    assert "Acknowledgement was due by" in amira.locator("main").inner_text()
    assert "Overdue by" in " ".join(amira.locator("main").inner_text().split())
    assert barriers(amira, axe) == []
    amira.goto(url)
    said = amira.locator("main").inner_text()
    assert "working days late" in said
    assert "Reached: Head of PDU" in said and "Reached: Regional Probation Director" in said
    assert barriers(amira, axe) == []
    amira.get_by_role("button", name="Acknowledge this alert").click()
    press(amira, "Acknowledge")
    assert banner(amira).endswith(
        "Acknowledged: the organisational alert about HFKCW. Ivy Clarke will be told by e-mail."
    )

    # Every concern needs an action before the response goes out.
    amira.get_by_role("button", name="Add an action").click()
    amira.get_by_label("What will be done?").fill("Allocate every case")
    for box in amira.get_by_role("group", name="Which concerns does it answer?").get_by_role("checkbox").all():
        box.check()
    amira.get_by_label("Who owns it?").select_option(value=f"post-{cast.head_of_hfkcw.pk}")
    amira.locator("[name=target]").fill(day(london_day(now) + dt.timedelta(days=30)))
    press(amira, "Add this action")
    assert "without an action" not in amira.locator("main").inner_text()
    respond(amira, url, "We allocate them.")
    judge(ivy, url, "Return it, with reasons", "By when, and who checks?")
    assert "Returned with reasons" in banner(ivy) and "Amira Khan will be told" in banner(ivy)
    respond(amira, url, "Within four weeks. I check each Friday.")
    judge(ivy, url, "Accept it")
    assert "Accepted: the response" in banner(ivy)

    # Watched: it gets better, then worse, and the level above looks at it.
    today = london_day(timezone.now())
    read(amira, url, "800", today - dt.timedelta(days=1))
    read(amira, url, "950", today)
    assert "Worse beyond the margin: Cases without a named practitioner" in banner(amira)
    climb(timezone.now())
    amira.goto(url)
    said = amira.locator("main").inner_text()
    assert "got worse on" in said and "the level above has to look at it now" in said
    assert amira.locator("svg[role=img] title").text_content() == "Cases without a named practitioner"
    assert barriers(amira, axe) == []
    rosa = as_("rosa")
    rosa.goto(url)
    rosa.get_by_role("button", name="Record a checkpoint").click()
    rosa.get_by_label("What did you see?").fill("Two officers left; two come on Monday.")
    press(rosa, "Record it")
    assert "Two officers left; two come on Monday." in rosa.locator("main").inner_text()
    assert "has to look at it now" not in rosa.locator("main").inner_text()

    # Three people end it.
    read(amira, url, "0", today)
    Action.objects.update(state="verified")
    amira.goto(url)
    amira.get_by_role("link", name="Ask for the stand-down").click()
    amira.get_by_label("What is the exit plan?").fill("The count stays on Monday's agenda.")
    press(amira, "Ask for it")
    assert "Rosa Diaz" in banner(amira)
    for page, decision, said in (
        (rosa, "Agree to the stand-down", "Agreed to"),
        (ivy, "Confirm the stand-down", "Confirmed"),
    ):
        page.goto(url)
        page.get_by_role("button", name="Decide on the stand-down").click()
        page.get_by_label(decision).check()
        press(page, "Save the decision")
        assert f"{said}: the stand-down" in banner(page)
    assert "Stood down on" in ivy.locator("main").inner_text() and barriers(ivy, axe) == []
    ivy.goto("/alerts/")
    assert "No alert that you may see is open" in ivy.locator("main").inner_text()


def test_what_is_typed_is_kept_by_itself(as_, cast, axe):
    ivy = as_("ivy", **ON_A_TRAIN)
    ivy.clock.install()
    ivy.goto("/alerts/raise/")
    ivy.clock.run_for(30_000)
    assert not AlertDraft.objects.exists(), "nothing was typed"
    ivy.get_by_label("Concern 1").fill("993 cases have no named practitioner")
    ivy.clock.run_for(10_000)
    ivy.get_by_text("Saved at ").wait_for()
    assert barriers(ivy, axe) == []
    ivy.goto("/alerts/")
    ivy.get_by_role("link", name="Go on with your draft").click()
    assert ivy.get_by_label("Concern 1").input_value() == "993 cases have no named practitioner"

    ivy.context.clear_cookies()
    ivy.expected = [r"Failed to load resource", r"Failed to fetch", r"status of"]
    ivy.get_by_label("Concern 1").fill("993 cases, and 58 of them are MAPPA cases")
    ivy.clock.run_for(10_000)
    ivy.get_by_text("Not saved yet.").wait_for()
    assert ivy.get_by_label("Concern 1").input_value().endswith("MAPPA cases")
