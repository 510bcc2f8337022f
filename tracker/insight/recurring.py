"""Recommendations that say the same thing, across reports and years: found, kept, and counted.

How likeness is judged is in `likeness` and `wording`; what people join and split is in `recurring_operations`.
"""

import datetime as dt
import hashlib
from collections import Counter
from dataclasses import dataclass
from itertools import combinations

from django.db import transaction
from django.db.models import Count, F, Max, Min, OuterRef, Q, Subquery, Window

from inspections.models import Alias, Reading, Recommendation
from tracker.plans.models import Action, FollowUp, Verification
from tracker.plans.rules import OPEN_FOLLOW_UP
from tracker.words import month, plural

from . import likeness
from .models import Grouped, GroupingChoice, GroupingState, RecurringGroup
from .wording import TABLE, words_of

UNDATED = dt.date(1900, 1, 1)
BATCH = 500


@dataclass(frozen=True)
class Said:
    """One recommendation as it is compared."""

    pk: int
    name: str  # "hfkcw:8", or "hfkcw:2.1" where numbers repeat in the report
    wording: str
    places: frozenset[str]  # words of the names of places, which say nothing
    inspected: int  # the organisation that the report is on
    published: dt.date


@dataclass(frozen=True)
class Outcome:
    recommendations: int
    groups: int
    changed: bool = True

    @property
    def sentence(self) -> str:
        if not self.changed:
            return "Nothing was imported, corrected, joined or split since the groups were found."
        return f"Recurring recommendations: {self.groups:,} groups among {self.recommendations:,}."


# --- Finding ---------------------------------------------------------------------------------------------------


def find_groups(at) -> Outcome:
    """Find the groups anew when anything they depend on has changed. Those that go on keep their id."""
    found_from = _fingerprint()
    state, _ = GroupingState.objects.get_or_create(pk=1)
    if state.found_from == found_from:
        return Outcome(0, 0, changed=False)
    said = everything_said()
    together, apart = choices_in_force({one.pk: position for position, one in enumerate(said)})
    clusters = likeness.groups_of([(one.wording, one.places) for one in said], together, apart)
    found = [[said[position] for position in cluster] for cluster in clusters if len(cluster) > 1]
    with transaction.atomic():
        hold()
        # Somebody imported, joined or split meanwhile: what was found is old, and the next run finds it anew.
        if _fingerprint() != found_from:
            return Outcome(0, 0, changed=False)
        _keep(found, at)
        GroupingState.objects.update(found_from=found_from)
    return Outcome(len(said), len(found))


def _fingerprint() -> str:
    """Short text that differs when groups may: other recommendations, wordings, choices, or another table of words."""
    recommendations = Recommendation.objects.aggregate(n=Count("pk"), last=Max("pk"))
    readings = Reading.objects.aggregate(last=Max("pk"))  # a correction of a wording comes with one
    choices = GroupingChoice.objects.aggregate(last=Max("pk"), undone=Count("undone_at"))
    rules = [TABLE.read_bytes(), repr([likeness.SAME, likeness.OTHER_ASK, likeness.OTHER_MATTER]).encode()]
    parts = [*recommendations.values(), *readings.values(), *choices.values()]
    return f"{parts} {hashlib.sha256(b''.join(rules)).hexdigest()[:16]}"


def everything_said(only=None) -> list[Said]:
    """Every recommendation, or those of the queryset ``only``, in the order in which they came in. Two queries."""
    rows = (Recommendation.objects.all() if only is None else only).order_by("pk").values_list(
        "pk", "inspection_id", "inspection__slug", "group", "number", "wording", "inspection__published",
        "addressee_id", "addressee__name", "addressee__short_name",
        "inspection__organisation_id", "inspection__organisation__name", "inspection__organisation__short_name",
    )  # fmt: skip
    rows = list(rows)
    numbers = Counter((inspection, number) for _, inspection, _, _, number, *_ in rows)
    aliases: dict[int, list[str]] = {}
    for place, name in Alias.objects.values_list("organisation_id", "name"):
        aliases.setdefault(place, []).append(name)
    said = []
    for pk, inspection, slug, group, number, wording, published, to, name, short, of, of_name, of_short in rows:
        repeats = numbers[inspection, number] > 1
        names = [name, short, of_name, of_short, *aliases.get(to, ()), *aliases.get(of, ())]
        said.append(
            Said(
                pk, f"{slug}:{group}.{number}" if repeats else f"{slug}:{number}", wording,
                frozenset(word for one in names for word in words_of(one)), of, published or UNDATED,
            )
        )  # fmt: skip
    return said


def choices_in_force(where: dict[int, int]) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """(together, apart): pairs of positions out of what people joined and split. Where two choices contradict each
    other the later one holds. ``where``: recommendation's id to its position."""
    choices = GroupingChoice.objects.filter(undone_at=None).order_by("-pk").prefetch_related("parts")
    first = {position: position for position in where.values()}

    def root(position):
        while first[position] != position:
            position = first[position]
        return position

    together, apart = [], []
    for choice in choices:
        parts = [(where[part.recommendation_id], part.apart) for part in choice.parts.all()]
        for (a, a_apart), (b, b_apart) in combinations(sorted(parts), 2):
            one, other = sorted((root(a), root(b)))
            if one == other:
                continue
            if choice.kind == GroupingChoice.Kind.SPLIT:
                if a_apart != b_apart:
                    apart.append((a, b))
            elif not any({root(x), root(y)} == {one, other} for x, y in apart):
                first[other] = one
                together.append((a, b))
    return together, apart


# --- Keeping ---------------------------------------------------------------------------------------------------


def hold() -> None:
    """Nobody else changes groups until this transaction ends."""
    GroupingState.objects.get_or_create(pk=1)
    GroupingState.objects.select_for_update().get(pk=1)


def _keep(found: list[list[Said]], at) -> None:
    """Write the groups: each goes on as the one that it shares most recommendations with."""
    was = dict(Grouped.objects.values_list("recommendation_id", "group_id"))
    shared = Counter((was[one.pk], number) for number, group in enumerate(found) for one in group if one.pk in was)
    goes_on, taken = {}, set()
    for (old, number), _ in sorted(shared.items(), key=lambda item: (-item[1], item[0])):
        if number not in goes_on and old not in taken:
            goes_on[number] = old
            taken.add(old)
    facts = [_facts(group) for group in found]
    new = [number for number in range(len(found)) if number not in goes_on]
    made = RecurringGroup.objects.bulk_create(
        [RecurringGroup(found_at=at, **facts[number]) for number in new], batch_size=BATCH
    )
    goes_on |= dict(zip(new, (group.pk for group in made), strict=True))
    kept = [RecurringGroup(pk=goes_on[n], gone_to=None, **facts[n]) for n in range(len(found)) if n not in new]
    RecurringGroup.objects.bulk_update(kept, ["wording", "size", "places", "last_said", "gone_to"], batch_size=BATCH)
    now = {one.pk: goes_on[number] for number, group in enumerate(found) for one in group}
    _move(was, now)
    _let_go(set(RecurringGroup.objects.filter(size__gt=0).values_list("pk", flat=True)) - set(now.values()), was, now)


def _facts(group: list[Said]) -> dict:
    wordings = Counter(one.wording for one in group)
    return {
        "wording": min(wordings, key=lambda text: (-wordings[text], len(text), text)),
        "size": len(group),
        "places": len({one.inspected for one in group}),
        "last_said": max(one.published for one in group),
    }


def _move(was: dict[int, int], now: dict[int, int]) -> None:
    """Rows of `Grouped` as they are now; ids of recommendations to ids of groups."""
    gone = [pk for pk in was if pk not in now]
    for start in range(0, len(gone), BATCH):
        Grouped.objects.filter(recommendation__in=gone[start : start + BATCH]).delete()
    moved = [pk for pk in now if pk in was and was[pk] != now[pk]]
    for start in range(0, len(moved), BATCH):
        rows = list(Grouped.objects.filter(recommendation__in=moved[start : start + BATCH]))
        for row in rows:
            row.group_id = now[row.recommendation_id]
        Grouped.objects.bulk_update(rows, ["group"])
    new = [Grouped(recommendation_id=pk, group_id=group) for pk, group in now.items() if pk not in was]
    Grouped.objects.bulk_create(new, batch_size=BATCH)


def _let_go(gone: set[int], was, now) -> None:
    """Groups that are no more; their address leads to where most of theirs are."""
    went: dict[int, Counter] = {}
    for pk, group in was.items():
        if group in gone and pk in now:
            went.setdefault(group, Counter())[now[pk]] += 1
    for group in sorted(gone):
        to = min(went[group], key=lambda one: (-went[group][one], one)) if group in went else None
        RecurringGroup.objects.filter(pk=group).update(size=0, places=0, gone_to=to)


def regroup(groups: dict[int | None, list[int]], at) -> list[int]:
    """Put recommendations where a person said: {group's id or None for a new one: ids of all that are in it now}.

    Gives the ids of the groups in that order; 0 where too few are left to be one.
    """
    touched = [pk for members in groups.values() for pk in members]
    said = {one.pk: one for one in everything_said(Recommendation.objects.filter(pk__in=touched))}
    was = dict(
        Grouped.objects.filter(Q(recommendation__in=touched) | Q(group__in=[g for g in groups if g])).values_list(
            "recommendation_id", "group_id"
        )
    )
    now, ids = {}, []
    for group, members in groups.items():
        if len(members) < 2:
            ids.append(0)
            continue
        facts = _facts([said[pk] for pk in members])
        if group is None:
            group = RecurringGroup.objects.create(found_at=at, **facts).pk
        else:
            RecurringGroup.objects.filter(pk=group).update(gone_to=None, **facts)
        ids.append(group)
        now |= dict.fromkeys(members, group)
    _move(was, now)
    _let_go({group for group in was.values() if group not in now.values()}, was, now)
    return ids


# --- Reading ---------------------------------------------------------------------------------------------------


LEVELS = (("pdu", "PDU", "PDUs"), ("region", "region", "regions"), ("hmpps", "HMPPS", "HMPPS"))


@dataclass(frozen=True)
class Standing:
    """How the recommendations of a group stand, wherever they were made: numbers only, and so for everyone."""

    times: int
    places: dict[str, int]  # level to organisations that it was said to
    since: dt.date | None  # the first of its publications
    followed: int
    open: int
    overdue: int  # of those that are open

    @property
    def to(self) -> str:
        """ "5 PDUs, 1 region and HMPPS" """
        parts = []
        for level, one, more in LEVELS:
            number = self.places.get(level, 0)
            if number:
                parts.append(one if level == "hmpps" else f"{number} {one if number == 1 else more}")
        return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)

    @property
    def sentence(self) -> str:
        """ "Said to 5 PDUs since October 2022: 1 closed, 4 open, 2 overdue"; "Said 3 times to HMPPS since ..." """
        since = f" since {month(self.since)}" if self.since else ""
        times = f"{plural(self.times, 'time')} " if self.times > sum(self.places.values()) else ""
        return f"Said {times}to {self.to}{since}: {stands(self.followed, self.open, self.overdue)}"


def stands(followed, is_open, overdue) -> str:
    return f"{followed - is_open} closed, {is_open} open, {overdue} overdue"


def _counts(today) -> dict:
    """What counts recommendations by their follow-ups."""
    is_open = Q(follow_up__state__in=OPEN_FOLLOW_UP)
    late = is_open & Q(follow_up__live=True, follow_up__next_due__lt=today)
    return {
        "followed": Count("follow_up"),
        "open": Count("follow_up", filter=is_open),
        "overdue": Count("follow_up", filter=late),
    }


def standings(groups, today) -> dict[int, Standing]:
    """{group's id: its `Standing`}. One query."""
    rows = (
        Recommendation.objects.filter(grouped__group__in=groups).order_by().values("grouped__group", "addressee__level")
    )
    rows = rows.annotate(
        times=Count("pk"),
        places=Count("addressee", distinct=True),
        since=Min("inspection__published"),
        **_counts(today),
    )
    of: dict[int, list[dict]] = {}
    for row in rows:
        of.setdefault(row["grouped__group"], []).append(row)
    return {
        group: Standing(
            sum(row["times"] for row in levels),
            {row["addressee__level"]: row["places"] for row in levels},
            min((row["since"] for row in levels if row["since"]), default=None),
            sum(row["followed"] for row in levels),
            sum(row["open"] for row in levels),
            sum(row["overdue"] for row in levels),
        )
        for group, levels in of.items()
    }


@dataclass(frozen=True)
class Verified:
    """What was done and verified in a group: counted for everyone, shown as far as the reader may see it."""

    actions: list[Action]  # newest decision first, each with `decision`
    count: int
    places: int


SHOWN = 30


def verified_in(group, user) -> Verified:
    """Three queries; two where the reader sees none."""
    done = Action.objects.filter(state="verified", follow_ups__recommendation__grouped__group=group)
    counted = done.aggregate(count=Count("pk", distinct=True), places=Count("organisation", distinct=True))
    seen = Action.objects.visible_to(user).filter(pk__in=done.order_by().values("pk")).select_related("organisation")
    seen = {action.pk: action for action in seen.order_by("-pk")[:SHOWN]}
    decided = Verification.objects.filter(action__in=seen, outcome="verified").order_by("at", "pk") if seen else []
    for decision in decided:
        seen[decision.action_id].decision = decision
    told = [action for action in seen.values() if hasattr(action, "decision")]
    told.sort(key=lambda action: (action.decision.at, action.pk), reverse=True)
    return Verified(told, counted["count"], counted["places"])


ALSO_SHOWN = 8


@dataclass(frozen=True)
class Also:
    """Where else a recommendation was made. ``others``: the newest of its group without it, each with ``seen``: the id
    of its follow-up where the reader may see that."""

    group: int
    others: list[Recommendation]
    more: bool
    sentence: str  # "Said 5 times since October 2022: 1 closed, 4 open, 2 overdue"


def also_said(recommendation, group: int | None, user, today) -> Also | None:
    """None where no other says it, and then no query; else one."""
    if group is None:
        return None
    seen = FollowUp.objects.visible_to(user).filter(recommendation=OuterRef("pk")).values("pk")[:1]
    rows = Recommendation.objects.filter(grouped__group=group).select_related("addressee", "inspection__organisation")
    rows = rows.annotate(
        seen=Subquery(seen),
        times=Window(Count("pk")),
        since=Window(Min("inspection__published")),
        **{name: Window(count) for name, count in _counts(today).items()},
    )
    newest = rows.order_by(F("inspection__published").desc(nulls_last=True), "-pk")[: ALSO_SHOWN + 2]
    others = [row for row in newest if row.pk != recommendation]
    if not others:
        return None
    one = others[0]
    since = f" since {month(one.since)}" if one.since else ""
    stand = stands(one.followed, one.open, one.overdue)
    said = f"Said {plural(one.times, 'time')}{since}: {stand}"
    return Also(group, others[:ALSO_SHOWN], len(others) > ALSO_SHOWN, said)


def names_of_groups() -> list[tuple[list[str], str]]:
    """(names as "slug:number", wording) of each group, the largest first."""
    of = dict(Grouped.objects.values_list("recommendation_id", "group_id"))
    wordings = dict(RecurringGroup.objects.filter(size__gt=0).values_list("pk", "wording"))
    found: dict[int, list[str]] = {}
    for one in everything_said():
        if one.pk in of:
            found.setdefault(of[one.pk], []).append(one.name)
    named = [(sorted(names), wordings[group]) for group, names in found.items()]
    return sorted(named, key=lambda group: (-len(group[0]), group[0]))
