"""Every address of the service: how to reach it, who may, what it does, how much it may ask of the database.

An address that is missing here fails `test_the_table_names_every_address`. Add a line when you add a page:

    Address("assign", first, ALL_OF_HFKCW, opens="amira", posts="amira", post={...}, far=far)
"""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from django.urls import reverse

from inspections.models import ContextFigure
from tracker.exports.models import Export
from tracker.insight.models import GroupingChoice, RecurringGroup
from tracker.reminders.models import Hold
from tracker.reminders.preferences import stop_token

from .world import World

EVERYBODY = "amira ben rosa helen ivy omar vera ada"
# Whose scope holds the work of HFKCW: its lead, its contributor by an action of his own, the levels above, and those
# who see everything. Ben and Vera of Lambeth are strangers to it.
AROUND_HFKCW = "amira rosa helen ivy omar ada"
# A plan is for who leads or reads the work of a place, and not for who only has a part in it.
SEE_PLANS = "amira rosa helen ivy ada"
AROUND_ALERT = "amira rosa helen ivy ada"
# Queries; those for session, reader and roles among them. A preview compares a report with all that is here; of an
# alert all that its clocks depend on is read; above the filters of a list stand the reader's saved views, one query; on
# top of Your work stand the alerts whose turn it is, and their pauses, two queries.
LIST, RECORD, YOUR_WORK, PREVIEW, ALERTS, ALERT = 8, 15, 15, 19, 11, 20
OVERVIEW = 15
PAST = 20  # a past day is read from the journal
YESTERDAY = dt.date.today() - dt.timedelta(days=1)
SEARCH = 16
TIMETABLE = 70  # all that the next mails are decided from
CALENDAR = 32  # an alert's clocks, and the limit of how often
API = 8  # and six more to count the requests of this minute, in the database's cache
NOWHERE = 987_654_321


@dataclass(frozen=True, eq=False)
class Address:
    """One named address. A person not in ``sees`` gets 404; who sees it but is not in ``opens`` 403, and not in
    ``posts`` 403 for posting. ``opens`` empty: it takes a POST only."""

    name: str
    args: Callable[[World], list] = lambda world: []
    sees: str = EVERYBODY
    opens: str | None = None  # None: all who see it
    posts: str = ""  # "": nobody posts here, GET is all it takes
    post: Callable[[World], dict] | dict = field(default_factory=dict)  # a POST that changes something
    far: Callable[[World], list] | None = None  # a row that is out of sight for Amira
    budget: int = RECORD
    ask: str = ""  # "?part=facts"
    signed_out: int = 302  # to the sign-in page
    signed_in: int = 200
    html: bool = True
    mistake: dict | None = None  # what to post for the form to show what is wrong with it; {}: nothing filled in
    signing_in: bool = False  # a page of django-allauth: what it does is theirs to test
    api: bool = False  # opened by token and never by session; takes and gives JSON

    def __str__(self):
        return self.name + self.ask

    @property
    def openers(self) -> list[str]:
        return (self.sees if self.opens is None else self.opens).split()

    def url(self, world: World) -> str:
        return reverse(self.name, args=self.args(world)) + self.ask

    def get_status(self, who: str) -> int:
        if self.opens == "":
            return 405
        return 404 if who not in self.sees.split() else self.signed_in if who in self.openers else 403

    def post_status(self, who: str) -> int:
        return 404 if who not in self.sees.split() else 302 if who in self.posts.split() else 403


def in_api(name, *args, budget=API, **how) -> Address:
    return Address(name, *args, signed_out=401, html=False, api=True, budget=budget, **how)


def key() -> str:
    return str(uuid.uuid4())


def day_words(world, days):
    """A day so many days after the date of an action of the world, which lies ahead."""
    return (world.outside.due_by + dt.timedelta(days=days)).isoformat()


def to_check(world):
    return [world.to_check.pk]


def imported(world):
    return [world.imported.pk]


def recurring(world):
    return [RecurringGroup.objects.earliest("pk").pk]


def first(world):
    return [world.first.pk]


def action(world):
    return [world.action.pk]


def first_plan(world):
    return [world.first.plan_id]


def claimed(world):
    return [world.claimed.pk]


def proof(world):
    return [world.proof.pk]


def far(world):
    return [world.far.pk]


def case(world):
    return [world.case.pk]


def far_action(world):
    return [world.far_action.pk]


def mail(world):
    return [world.mail.pk]


def export(who, state="waiting"):
    return lambda world: [Export.objects.get(person=getattr(world.cast, who), state=state).pk]


def shared_view(world):
    return [world.view.pk]


def far_view(world):
    return [world.far_view.pk]


def far_mail(world):
    return [world.far_mail.pk]


def the_post(world):
    return [world.cast.head_of_hfkcw.pk]


def omar(world):
    return [world.cast.omar.pk]


def a_person(world):
    return [world.cast.vera.pk]


NEW_PERSON = {"first_name": "Una", "last_name": "Wood", "email": "una@probation.example", "role": "inspector"}
ENTERED = {"new_pdu": "Seahaven", "fieldwork": "June 2026"}
CHANGED = {"what": "Train all", "target": "", "date_reason": "Nobody knows yet"}

ADDRESSES = [
    # Inspections: what was published is read by everyone, and imported by inspectors
    Address("inspections", budget=LIST),
    Address("inspections", ask="?text=HFKCW&rating=Inadequate&sort=name", budget=LIST),
    # The lists as files: what the pages show, for whoever asks
    Address("inspections_csv", html=False, budget=LIST),
    Address("inspections_xlsx", html=False, budget=LIST),
    Address("recommendations_csv", html=False, budget=LIST),
    Address("recommendations_xlsx", ask="?status=open&organisation=hfkcw&sort=latest", html=False, budget=LIST),
    Address("actions_csv", html=False, budget=LIST),
    Address("actions_xlsx", ask="?status=open&stale=on&sort=newest", html=False, budget=LIST),
    Address("alerts_csv", html=False, budget=LIST),
    Address("alerts_xlsx", ask="?state=all", html=False, budget=LIST),
    Address("inspection", lambda w: [w.report.slug]),
    Address("inspection", lambda w: [w.from_file.slug]),
    Address("inspection_previous", lambda w: [w.report.slug]),
    Address("inspection_previous", lambda w: [w.report.slug], ask=f"?on={YESTERDAY}", budget=PAST + 5),
    Address("action_plan", lambda w: [w.report.slug], AROUND_HFKCW),
    Address("action_plan", lambda w: [w.report.slug], AROUND_HFKCW, ask=f"?on={YESTERDAY}", budget=PAST),
    Address("action_plan_file", lambda w: [w.report.slug, "docx"], AROUND_HFKCW, html=False),
    Address("action_plan_file", lambda w: [w.report.slug, "csv"], AROUND_HFKCW, html=False),
    Address("progress_file", lambda w: [w.report.slug, "docx"], html=False),
    Address("inspection_source", lambda w: [w.from_file.slug], html=False),
    Address("inspection_correct", lambda w: [w.from_file.slug], opens="", posts="ivy", post={"key": key()}),
    Address("import_report", opens="ivy", mistake={}),
    Address(
        "enter_inspection", opens="ivy", posts="ivy", mistake={},
        post=lambda w: ENTERED | {"region": w.cast.london.pk, "key": key()},
    ),
    Address("import_draft", to_check, opens="ivy", posts="ivy", post={"deed": "discard", "seen": 1}, mistake={}),
    Address("import_draft", to_check, opens="ivy", ask="?part=places"),
    *[
        Address("import_draft", to_check, opens="ivy", ask=f"?part={part}", mistake={})
        for part in ("facts", "ratings", "questions", "recommendations", "alert")
    ],
    Address("import_draft", imported, opens="ivy", ask="?", budget=PREVIEW),
    Address("import_undo", imported, opens="ivy", posts="ivy"),
    # Recommendations that say the same: numbers for everyone, joining and splitting for inspectors
    Address("own_overview", opens="amira ben rosa helen ivy vera ada", signed_in=302, html=False),
    Address("overview", lambda w: ["hfkcw"], opens="amira rosa helen ivy ada", budget=OVERVIEW),
    Address("overview", lambda w: ["hmpps"], opens="helen ivy ada", budget=OVERVIEW),
    Address("overview", lambda w: ["hfkcw"], opens="amira rosa helen ivy ada", ask=f"?on={YESTERDAY}", budget=PAST),
    Address("overview", lambda w: ["hfkcw"], opens="amira rosa helen ivy ada", ask="?on=soon", signed_in=422),
    Address("committee_pack", lambda w: ["hfkcw"], opens="amira rosa helen ivy ada", budget=OVERVIEW),
    Address(
        "committee_pack_file", lambda w: ["hfkcw", "docx"], opens="amira rosa helen ivy ada", html=False,
        budget=OVERVIEW,
    ),
    Address("ratings", budget=LIST),
    Address("key_questions", budget=LIST),
    Address("key_questions", ask="?standard=2.2", budget=LIST),
    Address("search", budget=LIST),
    # Of each of four kinds what is found and what is shown; ranks and marks of all
    Address("search", ask="?q=improve+e", budget=SEARCH),
    Address("search", ask="?q=improve&kind=recommendations&page=2", budget=LIST + 2),
    Address("recurring", budget=LIST),
    Address("recurring", ask="?text=improve&level=pdu&systemic=on&sort=newest", budget=LIST),
    Address("recurring_group", recurring),
    Address("recurring_group", recurring, ask="?sort=oldest"),
    Address(
        "recurring_join", lambda w: [w.second.recommendation_id], opens="ivy", posts="ivy", mistake={},
        post=lambda w: {"other": w.far.recommendation_id, "reason": "The same", "key": key()}, budget=LIST,
    ),
    Address(
        "recurring_split", recurring, opens="ivy", posts="ivy", mistake={},
        post=lambda w: {"apart": [w.far.recommendation_id], "reason": "Another matter", "key": key()}, budget=LIST,
    ),
    Address("recurring_undo", lambda w: [GroupingChoice.objects.earliest("pk").pk], opens="", posts="ivy"),
    # Organisations
    Address("organisations", budget=LIST),
    Address("organisations", ask="?level=pdu", budget=LIST),
    Address("organisation", lambda w: ["hfkcw"]),
    Address("organisation", lambda w: ["london"]),
    Address("organisation", lambda w: ["hfkcw"], ask=f"?on={YESTERDAY}", budget=PAST + 12),
    Address("organisation", lambda w: ["hfkcw"], ask="?on=soon", signed_in=422),
    Address(
        "organisation_figures", lambda w: ["hfkcw"], posts="ivy", mistake={}, budget=LIST,
        post=lambda w: {"measure": "workload", "value": "120", "month": "August 2022", "inspection": w.report.pk,
                        "page": "9", "source": "", "key": key()},
    ),
    Address("take_back_figure", lambda w: ["hfkcw", ContextFigure.objects.latest("pk").pk], opens="", posts="ivy"),
    Address("ratings_over_time", lambda w: ["hfkcw"], budget=10),
    # What is done about each recommendation
    Address("your_work", budget=YOUR_WORK),
    Address("work", budget=YOUR_WORK),
    # Saved views: the reader's own, and what is shared within their organisation or one above it
    Address("views"),
    Address(
        "save_view", opens="", posts=EVERYBODY, mistake={},
        post=lambda w: {"name": "Late here", "list": "actions", "query": "overdue=on", "key": key()},
    ),
    Address(
        "saved_view", shared_view, "amira omar", posts="amira omar", post={"deed": "start"}, far=far_view,
        mistake={"deed": "rename"},
    ),
    Address("open_view", shared_view, "amira omar", signed_in=302, html=False, far=far_view),
    Address("recommendations", budget=LIST),
    Address("recommendations", ask="?status=open&overdue=on&owner=me&organisation=hfkcw&sort=latest", budget=LIST),
    Address("recommendations", ask="?text=nothing+is+like+this", budget=LIST),
    Address("recommendation", first, AROUND_HFKCW, far=far),
    Address("recommendation", lambda w: [w.second.pk], "amira rosa helen ivy ada"),
    Address(
        "answer", first, AROUND_HFKCW, opens="amira", posts="amira", far=far, mistake={},
        post=lambda w: {"response": "not_agreed", "reason": "Cost", "approver": "Amira Khan, Head of PDU", "key": key(),
                        "seen": w.first.version},
    ),
    Address(
        "assign", first, AROUND_HFKCW, opens="amira", posts="amira", far=far, mistake={},
        post=lambda w: {"owner": f"person-{w.cast.omar.pk}", "key": key(), "seen": w.first.version},
    ),
    Address(
        "start_clock", far, "helen ivy ada", opens="", posts="ivy", far=far,
        post=lambda w: {"seen": w.far.version, "key": key()},
    ),
    Address("close", first, AROUND_HFKCW, opens="ivy", far=far, mistake={}),
    Address("close_not_agreed", first, AROUND_HFKCW, opens="ivy", far=far, mistake={}),
    Address(
        "accept_risk", first, AROUND_HFKCW, opens="rosa helen", posts="rosa helen", far=far, mistake={},
        post=lambda w: {"reason": "It closes", "review_on": "1 June 2099", "key": key(), "seen": w.first.version},
    ),
    Address("supersede", first, AROUND_HFKCW, opens="ivy", far=far, mistake={}),
    Address("reopen", first, AROUND_HFKCW, opens="ivy", far=far, signed_in=409, mistake={}),
    Address(
        "add_action", first, AROUND_HFKCW, opens="amira", posts="amira", far=far, mistake={},
        post=lambda w: {"what": "Recruit two officers", "target": "June 2027", "key": key()},
    ),
    Address(
        "tie", first, AROUND_HFKCW, opens="", posts="ivy", far=far,
        post=lambda w: {"decision": "tie", "key": key(), "seen": w.first.version},
    ),
    Address("carry_forward", first, AROUND_HFKCW, opens="ivy", far=far, mistake={}),
    # Action plans, on their way to the level above
    Address("plans", budget=LIST),
    Address("plans", ask="?state=submitted&due=45&organisation=london&waiting=me&sort=latest", budget=LIST),
    Address("plan", first_plan, SEE_PLANS, far=lambda w: [w.far.plan_id], budget=RECORD),
    Address("plan", first_plan, SEE_PLANS, ask="?order=on", budget=RECORD),
    Address("plan", lambda w: [w.sent_plan.pk], SEE_PLANS, ask="?", budget=RECORD),
    Address(
        "submit_plan", lambda w: [w.ready_plan.pk], SEE_PLANS, opens="", posts="helen",
        post=lambda w: {"seen": w.ready_plan.version, "key": key()},
    ),
    Address(
        "take_back_plan", lambda w: [w.sent_plan.pk], SEE_PLANS, opens="", posts="rosa",
        post=lambda w: {"seen": w.sent_plan.version, "key": key()},
    ),
    Address(
        "sign_off_plan", lambda w: [w.sent_plan.pk], SEE_PLANS, opens="", posts="helen",
        post=lambda w: {"seen": w.sent_plan.version, "key": key(), "comments": "Thank you."},
    ),
    Address(
        "send_plan_back", lambda w: [w.sent_plan.pk], SEE_PLANS, opens="", posts="helen", mistake={},
        post=lambda w: {"seen": w.sent_plan.version, "key": key(), "comments": "Say by when for 2."},
    ),
    Address(
        "move_plan_action", first_plan, SEE_PLANS, opens="", posts="amira", far=lambda w: [w.far.plan_id],
        post=lambda w: {"seen": 1, "key": key(), "move": f"up {w.first.pk} {w.action.pk}"},
    ),
    # Organisational alerts
    Address("alerts", budget=ALERTS),
    Address("alerts", ask="?state=all&organisation=london", budget=ALERTS),
    Address(
        "raise_alert", opens="ivy", posts="ivy",
        post=lambda w: {"organisation": "lambeth", "kind": "staffing", "concern_rows": 1, "measure_rows": 0,
                        "concern_1": "Nobody is there", "required_text": "Send somebody", "key": key()},
    ),
    Address("alert", case, AROUND_ALERT, budget=ALERT),
    Address("alert_letter_docx", case, AROUND_ALERT, html=False, budget=ALERT),
    Address("alert_letter_pdf", case, AROUND_ALERT, html=False, budget=ALERT),
    Address("alert_response_docx", case, AROUND_ALERT, html=False),
    Address("alert_response_pdf", case, AROUND_ALERT, html=False),
    Address(
        "link_concerns", lambda w: [w.case.pk, w.case.actions.order_by("pk").first().pk], AROUND_ALERT,
        opens="amira rosa helen ivy", posts="amira rosa helen ivy", mistake={},
        post=lambda w: {"concerns": [w.case.concerns.first().pk],
                        "seen": w.case.actions.order_by("pk").first().version, "key": key()},
    ),
    Address("acknowledge_alert", case, AROUND_ALERT, opens="amira rosa helen", signed_in=409, mistake={}),
    Address("respond_alert", case, AROUND_ALERT, opens="amira rosa helen", signed_in=409, mistake={}),
    Address(
        "judge_alert", case, AROUND_ALERT, opens="ivy", posts="ivy", mistake={},
        post=lambda w: {"decision": "accept", "key": key(), "seen": w.case.version},
    ),
    Address(
        "add_readings", case, AROUND_ALERT, opens="amira rosa helen ivy", posts="amira rosa helen ivy", mistake={},
        post=lambda w: {f"value_{w.measure.pk}": "612", f"as_at_{w.measure.pk}": "1 May 2026", "key": key()},
    ),
    Address("readings_file", case, AROUND_ALERT, opens="amira rosa helen ivy", mistake={}),
    Address("hold_checkpoint", case, AROUND_ALERT, opens="rosa helen", signed_in=409, mistake={}),
    Address("ask_stand_down", case, AROUND_ALERT, opens="amira", signed_in=409, mistake={}),
    Address("decide_stand_down", case, AROUND_ALERT, opens="rosa helen ivy", signed_in=409, mistake={}),
    Address("reopen_alert", case, AROUND_ALERT, opens="ivy", signed_in=409, mistake={}),
    Address(
        "withdraw_alert", case, AROUND_ALERT, opens="ivy", posts="ivy", mistake={},
        post=lambda w: {"reason": "Another place was meant", "key": key(), "seen": w.case.version},
    ),
    Address(
        "pause_alert", case, AROUND_ALERT, opens="ivy", posts="ivy", mistake={},
        post=lambda w: {"starts": "1 May 2099", "ends": "5 May 2099", "reason": "Flood", "key": key()},
    ),
    Address(
        "start_alert_clock", case, AROUND_ALERT, opens="ivy", posts="ivy", mistake={},
        post=lambda w: {"raised_on": "1 May 2026", "key": key(), "seen": w.case.version},
    ),
    Address(
        "change_circle", case, AROUND_ALERT, opens="ivy", posts="ivy", mistake={},
        post=lambda w: {"inspectors": [w.cast.idris.pk], "key": key(), "seen": w.case.version},
    ),
    Address(
        "add_alert_action", case, "amira rosa helen ivy ada", opens="amira rosa helen", posts="amira rosa helen",
        post=lambda w: {"what": "Recruit two officers", "organisation": w.cast.hfkcw.pk, "target": "", "key": key()},
        mistake={},
    ),
    Address(
        "action", lambda w: [w.case.actions.first().pk], "amira rosa helen ivy ada", ask="?", posts="amira",
        post=lambda w: {"done": "Thirty were allocated.", "confidence": "on_track", "key": key()}, mistake={},
    ),
    Address("bulk_recommendations", opens="amira ben rosa helen ivy", mistake={"deed": "note"}),
    Address("bulk_recommendations", opens="amira ben rosa helen ivy", ask="?deed=note&all=1", mistake={"deed": "note"}),
    Address("bulk_recommendations", opens="amira ben rosa helen", ask="?deed=assign&all=1", mistake={"deed": "assign"}),
    Address("bulk_actions", opens="amira ben rosa helen ivy omar", mistake={"deed": "note"}),
    Address("bulk_actions", opens="amira ben rosa helen", ask="?deed=move&all=1&status=open", mistake={"deed": "move"}),
    Address(
        "bulk_actions", opens="amira ben rosa helen ivy omar", posts="amira ben rosa helen ivy omar",
        ask="?deed=note&all=1", post=lambda w: {"deed": "note", "note": "Asked again", "key": key(),
                                                "rows": f"{w.action.pk}.{w.action.version}"},
    ),
    Address("bulk_deed", lambda w: [w.bulk_deed.pk], "amira"),
    Address("actions", budget=LIST + 1),
    Address("actions", ask="?status=open&stale=on&owner=vacant&due=none&sort=newest", budget=LIST),
    Address(
        "action", action, AROUND_HFKCW, posts="amira omar", far=far_action, mistake={},
        post=lambda w: {"done": "A third session was held.", "confidence": "on_track", "key": key()},
    ),
    Address(
        "edit_action", action, AROUND_HFKCW, opens="amira", posts="amira", far=far_action, mistake={},
        post=lambda w: CHANGED | {"key": key(), "seen": w.action.version},
    ),
    Address(
        "cancel_action", action, AROUND_HFKCW, opens="amira", posts="amira", far=far_action, mistake={},
        post=lambda w: {"reason": "Done elsewhere", "key": key(), "seen": w.action.version},
    ),
    Address(
        "reassign_action", action, AROUND_HFKCW, opens="amira", posts="amira", far=far_action, mistake={},
        post=lambda w: {"owner": f"person-{w.cast.amira.pk}", "key": key(), "seen": w.action.version},
    ),
    # People outside: a lead names them, asks them, and takes their links back; they post by the link alone, where the
    # token of a form counts for nothing (tests/external)
    Address("action", lambda w: [w.outside.pk], "amira rosa helen ivy ada", ask="?outside", budget=RECORD + 1),
    Address(
        "name_external", action, AROUND_HFKCW, opens="amira", posts="amira", far=far_action, mistake={},
        post=lambda w: {"first_name": "Gus", "last_name": "Ray", "works_for": "A trust", "email": "gus@trust.example",
                        "part": "helper", "key": key(), "seen": w.action.version},
    ),
    Address(
        "ask_external", lambda w: [w.outside.pk], "amira rosa helen ivy ada", opens="", posts="amira", far=far_action,
        post=lambda w: {"person": w.grace.pk, "key": key()},
    ),
    Address(
        "revoke_links", lambda w: [w.outside.pk], "amira rosa helen ivy ada", opens="", posts="amira", far=far_action,
        post=lambda w: {"person": w.grace.pk, "key": key()},
    ),
    Address("update_by_link", lambda w: [w.link], signed_out=200, mistake={}),
    # Claims, and the decision on them
    Address(
        "claim_action", action, AROUND_HFKCW, opens="amira omar", posts="amira omar", far=far_action, mistake={},
        post=lambda w: {"comment": "All were trained.", "key": key(), "seen": w.action.version},
    ),
    Address("verify_queue", opens="ivy", budget=LIST),
    Address("verify_queue", opens="ivy", ask="?region=london", budget=LIST),
    Address(
        "verify_action", claimed, AROUND_HFKCW, opens="ivy", posts="ivy", far=far_action, mistake={},
        post=lambda w: {"outcome": "sent_back", "judgement": "insufficient", "reason": "It is empty.", "key": key(),
                        "seen": w.claimed.version},
    ),
    # Another date, and the decision on it
    Address(
        "ask_date", action, AROUND_HFKCW, opens="amira", posts="amira", far=far_action, mistake={},
        post=lambda w: {"target": "June 2099", "reason": "Late", "key": key(), "seen": w.action.version},
    ),
    Address(
        "pause_action", action, AROUND_HFKCW, opens="rosa helen", posts="rosa helen", far=far_action, mistake={},
        post=lambda w: {"ends": day_words(w, 30), "reason": "The building is closed", "key": key()},
    ),
    Address("pause_action", lambda w: [w.outside.pk], "amira rosa helen ivy ada", opens="rosa helen", ask="?paused"),
    Address(
        "end_pause_action", lambda w: [w.outside.pk], "amira rosa helen ivy ada", opens="", posts="rosa helen",
        post=lambda w: {"key": key()}, far=far_action,
    ),
    Address(
        "pause_plan", first_plan, SEE_PLANS, opens="rosa helen", posts="rosa helen", mistake={},
        post=lambda w: {"ends": day_words(w, 30), "reason": "The building is closed", "key": key()},
    ),
    Address(
        "end_pause_plan", lambda w: [w.sent_plan.pk], SEE_PLANS, opens="", posts="helen",
        post=lambda w: {"key": key()},
    ),
    Address("dates", opens="amira ben rosa helen", budget=LIST),
    Address(
        "decide_date", lambda w: [w.question.pk], AROUND_HFKCW, posts="rosa helen", mistake={},
        post={"decision": "agree", "key": key()},
    ),
    # Evidence
    Address(
        "add_evidence", action, AROUND_HFKCW, opens="amira omar", posts="amira omar", far=far_action, mistake={},
        post=lambda w: {"url": "https://example.org/minutes", "name": "Minutes", "key": key()},
    ),
    Address("evidence", proof, AROUND_HFKCW),
    Address("evidence_file", proof, AROUND_HFKCW, html=False),
    Address(
        "evidence_pack", lambda w: [w.first.pk, "docx"], AROUND_HFKCW, html=False, far=lambda w: [w.far.pk, "docx"],
    ),
    Address("evidence_pack", lambda w: [w.first.pk, "zip"], AROUND_HFKCW, html=False),
    Address(
        "evidence_pack", lambda w: [w.first.pk, "docx"], AROUND_HFKCW, ask=f"?on={YESTERDAY}", html=False, budget=PAST
    ),
    Address(
        "replace_evidence", proof, AROUND_HFKCW, opens="amira omar", posts="amira omar", mistake={},
        post=lambda w: {"url": "https://example.org/register", "name": "Register", "key": key()},
    ),
    Address(
        "remove_evidence", proof, AROUND_HFKCW, opens="amira omar ada", posts="amira omar ada", mistake={},
        post=lambda w: {"reason": "It names somebody.", "key": key()},
    ),
    # What happened, by the journal
    Address("recommendation_timeline", first, AROUND_HFKCW, far=far),
    Address("recommendation_timeline", first, AROUND_HFKCW, ask="?kind=updates&person=amira&since=1+May+2026"),
    Address("action_timeline", action, AROUND_HFKCW, far=far_action),
    Address("plan_timeline", lambda w: [w.first.plan_id], "amira rosa helen ivy ada", far=lambda w: [w.far.plan_id]),
    Address("organisation_timeline", lambda w: ["hfkcw"], "amira rosa helen ivy ada", far=lambda w: ["eastvale"]),
    # People and posts: administrators
    Address("people", opens="ada", budget=LIST),
    Address("people", opens="ada", ask="?name=khan", budget=LIST),
    Address("people", opens="ada", ask="?outside=1", budget=LIST),
    Address("person", lambda w: [w.grace.pk], opens="ada"),
    Address("new_person", opens="ada", posts="ada", post=NEW_PERSON, mistake={}),
    Address("person", a_person, opens="ada", posts="ada", post={"deed": "off"}, mistake={"deed": "role"}),
    Address("posts", opens="ada", budget=LIST),
    Address("posts", opens="ada", ask="?vacant=1", budget=LIST),
    Address(
        "new_post", opens="ada", posts="ada", mistake={},
        post=lambda w: {"organisation": w.cast.eastvale.pk, "title": "Head of PDU", "role": "lead", "head": "on"},
    ),
    Address("post", the_post, opens="ada", posts="ada", post=lambda w: {"holder": w.cast.omar.pk}),
    # Limits: read by whoever works in the place, set by administrators
    Address("limits", budget=LIST + 1),
    Address("limits", ask="?text=hfkcw&region=london", budget=LIST + 1),
    Address("limits_of", lambda w: ["hfkcw"], AROUND_HFKCW, far=lambda w: ["eastvale"]),
    Address(
        "edit_limits", lambda w: ["hfkcw"], opens="ada", posts="ada", mistake={},
        post={"seen": "", "first_reminder": "60", "save": "1"},
    ),
    # Who stands in for the reader; for somebody else an administrator names them
    Address("cover", mistake={"deed": "name"}),
    Address(
        "cover_of", a_person, opens="ada", posts="ada", mistake={"deed": "name"},
        post=lambda w: {"deed": "name", "stand_in": w.cast.ben.pk, "starts": "1 March 2099", "ends": "5 March 2099",
                        "key": key()},
    ),
    # Long lists as files
    Address("exports"),
    Address(
        "new_export", lambda w: ["recommendations"], ask="?organisation=hfkcw", posts=EVERYBODY, post={"key": key()}
    ),
    Address("export", export("amira"), "amira", posts="amira", post={}, far=export("niall")),
    Address("export", export("amira", "ready"), "amira"),
    Address("export_file", export("amira", "ready"), "amira", far=export("niall"), html=False),
    # The reader's dates in a calendar
    Address("calendar", posts=EVERYBODY, post={"deed": "make", "key": key()}),
    Address("calendar_feed", lambda w: [w.calendar], signed_out=200, html=False, budget=CALENDAR),
    # When the reader's mail comes
    Address(
        "preferences", posts=EVERYBODY, mistake={},
        post={"frequency": "weekly", "hour": "9", "summary": "on", "key": key()},
    ),
    Address("unsubscribe", lambda w: [stop_token(w.cast.amira, "digest")], signed_out=200),
    # Mails: one's own; administrators see all
    Address("sent", budget=LIST + 1),
    Address("sent", ask="?state=failed", budget=LIST + 1),
    Address("sent", ask="?state=decided", budget=LIST + 3),
    Address("notify_callback", signed_out=403, signed_in=403, html=False),  # to GOV.UK Notify, by its token
    Address("mail", mail, "amira ada", far=far_mail),
    Address("mail_html", mail, "amira ada", far=far_mail, html=False),
    # What runs by itself, and a run that is held: administrators
    Address("timetable", opens="ada", budget=TIMETABLE),
    Address("held_run", lambda w: [Hold.objects.get().pk], opens="ada", posts="ada", budget=TIMETABLE),
    # For the machine that watches
    Address("healthz", signed_out=200, html=False),
    Address("readyz", signed_out=200, html=False),
    # Open to everyone
    Address("accessibility", signed_out=200),
    Address("account_login", signed_out=200, signed_in=302, signing_in=True, mistake={}),
    Address("account_logout", signing_in=True),
    Address("account_inactive", signed_out=200, signing_in=True),
    Address("account_signup", signed_out=200, signed_in=302, signing_in=True),
    Address("account_change_password", signing_in=True, mistake={}),
    Address("account_reset_password", signed_out=200, signing_in=True, mistake={}),
    Address("account_reset_password_done", signed_out=200, signing_in=True),
    Address("account_reset_password_from_key", lambda w: ["1", "an-old-link"], signed_out=200, signing_in=True),
    Address("account_reset_password_from_key_done", signed_out=200, signing_in=True),
    # For programs
    Address("tokens", mistake={"deed": "make"}),
    Address(
        "tokens_of", a_person, opens="ada", posts="ada",
        post=lambda w: {"deed": "revoke", "token": w.cast.vera.api_tokens.earliest("pk").pk},
    ),
    Address("api"),
    Address("api_schema", signed_out=200, html=False),
    in_api("api_recommendations"),
    in_api("api_recommendations", ask="?status=open&overdue=true&owner=me&organisation=hfkcw&sort=latest"),
    in_api("api_recommendation", first, AROUND_HFKCW, far=far),
    in_api("api_actions"),
    in_api("api_actions", ask="?status=open&stale=true&owner=vacant&due=none&sort=newest"),
    in_api("api_action", action, AROUND_HFKCW, far=far_action),
    in_api(
        "api_updates", action, AROUND_HFKCW, opens="", posts="amira omar", far=far_action,
        post={"done": "A third session was held.", "confidence": "on_track", "key": "one"},
    ),
    in_api(
        "api_claim", action, AROUND_HFKCW, opens="", posts="amira omar", far=far_action,
        post=lambda w: {"comment": "All were trained.", "key": "one", "seen": w.action.version},
    ),
    in_api("api_alerts"),
    in_api("api_alerts", ask="?state=all&organisation=london"),
    in_api("api_alert", case, AROUND_ALERT),
    in_api(
        "api_readings", case, AROUND_ALERT, opens="", posts="amira rosa helen ivy",
        post=lambda w: {"readings": [{"measure": w.measure.pk, "value": 612, "as_at": "2026-05-01"}], "key": "one"},
    ),
    in_api("api_inspections"),
    in_api("api_inspections", ask="?text=HFKCW&rating=Inadequate&sort=name"),
    in_api("api_organisations"),
    in_api("api_organisations", ask="?level=pdu"),
    in_api("api_nothing", lambda w: ["no/such/thing/"], signed_in=404),
]  # fmt: skip
