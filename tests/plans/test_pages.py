"""The pages of recommendations and actions: once for each reader, and what a form does when it is refused."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from inspections.models import Organisation, Reading, Recommendation, WordingCorrection
from tests.cast import NOW, follow_up, inspection
from tracker.journal.models import Notice
from tracker.plans import operations
from tracker.plans.models import Action, FollowUp, Update
from tracker.plans.opening import open_follow_ups
from tracker.plans.rules import read_target_date
from tracker.published.models import ImportDraft
from tracker.reminders.models import Mail
from tracker.working_days import london_day


def in_days(number: int) -> str:
    day = london_day(timezone.now()) + dt.timedelta(days=number)
    return f"{day.day} {day:%B %Y}"


def said(response) -> str:
    return " ".join(response.content.decode().split())


def heading(response) -> str:
    text = said(response)
    return text[text.index("<h1") :].partition(">")[2].partition("</h1>")[0].strip()


class TestYourWork:
    def test_a_head_of_pdu_reads_what_is_late_what_is_due_and_what_is_missing(self, cast, add, signed_in):
        add("Allocate all", in_days(-12), owner_post=cast.head_of_hfkcw)
        add("Report weekly", in_days(-1), owner_person=cast.omar)
        add("Train all", in_days(4))
        add("Keep a register", "Ongoing")
        add("Something far off", in_days(100))
        page = signed_in(cast.amira).get("/")
        due = london_day(timezone.now()) + dt.timedelta(days=4)
        assert heading(page).startswith(f"2 actions are overdue and 1 is due by {due.day} {due:%B}")
        text = said(page)
        assert text.index("Allocate all") < text.index("Report weekly") < text.index("Train all")
        assert "by 12 days" in text
        assert "Something far off" not in text
        assert "Waiting for your response" in text
        assert "8 recommendations without an answer</a>, 3 actions without an owner" in text
        assert text.index("No date") < text.index("Keep a register")

    def test_with_nothing_pressing_it_says_when_the_next_thing_is_due(self, cast, report, add, signed_in):
        assert heading(signed_in(cast.amira).get("/")) == "8 recommendations await your response"
        add("Train all", in_days(100))
        assert f"The next one is due on {in_days(100)}" in said(signed_in(cast.amira).get("/"))
        assert heading(signed_in(cast.niall).get("/")) == "Nothing is overdue or due soon"

    def test_a_regional_director_reads_of_the_places_below_only_how_many_are_late(self, cast, add, signed_in):
        add("Allocate all", in_days(-12))
        text = said(signed_in(cast.rosa).get("/"))
        assert "1 action is overdue</a> in other organisations" in text
        assert "Allocate all" not in text

    def test_a_contributor_reads_just_their_own_actions(self, cast, add, signed_in):
        add("Allocate all", in_days(-12))
        add("Report weekly", in_days(3), owner_person=cast.omar)
        add("Far off", in_days(99), owner_person=cast.omar, at=timezone.now())
        page = signed_in(cast.omar).get("/")
        assert heading(page) == "Update 1 action this week"
        assert "Allocate all" not in said(page)
        assert said(page).index("Report weekly") < said(page).index("Your other actions") < said(page).index("Far off")

    def test_an_inspector_reads_of_reports_to_check_and_late_responses(self, cast, report, signed_in):
        page = signed_in(cast.ivy).get("/")
        assert heading(page) == "No report waits for your check, and no response is late"
        ImportDraft.objects.create(as_corrected={}, problems=["a", "b"], by=cast.idris, at=NOW)
        old = inspection(cast.lambeth, [(cast.lambeth, 2)], published=dt.date(2026, 1, 1))
        page = signed_in(cast.ivy).get("/")
        assert heading(page) == "1 report waits for your check and 2 responses are late"
        assert "2 things need your eye" in said(page)
        assert old.slug in said(page)

    def test_a_viewer_reads_and_is_offered_no_deed(self, cast, signed_in):
        report = inspection(cast.lambeth, [(cast.lambeth, 1)])
        operations.add_action(
            follow_up(report, 1), "Train all", target=read_target_date(in_days(-1)), by=cast.ben, at=NOW
        )
        page = signed_in(cast.vera).get("/")
        assert heading(page) == "1 action is overdue"
        assert "Update" not in said(page)

    def test_an_administrator_reads_which_posts_are_vacant(self, cast, signed_in):
        page = signed_in(cast.ada).get("/")
        assert heading(page) == "1 post is vacant"
        assert "Senior Probation Officer, HFKCW" in said(page)

    def test_a_stranger_is_sent_to_sign_in(self, client, db):
        assert client.get("/").headers["location"].startswith("/account/login/")


class TestRecommendation:
    def test_it_tells_the_whole_story(self, cast, first, add, signed_in):
        reading = Reading.objects.create(inspection=first.inspection, as_saved={}, saved_at=NOW)
        WordingCorrection.objects.create(recommendation=first.recommendation, reading=reading, wording="improve more")
        action = add("Allocate all", in_days(-12), owner_person=cast.omar)
        operations.post_update(action, "Half of them.", confidence="off_track", by=cast.omar, at=NOW)
        text = said(signed_in(cast.amira).get(f"/recommendations/{first.pk}/"))
        for words in (
            "improve matter 1 in HFKCW", "improve more", "Awaiting response", "What happens next if nobody acts",
            "Omar Farah is reminded by e-mail", "Off track", "by 12 days", "Half of them.", "Action added",
        ):  # fmt: skip
            assert words in text

    def test_a_historic_one_says_that_nothing_happens_and_lets_an_inspector_start_it(self, cast, signed_in):
        row = follow_up(inspection(cast.lambeth, [(cast.lambeth, 1)], live=False), 1)
        client = signed_in(cast.ivy)
        text = said(client.get(f"/recommendations/{row.pk}/"))
        assert "Nothing: its clock has not been started." in text and "Start the clock" in text
        assert "Start the clock" not in said(signed_in(cast.ben).get(f"/recommendations/{row.pk}/"))
        page = client.post(
            f"/recommendations/{row.pk}/start-clock/", {"seen": row.version, "key": uuid.uuid4()}, follow=True
        )
        assert "is running" in said(page)
        assert client.get(f"/recommendations/{row.pk}/start-clock/").status_code == 405

    def test_a_reminder_is_shown_to_all_and_its_mail_only_to_whom_it_went(self, cast, first, signed_in):
        mail = Mail.objects.create(
            recipient=cast.amira, address=cast.amira.email, kind="digest", subject="Due", text="", html="",
            message_id="<1@x>", state="sent", claimed_at=NOW, sent_at=NOW,
        )  # fmt: skip
        Notice.objects.create(
            recipient=cast.amira, kind="plan_due", subject_kind="followup", subject_id=first.pk, occasion="x",
            state="sent", decided_at=NOW, mail=mail,
        )  # fmt: skip
        link = f"/sent/{mail.pk}/"
        page = f"/recommendations/{first.pk}/"
        assert link in said(signed_in(cast.amira).get(page))
        assert link in said(signed_in(cast.ada).get(page))
        other = said(signed_in(cast.ivy).get(page))
        assert "to Amira Khan: accepted by the mail server" in other and link not in other

    def test_who_sees_it(self, cast, report, add, signed_in):
        mine, regional = follow_up(report, 1).pk, follow_up(report, 9).pk
        add("Report weekly", number=2, owner_person=cast.omar)
        shown = {
            cast.amira: {mine, regional}, cast.rosa: {mine, regional}, cast.helen: {mine, regional},
            cast.ivy: {mine, regional}, cast.ben: set(), cast.niall: set(), cast.vera: set(), cast.omar: set(),
        }  # fmt: skip
        for person, rows in shown.items():
            client = signed_in(person)
            for pk in (mine, regional):
                expected = 200 if pk in rows else 404
                assert client.get(f"/recommendations/{pk}/").status_code == expected, (person, pk)
        assert signed_in(cast.omar).get(f"/recommendations/{follow_up(report, 2).pk}/").status_code == 200

    def test_a_contributor_sees_of_it_only_their_own_action(self, cast, first, add, signed_in):
        add("Report weekly", owner_person=cast.omar)
        add("A matter of the head's")
        text = said(signed_in(cast.omar).get(f"/recommendations/{first.pk}/"))
        assert "Report weekly" in text and "A matter of the head" not in text

    def test_a_region_s_recommendation_is_read_only_for_the_pdu(self, cast, report, signed_in):
        pk = follow_up(report, 9).pk
        client = signed_in(cast.amira)
        assert f"/recommendations/{pk}/answer/" not in said(client.get(f"/recommendations/{pk}/"))
        assert client.get(f"/recommendations/{pk}/answer/").status_code == 403
        assert client.post(f"/recommendations/{pk}/answer/", {"response": "agreed"}).status_code == 403


class TestAnswering:
    def form(self, row, **given):
        return {"key": uuid.uuid4(), "seen": row.version, "response": "agreed", "response_text": "We will."} | given

    def test_answer(self, cast, first, signed_in):
        page = signed_in(cast.amira).post(f"/recommendations/{first.pk}/answer/", self.form(first), follow=True)
        assert "Saved: agreed, recommendation 1 to HFKCW." in said(page)

    def test_what_is_missing_stands_in_the_summary_and_what_was_typed_is_kept(self, cast, first, signed_in):
        form = self.form(first, response="not_agreed", response_text="Typed with care.")
        page = signed_in(cast.amira).post(f"/recommendations/{first.pk}/answer/", form)
        assert page.status_code == 422
        assert "There is a problem" in said(page) and 'href="#id_reason"' in said(page)
        assert "Typed with care." in said(page)

    def test_whoever_was_second_sees_both_and_may_keep_theirs_knowingly(self, cast, first, signed_in):
        mine = self.form(first, response_text="Mine, typed with care.")
        operations.answer(
            first, "agreed", response_text="Theirs.", seen_version=1, by=cast.amira, at=timezone.now()
        )  # fmt: skip
        client = signed_in(cast.amira)
        page = client.post(f"/recommendations/{first.pk}/answer/", mine)
        assert page.status_code == 409
        text = said(page)
        assert "Amira Khan changed this at" in text and "Theirs." in text and "Mine, typed with care." in text
        assert "Keep mine" in text and "Keep theirs" in text
        seen = FollowUp.objects.get(pk=first.pk).version
        assert f'name="seen" value="{seen}"' in text
        client.post(f"/recommendations/{first.pk}/answer/", mine | {"seen": seen})
        first.refresh_from_db()
        assert first.response_text == "Mine, typed with care."

    def test_a_case_number_is_saved_and_warned_of(self, cast, first, signed_in):
        form = self.form(first, response_text="Look at X123456.")
        page = signed_in(cast.amira).post(f"/recommendations/{first.pk}/answer/", form, follow=True)
        assert "X123456 (a CRN)" in said(page)
        first.refresh_from_db()
        assert "X123456" in first.response_text

    def test_assign(self, cast, first, signed_in):
        form = {"key": uuid.uuid4(), "seen": 1, "owner": f"person-{cast.omar.pk}"}
        client = signed_in(cast.amira)
        text = said(client.get(f"/recommendations/{first.pk}/assign/"))
        assert f'value="post-{cast.head_of_hfkcw.pk}" selected' in text  # the head's post is proposed
        assert '<optgroup label="Levels above"' in text
        page = client.post(f"/recommendations/{first.pk}/assign/", form, follow=True)
        assert "Omar Farah now owns recommendation 1 to HFKCW. Omar Farah will be told by e-mail." in said(page)

    def test_somebody_of_another_pdu_is_not_offered_as_owner(self, cast, first, signed_in):
        form = {"key": uuid.uuid4(), "seen": 1, "owner": f"person-{cast.ben.pk}"}
        assert signed_in(cast.amira).post(f"/recommendations/{first.pk}/assign/", form).status_code == 422


class TestActions:
    def test_add(self, cast, first, signed_in):
        client, path = signed_in(cast.amira), f"/recommendations/{first.pk}/actions/new/"
        assert client.get(path).status_code == 200
        form = {
            "key": uuid.uuid4(),
            "what": "Train all",
            "owner": f"post-{cast.spo_of_hfkcw.pk}",
            "target": "June 2020",
        }
        assert "This date is already past. Say why" in said(client.post(path, form))
        form["date_reason"] = "It was under way already."
        page = client.post(path, form, follow=True)
        assert "“Train all”. Nobody is told" in said(page) and "Its date is already past." in said(page)
        client.post(path, form)  # a double click
        assert Action.objects.count() == 1

    def test_a_date_that_cannot_be_read_is_said_beside_it(self, cast, first, signed_in):
        form = {"key": uuid.uuid4(), "what": "Train all", "target": "soon"}
        page = signed_in(cast.amira).post(f"/recommendations/{first.pk}/actions/new/", form)
        assert page.status_code == 422
        assert "is not a date we can read" in said(page) and "Train all" in said(page)
        assert not Action.objects.exists()

    def test_update(self, cast, add, signed_in):
        action = add("Train all", in_days(3), owner_person=cast.omar)
        client, path = signed_in(cast.omar), f"/actions/{action.pk}/"
        text = said(client.get(path))
        assert "What has been done?" in text and "Do not enter the names or case numbers" in text
        assert "Change what, who or when" not in text
        form = {"key": uuid.uuid4(), "done": "Half of them.", "confidence": "at_risk", "next_step": "The rest."}
        page = client.post(path, form, follow=True)
        assert "Update saved: at risk, “Train all”." in said(page)
        client.post(path, form)
        assert Update.objects.count() == 1

    def test_an_update_that_comes_too_late_is_refused_and_kept_on_the_page(self, cast, add, signed_in):
        action = add("Train all", owner_person=cast.omar)
        operations.cancel_action(action, "Done nationally.", seen_version=1, by=cast.amira, at=NOW)
        form = {"key": uuid.uuid4(), "done": "Typed with care.", "confidence": "at_risk"}
        page = signed_in(cast.omar).post(f"/actions/{action.pk}/", form)
        assert page.status_code == 409
        assert "while it is cancelled" in said(page) and "Typed with care." in said(page)

    def test_a_viewer_may_not_update_even_by_hand(self, cast, signed_in):
        row = follow_up(inspection(cast.lambeth, [(cast.lambeth, 1)]), 1)
        action = operations.add_action(row, "Train all", target=read_target_date(""), by=cast.ben, at=NOW)
        client, path = signed_in(cast.vera), f"/actions/{action.pk}/"
        assert "What has been done?" not in said(client.get(path))
        assert client.post(path, {"done": "x"}).status_code == 403
        for deed in ("edit", "cancel"):
            assert client.get(f"{path}{deed}/").status_code == 403
        assert signed_in(cast.amira).get(path).status_code == 404

    def test_a_moved_date_asks_why_and_the_first_one_stays_on_show(self, cast, add, signed_in):
        action = add("Train all", "30 June 2027")
        client, path = signed_in(cast.amira), f"/actions/{action.pk}/edit/"
        form = {"key": uuid.uuid4(), "seen": 1, "what": "Train all", "owner": "", "target": "30 September 2027"}
        page = client.post(path, form)
        assert page.status_code == 409 and "Say why the date moves" in said(page)
        page = client.post(path, form | {"date_reason": "The trainer was ill."}, follow=True)
        assert "Moved once, 92 days after the first date, 30 June 2027" in said(page)
        assert "Date: from 30 June 2027 to 30 September 2027" in said(page)

    def test_two_editors(self, cast, add, signed_in):
        action = add("Train all")
        client, path = signed_in(cast.amira), f"/actions/{action.pk}/edit/"
        form = {"key": uuid.uuid4(), "seen": 1, "what": "Train some", "owner": "", "target": ""}
        client.post(path, form)
        page = client.post(path, form | {"what": "Train most"})
        assert page.status_code == 409
        assert "Train some" in said(page) and "Train most" in said(page)

    def test_cancel(self, cast, add, signed_in):
        action = add("Train all")
        client, path = signed_in(cast.amira), f"/actions/{action.pk}/cancel/"
        assert client.get(path).status_code == 200
        page = client.post(path, {"key": uuid.uuid4(), "seen": 1, "reason": "Done nationally."}, follow=True)
        assert "Cancelled: “Train all”" in said(page)
        assert client.get(path).status_code == 409  # and says that it is cancelled already


@pytest.fixture(params=[5, 60])
def many(request, cast, report, add):
    """So many more recommendations and actions, with updates, in 30 more places."""
    for n in range(request.param):
        action = add(f"Step {n}", in_days(n - 20), owner_person=cast.omar if n % 2 else None)
        operations.post_update(action, "Half.", confidence="on_track", by=cast.amira, at=NOW)
    Organisation.objects.bulk_create(
        Organisation(level="pdu", name=f"A place with a rather long name {n}", slug=f"place-{n}", parent=cast.london)
        for n in range(request.param // 2)
    )
    number = 100
    for n in range(request.param):
        Recommendation.objects.create(
            inspection=report, group=9, number=number + n, level="pdu", addressee=cast.hfkcw,
            addressee_as_printed="HFKCW", wording="ensure that all staff are trained " * 8,
        )  # fmt: skip
    open_follow_ups(report, live=True, by=None, at=NOW)
    return request.param


def test_the_number_of_queries_has_a_budget_and_does_not_grow(cast, many, signed_in, django_assert_max_num_queries):
    paths = [
        ("/", 16),
        ("/recommendations/", 9),
        ("/recommendations/?status=open&organisation=hfkcw&owner=me&overdue=on&text=a", 9),
        ("/actions/", 9),
        ("/actions/?organisation=hfkcw&owner=me&stale=on&due=14", 9),
    ]
    for person in (cast.amira, cast.rosa, cast.helen, cast.omar, cast.ivy, cast.ada, cast.vera):
        client = signed_in(person)
        for path, budget in paths:
            with django_assert_max_num_queries(budget):
                page = client.get(path)
            assert page.status_code == 200
            assert len(page.content) < 100_000, path


def test_the_pages_of_one_thing_have_a_budget_too(cast, many, first, signed_in, django_assert_max_num_queries):
    client = signed_in(cast.amira)
    action = Action.objects.first()
    for path in (
        f"/recommendations/{first.pk}/", f"/recommendations/{first.pk}/answer/", f"/recommendations/{first.pk}/assign/",
        f"/recommendations/{first.pk}/actions/new/", f"/actions/{action.pk}/", f"/actions/{action.pk}/edit/",
    ):  # fmt: skip
        with django_assert_max_num_queries(16):
            assert client.get(path).status_code == 200
