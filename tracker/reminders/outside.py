"""What a mail says to somebody outside: each action with a link that is theirs alone, and whom to write to."""

import datetime as dt
from dataclasses import replace

from django.conf import settings
from django.urls import reverse

from tracker.plans.external import contact_for, update_link
from tracker.plans.models import Action, DateChange
from tracker.secret_addresses import HIDDEN

PARTS = ("organisation__parent__parent",)


def for_outside(found: list[tuple], person, at: dt.datetime | None) -> list[tuple]:
    """The (due, item) pairs that somebody outside can be told of, as they read them. A link is made for each action;
    ``at`` None, in a preview: none is.
    """
    ids = {kind: [due.subject_id for due, _ in found if due.subject_kind == kind] for kind in ("action", "datechange")}
    changes = dict(DateChange.objects.filter(pk__in=ids["datechange"]).values_list("pk", "action_id"))
    actions = Action.objects.select_related(*PARTS).in_bulk({*ids["action"], *changes.values()})
    links, told = {}, []
    for due, item in found:
        pk = changes.get(due.subject_id) if due.subject_kind == "datechange" else due.subject_id
        if due.subject_kind in ids and pk in actions:
            if pk not in links:
                links[pk] = _link(actions[pk], person, at)
            told.append((due, replace(item, link=links[pk], why=_why(actions[pk], person))))
    return told


def _link(action, person, at) -> str:
    return update_link(action, person, at) if at else settings.BASE_URL + reverse("update_by_link", args=[HIDDEN])


def _why(action, person) -> str:
    does = "own" if action.owner_person_id == person.pk else "help with"
    contact = contact_for(action.organisation)
    ask = f" Questions? Write to {contact.name}, {contact.email}." if contact else ""
    return f"You {does} this action for {action.organisation}. Say how it goes at this link: you need no account.{ask}"
