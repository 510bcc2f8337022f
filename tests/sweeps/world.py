"""The small world that every address is opened in, and how it grows.

HFKCW was inspected: its report has recommendations to it, to London and to HMPPS, actions by its head and by an
officer, updates and mails. Lambeth was inspected too, from a file. Eastvale lies out of sight of HFKCW and Lambeth.
"""

import datetime as dt
import uuid
from dataclasses import dataclass, replace

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from inspections.importing import keep
from inspections.models import ContextFigure, Inspection, Organisation, PublishedAlert, Recommendation
from inspections.reading.record import Alert, KeyQuestion, Pdu, ResponseAction
from tests.cast import Cast, assemble, follow_up, inspection, person, post
from tests.inspections.report import LAMBETH, REPORT
from tracker.alerts.models import AlertCase, Concern, Measure, Reading
from tracker.alerts.operations import open_case
from tracker.api.models import ApiToken
from tracker.api.operations import make_token
from tracker.exports import calendar_feeds, long_lists
from tracker.insight.models import ChoicePart, Grouped, GroupingChoice, RecurringGroup
from tracker.insight.recurring_operations import join_recommendations
from tracker.journal.models import Event, Notice
from tracker.people.models import Membership, Post, User
from tracker.plans import bulk, dates, evidence, external, submitting, verifying
from tracker.plans import operations as plans
from tracker.plans.models import Action, ActionPlan, BulkDeed, Claim, DateChange, Evidence, FollowUp, Update
from tracker.plans.rules import TargetDate
from tracker.published import operations as imports
from tracker.published.figures import enter_figure
from tracker.published.models import ImportDraft
from tracker.reminders import overdue
from tracker.reminders.delivery import deliver
from tracker.reminders.models import Hold, Mail
from tracker.reminders.sweep import sweep
from tracker.saved import operations as saved
from tracker.saved.models import SavedView, Subscription
from tracker.working_days import london_day

LONG_WORD = "Multi-agency-risk-assessment-conference-referrals-in-Kensington-and-Chelsea"


@dataclass
class World:
    cast: Cast
    report: Inspection  # on HFKCW
    from_file: Inspection  # on Lambeth
    first: FollowUp  # to HFKCW, answered, with actions of Amira and Omar
    second: FollowUp  # to HFKCW, awaiting
    action: Action  # Omar's, with an update
    mail: Mail  # to Amira
    to_check: ImportDraft
    imported: ImportDraft
    far: FollowUp  # to Eastvale, historic
    far_action: Action
    far_mail: Mail  # to Niall
    case: AlertCase  # about HFKCW
    measure: Measure  # of that
    bulk_deed: BulkDeed  # of Amira
    ready_plan: ActionPlan  # of HMPPS, Helen's, with nothing missing
    sent_plan: ActionPlan  # of London, sent to HMPPS by Rosa
    claimed: Action  # of HFKCW, claimed by Omar
    question: DateChange  # about another action of HFKCW, asked by Amira
    proof: Evidence  # Omar's file on his action
    tokens: dict[str, str]  # of each person, for the API; used today already
    outside: Action  # of HFKCW, owned by Grace Obi of a housing charity
    grace: User
    link: str  # her token for that action
    calendar: str  # the secret of Amira's calendar
    view: SavedView  # Amira's, shared within HFKCW
    far_view: SavedView  # Niall's own


def build() -> World:
    now = timezone.now()
    earlier = now - dt.timedelta(days=3)
    cast, today = assemble(), london_day(now)
    director = post(cast.northmoor, "Regional Probation Director", cast.niall, head=True)

    report = inspection(cast.hfkcw, [(cast.hfkcw, 3), (cast.london, 2), (cast.hmpps, 1)], published=today, at=earlier)
    printed = PublishedAlert.objects.create(
        inspection=report, unallocated_caseload=993, cases_with_no_next_appointment=700, respondent="The region",
        concerns=["Cases are not allocated", "Registers are not kept"],
        response_actions=[{"text": "Allocate every case", "status": "completed"}, {"text": "Report", "status": None}],
    )  # fmt: skip
    first = follow_up(report, 1)
    plans.answer(first, "agreed", response_text="By training.", seen_version=1, by=cast.amira, at=earlier)
    hers = {"owner_post": cast.head_of_hfkcw, "target": day(today, 6), "by": cast.amira, "at": earlier}
    plans.add_action(follow_up(report, 1), "Countersign every plan", success_measure="45 of 50", **hers)
    plans.add_action(follow_up(report, 2), f"Look at {LONG_WORD}", date_reason="It was under way.",
                     **hers | {"target": day(today, -12)})  # fmt: skip
    action = plans.add_action(
        follow_up(report, 1), "Train everyone", owner_person=cast.omar, target=day(today, 9), by=cast.amira, at=earlier
    )
    say(action, cast.omar, earlier)

    proof = evidence.add_file(action, SimpleUploadedFile("Register.txt", b"All have a name."), by=cast.omar, at=earlier)
    claimed, dated = (
        plans.add_action(follow_up(report, 1), what, owner_person=cast.omar, target=day(today, 30), by=cast.amira,
                         at=earlier)
        for what in ("Write the register", "Look at the register")
    )  # fmt: skip
    verifying.claim(claimed, "It is written.", seen_version=1, by=cast.omar, at=earlier)
    question = dates.ask_date(dated, day(today, 60), "Nobody is there.", seen_version=1, by=cast.amira, at=earlier)

    rooms = plans.add_action(follow_up(report, 1), "Offer rooms", target=day(today, 20), by=cast.amira, at=earlier)
    rooms, grace = external.name_external(
        rooms, "Grace", "Obi", "Crown Lodge Housing", "grace.obi@crownlodge.example", seen_version=1, by=cast.amira,
        at=earlier,
    )  # fmt: skip
    overdue.pause_escalation(rooms, today + dt.timedelta(days=40), "The house moves.", by=cast.rosa, at=earlier)
    link = external.update_link(rooms, grace, now).rstrip("/").rpartition("/")[2]
    calendar = calendar_feeds.address_of(calendar_feeds.make_feed(cast.amira, by=cast.amira, at=earlier))
    # One file is ready, and one each waits
    long_lists.ask_for(cast.amira, "actions", "organisation=hfkcw&overdue=on&text=", by=cast.amira, at=now)
    long_lists.make(lambda: now)
    for who in (cast.amira, cast.niall):
        long_lists.ask_for(who, "recommendations", "sort=newest", by=who, at=now)

    for number, by in ((4, cast.rosa), (5, cast.rosa), (6, cast.helen)):
        plans.answer(
            follow_up(report, number), "not_agreed", reason="It costs too much.", approver=by.name, seen_version=1,
            by=by, at=earlier,
        )  # fmt: skip
    ready_plan, sent_plan = (ActionPlan.objects.get(organisation=place) for place in (cast.hmpps, cast.london))
    sent_plan = submitting.submit(sent_plan, seen_version=1, by=cast.rosa, at=earlier)
    overdue.pause_escalation(sent_plan, today + dt.timedelta(days=40), "A holiday.", by=cast.helen, at=earlier)

    enter_figure(cast.hfkcw, "vacancies", 43, dt.date(2022, 8, 1), inspection=report, page=9, by=cast.ivy, at=earlier)
    case, _ = open_case(printed, live=True, by=cast.ivy, at=earlier)
    measure = Measure.objects.create(
        alert=case, position=1, name="Unallocated cases", unit="cases", worse="up", target=0
    )
    far_report = inspection(cast.eastvale, [(cast.eastvale, 2)], published=today, live=False, at=earlier)
    far = follow_up(far_report, 1)
    northern = {"owner_post": director, "target": day(today, 6), "by": person("Nora", "Eden", "lead", cast.eastvale)}
    far_action = plans.add_action(far, "Open an office", at=earlier, **northern)
    near_the_sea = inspection(
        Organisation.objects.create(level="pdu", name="Seaford", slug="seaford", parent=cast.northmoor),
        [(cast.northmoor, 1)], published=today, at=earlier,
    )  # fmt: skip
    plans.add_action(follow_up(near_the_sea, 1), "Lend an officer", at=earlier, **northern | {"by": cast.niall})

    imported = imports.confirm_draft(
        draft(LAMBETH, cast, now, keep(REPORT.encode(), "lambeth.md", at=now)), seen_version=1, today=today,
        by=cast.ivy, at=now,
    )[0]  # fmt: skip
    questions = (KeyQuestion("1.1", "Is there a vision?"), KeyQuestion("2.2", "Is it analysed?", 41))
    alert = Alert(
        993, 700, ("Cases are not allocated",), (ResponseAction("Allocate every case", "completed"),), "London"
    )
    unsure = replace(LAMBETH, pdu=Pdu("Eastvail"), key_questions=questions, organisational_alert=alert)
    to_check = draft(unsure, cast, now)

    join_recommendations(first.recommendation, far.recommendation, "The same matter", by=cast.ivy, at=earlier)
    sweep(now)
    deliver(lambda: now, at_once=True)
    Hold.objects.create(held_at=now, mails=80, usual=20)
    view = saved.save_view("Late in our office", "actions", "overdue=on", by=cast.amira, at=earlier)
    view = saved.share_view(view, cast.hfkcw, by=cast.amira, at=earlier)
    saved.subscribe(view, by=cast.amira, at=earlier)
    far_view = saved.save_view("Late in our office", "actions", "overdue=on", by=cast.niall, at=earlier)
    return World(
        cast, report, imported.inspection, follow_up(report, 1), follow_up(report, 2), action,
        Mail.objects.filter(recipient=cast.amira).first(), to_check, imported, far, far_action,
        Mail.objects.filter(recipient=cast.niall).first(), case, measure,
        bulk.do("note", Action, {action.pk: action.version}, text="Asked", key=uuid.uuid4(), by=cast.amira, at=earlier),
        ready_plan, sent_plan, Action.objects.get(pk=claimed.pk), question, proof, tokens_of(cast, now), rooms,
        grace, link, calendar.rpartition("/")[2].removesuffix(".ics"), view, far_view,
    )  # fmt: skip


def tokens_of(cast, now) -> dict[str, str]:
    people = {name: who for name, who in vars(cast).items() if isinstance(who, User)}
    made = {name: make_token("Sweep", 30, by=who, at=now)[1] for name, who in people.items()}
    ApiToken.objects.update(last_used_on=london_day(now))
    return made


def day(today, offset) -> TargetDate:
    due = today + dt.timedelta(days=offset)
    return TargetDate(f"{due.day} {due:%B %Y}", "day", due)


def say(action, by, at):
    plans.post_update(
        Action.objects.get(pk=action.pk), "Two of four sessions were held.", confidence="at_risk", next_step="A third",
        by=by, at=at,
    )  # fmt: skip


def draft(record, cast, at, source=None) -> ImportDraft:
    """As if somebody had handed the file in, without the seconds of reading it."""
    return ImportDraft.objects.create(
        source=source, as_read=record.to_dict(), as_corrected=record.to_dict(), by=cast.ivy, at=at,
        problems=[{"text": "The number of cases is not printed.", "where": "Facts"}],
    )  # fmt: skip


def grow(world: World, number: int) -> None:
    """``number`` more of everything that a page of this world lists."""
    now, cast = timezone.now(), world.cast
    today, line = london_day(now), f"{uuid.uuid4().hex[:6]}"
    for n in range(number):
        place = Organisation.objects.create(
            level="pdu", name=f"Place {line} {n}", slug=f"place-{line}-{n}", parent=cast.london
        )
        Inspection.objects.create(
            organisation=place, slug=f"visit-{line}-{n}", fieldwork_month=today.replace(day=1), published=today
        )
        months = Inspection.objects.count()
        Inspection.objects.create(
            organisation=cast.hfkcw, slug=f"again-{line}-{n}", published=today,
            fieldwork_month=dt.date(1950 + months // 12, months % 12 + 1, 1),
        )  # fmt: skip
        ContextFigure.objects.create(
            organisation=cast.hfkcw, measure="caseload", value=months, source="Statistics",
            as_at=dt.date(1950 + months // 12, months % 12 + 1, 1),
        )  # fmt: skip
        user = User.objects.create(
            email=f"p{n}.{line}@probation.example", first_name="Pat", last_name=str(n), added_at=now
        )
        Membership.objects.create(user=user, role="contributor", organisation=cast.hfkcw)
        Membership.objects.create(user=cast.vera, role="viewer", organisation=place)
        Post.objects.create(organisation=cast.hfkcw, title=f"Officer {line} {n}", role="contributor", holder=user)
        Post.objects.create(organisation=place, title="Head", role="lead", head=True, vacant_since=today)
        draft(LAMBETH, cast, now)
    more_work(world, number, now, today, line)


def said_again(world, made, now, today):
    """Half of them in the group that is there, the others in groups of their own; people judged some."""
    group = RecurringGroup.objects.order_by("pk").first()
    half = len(made) // 2
    for one in made[:half]:
        Grouped.objects.create(recommendation=one, group=group)
        other = RecurringGroup.objects.create(wording="improve it", size=2, places=1, last_said=today, found_at=now)
        Grouped.objects.create(recommendation=made[half + made.index(one)], group=other)
        choice = GroupingChoice.objects.create(kind="join", reason="The same", by=world.cast.ivy, at=now)
        ChoicePart.objects.create(choice=choice, recommendation=one)
        ChoicePart.objects.create(choice=choice, recommendation=world.first.recommendation)


def more_work(world, number, now, today, line):
    cast, report = world.cast, world.report
    start = report.recommendations.count()
    made = Recommendation.objects.bulk_create(
        Recommendation(
            inspection=report, group=1, number=start + n + 1, level="pdu", addressee_as_printed="HFKCW",
            addressee=cast.hfkcw, wording="improve it",
        )
        for n in range(number)
    )  # fmt: skip
    said_again(world, made, now, today)
    plan = world.first.plan
    follow_ups = FollowUp.objects.bulk_create(
        FollowUp(recommendation=one, plan=plan, addressee=cast.hfkcw, inspection=report, live=True, next_due=today)
        for one in made
    )
    owners = [{"owner_person": cast.omar}] * 3 + [{"owner_post": cast.head_of_hfkcw}, {}]
    actions = Action.objects.bulk_create(
        Action(
            plan=plan, organisation=cast.hfkcw, what=f"Step {n}", due_by=today + dt.timedelta(days=n % 40 - 20),
            first_due_by=today, target_precision="day", target_wording="soon", live=True, added_at=now,
            **owners[n % 5],
        )
        for n in range(number)
    )  # fmt: skip
    Action.follow_ups.through.objects.bulk_create(
        Action.follow_ups.through(action=action, followup=one)
        for action, its in zip(actions, follow_ups, strict=True)
        for one in (its, world.first)
    )
    Action.follow_ups.through.objects.bulk_create(
        Action.follow_ups.through(action=world.action, followup=one) for one in follow_ups
    )
    concerns = Concern.objects.bulk_create(
        Concern(alert=world.case, position=start + n + 10, text="Nobody knows them") for n in range(number // 4)
    )
    Reading.objects.bulk_create(
        Reading(
            measure=world.measure, value=n, as_at=today - dt.timedelta(days=n), note="Counted", by=cast.amira, at=now
        )
        for n in range(number)
    )
    AlertCase.objects.bulk_create(
        AlertCase(
            organisation=cast.hfkcw, live=True, opened_at=now, raised_at=now - dt.timedelta(days=n), raised_by=cast.ivy,
            accepted_at=now - dt.timedelta(days=n), state="monitoring",
        )
        for n in range(number // 2)
    )  # fmt: skip
    required = Action.objects.bulk_create(
        Action(
            alert=world.case, organisation=cast.hfkcw, what="Allocate them", live=True, required=True, added_at=now,
            owner_post=cast.head_of_hfkcw,
        )
        for _ in concerns
    )  # fmt: skip
    Action.concerns.through.objects.bulk_create(
        Action.concerns.through(action=action, concern=one) for action, one in zip(required, concerns, strict=True)
    )
    Update.objects.bulk_create(
        Update(action=action, by=cast.omar, at=now, done="Held one.", confidence="on_track")
        for one in actions
        for action in (one, world.action)
    )
    Claim.objects.bulk_create(
        Claim(action=one, by=cast.omar, at=now, comment="Done.", cycle=1)
        for one in Action.objects.bulk_create(
            Action(plan=plan, organisation=cast.hfkcw, what="Claimed", state="claimed", live=True, added_at=now)
            for _ in range(number)
        )
    )
    DateChange.objects.bulk_create(
        DateChange(
            action=action, organisation=cast.hfkcw, old_due_by=today, new_due_by=today + dt.timedelta(days=9),
            new_precision="day", reason="Late", asked_by=cast.amira, asked_at=now, **state,
        )
        for one in actions
        for action, state in ((one, {}), (world.action, {"state": "refused", "decided_by": cast.rosa}))
    )  # fmt: skip
    Evidence.objects.bulk_create(
        Evidence(action=world.action, name="Register", url="https://example.org/", by=cast.omar, at=now)
        for _ in range(number)
    )
    about = [
        (world.first, "answered"), (world.action, "update_posted"), (report, "inspection_corrected"),
        (cast.vera, "person_changed"), (cast.head_of_hfkcw, "post_held"), (world.to_check, "import_corrected"),
    ]  # fmt: skip
    Event.objects.bulk_create(
        Event(at=now, actor=cast.amira, deed=deed, subject_kind=row._meta.model_name, subject_id=row.pk,
              before={"holder": "vacant"}, after={"holder": "Pat", "name": "Pat"})
        for row, deed in about
        for _ in range(number)
    )  # fmt: skip
    places = {cast.amira: cast.hfkcw, cast.vera: None, cast.ivy: None}
    views = SavedView.objects.bulk_create(
        SavedView(owner=who, name=f"View {line} {n}", list=name, query="overdue=on", saved_at=now, shared_with=to)
        for n, name in enumerate(["recommendations", "actions", "alerts", "inspections"] * (number // 12))
        for who, to in places.items()
    )  # fmt: skip
    Subscription.objects.bulk_create(
        Subscription(view=one, person=one.owner, since=now, before_at=now, latest_at=now) for one in views
    )
    ApiToken.objects.bulk_create(
        ApiToken(person=who, name="Sheet", hash=uuid.uuid4().hex, made_at=now, expires_on=today)
        for _ in range(number)
        for who in (cast.amira, cast.vera)
    )
    mails = Mail.objects.bulk_create(
        Mail(
            recipient=who, address=who.email, kind="digest", subject="1 action overdue", text="...", html="<p>...</p>",
            message_id=f"<{line}.{n}.{who.pk}@example>", state="sent", claimed_at=now, sent_at=now,
        )
        for n in range(number)
        for who in (cast.amira, cast.omar)
    )  # fmt: skip
    Notice.objects.bulk_create(
        Notice(
            recipient=mail.recipient, kind="action_due", subject_kind="action", subject_id=world.action.pk,
            occasion=f"{line} {mail.pk}", state="sent", decided_at=now, mail=mail,
        )
        for mail in mails
    )  # fmt: skip
    Notice.objects.bulk_create(
        Notice(
            recipient=cast.amira, kind="action_due", subject_kind="action", subject_id=action.pk, occasion=line,
            state="sent", decided_at=now, mail=world.mail,
        )
        for action in actions
    )  # fmt: skip
