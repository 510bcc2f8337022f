"""What an inspector says about a grouping: these say the same, or these do not; and takes back what was said.

Pages show it at once. Found anew, the groups follow it too: a choice holds until it is taken back.
"""

from django.db import transaction

from inspections.models import Recommendation
from tracker.journal.operations import record
from tracker.refusals import AlreadyMoved, NotAllowed, Refusal

from .models import ChoicePart, Grouped, GroupingChoice, RecurringGroup
from .recurring import hold, regroup

Kind = GroupingChoice.Kind


def require_inspector(by) -> None:
    if not by.access.is_inspector:
        raise NotAllowed("Only an inspector can join and split recurring recommendations.")


@transaction.atomic
def join_recommendations(one: Recommendation, other: Recommendation, reason: str, *, by, at, form_key=None):
    """Say that ``one`` says the same as ``other``: they, and those grouped with either, are one group from now on.

    Gives the `GroupingChoice`. `Refusal` when they are one group already.
    """
    require_inspector(by)
    hold()
    if earlier := choice_made_with(form_key):
        return earlier
    groups = [_with_its_group(recommendation) for recommendation in (one, other)]
    if one.pk == other.pk or (groups[0][0] and groups[0][0] == groups[1][0]):
        raise Refusal("These two are in one group already.")
    larger, smaller = sorted(groups, key=lambda group: (-len(group[1]), group[0] or 0))
    members = sorted(larger[1] + smaller[1])
    choice = _choose(Kind.JOIN, members, (), reason, by, at, form_key)
    (group,) = regroup({larger[0]: members}, at)
    _record("recommendations_joined", group, members, reason, by, at)
    return choice


@transaction.atomic
def split_recommendation(group: RecurringGroup, apart: list[Recommendation], reason: str, *, by, at, form_key=None):
    """Say that ``apart`` do not say what the rest of the group says. Several that are split off together stay one.

    Gives the `GroupingChoice`. `AlreadyMoved` when one of them is not in the group any more.
    """
    require_inspector(by)
    hold()
    if earlier := choice_made_with(form_key):
        return earlier
    members = list(
        Grouped.objects.filter(group=group).order_by("recommendation").values_list("recommendation", flat=True)
    )
    off = sorted(recommendation.pk for recommendation in apart)
    if not off:
        raise Refusal("Choose what to split off.")
    if not set(off) <= set(members):
        raise AlreadyMoved("This group was changed meanwhile. Nothing of yours was saved yet.")
    rest = [pk for pk in members if pk not in off]
    if not rest:
        raise Refusal("Leave at least one in the group: all of them together are the group.")
    choice = _choose(Kind.SPLIT, members, off, reason, by, at, form_key)
    regroup({group.pk: rest, None: off}, at)
    _record("recommendation_split_off", group.pk, off, reason, by, at)
    return choice


@transaction.atomic
def undo_grouping(choice: GroupingChoice, *, by, at) -> GroupingChoice:
    """Take a choice back. The groups are then found anew, by the task, without it. Doing it again changes nothing."""
    require_inspector(by)
    hold()
    if GroupingChoice.objects.filter(pk=choice.pk, undone_at=None).update(undone_by=by, undone_at=at):
        names = _names(choice.parts.order_by("pk").values_list("recommendation", flat=True))
        what = {"kind": choice.get_kind_display(), "recommendations": names}
        record("grouping_undone", choice, by=by, at=at, before=what)
    choice.refresh_from_db()
    return choice


def choice_made_with(form_key) -> GroupingChoice | None:
    """What the form with this key has done already."""
    return GroupingChoice.objects.filter(form_key=form_key).first() if form_key else None


def _with_its_group(recommendation) -> tuple[int | None, list[int]]:
    """(group's id or None, ids of all that are in it)"""
    row = Grouped.objects.filter(recommendation=recommendation).first()
    if row is None:
        return None, [recommendation.pk]
    return row.group_id, list(Grouped.objects.filter(group=row.group_id).values_list("recommendation", flat=True))


def _choose(kind, members, apart, reason, by, at, form_key) -> GroupingChoice:
    choice = GroupingChoice.objects.create(kind=kind, reason=reason, by=by, at=at, form_key=form_key)
    ChoicePart.objects.bulk_create(ChoicePart(choice=choice, recommendation_id=pk, apart=pk in apart) for pk in members)
    return choice


NAMED = 20


def _names(ids) -> str:
    rows = Recommendation.objects.filter(pk__in=list(ids)).order_by("inspection__slug", "group", "number")
    names = [f"{slug}:{number}" for slug, number in rows.values_list("inspection__slug", "number")]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _record(deed, group, ids, reason, by, at) -> None:
    subject = RecurringGroup(pk=group)
    record(deed, subject, by=by, at=at, after={"recommendations": _names(ids), "reason": reason})
