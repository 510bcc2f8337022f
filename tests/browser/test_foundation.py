"""What the service is for, in a real browser, on the loaded demonstration: from the report to the reminder."""

import datetime as dt
import re

import pypdfium2
import pytest
from django.core.management import call_command
from django.utils import timezone

from tests.conftest import DESKTOP, PHONE
from tracker.demonstration import load
from tracker.people import operations as people
from tracker.people.models import User
from tracker.plans import operations as plans
from tracker.plans.models import Action, FollowUp, Update
from tracker.plans.rules import TargetDate
from tracker.working_days import london_day

PASSWORD = "a-password-for-tests"
SIZES = {"1280": {"viewport": DESKTOP}, "375": {"viewport": PHONE, "is_mobile": True, "has_touch": True}}
NEW = "Book a room for the fifth training session"

pytestmark = pytest.mark.both_databases


@pytest.fixture
def demonstration(live_server):
    return load.load(timezone.now(), PASSWORD)


def somebody(address) -> User:
    return User.objects.get(email=f"{address}@demo.example")


def in_days(number) -> str:
    day = london_day(timezone.now()) + dt.timedelta(days=number)
    return f"{day.day} {day:%B %Y}"


def to_hfkcw(number=1) -> FollowUp:
    return FollowUp.objects.get(inspection__slug="hfkcw", recommendation__number=number)


def sign_in_by_password(page, address):
    page.goto("/")
    page.get_by_label("Email address").fill(f"{address}@demo.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()


def is_narrow(page) -> bool:
    return page.viewport_size["width"] == PHONE["width"]


def choose(page, name):
    """An item of the service navigation; on a telephone it is behind a button."""
    if is_narrow(page):
        page.get_by_role("button", name="Menu").click()
    page.locator(".govuk-service-navigation").get_by_role("link", name=name, exact=True).click()


def heading(page) -> str:
    return page.locator("h1").inner_text()


def banner(page) -> str:
    return page.get_by_role("alert").first.inner_text()


@pytest.mark.parametrize("size", SIZES)
def test_the_head_of_hfkcw_from_the_report_to_the_reminder(demonstration, open_page, size):
    page = open_page(**SIZES[size])
    sign_in_by_password(page, "head.hfkcw")
    assert re.match(r"\d+ actions? (is|are) (overdue|due)", heading(page))

    # The eight recommendations to their PDU
    choose(page, "Recommendations")
    if is_narrow(page):
        page.get_by_role("button", name="Show filters").click()
    page.get_by_label("Organisation", exact=True).select_option("HFKCW")
    page.get_by_role("button", name="Apply filters").click()
    assert heading(page) == "8 recommendations to HFKCW"
    assert page.locator("main .app-list > li").count() == 8

    # The fourteen of the report, and the alert with its eight concerns
    choose(page, "Inspections")
    page.get_by_role("link", name=re.compile("Hammersmith|HFKCW")).first.click()
    recommendations = page.locator("main").get_by_text(re.compile(r"^Recommendation \d+$"))
    assert recommendations.all_inner_texts() == [f"Recommendation {number}" for number in range(1, 15)]
    page.get_by_role("heading", name="Organisational alert").wait_for()
    assert page.locator("h3:has-text('Concerns') + ul > li").count() == 8
    assert "993" in page.locator("main").inner_text()

    # An action due in ten days
    page.get_by_role("link", name="Recommendation 1", exact=True).click()
    page.get_by_role("button", name="Add an action").click()
    page.get_by_label("What will be done?").fill(NEW)
    page.get_by_label("By when?").fill(in_days(10))
    page.get_by_role("button", name="Add this action").click()
    assert "Added to recommendation 1" in banner(page)
    assert f"“{NEW}”" in banner(page)

    # An update
    page.get_by_role("link", name=NEW, exact=True).click()
    assert heading(page) == NEW
    page.get_by_label("What has been done?").fill("Two rooms were looked at.")
    page.get_by_label("At risk").check()
    page.get_by_label("What is next?").fill("Choose one")
    page.get_by_role("button", name="Save update").click()
    assert "Update saved: at risk" in banner(page)
    assert "Two rooms were looked at." in page.locator(".app-update").first.inner_text()
    update = Update.objects.get(action__what=NEW)
    assert (update.by, update.next_step) == (somebody("head.hfkcw"), "Choose one")

    # The reminder, that night
    call_command("sweep", now=True)
    choose(page, "Sent")
    page.get_by_role("link", name=re.compile("due by|overdue")).first.click()
    page.get_by_role("link", name=NEW).wait_for()
    assert NEW in page.locator(".app-mail").inner_text()
    page.get_by_role("link", name=NEW).click()
    assert heading(page) == NEW
    assert page.evaluate("document.documentElement.scrollWidth <= screen.width")


def test_a_button_pressed_twice_and_a_form_sent_again_are_one_deed(demonstration, open_page, sign_in):
    page = open_page()
    sign_in(page, somebody("head.hfkcw"))
    page.goto(f"/recommendations/{to_hfkcw().pk}/actions/new/")
    page.get_by_label("What will be done?").fill(NEW)
    page.get_by_label("By when?").fill(in_days(10))
    key = page.locator("main input[name=key]").input_value()
    page.get_by_role("button", name="Add this action").dblclick()
    page.get_by_role("alert").first.wait_for()
    assert Action.objects.filter(what=NEW).count() == 1

    # Back, and once more with the same form
    page.goto(f"/recommendations/{to_hfkcw().pk}/actions/new/")
    page.locator("main input[name=key]").evaluate("(field, key) => field.value = key", key)
    page.get_by_label("What will be done?").fill(NEW)
    page.get_by_role("button", name="Add this action").click()
    page.get_by_role("alert").first.wait_for()
    assert Action.objects.filter(what=NEW).count() == 1


def test_the_second_editor_is_told_who_was_first_and_loses_nothing(demonstration, open_page, sign_in):
    first, second = somebody("officer.hfkcw"), somebody("head.hfkcw")
    people.give_role(first, "lead", to_hfkcw().addressee, by=None, at=timezone.now())
    row = Action.objects.filter(follow_ups=to_hfkcw()).order_by("pk").first()
    page = open_page()
    sign_in(page, second)
    page.goto(f"/actions/{row.pk}/edit/")
    page.get_by_label("What will be done?").fill("Train everyone, and look at what they learnt")
    page.get_by_label("How will you know that it worked?").fill("60 of 60")

    plans.edit_action(
        Action.objects.get(pk=row.pk), what="Train the team managers first", owner_person=somebody("officer.hfkcw"),
        target=TargetDate(row.target_wording, row.target_precision, row.due_by), seen_version=row.version,
        by=somebody("officer.hfkcw"), at=timezone.now(),
    )  # fmt: skip

    page.expected = [r"status of 409"]
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        page.get_by_role("button", name="Save").click()
    assert answered.value.status == 409
    assert "Omar Farah changed this" in page.locator("main").inner_text()
    both = page.locator("section[aria-labelledby=conflict-title]").inner_text()
    assert "Train the team managers first" in both and "Train everyone, and look at what they learnt" in both
    assert page.get_by_label("What will be done?").input_value() == "Train everyone, and look at what they learnt"
    assert page.get_by_label("How will you know that it worked?").input_value() == "60 of 60"

    page.get_by_role("button", name="Keep mine").click()
    assert "Changed: “Train everyone, and look at what they learnt”" in banner(page)
    assert Action.objects.get(pk=row.pk).success_measure == "60 of 60"


def test_an_inspector_sees_what_waits_for_them(demonstration, open_page):
    page = open_page()
    sign_in_by_password(page, "inspector")
    assert heading(page) == "An alert needs you"
    assert "1 claim waits for verification, for 4 days" in page.locator("main").inner_text()
    late = page.locator("h2:has-text('Responses that are late') + ul > li")
    assert late.count() > 0
    assert "overdue" in late.first.inner_text().lower()
    page.get_by_role("link", name=re.compile("whose response is late")).click()
    assert re.match(r"\d+ recommendations?, awaiting response, overdue", heading(page))


def test_an_officer_sees_only_what_is_theirs(demonstration, open_page):
    page, omar = open_page(), somebody("officer.hfkcw")
    sign_in_by_password(page, "officer.hfkcw")
    assert re.match(r"Update \d+ actions? this week", heading(page))
    theirs = Action.objects.filter(owner_person=omar)
    others = Action.objects.filter(organisation__slug="hfkcw").exclude(owner_person=omar)
    assert theirs and others
    page.goto("/actions/")
    assert heading(page) == f"{theirs.count()} actions"
    shown = page.locator("main").inner_text()
    assert all(action.what in shown for action in theirs)
    assert not [action for action in others if action.what in shown]
    page.expected = [r"status of 404"]
    assert page.goto(f"/actions/{others[0].pk}/").status == 404


def test_a_recommendation_prints_without_navigation_and_forms(demonstration, open_page, sign_in):
    page = open_page()
    sign_in(page, somebody("head.hfkcw"))
    page.goto(f"/recommendations/{to_hfkcw().pk}/")
    navigation = page.locator(".govuk-service-navigation, .govuk-breadcrumbs, form, .govuk-button")
    assert navigation.first.is_visible()
    page.emulate_media(media="print")
    assert not [place for place in navigation.all() if place.is_visible()]
    for part in ("h1", "blockquote", ".moj-timeline"):
        assert page.locator(part).first.is_visible(), part


@pytest.mark.parametrize(("who", "address"), [("head.hfkcw", "/overview/hfkcw/"), ("inspector", "/alerts/")])
def test_on_paper_no_heading_is_left_behind_and_the_chart_is_there(demonstration, open_page, sign_in, who, address):
    page = open_page()
    sign_in(page, somebody(who))
    page.goto(address)
    if address == "/alerts/":
        page.get_by_role("link", name="Ealing and Hillingdon PDU").click()
        page.wait_for_url(re.compile(r"/alerts/\d+/$"))
    headings = {" ".join(one.split()) for one in page.locator("main :is(h1, h2, h3, caption)").all_inner_texts()}
    page.emulate_media(media="print")
    assert page.locator(".app-chart").first.is_visible() and not page.locator("footer").is_visible()
    sheets = list(pypdfium2.PdfDocument(page.pdf(format="A4")))
    texts = [sheet.get_textpage().get_text_range().strip() for sheet in sheets]
    assert len(texts) > 1 and "Accessibility statement" not in "".join(texts)
    assert not [text for text in texts if " ".join(text.splitlines()[-1].split()) in headings]
