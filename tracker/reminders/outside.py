"""What a mail says to somebody outside: each action with a link that is theirs alone, and whom to write to."""

import datetime as dt
from dataclasses import replace

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from tracker.plans.external import contact_for, update_link
from tracker.plans.models import Action, DateChange
from tracker.secret_addresses import HIDDEN


def for_outside(found: list[tuple], person, at: dt.datetime | None) -> list[tuple]:
    """The (due, item) pairs that somebody outside can be told of, as they read them. A link is made for each action;
    ``at`` None, in a preview: none is. Four queries, two more for each organisation, one for each link.
    """
    ids = {
        kind: [due.subject_id for due, item in found if due.subject_kind == kind] for kind in ("action", "datechange")
    }
    changes = dict(DateChange.objects.filter(pk__in=ids["datechange"]).values_list("pk", "action_id"))
    actions = Action.objects.select_related("organisation__parent__parent").in_bulk({*ids["action"], *changes.values()})
    places = {action.organisation_id: action.organisation for action in actions.values()}
    contacts = {pk: contact_for(place) for pk, place in places.items()}
    links, told = {}, []
    for due, item in found:
        pk = changes.get(due.subject_id) if due.subject_kind == "datechange" else due.subject_id
        if due.subject_kind in ids and pk in actions:
            action = actions[pk]
            if pk not in links:
                links[pk] = _link(action, person, at)
            told.append(
                (due, replace(item, link=links[pk], why=_why(action, person, contacts[action.organisation_id])))
            )
    return told


def _link(action, person, at) -> str:
    return update_link(action, person, at) if at else settings.BASE_URL + reverse("update_by_link", args=[HIDDEN])


def _why(action, person, contact) -> str:
    owns = action.owner_person_id == person.pk
    part = _("You own this action for %(place)s.") if owns else _("You help with this action for %(place)s.")
    said = [part % {"place": action.organisation}, _("Say how it goes at this link: you need no account.")]
    if contact:
        said.append(_("Questions? Write to %(name)s, %(email)s.") % {"name": contact.name, "email": contact.email})
    return " ".join(said)
