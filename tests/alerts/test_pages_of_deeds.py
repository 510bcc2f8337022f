"""The pages on which an alert is raised, answered, watched and ended; its list, its papers, what others see of it."""

import datetime as dt
import io
import uuid
from decimal import Decimal

import docx
import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.alerts.test_pages import read
from tests.cast import NOW, inspection
from tracker.alerts import answering, ladder, monitoring, papers, raising, words
from tracker.alerts.chart import Point, chart_of, scale
from tracker.alerts.models import AlertCase, AlertDraft, Pause, Reading
from tracker.alerts.operations import add_alert_action
from tracker.plans.models import FollowUp
from tracker.plans.rules import read_target_date
from tracker.working_days import london_day

MEASURE = ("Cases without a named practitioner", "cases", 0, "up", 993, None)


def fresh(case) -> AlertCase:
    return AlertCase.objects.select_related("organisation__parent__parent").get(pk=case.pk)


@pytest.fixture
def raised(cast):
    """`raised(days=3, place=...)`: an alert that Ivy raised so many days ago."""

    def raised(days=3, place=None, **more):
        return fresh(
            raising.raise_alert(
                place or cast.hfkcw, "unallocated", concerns=["993 cases have no practitioner", "Nobody checks"],
                measures=[MEASURE], required_text="Give every case a practitioner", by=cast.person("ivy"),
                at=timezone.now() - dt.timedelta(days=days), **more,
            )
        )  # fmt: skip

    return raised


@pytest.fixture
def monitored(cast, raised):
    """Acknowledged, answered and accepted on the day on which it was raised."""
    case = raised(days=20)
    at = case.raised_at
    amira, ivy = cast.person("amira"), cast.person("ivy")
    answering.acknowledge(case, seen_version=1, by=amira, at=at)
    add_alert_action(
        case, "Allocate them", organisation=cast.hfkcw, owner_person=cast.omar, target=read_target_date("1 June 2099"),
        concerns=case.concerns.all(), by=amira, at=at,
    )  # fmt: skip
    answering.respond(fresh(case), "We allocate them.", seen_version=2, by=amira, at=at)
    answering.accept(fresh(case), seen_version=3, by=ivy, at=at)
    return fresh(case)


def typed(**more) -> dict:
    return {
        "organisation": "hfkcw", "kind": "mappa", "concern_rows": 2, "concern_1": "58 cases", "concern_2": " ",
        "measure_rows": 1, "required_text": "Allocate them", "key": uuid.uuid4(),
    } | more  # fmt: skip


# --- Raising ---


def test_ivy_raises_one_and_sees_who_is_told(cast, signed_in):
    client = signed_in(cast.ivy)
    given = typed(
        measure_1_name="MAPPA cases", measure_1_value="1,058", measure_1_target="0", inspectors=[cast.idris.pk]
    )
    assert [client.post("/alerts/raise/", given).status_code for _ in range(2)] == [302, 302]
    case = AlertCase.objects.get()
    assert [one.text for one in case.concerns.all()] == ["58 cases"], "an empty row is left out"
    assert Reading.objects.get().value == 1058 and set(case.inspectors.all()) == {cast.ivy, cast.idris}
    said = read(client, f"/alerts/{case.pk}/")
    assert "Amira Khan and Rosa Diaz will be told by e-mail." in said
    assert "Acknowledgement due by 11:59pm on" in said and "If it does not happen, the Head of PDU is told on" in said


@pytest.mark.parametrize("who", ["amira", "helen", "ada"])
def test_only_inspectors_raise_one(cast, signed_in, who):
    client = signed_in(getattr(cast, who))
    assert client.get("/alerts/raise/").status_code == 403
    assert client.post("/alerts/raise/", typed()).status_code == 403
    assert "Raise an alert" not in read(client, "/alerts/")
    assert AlertCase.objects.count() == 0


def test_another_row_keeps_what_was_typed_and_so_does_the_server(cast, signed_in):
    client = signed_in(cast.ivy)
    page = BeautifulSoup(client.post("/alerts/raise/", typed(deed="concern")).content, "html.parser")
    assert len(page.select("textarea[name^=concern_]")) == 3
    assert page.select_one("[name=concern_1]").text.strip() == "58 cases" and not page.select(".govuk-error-summary")
    assert client.post("/alerts/raise/", typed(deed="measure")).status_code == 200
    assert AlertDraft.objects.get().typed["measure_rows"] == 2
    again = signed_in(cast.ivy)
    assert "This is what you had typed on" in read(again, "/alerts/raise/")
    assert "58 cases" not in read(signed_in(cast.idris), "/alerts/raise/"), "a draft is its writer's"
    assert again.post("/alerts/raise/", {"deed": "drop"}).status_code == 302
    assert not AlertDraft.objects.exists() and AlertCase.objects.count() == 0


def test_mistakes_stand_beside_their_fields_and_what_was_typed_is_kept(cast, signed_in):
    client = signed_in(cast.ivy)
    given = typed(kind="", measure_1_value="many", measure_1_as_at="31 December 2199")
    said = read(client, "/alerts/raise/") and client.post("/alerts/raise/", given)
    page = BeautifulSoup(said.content, "html.parser")
    text = page.main.get_text(" ")
    assert said.status_code == 422 and "Choose what the alert is about." in text
    assert "“many” is not a number" in text and "31 December 2199 is in the future." in text
    assert page.select_one("[name=measure_1_value]")["value"] == "many"
    assert AlertDraft.objects.get().typed["concern_1"] == "58 cases"


# --- Deeds ---


def test_who_was_second_keeps_what_they_typed(cast, raised, signed_in):
    case = raised()
    answering.acknowledge(case, seen_version=1, by=cast.person("rosa"), at=timezone.now())
    add_alert_action(
        fresh(case), "Allocate them", organisation=cast.hfkcw, owner_person=cast.omar,
        target=read_target_date("1 June 2099"), concerns=case.concerns.all(), by=cast.person("amira"),
        at=timezone.now(),
    )  # fmt: skip
    client, url = signed_in(cast.amira), f"/alerts/{case.pk}/respond/"
    answer = client.post(url, {"text": "We allocate them.", "seen": 1, "key": uuid.uuid4()})
    page = BeautifulSoup(answer.content, "html.parser")
    assert answer.status_code == 409 and "Rosa Diaz changed this" in page.get_text()
    assert page.select_one("[name=text]").text.strip() == "We allocate them."
    given = {"text": "We allocate them.", "seen": page.select_one("[name=seen]")["value"], "key": uuid.uuid4()}
    assert client.post(url, given).status_code == 302
    assert fresh(case).state == "responded"


def test_a_response_waits_for_an_action_to_every_concern(cast, raised, signed_in):
    case = raised()
    answering.acknowledge(case, seen_version=1, by=cast.person("amira"), at=timezone.now())
    client = signed_in(cast.amira)
    said = read(client, f"/alerts/{case.pk}/respond/")
    assert "Concern 2 has no action with an owner and a date: Nobody checks" in said
    given = {"text": "We do.", "seen": 2, "key": uuid.uuid4()}
    assert client.post(f"/alerts/{case.pk}/respond/", given).status_code == 409
    assert "Add an action" in read(client, f"/alerts/{case.pk}/"), "the deed that comes first"


def test_a_file_of_readings_is_saved_whole_or_not_at_all(cast, monitored, signed_in):
    client, url = signed_in(cast.amira), f"/alerts/{monitored.pk}/readings/file/"

    def send(text):
        file = SimpleUploadedFile("readings.csv", text.encode())
        return client.post(url, {"file": file, "key": uuid.uuid4()})

    name = MEASURE[0]
    answer = send(f"measure,value,as at,note\n{name},812,1/10/2026,\n{name},many,2/10/2026,\nOther,1,3/10/2026,\n")
    text = BeautifulSoup(answer.content, "html.parser").get_text(" ", strip=True)
    assert answer.status_code == 422 and "2 mistakes in the file. Nothing was saved." in text
    assert "3 value “many” is not a number" in text and "4 measure No measure “Other” here" in text
    assert Reading.objects.count() == 1
    assert send(f"measure,value,as at,note\n{name},812,1/10/2026,Two came\n{name},640,8/10/2026,\n").status_code == 302
    said = read(client, f"/alerts/{monitored.pk}/")
    assert (
        "2 readings entered" in said
        and "Two came" in said
        and "640 cases as at 8 October 2026. Target 0 cases." in said
    )


def test_a_correction_and_a_worsening_are_said_in_words(cast, monitored, signed_in):
    client, today = signed_in(cast.amira), london_day(timezone.now())
    measure = monitored.measures.get()

    def enter(value, as_at):
        given = {f"value_{measure.pk}": value, f"as_at_{measure.pk}": as_at.isoformat(), "key": uuid.uuid4()}
        assert client.post(f"/alerts/{monitored.pk}/readings/", given).status_code == 302

    enter("800", today - dt.timedelta(days=1))
    enter("790", today - dt.timedelta(days=1))
    enter("950", today)
    said = read(client, f"/alerts/{monitored.pk}/")
    assert "800 cases corrected by a later reading" in said and "950 cases Worse beyond the margin" in said
    assert "got worse on" in said and "1 got worse beyond the margin." in said


def test_a_pause_a_new_circle_and_a_withdrawal(cast, monitored, signed_in):
    client, page = signed_in(cast.ivy), f"/alerts/{monitored.pk}/"
    today = london_day(timezone.now())
    given = {"starts": today.isoformat(), "ends": today.isoformat(), "reason": "Flood", "key": uuid.uuid4()}
    assert [client.post(page + "pause/", given).status_code for _ in range(2)] == [302, 302]
    assert Pause.objects.count() == 1 and "The clocks stand still from" in read(client, page)
    circle = {"inspectors": [cast.idris.pk], "seen": fresh(monitored).version, "key": uuid.uuid4()}
    assert client.post(page + "circle/", circle).status_code == 302
    assert "Inspectors named on it Idris Cole" in read(client, page)
    given = {"reason": "Another place was meant", "seen": fresh(monitored).version, "key": uuid.uuid4()}
    assert client.post(page + "withdraw/", given).status_code == 302
    said = read(client, page)
    assert "Withdrawn on" in said and "Why it was withdrawn Another place was meant" in said
    assert client.get(page + "withdraw/").status_code == 409


def test_who_leaves_the_circle_of_a_restricted_alert_no_longer_sees_it(cast, raised, signed_in):
    case = raised(restricted=True)
    client = signed_in(cast.ivy)
    given = {"inspectors": [cast.idris.pk], "seen": case.version, "key": uuid.uuid4()}
    assert client.post(f"/alerts/{case.pk}/circle/", given)["Location"] == "/alerts/"
    assert client.get(f"/alerts/{case.pk}/").status_code == 404


def test_a_stand_down_shows_each_person_what_they_may_say(cast, monitored, signed_in):
    page = f"/alerts/{monitored.pk}/"
    amira, rosa, ivy = (signed_in(getattr(cast, who)) for who in ("amira", "rosa", "ivy"))
    assert "1 of the 1 required action is not verified." in read(amira, page + "stand-down/ask/")
    given = {"exit_plan": "On the agenda", "seen": monitored.version, "key": uuid.uuid4()}
    assert amira.post(page + "stand-down/ask/", given).status_code == 409
    given["exception"] = "The count has been close to 0 for weeks"
    assert amira.post(page + "stand-down/ask/", given).status_code == 302
    assert amira.get(page + "stand-down/decide/").status_code == 403
    assert "Agree to the stand-down" in read(rosa, page + "stand-down/decide/")
    assert "Confirm the stand-down" not in read(ivy, page + "stand-down/decide/"), "nobody has agreed yet"
    version = fresh(monitored).version
    early = {"decision": "confirm", "seen": version, "key": uuid.uuid4()}
    assert ivy.post(page + "stand-down/decide/", early).status_code in (409, 422)
    no = {"decision": "refuse", "reason": "", "seen": version, "key": uuid.uuid4()}
    assert rosa.post(page + "stand-down/decide/", no).status_code == 422
    assert rosa.post(page + "stand-down/decide/", no | {"reason": "Not yet"}).status_code == 302
    assert fresh(monitored).state == "monitoring"


# --- The list, and what others see ---


def test_the_list_has_the_latest_first_and_goes_on(cast, raised, signed_in):
    for n in range(30):
        raised(days=5 + n, place=cast.lambeth)
    client = signed_in(cast.ivy)
    first = BeautifulSoup(client.get("/alerts/").content, "html.parser")
    assert first.h1.text == "30 open alerts" and len(first.select(".app-list__row")) == 25
    assert all("working days" in row.text and "Overdue" in row.text for row in first.select(".app-list__row"))
    second = BeautifulSoup(client.get("/alerts/" + first.select_one("a[rel=next]")["href"]).content, "html.parser")
    links = [a["href"] for page in (first, second) for a in page.select(".app-list__row a")]
    assert links == [f"/alerts/{case.pk}/" for case in AlertCase.objects.order_by("next_due", "pk")]
    assert len(second.select(".app-list__row")) == 5 and second.select_one("a[rel=prev]")
    assert "0 open alerts about HFKCW" in read(client, "/alerts/?organisation=hfkcw")
    assert "30 open alerts about London" in read(client, "/alerts/?organisation=london")
    assert "0 alerts, withdrawn" in read(client, "/alerts/?state=withdrawn")
    assert "No alert that you may see is open" in read(signed_in(cast.amira), "/alerts/")
    for odd in ("?after=nonsense", "?before=~", "?state=no", "?organisation=no"):
        assert client.get(f"/alerts/{odd}").status_code == 200


def test_a_restricted_alert_is_nowhere_but_for_its_circle(cast, raised, signed_in):
    report = inspection(cast.hfkcw, [(cast.hfkcw, 1)])
    case = raised(restricted=True)
    places = [
        "/alerts/", "/alerts/?state=all", "/organisations/hfkcw/", f"/inspections/{report.slug}/",
        f"/recommendations/{FollowUp.objects.get(inspection=report).pk}/",
    ]  # fmt: skip
    for who, knows in (("ivy", True), ("amira", True), ("helen", True), ("idris", False), ("ada", False)):
        client = signed_in(getattr(cast, who))
        assert client.get(f"/alerts/{case.pk}/").status_code == (200 if knows else 404)
        for deed in ("letter.docx", "letter.pdf", "acknowledge/", "withdraw/", "readings/", "circle/"):
            assert (client.get(f"/alerts/{case.pk}/{deed}").status_code == 404) is not knows, (who, deed)
        for place in places:
            html = BeautifulSoup(client.get(place).content, "html.parser")
            assert ("Organisational alert about" in html.main.get_text()) is knows, (who, place)
            assert ("Alerts (1 open)" in html.header.get_text()) is knows, (who, place)


def test_what_the_pages_ask_of_the_database_does_not_grow(cast, monitored, raised, signed_in, monkeypatch):
    monkeypatch.setattr("tracker.jinja.open_alerts", lambda user: 0)  # see test_counting
    measure = monitored.measures.get()

    def more(number):
        AlertCase.objects.bulk_create(
            AlertCase(organisation=cast.hfkcw, live=True, raised_at=NOW, raised_by=cast.ivy, opened_at=NOW,
                      next_due=NOW.date(), next_duty="acknowledge") for _ in range(number)
        )  # fmt: skip

    def ask(client, url):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    clients = [signed_in(getattr(cast, who)) for who in ("amira", "ivy", "helen")]
    pages = ["/alerts/", f"/alerts/{monitored.pk}/"]
    reading = monitoring.NewReading(measure, Decimal(2000), london_day(timezone.now()))
    monitoring.add_readings(monitored, [reading], by=cast.person("amira"), at=timezone.now())
    more(26)  # more than a page
    few = [ask(client, page) for page in pages for client in clients]
    for n in range(30):
        day = dt.date(2026, 1, 1) + dt.timedelta(days=n)
        reading = monitoring.NewReading(measure, Decimal(n), day, "Counted")
        monitoring.add_readings(fresh(monitored), [reading], by=cast.person("amira"), at=timezone.now())
    more(30)
    assert [ask(client, page) for page in pages for client in clients] == few
    assert max(few[:3]) <= 11 and max(few[3:]) <= 19, few  # above the list: the reader's saved views


# --- Papers ---


def text_of(answer) -> str:
    document = docx.Document(io.BytesIO(answer.content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


def test_the_letter_and_the_response_come_as_word_and_pdf(cast, monitored, signed_in):
    client, page = signed_in(cast.amira), f"/alerts/{monitored.pk}/"
    letter = client.get(page + "letter.docx")
    assert letter["Content-Disposition"] == 'attachment; filename="alert-letter-hfkcw.docx"'
    said = text_of(letter)
    for part in ("1. 993 cases have no practitioner", "Give every case a practitioner", "993 cases", "By 11:59pm on"):
        assert part in said, part
    said = text_of(client.get(page + "response.docx"))
    assert "We allocate them." in said and "Answered by: action 1." in said and "Omar Farah" in said
    if papers.can_make_pdf():
        made = client.get(page + "letter.pdf")
        assert made.content.startswith(b"%PDF-") and made["Content-Type"] == "application/pdf"
        assert client.get(page + "response.pdf").content.startswith(b"%PDF-")


def test_there_is_no_response_before_there_is_one(cast, raised, signed_in):
    case = raised()
    assert signed_in(cast.amira).get(f"/alerts/{case.pk}/response.docx").status_code == 404


def test_what_no_paper_can_hold_is_left_out(cast, raised, signed_in):
    case = raised()
    AlertCase.objects.filter(pk=case.pk).update(required_text="Allocate\x0b them <b>all</b>")
    assert "Allocate them <b>all</b>" in text_of(signed_in(cast.amira).get(f"/alerts/{case.pk}/letter.docx"))


# --- Words and charts ---

TUESDAY = dt.date(2022, 8, 16)


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (dt.date(2022, 8, 12), "due by 11:59pm on Tuesday 16 August 2022: 2 working days left"),
        (dt.date(2022, 8, 15), "due by 11:59pm on Tuesday 16 August 2022: 1 working day left"),
        (TUESDAY, "due by 11:59pm on Tuesday 16 August 2022: today is the last day"),
        (dt.date(2022, 8, 17), "was due by 11:59pm on Tuesday 16 August 2022: 1 working day late"),
        (dt.date(2022, 8, 30), "was due by 11:59pm on Tuesday 16 August 2022: 9 working days late"),  # a bank holiday
    ],
)
def test_countdowns(today, said):
    duty = ladder.Duty(TUESDAY, "response", "cycle 1 response first", "Written response")
    assert words.countdown(duty, today, ladder.Calendar()) == f"Written response {said}"


def test_a_countdown_over_a_weekend_counts_days():
    saturday = ladder.Duty(dt.date(2022, 8, 20), "reading", "", "Reading of cases")
    assert words.countdown(saturday, dt.date(2022, 8, 19), ladder.Calendar()).endswith("1 day left")
    assert words.countdown(saturday, dt.date(2022, 8, 21), ladder.Calendar()).endswith("1 day late")


def test_a_chart_of_one_point_and_of_many():
    assert chart_of([]) is None
    one = chart_of([Point(None, Decimal(993))], "cases", Decimal(0))
    assert (
        len(one.marks) == 1
        and one.line == ""
        and one.desc == ("One reading: 993 cases as published. The target is 0 cases.")
    )
    day = dt.date(2026, 1, 1)
    many = chart_of([Point(day + dt.timedelta(days=7 * n), Decimal(900 - 10 * n), "x" * (n == 3)) for n in range(40)])
    left, right, top, bottom = many.box
    assert all(left <= mark.x <= right and top <= mark.y <= bottom for mark in many.marks)
    assert [mark.x for mark in many.marks] == sorted(mark.x for mark in many.marks)
    assert [mark.y for mark in many.marks] == sorted(mark.y for mark in many.marks), "falling values go down the page"
    assert sum(bool(mark.label) for mark in many.marks) == 2 and many.notes == [(1, "x")]
    same_day = chart_of([Point(day, Decimal(5)), Point(day, Decimal(5))])
    assert len(same_day.marks) == 2


@pytest.mark.parametrize(("low", "high"), [(0, 0), (0, 1), (0, 993), (-5, 12.5), (0, 9_999_999_999)])
def test_an_axis_holds_its_values_in_round_steps(low, high):
    bottom, top, step = scale(low, high)
    assert bottom <= low and top >= high and 1 <= (top - bottom) / step <= 7
