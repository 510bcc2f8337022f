"""Dates, counts and addresses on pages; the furniture; what a missing name does."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import jinja2
import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.template.loader import render_to_string
from django.test import RequestFactory

from tracker import words
from tracker.jinja import TAGS, Furniture, environment, tag_class, this_page

from .markup import pages

TODAY = date(2026, 11, 21)


def draw(template: str, **context) -> str:
    return pages().from_string(template).render(context).strip()


@pytest.mark.parametrize(
    "value, wanted",
    [
        (date(2026, 11, 30), "30 November 2026"),
        (date(2026, 6, 4), "4 June 2026"),
        (datetime(2026, 6, 30, 23, 30, tzinfo=UTC), "1 July 2026"),  # already tomorrow in London
        (None, "no date"),
        (words.NO_DATE, "no date"),
    ],
)
def test_date(value, wanted):
    assert draw("{{ value | date }}", value=value) == wanted


def test_shorter_dates():
    assert draw("{{ day | short_date }}, {{ day | month }}", day=date(2022, 10, 3)) == "3 Oct 2022, October 2022"


@pytest.mark.parametrize(
    "value, wanted",
    [
        (datetime(2026, 11, 30, 10, 42, tzinfo=UTC), "10:42am"),
        (datetime(2026, 6, 30, 10, 42, tzinfo=UTC), "11:42am"),  # summer time
        (datetime(2026, 11, 30, 12, 0, tzinfo=UTC), "midday"),
        (datetime(2026, 11, 30, 12, 1, tzinfo=UTC), "12:01pm"),
        (datetime(2026, 11, 30, 0, 5, tzinfo=UTC), "12:05am"),
        (datetime(2026, 11, 30, 0, 0, tzinfo=UTC), "midnight"),
        (datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC), "11:59pm"),
        (datetime(2026, 11, 30, 8, 0, tzinfo=UTC), "8:00am"),
    ],
)
def test_time(value, wanted):
    assert draw("{{ value | time }}", value=value) == wanted


def test_date_and_time():
    at = datetime(2026, 11, 30, 10, 42, tzinfo=UTC)
    assert draw("{{ at | datetime }}", at=at) == "30 November 2026 at 10:42am"


@pytest.mark.parametrize(
    "day, wanted",
    [(9, "12 days ago"), (20, "yesterday"), (21, "today"), (22, "tomorrow"), (25, "in 4 days")],
)
def test_relative_days(day, wanted):
    assert draw("{{ day | relative_days(today) }}", day=date(2026, 11, day), today=TODAY) == wanted


def test_counts():
    template = "{{ n | plural('action') }} {{ n | verb }} overdue, {{ n | days }}, {{ n | plural('reply', 'replies') }}"
    assert draw(template, n=1) == "1 action is overdue, 1 day, 1 reply"
    assert draw(template, n=1204) == "1,204 actions are overdue, 1,204 days, 1,204 replies"
    assert draw(template, n=0) == "0 actions are overdue, 0 days, 0 replies"


def test_linebreaks_keeps_paragraphs_and_escapes():
    text = "One <b>\r\nline\n\n\nTwo & three\n"
    wanted = '<p class="govuk-body">One &lt;b&gt;<br>line</p>\n<p class="govuk-body">Two &amp; three</p>'
    assert draw("{{ text | linebreaks }}", text=text) != "" and str(words.linebreaks(text)) == wanted
    assert str(words.linebreaks("")) == ""


def test_only_html_is_escaped(tmp_path):
    for name in ("mail.txt", "mail.html"):
        (tmp_path / name).write_text("{{ text }}")
    env = environment(loader=jinja2.FileSystemLoader(tmp_path))
    assert env.get_template("mail.txt").render(text="Leicester & Rutland") == "Leicester & Rutland"
    assert env.get_template("mail.html").render(text="Leicester & Rutland") == "Leicester &amp; Rutland"


@pytest.mark.parametrize("template", ["{{ absent }}", "{% if absent %}{% endif %}", "{{ row.absent }}"])
def test_a_missing_name_is_an_error(template):
    with pytest.raises(jinja2.UndefinedError):
        draw(template, row=TODAY)


def test_this_page_changes_one_question_and_keeps_the_rest():
    request = SimpleNamespace(path="/actions/", GET=QueryDict("state=open&state=claimed&after=3"))
    assert this_page(request, after=None, sort="due") == "/actions/?state=open&state=claimed&sort=due"
    assert this_page(request, after=None, state=None) == "/actions/"


def test_every_tag_of_the_pages_has_a_colour():
    assert len(TAGS) == 22
    assert tag_class("Overdue") == "govuk-tag--red"
    assert tag_class("In progress") == ""  # the plain tag is blue
    with pytest.raises(KeyError, match="Rejected"):
        tag_class("Rejected")


@pytest.mark.parametrize(
    "due, done, wanted",
    [
        (date(2026, 11, 9), False, "Overdue by 12 days"),
        (date(2026, 11, 20), False, "Overdue by 1 day"),
        (TODAY, False, "Due soon today"),
        (date(2026, 11, 25), False, "Due soon in 4 days"),
        (date(2027, 1, 4), False, ""),
        (date(2026, 11, 9), True, ""),
    ],
)
def test_contextual_date(due, done, wanted):
    template = (
        "{% from 'parts/tag.html' import contextual_date %}{{ contextual_date(due, today, done=done) | striptags }}"
    )
    assert draw(template, due=due, today=TODAY, done=done) == f"{words.day(due)} {wanted}".strip()


@pytest.mark.parametrize("due", [None, words.NO_DATE])
def test_no_date_says_so(due):
    template = "{% from 'parts/tag.html' import contextual_date %}{{ contextual_date(due, today) | striptags }}"
    assert draw(template, due=due, today=TODAY) == "No date"


# The furniture


def asked_by(path: str, user=None, administrator=False):
    request = RequestFactory().get(path)
    request.user = user or SimpleNamespace(
        is_authenticated=True,
        is_active=False,  # so that nothing is counted for her: there is no database here
        name="Priya Shah",
        role_text="Lead, HFKCW",
        acts_for=[1],
        access=SimpleNamespace(is_administrator=administrator, only_contributes=False, roles=[]),
    )
    return request


def test_navigation_marks_where_you_are():
    items = {item["text"]: item for item in Furniture(asked_by("/recommendations/7/")).navigation}
    everyone = ["Your work", "Recommendations", "Inspections", "Alerts", "Organisations", "Overview", "Sent"]
    assert list(items) == everyone
    assert [text for text, item in items.items() if item["active"]] == ["Recommendations"]
    assert not any(item["current"] for item in items.values())
    assert Furniture(asked_by("/")).navigation[0]["current"]


def test_people_are_for_administrators():
    items = Furniture(asked_by("/", administrator=True)).navigation
    assert [item["text"] for item in items][-3:] == ["People", "Limits", "Timetable"]


def test_a_signed_out_page_has_no_navigation_and_asks_nothing():
    page = render_to_string("accessibility.html", {}, asked_by("/accessibility/", AnonymousUser()))  # no database
    assert "Sign out" not in page and "govuk-service-navigation" not in page
    assert "Open Government Licence" in page


def test_a_page_before_sign_in_was_looked_at():
    assert Furniture(RequestFactory().get("/")).navigation == []


def test_messages_are_one_banner_for_each_kind():
    request = asked_by("/")
    request._messages = [
        SimpleNamespace(level_tag="warning", message="One was refused."),
        SimpleNamespace(level_tag="success", message="Saved."),
        SimpleNamespace(level_tag="success", message="Two people were told."),
    ]
    assert Furniture(request).messages == [
        {"kind": "success", "texts": ["Saved.", "Two people were told."]},
        {"kind": "warning", "texts": ["One was refused."]},
    ]


def test_the_demonstration_says_so(settings):
    settings.DEMO = True
    request = asked_by("/", AnonymousUser())
    assert "This is a demonstration" in render_to_string("accessibility.html", {}, request)
    settings.DEMO = False
    assert "This is a demonstration" not in render_to_string("accessibility.html", {}, request)


def test_a_banner_on_the_request_is_shown():
    request = asked_by("/", AnonymousUser())
    request.banner = "You stand in for <Ben Hall> until 30 November 2026."
    assert "You stand in for &lt;Ben Hall&gt;" in render_to_string("accessibility.html", {}, request)


@pytest.mark.parametrize("code, words_on_it", [(403, "cannot do this"), (404, "not found"), (409, "cannot be done")])
def test_refusals_have_a_page(code, words_on_it):
    request = asked_by("/", AnonymousUser())
    assert words_on_it in render_to_string(f"{code}.html", {}, request)
    if code != 404:
        assert "Ben was first." in render_to_string(f"{code}.html", {"sentence": "Ben was first."}, request)


@pytest.mark.parametrize("code", [400, 500])
def test_failures_have_a_page_without_a_request(code):
    assert "Track inspection recommendations" in render_to_string(f"{code}.html")
