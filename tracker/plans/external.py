"""People outside who own an action or help with it: named by address, told by mail, heard by the link in the mail.

They have no account. A link serves one thing: posting updates on one action, as one person, until it expires, is
revoked, or the person has no part in the action any more. All but the first two is looked up when it is used, and so
cannot be forgotten by any deed.
"""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from tracker.journal.models import Notice
from tracker.journal.operations import notify, record
from tracker.people.models import Membership, Post, Role, User
from tracker.refusals import Refusal
from tracker.secret_addresses import hash_of, new_token

from . import operations
from .guard import claim_row, guard, standing_for_action
from .models import Action, Update, UpdateLink
from .rules import ACTION_STATES, ACTION_STEPS, OPEN_ACTION

# --- Naming -------------------------------------------------------------------------------------------------------


@transaction.atomic
def name_external(
    action, first_name, last_name, works_for, email, *, helps=False, seen_version, by, at
) -> tuple[Action, User]:
    """Name somebody outside as the owner of an action, or as one who helps with it (``helps``). They are told by mail,
    which holds their link. An address that is known already stays the person that it is, under their name."""
    guard(ACTION_STEPS["name_external"], action, standing_for_action(action, by), ACTION_STATES)
    person = _found_or_made(action, first_name, last_name, works_for, email, by, at)
    if not helps:
        return operations.reassign(action, owner_person=person, seen_version=seen_version, by=by, at=at), person
    if action.owner_person_id == person.pk:
        raise Refusal(f"{person.name} owns this action already, and so may update it.")
    now = list(action.helpers.all())
    if person in now:
        return action, person
    before, after = {"helpers": _names(now)}, {"helpers": _names([*now, person])}
    if claim_row(action, seen_version, ACTION_STEPS["edit"].from_, "action_changed", by, after):
        action.helpers.add(person)
        record("action_changed", action, by=by, at=at, organisation=action.organisation, before=before, after=after)
        if action.live:
            notify(person, "update_asked", action, f"cycle {action.cycle} version {action.version}", at=at)
    return action, person


def _names(people) -> str:
    return ", ".join(sorted(person.name for person in people))


def _found_or_made(action, first_name, last_name, works_for, email, by, at) -> User:
    email = email.strip().lower()
    if (person := User.objects.filter(email__iexact=email).first()) is None:
        person = User(
            email=email, first_name=first_name.strip(), last_name=last_name.strip(), works_for=works_for.strip(),
            external=True, added_at=at, demonstration=by.demonstration,
        )  # fmt: skip
        person.set_unusable_password()
        try:
            with transaction.atomic():
                person.save()
        except IntegrityError:  # somebody else named them at this moment
            person = User.objects.get(email__iexact=email)
        else:
            record(
                "external_named", person, by=by, at=at, organisation=action.organisation,
                after={"name": person.name, "works_for": person.works_for, "email": email},
            )  # fmt: skip
    if not person.external:
        raise Refusal(
            f"{email} belongs to somebody with an account here. Choose them from the list of owners, or ask an "
            "administrator to give them a role with you."
        )
    if not person.is_active:
        raise Refusal(f"{email} is switched off: nothing is sent to it. Ask an administrator.")
    return person


@transaction.atomic
def ask_external(action, person, *, key, by, at) -> None:
    """Ask somebody outside for an update now: they get a mail with a new link. ``key``: the form's random key."""
    guard(ACTION_STEPS["ask_external"], action, standing_for_action(action, by), ACTION_STATES)
    if not action.live:
        raise Refusal("Nothing is sent about this action: its clock has not been started.")
    _require_part_in(action, person)
    occasion = f"cycle {action.cycle} asked {key}"
    asked = Notice.objects.filter(
        recipient=person, kind="update_asked", subject_kind=action._meta.model_name, subject_id=action.pk
    )
    if asked.filter(occasion=occasion).exists():
        return
    if asked.filter(state=Notice.State.DECIDED).exists():
        raise Refusal(f"{person.name} is asked already: the mail with the link has not gone yet.")
    notify(person, "update_asked", action, occasion, at=at)
    record(
        "update_asked", action, by=by, at=at, organisation=action.organisation,
        after={"outside": person.known_as, "email": person.email},
    )  # fmt: skip


def _require_part_in(action, person) -> None:
    if not (person.external and person.is_active and has_part_in(action, person)):
        raise Refusal(f"{person.name} neither owns this action nor helps with it from outside.")


def has_part_in(action, person) -> bool:
    """Whether the person owns the action or helps with it now."""
    owns = action.owner_person_id == person.pk
    return owns or action.helpers.filter(pk=person.pk).exists()


# --- Links --------------------------------------------------------------------------------------------------------


def update_link(action, person, at) -> str:
    """A new address, in full, at which ``person`` posts updates on ``action``. Only the mail that it is put into has
    it: here is its hash. Earlier ones go on working until they expire, since an earlier mail may be the one at hand."""
    token = new_token()
    UpdateLink.objects.create(
        action=action, person=person, token_hash=hash_of(token), made_at=at,
        expires_at=at + dt.timedelta(days=settings.UPDATE_LINK_DAYS),
    )  # fmt: skip
    return settings.BASE_URL + reverse("update_by_link", args=[token])


@transaction.atomic
def revoke_links(action, person, *, by, at) -> int:
    """Every link of ``person`` for ``action`` stops working now. How many did."""
    guard(ACTION_STEPS["revoke_links"], action, standing_for_action(action, by), ACTION_STATES)
    its = UpdateLink.objects.filter(action=action, person=person, revoked_at=None, expires_at__gt=at)
    number = its.update(revoked_at=at, revoked_by=by)
    if number:
        record(
            "links_revoked", action, by=by, at=at, organisation=action.organisation,
            after={"outside": person.known_as, "email": person.email},
        )  # fmt: skip
    return number


@dataclass(frozen=True)
class Opened:
    """What a token leads to. ``state``: "unknown", "dead" (expired, revoked, or nobody outside any more), "elsewhere"
    (they have no part in the action now), "over" (it takes no update in its state), "works"."""

    state: str
    link: UpdateLink | None = None

    @property
    def action(self) -> Action | None:
        return self.link and self.link.action

    @property
    def works(self) -> bool:
        return self.state == "works"


def opened(token: str, at, *, lock=False) -> Opened:
    """Two queries, a third for who only helps."""
    rows = UpdateLink.objects.select_related(
        "person", "action__organisation__parent__parent", "action__owner_person", "action__owner_post__holder"
    )
    if lock:  # whoever revokes it waits, or was first
        rows = rows.select_for_update(of=("self",))
    link = rows.filter(token_hash=hash_of(token)).first()
    if link is None:
        return Opened("unknown")
    if link.revoked_at or link.expires_at <= at or not (link.person.external and link.person.is_active):
        return Opened("dead", link)
    if not has_part_in(link.action, link.person):
        return Opened("elsewhere", link)
    return Opened("works" if link.action.state in OPEN_ACTION else "over", link)


class LinkIsOver(Refusal):
    """The link stopped working while the form was open. ``opened``: what it leads to now."""

    def __init__(self, opened):
        super().__init__("This link does not work any more, so your update was not saved.")
        self.opened = opened


@transaction.atomic
def post_by_link(token: str, done, *, confidence, next_step="", key=None, at) -> Update:
    """Post an update as the person whose link it is; the journal says from which address."""
    found = opened(token, at, lock=True)
    if not found.works:
        raise LinkIsOver(found)
    link = found.link
    update = operations.post_update(
        link.action, done, confidence=confidence, next_step=next_step, key=key, by=link.person, at=at
    )
    if (update.action_id, update.by_id) != (link.action_id, link.person_id):
        raise Refusal("This page was too old to post from. Open the link in your mail again.")
    if update.at == at:
        UpdateLink.objects.filter(pk=link.pk).update(last_used_at=at)
    return update


def own_updates(link, most=3) -> list[Update]:
    """What this person said of this action, the latest first: nobody else's word is theirs to read."""
    return list(Update.objects.filter(action=link.action_id, by=link.person_id)[:most])


# --- Whom to write to ---------------------------------------------------------------------------------------------


def contact_for(organisation) -> User | None:
    """Whom somebody outside writes to about work of ``organisation``: its head, else one of its leads, else the head of
    a level above. Two queries at most."""
    line = organisation.line
    heads = Post.objects.filter(organisation__in=line, head=True, holder__is_active=True).select_related("holder")
    heads = {post.organisation_id: post.holder for post in heads}
    if line[0] in heads:
        return heads[line[0]]
    leads = Membership.objects.filter(organisation=line[0], role=Role.LEAD, user__is_active=True)
    if lead := leads.select_related("user").order_by("pk").first():
        return lead.user
    return next((heads[place] for place in line[1:] if place in heads), None)


# --- What leads see -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outsider:
    """One person outside with a part in an action, or with a link from when they had one."""

    person: User
    part: str  # "Owner", "Helper", or "No part in it any more"
    made_at: dt.datetime | None  # of the newest link
    last_used_at: dt.datetime | None
    works_until: dt.datetime | None  # None: no link of theirs works

    @property
    def has_part(self) -> bool:
        return self.part != _NO_PART


_NO_PART = "No part in it any more"


def outsiders_of(action, helpers, at) -> list[Outsider]:
    """Owner first, then helpers, then who had a part. One query; ``helpers`` of the action were read before."""
    parts = {}
    if action.owner_person and action.owner_person.external:
        parts[action.owner_person] = "Owner"
    parts |= {person: "Helper" for person in helpers if person.external and person not in parts}
    links = {}
    for link in UpdateLink.objects.filter(action=action).select_related("person"):
        links.setdefault(link.person, []).append(link)
    found = []
    for person in [*parts, *(one for one in links if one not in parts)]:
        part, its = parts.get(person, _NO_PART), links.get(person, [])
        ends = [link.expires_at for link in its if link.revoked_at is None and link.expires_at > at]
        used = [link.last_used_at for link in its if link.last_used_at]
        works = person in parts and person.external and person.is_active and action.state in OPEN_ACTION
        found.append(
            Outsider(
                person, part, its[0].made_at if its else None, max(used, default=None),
                max(ends, default=None) if works else None,
            )
        )  # fmt: skip
    return found
