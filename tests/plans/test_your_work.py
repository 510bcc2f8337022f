"""Your work: what was sent back, what waits for whom, what can be closed; each thing once, the worst first."""

import datetime as dt

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inspections.models import PublishedAlert
from tests.cast import NOW, follow_up, inspection, person
from tests.sweeps import world as whole
from tracker.alerts.operations import add_alert_action, open_case
from tracker.people import operations as people
from tracker.plans import closing, dates, operations, submitting, verifying
from tracker.plans.models import Action, ActionPlan, Claim, DateChange, FollowUp, Verification
from tracker.plans.rules import read_target_date
from tracker.published.models import ImportDraft
from tracker.working_days import london_day

from .test_submitting import answer_all, plan_of

HOW = {"at": NOW}


def today():
    return london_day(timezone.now())


def in_days(number) -> str:
    day = today() + dt.timedelta(days=number)
    return f"{day.day} {day:%B %Y}"


def ago(days):
    return timezone.now() - dt.timedelta(days=days)


@pytest.fixture
def work(signed_in):
    """`work(cast.amira)`: the page as its reader has it."""

    def work(who):
        page = signed_in(who).get("/")
        assert page.status_code == 200
        return BeautifulSoup(page.content, "html.parser").main

    return work


def first(main) -> str:
    return " ".join(main.h1.get_text().split())


def text(main) -> str:
    return " ".join(main.get_text(" ").split())


def under(main, title) -> str:
    """What stands under a heading, in words; empty when it is not there."""
    found = main.find("h2", string=title)
    said = []
    for tag in found.find_next_siblings() if found else ():
        if tag.name == "h2":
            break
        said.append(" ".join(tag.get_text(" ").split()))
    return " ".join(said)


def claimed(action, by, at=NOW):
    action = Action.objects.get(pk=action.pk)
    return verifying.claim(action, "It is done.", seen_version=action.version, by=by, at=at)


def judged(action, by, deed=verifying.send_back, at=NOW):
    action = Action.objects.select_related("organisation__parent__parent").get(pk=action.pk)
    return deed(action, "insufficient", "Show the register.", seen_version=action.version, by=by, at=at)


@pytest.fixture
def submitted(cast, report):
    answer_all(report, cast.hfkcw, cast.amira)
    plan = plan_of(cast.hfkcw)
    return submitting.submit(plan, seen_version=plan.version, by=cast.amira, **HOW)


class TestPlans:
    def test_sent_back_is_read_first_with_why(self, cast, submitted, work, signed_in):
        assert first(work(cast.rosa)) == "1 action plan waits for your decision"
        assert "Action plan of HFKCW" in under(work(cast.rosa), "Waiting for your decision")
        assert "with London for sign-off" in under(work(cast.amira), "Waiting for others")
        submitting.send_back(submitted, "Say by when for 3.", seen_version=submitted.version, by=cast.rosa, **HOW)
        main = work(cast.amira)
        assert first(main) == "1 action plan was sent back to you"
        assert main.h2.get_text() == "Sent back to you"
        said = under(main, "Sent back to you")
        assert "Rosa Diaz, 20 November 2026: “Say by when for 3.”" in said and "8 of 8 ready to submit" in said
        assert main.find("a", href=f"/plans/{submitted.pk}/")
        assert under(main, "Your action plans") == "" and under(main, "Waiting for others") == ""
        assert under(work(cast.rosa), "Waiting for your decision") == ""
        plan = plan_of(cast.hfkcw)
        submitting.submit(plan, seen_version=plan.version, by=cast.amira, **HOW)
        assert under(work(cast.amira), "Sent back to you") == ""
        assert first(work(cast.rosa)) == "1 action plan waits for your decision"

    def test_only_the_nearest_level_decides(self, cast, report, submitted, work):
        grace = person("Grace", "Obi", "lead", cast.hmpps)
        assert under(work(cast.helen), "Waiting for your decision") == ""
        for place, lead in ((cast.london, cast.rosa), (cast.hmpps, cast.helen)):
            answer_all(report, place, lead)
            plan = plan_of(place)
            submitting.submit(plan, seen_version=plan.version, by=lead, **HOW)
        assert "Action plan of London" in under(work(cast.helen), "Waiting for your decision")
        assert "Action plan of HMPPS" not in under(work(cast.helen), "Waiting for your decision")
        assert "Action plan of HMPPS" in under(work(cast.helen), "Waiting for others")
        assert "Action plan of HMPPS" in under(work(grace), "Waiting for your decision")
        assert under(work(cast.niall), "Waiting for your decision") == ""

    def test_the_plan_that_is_due_says_what_is_missing(self, cast, report, add, work):
        row = follow_up(report, 1)
        operations.answer(row, "agreed", seen_version=row.version, by=cast.amira, **HOW)
        for number, target in ((1, ""), (2, "June 2099")):
            add(f"Step {number}", target, number=number, owner_person=cast.omar)
        main = work(cast.amira)
        said = under(main, "Your action plans")
        assert "0 of 8 ready to submit. Missing: 7 recommendations without an answer , 1 action without a date" in said
        assert first(main) == "7 recommendations await your response"
        action = Action.objects.get(what="Step 1")
        operations.edit_action(
            action, what="Step 1", owner_person=cast.omar, target=read_target_date("June 2099"),
            seen_version=action.version, by=cast.amira, **HOW,
        )  # fmt: skip
        assert "1 of 8 ready to submit" in under(work(cast.amira), "Your action plans")

    def test_it_counts_as_the_page_of_the_plan_does(self, cast, report, add, work, signed_in):
        """Every way to lack something, and one that lacks nothing."""
        how = {"by": cast.amira, **HOW}
        agreed = {number: follow_up(report, number) for number in (1, 2, 3, 4, 5)}
        for row in agreed.values():
            operations.answer(row, "agreed", seen_version=row.version, **how)
        row = follow_up(report, 6)
        operations.answer(row, "not_agreed", reason="Cost", approver="Rosa", seen_version=row.version, **how)
        add("No owner", "June 2099", number=1)
        add("No date", "", number=2, owner_person=cast.omar)
        given_up = add("Given up", "June 2099", number=3, owner_person=cast.omar)
        operations.cancel_action(given_up, "No", seen_version=given_up.version, **how)
        add("All there", "June 2099", number=4, owner_person=cast.omar)
        done = add("No owner any more", "", number=5)
        Action.objects.filter(pk=done.pk).update(state="verified")
        page = signed_in(cast.amira).get(f"/plans/{plan_of(cast.hfkcw).pk}/")
        assert "3 of 8 ready to submit" in page.text
        assert "3 of 8 ready to submit" in under(work(cast.amira), "Your action plans")

    def test_a_historic_plan_and_a_signed_one_are_not_to_be_written(self, cast, submitted, work):
        inspection(cast.hfkcw, [(cast.hfkcw, 2)], live=False, slug="old", fieldwork=dt.date(2020, 1, 1))
        submitting.sign_off(submitted, seen_version=submitted.version, by=cast.rosa, **HOW)
        assert under(work(cast.amira), "Your action plans") == ""
        row = FollowUp.objects.filter(plan=submitted).first()
        FollowUp.objects.filter(pk=row.pk).update(state="awaiting", response="awaiting", cycle=2)
        assert "7 of 8 ready" in under(work(cast.amira), "Your action plans")  # one came back


class TestActions:
    def test_what_the_inspector_sent_back_comes_first_and_once(self, cast, add, work):
        late = add("Allocate all", in_days(-12), owner_person=cast.omar)
        add("Report weekly", in_days(-1), owner_person=cast.omar)
        claimed(late, cast.omar)
        judged(late, cast.ivy)
        main = work(cast.amira)
        assert first(main) == "2 actions are overdue"
        assert "1 action was sent back to you" in text(main)
        assert "Ivy Clarke, 20 November 2026: “Show the register.”" in under(main, "Sent back to you")
        assert "Allocate all" not in under(main, "Overdue or due soon")
        assert "Report weekly" in under(main, "Overdue or due soon")
        assert first(work(cast.omar)) == "1 action was sent back to you"
        assert "Update 1 action this week." in text(work(cast.omar))
        assert len(work(cast.omar).find_all("a", string="Allocate all")) == 1

    def test_claimed_again_it_waits_for_others(self, cast, add, work):
        action = add("Allocate all", in_days(30), owner_person=cast.omar)
        claimed(action, cast.omar, at=ago(9))
        judged(action, cast.ivy, at=ago(8))
        claimed(action, cast.omar, at=ago(3))
        for who in (cast.amira, cast.omar):
            main = work(who)
            assert "sent back" not in text(main)
            assert "Allocate all : claimed 3 days ago, an inspector verifies it" in under(main, "Waiting for others")
        judged(action, cast.ivy, verifying.verify)
        assert "Allocate all" not in text(work(cast.amira))

    def test_a_helper_and_a_stand_in_see_it_and_nobody_else(self, cast, report, work):
        olga = person("Olga", "Reed", "contributor", cast.hfkcw)
        una = person("Una", "Wood", "contributor", cast.hfkcw)
        action = operations.add_action(
            follow_up(report, 1), "Audit 50 cases", owner_person=cast.omar, helpers=[olga],
            target=read_target_date(in_days(3)), by=cast.amira, at=timezone.now(),
        )  # fmt: skip
        assert "Audit 50 cases" in text(work(olga)) and "Audit 50 cases" not in text(work(una))
        people.name_stand_in(cast.omar, una, today(), today(), by=cast.omar, at=timezone.now())
        assert first(work(una)) == "Update 1 action this week"
        claimed(action, cast.omar)
        judged(action, cast.ivy)
        assert first(work(una)) == first(work(olga)) == "1 action was sent back to you"

    def test_who_stands_in_for_amira_reads_her_page(self, cast, submitted, work):
        submitting.send_back(submitted, "Say by when for 3.", seen_version=submitted.version, by=cast.rosa, **HOW)
        people.name_stand_in(cast.amira, cast.omar, today(), today(), by=cast.amira, at=timezone.now())
        assert first(work(cast.omar)) == "1 action plan was sent back to you"

    def test_an_action_of_an_alert_and_a_plan_stands_once(self, cast, report, add, work):
        case, _ = open_case(PublishedAlert.objects.create(inspection=report), live=True, by=cast.ivy, **HOW)
        action = operations.add_action(
            follow_up(report, 1), "Allocate all", owner_person=cast.amira, helpers=[cast.amira, cast.omar],
            target=read_target_date(in_days(-2)), also=[follow_up(report, 2)], date_reason="Under way", by=cast.amira,
            **HOW,
        )  # fmt: skip
        Action.objects.filter(pk=action.pk).update(alert=case)
        add_alert_action(
            case, "Report weekly", organisation=cast.hfkcw, owner_person=cast.omar,
            target=read_target_date(in_days(2)), by=cast.amira, at=timezone.now(),
        )  # fmt: skip
        for who in (cast.amira, cast.omar):
            for what in ("Allocate all", "Report weekly"):
                assert len(work(who).find_all("a", string=what)) == 1, (who, what)
        for state in ("claimed", "not_started"):
            claimed(action, cast.amira) if state == "claimed" else judged(action, cast.ivy)
            assert len(work(cast.amira).find_all("a", string="Allocate all")) == 1
            assert len(work(cast.omar).find_all("a", string="Allocate all")) == 1


class TestDates:
    @pytest.fixture
    def question(self, cast, add):
        action = add("Train all", "30 June 2099", owner_person=cast.omar)
        later = read_target_date("30 June 2100")
        return dates.ask_date(action, later, "No trainer", seen_version=action.version, by=cast.amira, **HOW)

    def test_the_level_above_decides_and_who_asked_waits(self, cast, question, work):
        main = work(cast.rosa)
        assert first(main) == "1 date waits for your decision"
        said = under(main, "Waiting for your decision")
        assert "Another date: Train all" in said and "From 30 June 2099 to 30 June 2100" in said
        assert main.find("a", href=f"/dates/{question.pk}/")
        assert "London decides" in under(work(cast.amira), "Waiting for others")
        for other in (cast.helen, cast.ben, cast.niall):
            assert "Train all" not in text(work(other))
        dates.refuse_date(question, "It stays.", by=cast.rosa, **HOW)
        for who in (cast.rosa, cast.amira):
            assert "Train all" not in text(work(who))

    def test_a_second_lead_decides_at_hmpps(self, cast, report, work):
        grace = person("Grace", "Obi", "lead", cast.hmpps)
        action = operations.add_action(
            follow_up(report, 13), "Fund it", target=read_target_date("30 June 2099"), by=cast.helen, **HOW
        )
        dates.ask_date(
            action, read_target_date("30 June 2100"), "No money", seen_version=action.version, by=cast.helen, **HOW
        )
        assert "Fund it" in under(work(grace), "Waiting for your decision")
        assert "Fund it" not in under(work(grace), "Waiting for others")
        assert under(work(cast.helen), "Waiting for your decision") == ""
        assert "another lead of HMPPS decides" in under(work(cast.helen), "Waiting for others")


class TestInspector:
    def test_the_queue_comes_first_oldest_first(self, cast, add, work):
        ImportDraft.objects.create(as_corrected={}, problems=[], by=cast.idris, at=NOW)
        for n in range(7):
            claimed(add(f"Step {n}", in_days(30), owner_person=cast.omar), cast.omar, at=ago(n * 3))
        main = work(cast.ivy)
        assert first(main) == "7 claims wait for verification, the oldest for 18 days"
        assert "1 report waits for your check." in text(main)
        said = under(main, "Claims to verify")
        assert said.index("Step 6") < said.index("Step 5") < said.index("Step 2") and "Step 1" not in said
        assert main.find("a", href="/verify/", string="All 7 claims")
        oldest = Action.objects.get(what="Step 6")
        assert main.find("a", href=f"/actions/{oldest.pk}/verify/")
        judged(oldest, cast.idris)
        assert first(work(cast.ivy)) == "6 claims wait for verification, the oldest for 15 days"

    def test_an_empty_queue_says_so(self, cast, report, work):
        main = work(cast.ivy)
        assert first(main) == "No report waits for your check, and no response is late"
        assert "No claim waits for verification." in under(main, "Claims to verify")

    def test_ready_to_close_is_what_can_be_closed(self, cast, report, work):
        """Each case by the page, and by the operation that would close it."""
        answer_all(report, cast.hfkcw, cast.amira)
        rows = {number: follow_up(report, number) for number in range(1, 9)}
        for number in (1, 2, 3, 4, 5, 6, 7):
            action = rows[number].actions.get()
            claimed(action, cast.amira)
            if number != 3:
                judged(action, cast.ivy, verifying.verify)
        extra = operations.add_action(
            follow_up(report, 2), "Still to do", target=read_target_date("June 2099"), by=cast.amira, **HOW
        )
        given_up = operations.add_action(
            follow_up(report, 4), "Not needed", target=read_target_date("June 2099"), by=cast.amira, **HOW
        )
        operations.cancel_action(given_up, "No", seen_version=given_up.version, by=cast.amira, **HOW)
        FollowUp.objects.filter(pk=rows[5].pk).update(cycle=2)
        case, _ = open_case(PublishedAlert.objects.create(inspection=report), live=True, by=cast.ivy, **HOW)
        FollowUp.objects.filter(pk=rows[6].pk).update(alert=case, tie="proposed")
        FollowUp.objects.filter(pk=rows[7].pk).update(alert=case, tie="confirmed")

        def listed():
            said = under(work(cast.ivy), "Ready to close")
            return {number for number in rows if f"Recommendation {number} to HFKCW" in said}

        def closable():
            fresh = (FollowUp.objects.get(pk=row.pk) for row in rows.values())
            return {n for n, row in zip(rows, fresh, strict=True) if not closing.what_stands_in_the_way(row)}

        assert listed() == closable() == {1, 4}
        assert "Recommendation 6 to HFKCW" in under(work(cast.ivy), "Alerts")
        required = add_alert_action(
            case, "Allocate all", organisation=cast.hfkcw, owner_person=cast.omar,
            target=read_target_date("June 2099"), by=cast.amira, **HOW,
        )  # fmt: skip
        Action.objects.filter(pk=required.pk).update(required=True)
        assert listed() == closable() == {1, 4}
        Action.objects.filter(pk=required.pk).update(state="verified")
        operations.cancel_action(extra, "No", seen_version=extra.version, by=cast.amira, **HOW)
        assert listed() == closable() == {1, 2, 4, 7}
        row = follow_up(report, 1)
        closing.close(row, seen_version=row.version, by=cast.ivy, **HOW)
        assert listed() == {2, 4, 7}

    def test_alerts_open_and_ties_but_of_a_restricted_one_nothing(self, cast, report, work):
        case, _ = open_case(PublishedAlert.objects.create(inspection=report), live=True, by=cast.ivy, **HOW)
        FollowUp.objects.filter(pk=follow_up(report, 1).pk).update(alert=case, tie="proposed")
        main = work(cast.idris)
        assert "1 alert is open and waits for others" in text(main)
        assert "Recommendation 1 to HFKCW" in under(main, "Alerts")
        type(case).objects.filter(pk=case.pk).update(restricted=True)
        main = work(cast.idris)
        assert under(main, "Alerts") == "" and "alert is open" not in text(main)
        case.inspectors.add(cast.idris)
        main = work(cast.idris)
        assert "1 alert is open" in text(main) and "Recommendation 1 to HFKCW" in under(main, "Alerts")


class TestWords:
    def test_a_late_plan_counts_with_the_late_actions(self, cast, report, add, work):
        ActionPlan.objects.filter(pk=plan_of(cast.hfkcw).pk).update(due_by=today() - dt.timedelta(days=47))
        assert first(work(cast.amira)) == "1 action plan is overdue"
        assert "8 recommendations await your response, all of them late." in text(work(cast.amira))
        add("Allocate all", in_days(-12))
        add("Train all", in_days(4))
        by = today() + dt.timedelta(days=4)
        due = f"{by.day} {by:%B}" + ("" if by.year == today().year else f" {by.year}")
        said = f"1 action and 1 action plan are overdue, and 1 action is due by {due}"
        assert first(work(cast.amira)) == said

    def test_without_a_date_nobody_is_reminded_of_a_date_but_of_the_action(self, cast, add, work):
        add("Keep a register", "Ongoing")
        said = under(work(cast.amira), "No date")
        assert "No date, so nobody is reminded of a date." in said and "reminded of these" not in said

    def test_no_update_says_for_how_long_where_there_is_an_old_one(self, cast, add, signed_in):
        add("Never spoken of")
        spoken = add("Spoken of once")
        action = Action.objects.get(pk=spoken.pk)
        operations.post_update(action, "Begun.", confidence="on_track", by=cast.amira, at=ago(31))
        Action.objects.update(added_at=ago(40), clock_from=None)
        page = BeautifulSoup(signed_in(cast.amira).get("/actions/?stale=on").content, "html.parser").main
        rows = {row.find("a").get_text(): text_of(row) for row in page.select(".app-list__row")}
        assert "No update for 30 days" in rows["Spoken of once"]
        assert "No update" in rows["Never spoken of"] and "for 30 days" not in rows["Never spoken of"]


def text_of(tag) -> str:
    return " ".join(tag.get_text(" ").split())


def grown(world, number, line):
    """``number`` more of everything that these pages list."""
    cast = world.cast
    whole.grow(world, number)
    now = timezone.now()
    for place in (cast.hfkcw, cast.london, cast.hmpps):
        for n in range(number):
            state = ("draft", "sent_back", "submitted")[n % 3]
            year, month = divmod(n, 12)
            report = inspection(
                place, [(place, 2)], slug=f"{line}-{place.slug}-{n}", live=True, published=today(), at=now,
                fieldwork=dt.date(1800 + year + (50 if line == "b" else 0), month + 1, 1),
            )  # fmt: skip
            submitter = {"hfkcw": cast.amira, "london": cast.rosa, "hmpps": cast.helen}[place.slug]
            ActionPlan.objects.filter(inspection=report).update(
                state=state, submitted_by=submitter if state == "submitted" else None,
                submitted_at=now if state == "submitted" else None,
                comments="Say by when." if state == "sent_back" else "",
            )  # fmt: skip
            for kind in ("claimed", "in_progress", "verified", "not_started"):
                row = report.follow_ups.first()
                action = Action.objects.create(
                    plan=row.plan, organisation=place, what=f"{kind} {n}", state=kind, live=True, added_at=now,
                    due_by=today(), first_due_by=today(), owner_person=cast.omar,
                )  # fmt: skip
                action.follow_ups.add(row)
                if kind == "not_started":
                    DateChange.objects.create(
                        action=action, organisation=place, old_due_by=today(), reason="Late", asked_by=submitter,
                        new_due_by=today() + dt.timedelta(days=9), new_precision="day", asked_at=now,
                    )  # fmt: skip
                    continue
                claim = Claim.objects.create(action=action, by=cast.omar, at=now, comment="Done.", cycle=1)
                if kind != "claimed":
                    Verification.objects.create(
                        claim=claim, action=action, claimed_by=cast.omar, verified_by=cast.ivy, at=now,
                        outcome="verified" if kind == "verified" else "sent_back", judgement="good", reason="Because.",
                    )  # fmt: skip
            done = report.follow_ups.last()
            FollowUp.objects.filter(pk=done.pk).update(state="open", response="agreed", next_due="9999-12-31")
            verified = Action.objects.create(
                plan=done.plan, organisation=place, what="done", state="verified", live=True, added_at=now
            )
            verified.follow_ups.add(done)
            FollowUp.objects.filter(pk=row.pk).update(alert=world.case, tie="proposed")


@pytest.mark.one_database
def test_queries_are_as_few_with_110_of_everything(db, signed_in, monkeypatch):
    monkeypatch.setattr("tracker.middleware.banner", lambda now: "")  # asked once a minute, whatever the page
    world = whole.build()
    asked = {}
    grace = person("Grace", "Obi", "lead", world.cast.hmpps)
    for line, number in (("a", 50), ("b", 60)):
        grown(world, number, line)
        for name in ("amira", "rosa", "helen", "omar", "ivy", "ada", "vera", "grace"):
            client = signed_in(grace if name == "grace" else getattr(world.cast, name))
            client.get("/")  # the number of open alerts is asked for once in half a minute
            with CaptureQueriesContext(connection) as queries:
                page = client.get("/")
            assert page.status_code == 200
            assert len(page.content) < 100_000, (name, len(page.content))
            asked.setdefault(name, []).append(len(queries))
    assert all(few == many for few, many in asked.values()), asked
    assert all(many <= 15 for _, many in asked.values()), asked
