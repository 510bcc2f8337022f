"""What people do with saved views. A view is a question, so none of this touches what it shows."""

import datetime as dt

from django.db import IntegrityError, transaction

from inspections.models import Organisation
from tracker.journal.models import Event
from tracker.journal.operations import record
from tracker.people.models import User
from tracker.refusals import AlreadyMoved, NotAllowed, Refusal
from tracker.working_days import london_day

from .asking import LISTS, lost, to_save
from .models import SavedView, Subscription
from .rules import LONGEST_NAME, MOST_OWN, MOST_ROWS, MOST_SHARED, why_not_allowed

GONE = "This view is no longer there."


def standing_for(view, by, place=None) -> frozenset[str]:
    """What ``by`` is for a view: "owner", and what they are for the organisation within which it is shared, or is to
    be: ``place``."""
    place = place or view.shared_with
    mine = {"owner"} if view.owner_id == by.pk else set()
    return frozenset(mine | (by.access.standing(place.line) if place else set()))


def _require(deed, view, by, place=None):
    if sentence := why_not_allowed(deed, standing_for(view, by, place)):
        raise NotAllowed(sentence)


def _locked(view) -> SavedView:
    found = SavedView.objects.select_for_update(of=("self",)).select_related("shared_with__parent__parent")
    if (row := found.filter(pk=view.pk).first()) is None:
        raise AlreadyMoved(GONE)
    return row


@transaction.atomic
def save_view(name, page, query, *, key=None, by, at) -> SavedView:
    """Keep the filters and the order of the list ``page`` under ``name``. ``query``: as in the list's address.

    ``key``: the form's random key; the same key gives the same view.
    """
    if earlier := _made_with(key, by):
        return earlier
    name, kept = _name(name), to_save(page, query, by, london_day(at))
    if SavedView.objects.filter(owner=by).count() >= MOST_OWN:
        raise Refusal(f"You have {MOST_OWN} saved views. Delete one that you no longer use first.")
    _refuse_taken(name, by)
    try:
        with transaction.atomic():
            view = SavedView.objects.create(owner=by, name=name, list=page, query=kept, saved_at=at, form_key=key)
    except IntegrityError:
        if earlier := _made_with(key, by):
            return earlier
        _refuse_taken(name, by)
        raise
    after = {"name": name, "list": LISTS[page].words, "query": kept}
    record("view_saved", view, by=by, at=at, after=after, demonstration=by.demonstration)
    return view


def _made_with(key, by) -> SavedView | None:
    return SavedView.objects.filter(form_key=key, owner=by).first() if key else None


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Refusal("Give the view a name.")
    if len(name) > LONGEST_NAME:
        raise Refusal(f"The name can have {LONGEST_NAME} characters at most.")
    return name


def _refuse_taken(name, owner, but=None) -> None:
    if SavedView.objects.filter(owner=owner, name__iexact=name).exclude(pk=but).exists():
        raise Refusal(f"You have a view called “{name}” already. Choose another name.")


def _refuse_taken_within(name, place, but) -> None:
    taken = SavedView.objects.filter(shared_with=place, name__iexact=name).exclude(pk=but).select_related("owner")
    if other := taken.first():
        raise Refusal(
            f"{other.owner.name} shares a view called “{other.name}” within {place} already. Choose another name."
        )


@transaction.atomic
def rename_view(view, name, *, by, at) -> SavedView:
    """Another name for it. To give it the name that it has changes nothing."""
    view = _locked(view)
    _require("rename", view, by)
    name, before = _name(name), view.name
    if name == before:
        return view

    def refuse_taken():
        _refuse_taken(name, view.owner, view.pk)
        if view.shared_with:
            _refuse_taken_within(name, view.shared_with, view.pk)

    view.name = name
    _change(view, "name", refuse_taken)
    record(
        "view_renamed", view, by=by, at=at, before={"name": before}, after={"name": name},
        demonstration=by.demonstration,
    )  # fmt: skip
    return view


@transaction.atomic
def share_view(view, place: Organisation, *, by, at) -> SavedView:
    """The people of ``place`` and of the levels below it find the view from now on, and in it the rows that they may
    see. To share it where it is shared changes nothing."""
    view = _locked(view)
    if view.owner_id != by.pk:
        raise NotAllowed("Only whoever saved a view can share it.")
    _require("share", view, by, place)
    if view.shared_with_id == place.pk:
        return view
    if view.shared_with:
        raise Refusal(f"It is shared within {view.shared_with} already. Stop that first.")
    if SavedView.objects.filter(shared_with=place).count() >= MOST_SHARED:
        raise Refusal(f"{MOST_SHARED} views are shared within {place}. Stop sharing one of them first.")
    view.shared_with = place
    _change(view, "shared_with", lambda: _refuse_taken_within(view.name, place, view.pk))
    after = {"name": view.name, "shared_with": str(place)}
    record("view_shared", view, by=by, at=at, organisation=place, after=after, demonstration=by.demonstration)
    return view


def _change(view, field, refuse_taken):
    """Save one field. ``refuse_taken`` raises when the name is taken: asked before, and when somebody was faster."""
    refuse_taken()
    try:
        with transaction.atomic():
            view.save(update_fields=[field])
    except IntegrityError:
        refuse_taken()
        raise


@transaction.atomic
def unshare_view(view, *, by, at) -> SavedView:
    """It is its owner's alone again. Who gets its mail, or starts with it, does so no longer."""
    view = _locked(view)
    place = view.shared_with
    if place is None:
        if view.owner_id != by.pk:
            raise AlreadyMoved(GONE)
        return view
    _require("unshare", view, by)
    SavedView.objects.filter(pk=view.pk).update(shared_with=None)
    view.shared_with = None
    Subscription.objects.filter(view=view).exclude(person=view.owner_id).delete()
    User.objects.filter(start_view=view).exclude(pk=view.owner_id).update(start_view=None)
    record(
        "view_unshared", view, by=by, at=at, organisation=place, before={"name": view.name, "shared_with": str(place)},
        demonstration=by.demonstration,
    )  # fmt: skip
    return view


@transaction.atomic
def delete_view(view, *, by, at) -> None:
    """It is gone, for those with whom it was shared too."""
    view = _locked(view)
    _require("delete", view, by)
    before = {"name": view.name, "list": LISTS[view.list].words, "query": view.query}
    record("view_deleted", view, by=by, at=at, before=before, demonstration=by.demonstration)
    view.delete()


@transaction.atomic
def choose_start(view: SavedView | None, *, by, at) -> None:
    """ "/" leads ``by`` to this view from now on; None: to Your work. What is so already changes nothing."""
    view = view and _seen(view, by)
    person = User.objects.select_for_update(no_key=True, of=("self",)).select_related("start_view").get(pk=by.pk)
    earlier = person.start_view
    if earlier == view:
        return
    User.objects.filter(pk=by.pk).update(start_view=view)
    by.start_view = view
    record(
        "start_page_chosen", by, by=by, at=at, before={"start_page": earlier.name if earlier else "Your work"},
        after={"start_page": view.name if view else "Your work"}, demonstration=by.demonstration,
    )  # fmt: skip


def _seen(view, by) -> SavedView:
    if (row := SavedView.objects.visible_to(by).filter(pk=view.pk).first()) is None:
        raise AlreadyMoved(GONE)
    return row


# --- The weekly mail -------------------------------------------------------------------------------------------


@transaction.atomic
def subscribe(view, *, by, at) -> Subscription:
    """From now on ``by`` is mailed, once a week, what changed in it. To ask for it again changes nothing."""
    view = _seen(view, by)
    if earlier := Subscription.objects.filter(view=view, person=by).first():
        return earlier
    now = rows_now(view, by, london_day(at))
    if now is None:
        raise Refusal("The list no longer understands this view, so there is nothing to compare. Save it anew.")
    if len(now) > MOST_ROWS:
        raise Refusal(f"It shows more than {MOST_ROWS:,} rows: too many to compare. Save a narrower one.")
    given = {"since": at, "before": now, "before_at": at, "latest": now, "latest_at": at}
    subscription, made = Subscription.objects.get_or_create(view=view, person=by, defaults=given)
    if made:
        record("view_subscribed", view, by=by, at=at, after={"name": view.name}, demonstration=by.demonstration)
    return subscription


@transaction.atomic
def unsubscribe(view, *, by, at) -> None:
    if Subscription.objects.filter(view=view, person=by).delete()[0]:
        record("view_unsubscribed", view, by=by, at=at, before={"name": view.name}, demonstration=by.demonstration)


@transaction.atomic
def unsubscribe_all(person, *, by, at, **said) -> int:
    """No more mails of views for ``person``; how many ended. ``said``: what else the journal is to keep."""
    mine = Subscription.objects.filter(person=person)
    names = sorted(mine.values_list("view__name", flat=True))
    if not mine.delete()[0]:
        return 0
    record(
        "views_unsubscribed", person, by=by, at=at, before={"views": ", ".join(names)}, after=said,
        demonstration=person.demonstration,
    )  # fmt: skip
    return len(names)


def rows_now(view, person, today: dt.date) -> list[int] | None:
    """Ids of the rows in the view that ``person`` may see, one more than can be compared at most; None when its list
    no longer understands it."""
    listing = LISTS[view.list]
    found = listing.asked(view.query, person, today)
    if lost(found, listing.sorts):
        return None
    rows = found.qs.order_by("pk").values_list("pk", flat=True)
    return list(rows[: MOST_ROWS + 1])


@transaction.atomic
def note_seen(subscription, week: str, now: list[int], *, at) -> None:
    """What the mail of this week shows is what its reader has seen. No deed of anybody: nothing for the journal."""
    row = Subscription.objects.select_for_update(of=("self",)).filter(pk=subscription.pk).first()
    if row is None:
        return
    if row.week != week:
        row.before, row.before_at, row.week = row.latest, row.latest_at, week
    row.latest, row.latest_at = now, at
    row.save(update_fields=["week", "before", "before_at", "latest", "latest_at"])


def was_deleted_by(pk: int, person) -> bool:
    """Whether this person deleted the view: a form sent twice finds it gone."""
    return Event.objects.filter(subject_kind="savedview", subject_id=pk, deed="view_deleted", actor=person).exists()
