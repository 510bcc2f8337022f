"""How each row of the matrix is done: by its operation, and by its page."""

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone

from tests.cast import NOW
from tracker.alerts import answering, ending, monitoring, raising
from tracker.alerts.operations import add_alert_action, link_concerns
from tracker.api import operations as tokens
from tracker.clocks.operations import set_limit, unset_limit
from tracker.exports import calendar_feeds, long_lists
from tracker.insight import recurring_operations
from tracker.insight.models import GroupingChoice, RecurringGroup
from tracker.intake import require_inspector
from tracker.journal.models import Notice
from tracker.people import operations as people
from tracker.plans import (
    bulk,
    closing,
    dates,
    evidence,
    external,
    opening,
    operations,
    previous,
    submitting,
    ties,
    verifying,
)
from tracker.plans.models import Action
from tracker.published import figures
from tracker.reminders import overdue
from tracker.reminders.brake import hold, release_hold
from tracker.reminders.preferences import set_preference
from tracker.saved import operations as saved

from .scene import LATER, LATER_STILL, fresh

HOW = {"at": NOW}


@dataclass(frozen=True)
class Try:
    """``operation(scene, by)``, or None where a row is only looked at. ``page``: (address, args, what is posted or
    None to look); args and posted are callables of the scene."""

    operation: Any
    page: tuple[str, Any, Any] | None


def key():
    return str(uuid.uuid4())


def on_follow_up(name, deed):
    """deed(row, seen_version=..., by=..., at=...)"""

    def operation(scene, by):
        row = scene.follow_up(name)
        return deed(scene, row, seen_version=row.version, by=by, **HOW)

    return operation


def on_action(name, deed):
    def operation(scene, by):
        row = scene.action(name)
        return deed(scene, row, seen_version=row.version, by=by, **HOW)

    return operation


def on_plan(name, deed):
    def operation(scene, by):
        row = scene.plan(name)
        return deed(row, seen_version=row.version, by=by, **HOW)

    return operation


def answering_nothing(scene):
    """The action of the open alert, as a page loads it."""
    rows = Action.objects.select_related("alert__organisation__parent__parent", "organisation")
    return rows.get(alert=scene.alert, what="Allocate")


def on_alert(name, deed, *args):
    def operation(scene, by):
        row = fresh(scene.alerts[name])
        return deed(row, *args, seen_version=row.version, by=by, **HOW)

    return operation


def row_of(kind, name):
    return lambda scene: [getattr(scene, kind)[name].pk]


def seen(kind, name, /, **more):
    """What a form on that row posts: its version, a key, and ``more`` (callables are asked of the scene)."""

    def data(scene):
        values = {field: value(scene) if callable(value) else value for field, value in more.items()}
        return {"seen": fresh(getattr(scene, kind)[name]).version, "key": key()} | values

    return data


def follow_up(name):
    return row_of("follow_ups", name)


def action(name):
    return row_of("actions", name)


def no_version(deed):
    return lambda scene, row, *, seen_version, by, at: deed(scene, row, by=by, at=at)


def owner(scene):
    return f"person-{scene.people['owner'].pk}"


def note(kind, name):
    return lambda scene, by: bulk.note([getattr(scene, kind)(name)], "Rang them.", by=by, **HOW).of_one()


def outsider(scene):
    """Somebody outside who helps with the open action, named at this moment."""
    row = scene.action("open")
    who = ("Hal", "Poe", "A charity", "hal@charity.example")
    lead = scene.people["lead_own"]
    return external.name_external(row, *who, helps=True, seen_version=row.version, by=lead, **HOW)[1]


def asked(scene):
    """The same, with the mail of being named gone."""
    person = outsider(scene)
    Notice.objects.filter(recipient=person).update(state="superseded")
    return person


def lift_stop(scene, by):
    people.stop_address(scene.cast.vera.email, "Nobody of that name", **HOW)
    return people.lift_stop(scene.cast.vera, by=by, **HOW)


def said(scene, name):
    return scene.follow_ups[name].recommendation


def figure(scene):
    how = {"source": "Statistics", "form_key": uuid.UUID(int=1), "by": scene.cast.ivy}
    return figures.enter_figure(scene.cast.london, "caseload", Decimal(9), dt.date(2022, 8, 1), **how, **HOW)


def joined(scene):
    """(group, choice): two that an inspector joined."""
    if not GroupingChoice.objects.exists():
        recurring_operations.join_recommendations(
            said(scene, "open"), said(scene, "earlier"), "The same", by=scene.cast.ivy, **HOW
        )
    return RecurringGroup.objects.latest("pk"), GroupingChoice.objects.latest("pk")


def shared_view(scene):
    """Of a lead of London who has left since, so that it is nobody's here."""
    gone = scene.cast.rosa
    view = saved.save_view("Late in London", "actions", "overdue=on", by=gone, **HOW)
    return saved.share_view(view, scene.cast.london, by=gone, **HOW)


def own_stand_in(scene, by):
    one = people.stand_ins_for(by).exclude(stands_in__isnull=False).first()
    if one is None:  # somebody without a role has nobody near; it is not for lack of a right
        return people.require_own_cover(by, by)
    return people.name_stand_in(by, one, dt.date(2099, 2, 1), dt.date(2099, 2, 5), by=by, **HOW)


def in_a_month():
    """Pages read the clock."""
    return (timezone.now() + dt.timedelta(days=30)).date().isoformat()


TRIES = {
    "see_recommendation": Try(None, ("recommendation", follow_up("open"), None)),
    "answer": Try(
        on_follow_up("open", lambda s, row, **how: operations.answer(row, "agreed", response_text="Soon", **how)),
        ("answer", follow_up("open"), seen("follow_ups", "open", response="agreed", response_text="Soon")),
    ),
    "assign": Try(
        on_follow_up("open", lambda s, row, **how: operations.assign(row, owner_person=s.people["owner"], **how)),
        ("assign", follow_up("open"), seen("follow_ups", "open", owner=owner)),
    ),
    "add_action": Try(
        on_follow_up("open", no_version(lambda s, row, **how: operations.add_action(row, "More", target=LATER, **how))),
        ("add_action", follow_up("open"), seen("follow_ups", "open", what="More", target="June 2099")),
    ),
    "start_clock": Try(
        on_follow_up("historic", lambda s, row, **how: opening.start_clock(row, **how)),
        ("start_clock", follow_up("historic"), seen("follow_ups", "historic")),
    ),
    "close": Try(
        on_follow_up("done", lambda s, row, **how: closing.close(row, **how)),
        ("close", follow_up("done"), seen("follow_ups", "done")),
    ),
    "close_not_agreed": Try(
        on_follow_up("not_agreed", lambda s, row, **how: closing.close_not_agreed(row, **how)),
        ("close_not_agreed", follow_up("not_agreed"), seen("follow_ups", "not_agreed")),
    ),
    "accept_risk": Try(
        on_follow_up("open", lambda s, row, **how: closing.accept_risk(row, "Low", dt.date(2099, 1, 1), **how)),
        ("accept_risk", follow_up("open"), seen("follow_ups", "open", reason="Low", review_on="1 January 2099")),
    ),
    "supersede": Try(
        on_follow_up("earlier", lambda s, row, **how: closing.supersede(row, s.follow_up("open"), "Said again", **how)),
        ("supersede", follow_up("earlier"),
         seen("follow_ups", "earlier", successor=lambda s: s.follow_ups["open"].pk, reason="Said again")),
    ),
    "carry_forward": Try(
        on_follow_up("earlier", lambda s, row, **how: previous.carry_forward(row, s.follow_up("open"), **how)),
        ("carry_forward", follow_up("earlier"),
         seen("follow_ups", "earlier", later=lambda s: s.follow_ups["open"].pk)),
    ),
    "reopen": Try(
        on_follow_up("closed", lambda s, row, **how: closing.reopen(row, "Undone", **how)),
        ("reopen", follow_up("closed"), seen("follow_ups", "closed", reason="Undone")),
    ),
    "tie": Try(
        on_follow_up("tied", lambda s, row, **how: ties.decide_tie(row, True, **how)),
        ("tie", follow_up("tied"), seen("follow_ups", "tied", decision="confirm")),
    ),
    "note_recommendation": Try(note("follow_up", "open"), None),
    "note_action": Try(note("action", "open"), None),
    "see_action": Try(None, ("action", action("open"), None)),
    "edit": Try(
        on_action("open", lambda s, row, **how: operations.edit_action(
            row, what="Do it well", owner_person=s.people["owner"], target=LATER, **how)),
        ("edit_action", action("open"), seen("actions", "open", what="Do it well", target="June 2099", owner=owner)),
    ),
    "reassign": Try(
        on_action("open", lambda s, row, **how: operations.reassign(row, owner_person=s.people["lead_own"], **how)),
        ("reassign_action", action("open"),
         seen("actions", "open", owner=lambda s: f"person-{s.people['lead_own'].pk}")),
    ),
    "post_update": Try(
        on_action("open", no_version(
            lambda s, row, **how: operations.post_update(row, "Half", confidence="on_track", **how))),
        ("action", action("open"), seen("actions", "open", done="Half", confidence="on_track")),
    ),
    "add_evidence": Try(
        on_action("open", no_version(
            lambda s, row, **how: evidence.add_link(row, "https://example.org/two", "Minutes", **how))),
        ("add_evidence", action("open"), seen("actions", "open", url="https://example.org/two", name="Minutes")),
    ),
    "replace_evidence": Try(
        lambda s, by: evidence.replace(fresh(s.evidence), url="https://example.org/v2", name="Register", by=by, **HOW),
        ("replace_evidence", lambda s: [s.evidence.pk],
         lambda s: {"key": key(), "url": "https://example.org/v2", "name": "Register"}),
    ),
    "remove_evidence": Try(
        lambda s, by: evidence.remove(fresh(s.evidence), "Wrong one", by=by, **HOW),
        ("remove_evidence", lambda s: [s.evidence.pk], lambda s: {"key": key(), "reason": "Wrong one"}),
    ),
    "claim": Try(
        on_action("open", lambda s, row, **how: verifying.claim(row, "Done", **how)),
        ("claim_action", action("open"), seen("actions", "open", comment="Done")),
    ),
    "verify": Try(
        on_action("claimed", lambda s, row, **how: verifying.verify(row, "good", **how)),
        ("verify_action", action("claimed"), seen("actions", "claimed", outcome="verified", judgement="good")),
    ),
    "send_back": Try(
        on_action("claimed", lambda s, row, **how: verifying.send_back(row, "insufficient", "No", **how)),
        ("verify_action", action("claimed"),
         seen("actions", "claimed", outcome="sent_back", judgement="insufficient", reason="No")),
    ),
    "cancel": Try(
        on_action("open", lambda s, row, **how: operations.cancel_action(row, "No", **how)),
        ("cancel_action", action("open"), seen("actions", "open", reason="No")),
    ),
    "reorder": Try(
        lambda s, by: operations.move_action(
            fresh(s.actions["claimed"]).plan, s.action("claimed"), -1,
            seen_version=fresh(s.actions["claimed"]).plan.version, by=by, **HOW),
        None,
    ),
    "name_external": Try(
        on_action("open", lambda s, row, **how: external.name_external(
            row, "Gus", "Ray", "A trust", "gus@trust.example", **how)),
        ("name_external", action("open"), seen("actions", "open", first_name="Gus", last_name="Ray",
                                               works_for="A trust", email="gus@trust.example", part="helper")),
    ),
    "ask_external": Try(
        on_action("open", no_version(lambda s, row, **how: external.ask_external(row, asked(s), key=key(), **how))),
        ("ask_external", action("open"), lambda s: {"person": asked(s).pk, "key": key()}),
    ),
    "revoke_links": Try(
        on_action("open", no_version(lambda s, row, **how: external.revoke_links(row, outsider(s), **how))),
        ("revoke_links", action("open"), lambda s: {"person": outsider(s).pk, "key": key()}),
    ),
    "ask_date": Try(
        on_action("open", lambda s, row, **how: dates.ask_date(row, LATER_STILL, "Late", **how)),
        ("ask_date", action("open"), seen("actions", "open", target="July 2099", reason="Late")),
    ),
    "pause_action": Try(
        on_action("open", no_version(
            lambda s, row, **how: overdue.pause_escalation(row, NOW.date() + dt.timedelta(days=20), "Shut", **how))),
        ("pause_action", action("open"), lambda s: {"key": key(), "ends": in_a_month(), "reason": "Shut"}),
    ),
    "pause_plan": Try(
        lambda s, by: overdue.pause_escalation(
            s.plan("ready"), NOW.date() + dt.timedelta(days=20), "Shut", by=by, **HOW),
        ("pause_plan", lambda s: [s.plan("ready").pk],
         lambda s: {"key": key(), "ends": in_a_month(), "reason": "Shut"}),
    ),
    "see_date_change": Try(None, ("decide_date", lambda s: [s.change.pk], None)),
    "agree_date": Try(
        lambda s, by: dates.agree_date(fresh(s.change), by=by, **HOW),
        ("decide_date", lambda s: [s.change.pk], lambda s: {"key": key(), "decision": "agree"}),
    ),
    "refuse_date": Try(
        lambda s, by: dates.refuse_date(fresh(s.change), "No", by=by, **HOW),
        ("decide_date", lambda s: [s.change.pk], lambda s: {"key": key(), "decision": "refuse", "comment": "No"}),
    ),
    "withdraw_date": Try(
        lambda s, by: dates.withdraw_date(fresh(s.change), by=by, **HOW),
        ("decide_date", lambda s: [s.change.pk], lambda s: {"key": key(), "decision": "withdraw"}),
    ),
    "see_plan": Try(None, ("plan", row_of("plans", "ready"), None)),
    "submit": Try(
        on_plan("ready", submitting.submit), ("submit_plan", row_of("plans", "ready"), seen("plans", "ready"))
    ),
    "take_back": Try(
        on_plan("submitted", submitting.take_back),
        ("take_back_plan", row_of("plans", "submitted"), seen("plans", "submitted")),
    ),
    "sign_off": Try(
        on_plan("submitted", submitting.sign_off),
        ("sign_off_plan", row_of("plans", "submitted"), seen("plans", "submitted")),
    ),
    "send_plan_back": Try(
        on_plan("submitted", lambda row, **how: submitting.send_back(row, "No", **how)),
        ("send_plan_back", row_of("plans", "submitted"), seen("plans", "submitted", comments="No")),
    ),
    "see_place_timeline": Try(None, ("organisation_timeline", lambda s: [s.cast.london.slug], None)),
    "see_alert": Try(None, ("alert", lambda s: [s.alert.pk], None)),
    "see_restricted_alert": Try(None, ("alert", lambda s: [s.restricted.pk], None)),
    "raise_alert": Try(
        lambda s, by: raising.raise_alert(
            s.cast.london, "staffing", concerns=["One"], required_text="Act", by=by, **HOW), None),
    "alert_acknowledge": Try(on_alert("raised", answering.acknowledge), None),
    "alert_add_action": Try(
        lambda s, by: add_alert_action(
            fresh(s.alert), "More", organisation=s.cast.london, target=LATER, by=by, **HOW),
        ("add_alert_action", lambda s: [s.alert.pk],
         lambda s: {"key": key(), "what": "More", "target": "June 2099", "organisation": s.cast.london.pk}),
    ),
    "alert_link_concerns": Try(
        lambda s, by: link_concerns(
            answering_nothing(s), s.alert.concerns.all(), seen_version=answering_nothing(s).version, by=by, **HOW),
        ("link_concerns", lambda s: [s.alert.pk, answering_nothing(s).pk],
         lambda s: {"concerns": [s.alert.concerns.get().pk], "seen": answering_nothing(s).version, "key": key()})),
    "alert_respond": Try(on_alert("acknowledged", answering.respond, "We act."), None),
    "alert_accept": Try(on_alert("responded", answering.accept), None),
    "alert_return_response": Try(on_alert("responded", answering.return_response, "No"), None),
    "alert_add_reading": Try(
        lambda s, by: monitoring.add_readings(
            fresh(s.alerts["monitoring"]),
            [monitoring.NewReading(s.alerts["monitoring"].measures.get(), Decimal(5), NOW.date())], by=by, **HOW),
        None),
    "alert_hold_checkpoint": Try(
        lambda s, by: monitoring.hold_checkpoint(fresh(s.alerts["monitoring"]), "Seen", by=by, **HOW), None),
    "alert_ask_end": Try(on_alert("monitoring", ending.ask_end, "We watch.", "Safe"), None),
    "alert_agree_end": Try(on_alert("asked", ending.agree_end), None),
    "alert_refuse_end": Try(on_alert("asked", ending.refuse_end, "No"), None),
    "alert_confirm_end": Try(on_alert("agreed", ending.confirm_end), None),
    "alert_reopen": Try(on_alert("stood_down", ending.reopen, "It is back"), None),
    "alert_withdraw": Try(on_alert("raised", raising.withdraw, "In error"), None),
    "alert_pause": Try(
        lambda s, by: raising.pause(
            fresh(s.alerts["raised"]), dt.date(2099, 2, 1), dt.date(2099, 2, 5), "A fire", by=by, **HOW), None),
    "alert_start_clock": Try(on_alert("historic", raising.start_clock, NOW.date()), None),
    "alert_change_circle": Try(
        lambda s, by: raising.change_circle(
            fresh(s.alerts["raised"]), [s.cast.idris], seen_version=fresh(s.alerts["raised"]).version, by=by, **HOW),
        None),
    "see_queue": Try(None, ("verify_queue", lambda s: [], None)),
    "see_recurring": Try(None, ("recurring", lambda s: [], None)),
    "join_recommendations": Try(
        lambda s, by: recurring_operations.join_recommendations(
            said(s, "open"), said(s, "earlier"), "The same", by=by, **HOW),
        ("recurring_join", lambda s: [said(s, "open").pk],
         lambda s: {"key": key(), "other": said(s, "earlier").pk, "reason": "The same"}),
    ),
    "split_recommendation": Try(
        lambda s, by: recurring_operations.split_recommendation(
            joined(s)[0], [said(s, "earlier")], "Another matter", by=by, **HOW),
        ("recurring_split", lambda s: [joined(s)[0].pk],
         lambda s: {"key": key(), "apart": [said(s, "earlier").pk], "reason": "Another matter"}),
    ),
    "undo_grouping": Try(
        lambda s, by: recurring_operations.undo_grouping(joined(s)[1], by=by, **HOW),
        ("recurring_undo", lambda s: [joined(s)[1].pk], lambda s: {}),
    ),
    "import_report": Try(lambda s, by: require_inspector(by), ("import_report", lambda s: [], None)),
    "see_figures": Try(None, ("organisation_figures", lambda s: [s.cast.london.slug], None)),
    "enter_figure": Try(
        lambda s, by: figures.enter_figure(
            s.cast.london, "caseload", Decimal(9), NOW.date(), source="Statistics", by=by, **HOW),
        ("organisation_figures", lambda s: [s.cast.london.slug], lambda s: {
            "measure": "caseload", "value": "9", "month": "August 2022", "source": "Statistics", "key": key()}),
    ),
    "take_back_figure": Try(
        lambda s, by: figures.take_back_figure(figure(s), by=by, **HOW),
        ("take_back_figure", lambda s: [s.cast.london.slug, figure(s).pk], lambda s: {}),
    ),
    "set_plan_due": Try(
        lambda s, by: opening.set_plan_due(s.plan("ready"), dt.date(2099, 1, 1), by=by, **HOW), None
    ),
    "manage_people": Try(
        lambda s, by: people.add_person("una@probation.example", "Una", "Wood", by=by, **HOW),
        ("new_person", lambda s: [], lambda s: {
            "first_name": "Una", "last_name": "Wood", "email": "una@probation.example", "role": "inspector"}),
    ),
    "lift_stop": Try(lift_stop, None),
    "see_limits": Try(None, ("limits_of", lambda s: [s.cast.london.slug], None)),
    "set_limit": Try(
        lambda s, by: set_limit(s.cast.london, "free_slip", 7, by=by, **HOW),
        ("edit_limits", lambda s: [s.cast.london.slug], lambda s: {"seen": "", "free_slip": "7", "save": "1"}),
    ),
    "unset_limit": Try(lambda s, by: unset_limit(s.cast.london, "free_slip", by=by, **HOW), None),
    "make_calendar": Try(
        lambda s, by: calendar_feeds.make_feed(by, by=by, **HOW),
        ("calendar", lambda s: [], lambda s: {"deed": "make", "key": key()}),
    ),
    "make_export": Try(
        lambda s, by: long_lists.ask_for(by, "actions", "", by=by, **HOW),
        ("new_export", lambda s: ["actions"], lambda s: {"key": key()}),
    ),
    "choose_mail": Try(
        lambda s, by: set_preference(by, frequency="weekly", hour=9, summary=True, by=by, **HOW),
        ("preferences", lambda s: [], lambda s: {"frequency": "weekly", "hour": "9"}),
    ),
    "save_view": Try(
        lambda s, by: saved.save_view("Late", "actions", "overdue=on", by=by, **HOW),
        ("save_view", lambda s: [], lambda s: {"name": "Late", "list": "actions", "query": "overdue=on", "key": key()}),
    ),
    "see_shared_view": Try(None, ("saved_view", lambda s: [shared_view(s).pk], None)),
    "share_view": Try(
        lambda s, by: saved.share_view(
            saved.save_view("Late", "actions", "", by=by, **HOW), s.cast.london, by=by, **HOW),
        None,
    ),
    "unshare_view": Try(None, ("saved_view", lambda s: [shared_view(s).pk], lambda s: {"deed": "unshare"})),
    "follow_view": Try(None, ("saved_view", lambda s: [shared_view(s).pk], lambda s: {"deed": "start"})),
    "release_mails": Try(lambda s, by: release_hold(hold(80, None, **HOW), by=by, **HOW), None),
    "name_stand_in": Try(own_stand_in, ("cover", lambda s: [], None)),
    "name_stand_in_of": Try(
        lambda s, by: people.name_stand_in(
            s.cast.ben, s.cast.vera, dt.date(2099, 2, 1), dt.date(2099, 2, 5), by=by, **HOW),
        ("cover_of", lambda s: [s.cast.ben.pk], None),
    ),
    "make_token": Try(lambda s, by: tokens.make_token("A sheet", 30, by=by, **HOW), ("tokens", lambda s: [], None)),
    "revoke_token_of": Try(
        lambda s, by: tokens.revoke_token(tokens.make_token("A sheet", 30, by=s.cast.ben, **HOW)[0], by=by, **HOW),
        ("tokens_of", lambda s: [s.cast.ben.pk], None),
    ),
}  # fmt: skip
