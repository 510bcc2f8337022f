"""A report comes in: what is proposed for it, and taking it in with its follow-ups and plans, in one transaction."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from django.db import transaction
from django.db.models import Q

from inspections import importing, organisations
from inspections.models import Framework, Inspection, Level, Organisation, PublishedAlert
from inspections.names import bare_name_key
from inspections.reading import checks
from inspections.reading.record import Problem, Record
from tracker.alerts.operations import open_case, take_back_case
from tracker.journal.operations import hold_chains, record_all
from tracker.journal.operations import record as journal
from tracker.plans.guard import plain, refresh_next_due
from tracker.plans.models import ActionPlan, FollowUp
from tracker.plans.opening import open_follow_ups, plan_due_by, what_goes
from tracker.plans.rules import last_day
from tracker.refusals import NotAllowed, Refusal
from tracker.words import day
from tracker.working_days import NO_DATE, london_day

HISTORIC_AFTER = 90  # days since publication


def require_inspector(by) -> None:
    """``by`` None is the command line, where whoever can type commands is trusted."""
    if by is not None and not by.access.is_inspector:
        raise NotAllowed("Only an inspector can import and correct reports.")


# --- What a person chose ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Choices:
    """What was chosen by hand, by ids; None and absent keys mean: as proposed.

    ``add_under``: the region under which the inspected PDU is to be added. ``addressees``: an organisation for an
    `importing.addressee_key`. ``framework`` 0: none. ``none_made``: that the report makes no recommendation is right.
    """

    organisation: int | None = None
    add_under: int | None = None
    addressees: dict[str, int] = field(default_factory=dict)
    framework: int | None = None
    live: bool | None = None
    published_on: dt.date | None = None
    none_made: bool = False

    @classmethod
    def from_json(cls, values: dict) -> "Choices":
        given = values.get("published_on")
        return cls(**(values | {"published_on": dt.date.fromisoformat(given) if given else None}))

    def to_json(self) -> dict:
        given = self.published_on
        return {name: getattr(self, name) for name in self.__dataclass_fields__} | {
            "published_on": given.isoformat() if given else None
        }


# --- What is proposed ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Addressee:
    """One heading of recommendations. ``organisation`` None: not recognised, unless it ``is_the_place`` inspected,
    of which itself it is not known yet which organisation that is."""

    key: str
    printed: str
    level: str
    numbers: tuple[int, ...]
    organisation: Organisation | None
    is_the_place: bool = False
    near: tuple[Organisation, ...] = ()

    @property
    def known(self) -> bool:
        return self.organisation is not None or self.is_the_place


@dataclass(frozen=True)
class Proposal:
    """All that the preview shows and `take_in` needs. ``organisation`` None: see ``adds`` (a new PDU) or ask."""

    record: Record
    choices: Choices
    place: str  # as printed
    organisation: Organisation | None
    adds: str  # name of the PDU to be added; empty when none is
    region: Organisation | None  # under which it is, or would be added
    near: tuple[Organisation, ...]
    addressees: tuple[Addressee, ...]
    framework: Framework | None
    live: bool
    live_why: str
    problems: tuple[Problem, ...]
    inspection: Inspection | None  # already here
    differences: importing.Differences | None

    @property
    def to_choose(self) -> list[str]:
        """What must be chosen before it can be taken in, a sentence each."""
        asked = []
        if self.organisation is None and not self.adds:
            what = f"which organisation {self.place} is" if self.place else "which organisation was inspected"
            asked.append(f"Choose {what}.")
        asked += [f"Choose who {one.printed} is." for one in self.addressees if not one.known]
        if self.is_empty and not self.choices.none_made:
            asked.append("There are no recommendations. Add them, or say that the report makes none.")
        return asked

    @property
    def is_empty(self) -> bool:
        """It would bring an inspection without a recommendation: rare, and mostly a step that was left out."""
        return not self.record.recommendations and self.inspection is None

    @property
    def asks(self) -> int:
        """How many things need a person's eye."""
        return len(self.to_choose) + len(self.problems)

    @property
    def chosen_addressees(self) -> dict[str, Organisation]:
        return {one.key: one.organisation for one in self.addressees if one.organisation}

    @property
    def settled_choices(self) -> Choices:
        """The choices with all that was proposed written out."""
        return replace(
            self.choices, organisation=self.organisation.pk if self.organisation else None, add_under=None,
            addressees={key: place.pk for key, place in self.chosen_addressees.items()},
            framework=self.framework.pk if self.framework else 0, live=self.live,
        )  # fmt: skip


def propose(
    record: Record, choices: Choices = Choices(), *, source=None, read_problems=(), as_read: Record | None = None,
    today: dt.date,
) -> Proposal:  # fmt: skip
    """Match the record's names, and say what saving it would change. Reads the database, writes nothing.

    ``read_problems``: what the reader saw in the document; those that a correction of ``as_read`` has mended go.
    """
    directory = organisations.load()
    places = Organisation.objects.select_related("parent__parent").in_bulk()
    region = _region(record, directory, choices)
    organisation, place = _subject(record, directory, region, choices)
    adds = record.pdu.name if organisation is None and choices.add_under and record.pdu else ""
    addressees = tuple(_addressees(record, directory, places, organisation, region, choices))
    framework = _framework(record, choices)
    inspected = places.get(organisation)
    inspection = importing.find(record, inspected, source) if inspected else None
    different = None
    if inspection is not None:
        framework = framework or inspection.framework
        different = importing.differences(
            inspection, record, addressees={one.key: one.organisation for one in addressees if one.organisation},
            framework=framework, published_on=choices.published_on, settled=settled(inspection),
        )  # fmt: skip
    live, why = _live(record, choices, inspection, today)
    near = () if organisation or not place else tuple(places[p.pk] for p in directory.near(place))
    return Proposal(
        record, choices, place, inspected, adds, places.get(region), near, addressees, framework, live, why,
        (*_days_to_come(record, choices, today), *_problems(record, read_problems, as_read)), inspection, different,
    )  # fmt: skip


def _region(record, directory, choices) -> int | None:
    if choices.add_under:
        return choices.add_under
    found = directory.match(record.region, Level.REGION) if record.region else None
    return found.pk if found else None


def _subject(record, directory, region, choices) -> tuple[int | None, str]:
    """(id of the inspected organisation or None, its name as printed)"""
    if record.pdu:
        names = [name for name in (record.pdu.name, record.pdu.short_name) if name]
        found = next((f for name in names if (f := directory.match(name, Level.PDU, region))), None)
        place = names[0]
    else:
        place = record.region or ""
        found = directory.match(record.region, Level.REGION) if record.region else None
    if choices.organisation in directory.places:
        return choices.organisation, place
    return (found.pk if found else None), place


def _addressees(record, directory, places, organisation, region, choices):
    own = {bare_name_key(n) for n in (record.pdu.name, record.pdu.short_name) if n} if record.pdu else set()
    lines: dict[str, list] = {}
    for one in record.recommendations:
        lines.setdefault(importing.addressee_key(one), []).append(one)
    for key, group in lines.items():
        one = group[0]
        found = directory.match(one.addressee, one.level, region if one.level == Level.PDU else None)
        pk = found.pk if found else None
        itself = one.level == Level.PDU and bare_name_key(one.addressee) in own
        if itself and organisation:  # the report names the place it is about: whoever was chosen for that
            pk = organisation
        if choices.addressees.get(key) in places:
            pk = choices.addressees[key]
        near = () if pk else tuple(places[p.pk] for p in directory.near(one.addressee, one.level))
        yield Addressee(
            key, one.addressee, one.level, tuple(o.number for o in group), places.get(pk),
            pk is None and itself, near,
        )  # fmt: skip


def _framework(record, choices) -> Framework | None:
    """The framework that every printed standard number, and most of the names, belong to; the newest of several."""
    if choices.framework is not None:
        return Framework.objects.filter(pk=choices.framework).first()
    printed = {(one.number, one.name.casefold()) for one in record.standards}
    for framework in Framework.objects.prefetch_related("standards"):
        known = {(s.number, s.name.casefold()) for s in framework.standards.all()}
        numbers = {number for number, _ in printed}
        if printed and numbers <= {n for n, _ in known} and len(printed & known) * 2 > len(printed):
            return framework
    return None


def _live(record, choices, inspection, today) -> tuple[bool, str]:
    """(live, why): as chosen, as the inspection's follow-ups already are, else by the date of publication."""
    published = choices.published_on
    if published is None and record.published:
        published = last_day(record.published.year, record.published.month)
    if published is None:
        live, why = False, "The date of publication is not known."
    elif (today - published).days > HISTORIC_AFTER:
        live, why = False, f"It was published more than {HISTORIC_AFTER} days ago."
    else:
        live, why = True, f"It was published in the last {HISTORIC_AFTER} days."
    if inspection and (have := set(inspection.follow_ups.values_list("live", flat=True))):
        live, why = True in have, "As this inspection's recommendations already are."
    return (live if choices.live is None else choices.live), why


def _days_to_come(record, choices, today) -> Iterator[Problem]:
    for sentence in importing.still_to_come(record, today):
        yield Problem(sentence, "Facts")
    published = importing.day_of(record, choices.published_on)
    if published and published > today:  # a report may be handed in before it is out
        yield Problem(f"It is published in {published:%B %Y}, which has not been yet.", "Facts")


def _problems(record, read_problems, as_read) -> tuple[Problem, ...]:
    """The reader's problems as they stand after corrections: what the record alone shows is checked again."""
    if as_read is None or as_read == record:
        return tuple(read_problems)
    by_record_alone = set(checks.problems(as_read, []))
    seen_in_document = [p for p in read_problems if p not in by_record_alone]
    return tuple(dict.fromkeys([*seen_in_document, *checks.problems(record, [])]))


# --- Taking it in ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Taken:
    """``created``: the inspection is new. ``opened``: how many follow-ups were. ``changed``: anything at all.
    ``choices``: with everything that was proposed and so taken, to be able to come back to it.
    """

    inspection: Inspection
    created: bool
    changed: bool
    opened: int
    choices: Choices


def settled(inspection) -> set[int]:
    """Ids of the recommendations that somebody has worked on: their wording and addressee stay."""
    untouched = Q(state="awaiting", version=1, actions=None, carried_from=None, supersedes=None)
    rows = FollowUp.objects.filter(~untouched, inspection=inspection)
    return set(rows.values_list("recommendation_id", flat=True))


@transaction.atomic
def take_in(
    record: Record, choices: Choices = Choices(), *, source=None, as_read: dict | None = None, by, at, today,
    demonstration: bool = False,
) -> Taken:  # fmt: skip
    """Check, save, open follow-ups and plans. Taking the same in twice changes nothing.

    Raises `NotAllowed` for anyone but an inspector, `Refusal` while something must be chosen or cannot be saved.
    """
    require_inspector(by)
    proposal = propose(record, choices, source=source, today=today)
    if proposal.to_choose:
        raise Refusal(proposal.to_choose[0])
    if wrong := importing.unsavable(record) or importing.still_to_come(record, today):
        raise Refusal(wrong[0])
    if proposal.adds:
        proposal = _add_place(proposal, source, today, by, at, demonstration)
    # Two imports of one place, and anybody answering at this moment, take turns from here on.
    Organisation.objects.select_for_update(of=("self",)).get(pk=proposal.organisation.pk)
    follow_ups = FollowUp.objects.select_for_update(of=("self",))
    list(follow_ups.filter(inspection__organisation=proposal.organisation).order_by("pk").values_list("pk"))
    proposal = propose(record, proposal.choices, source=source, today=today)
    # Other deeds of these places wait here, not in the middle of what they have begun.
    before = proposal.inspection
    places = {place.pk for place in (proposal.organisation, *proposal.chosen_addressees.values())}
    hold_chains(places | set(FollowUp.objects.filter(inspection=before).values_list("addressee", flat=True)))
    published = before.published if before else None
    try:
        inspection, created = importing.save(
            record, organisation=proposal.organisation, addressees=proposal.chosen_addressees,
            framework=proposal.framework, source=source, as_read=as_read, published_on=choices.published_on,
            settled=settled(before) if before else frozenset(), demonstration=demonstration, at=at,
        )  # fmt: skip
    except importing.CannotSave as fault:
        raise Refusal(str(fault)) from None
    if created:
        after = {"title": str(inspection), "recommendations": len(record.recommendations), "live": proposal.live}
        if source:
            after["file"] = source.name
        journal("inspection_imported", inspection, by=by, at=at, organisation=inspection.organisation, after=after,
                demonstration=demonstration)  # fmt: skip
    elif proposal.differences:
        _journal_changes(inspection, proposal.differences, published, by, at)
        _follow(inspection, counted=plan_due_by(before), by=by, at=at)
    opened = open_follow_ups(inspection, live=proposal.live, by=by, at=at)
    alert_changed = _open_alert(inspection, proposal.live, by, at)
    changed = created or bool(proposal.differences) or bool(opened) or alert_changed
    return Taken(inspection, created, changed, len(opened), proposal.settled_choices)


@transaction.atomic
def take_back(inspection, record: Record, choices: Choices, *, forget: dict, by, at) -> None:
    """Bring an inspection back to what it was before a correction, while nobody has worked on what that changed.

    ``record`` and ``choices``: as they were before. ``forget``: the record that is taken back.
    """
    require_inspector(by)
    proposal = propose(record, choices, today=london_day(at))
    worked_on = settled(inspection)
    gone = importing.beyond(inspection, record)
    again = importing.differences(
        inspection, record, addressees=proposal.chosen_addressees, framework=proposal.framework, settled=worked_on
    )
    numbers = [str(one.number) for one in gone if one.pk in worked_on]
    numbers += [change.what.rpartition(" ")[2] for change in (*again.corrections, *again.kept)]
    if numbers:
        raise Refusal(
            f"This correction can no longer be undone: somebody has worked on recommendation {numbers[0]}. "
            "Correct the report instead."
        )
    for follow_up in FollowUp.objects.filter(recommendation__in=gone).select_related("recommendation", "addressee"):
        journal(
            "follow_up_withdrawn", follow_up, by=by, at=at, organisation=follow_up.addressee,
            before=what_goes(follow_up, inspection), demonstration=inspection.demonstration,
        )  # fmt: skip
        follow_up.delete()
    if record.organisational_alert is None:
        take_back_case(inspection, by=by, at=at)
    counted, published = plan_due_by(inspection), inspection.published
    importing.restore(
        inspection, record, addressees=proposal.chosen_addressees, framework=proposal.framework,
        published_on=choices.published_on, settled=worked_on, forget=forget,
    )  # fmt: skip
    inspection.refresh_from_db()
    if inspection.published != published:
        sides = [{"Published": day(one), "published": plain(one)} for one in (published, inspection.published)]
        journal(
            "inspection_corrected", inspection, by=by, at=at, organisation=inspection.organisation, before=sides[0],
            after=sides[1], demonstration=inspection.demonstration,
        )  # fmt: skip
    _follow(inspection, counted=counted, by=by, at=at)
    _open_alert(inspection, proposal.live, by, at)


def _open_alert(inspection, live, by, at) -> bool:
    """Open the case of the alert that the report prints, or bring it along; whether that changed anything."""
    published = PublishedAlert.objects.filter(inspection=inspection).select_related("inspection__organisation").first()
    return published is not None and open_case(published, live=live, by=by, at=at)[1]


def _add_place(proposal, source, today, by, at, demonstration) -> Proposal:
    pdu = proposal.record.pdu
    if proposal.region is None:
        raise Refusal(f"Choose the region that {pdu.name} belongs to.")
    try:
        added = organisations.add(Level.PDU, pdu.name, parent=proposal.region, short_name=pdu.short_name or "")
    except organisations.Unusable as fault:
        raise Refusal(str(fault)) from None
    journal("organisation_added", added, by=by, at=at, organisation=added, after={"name": added.name},
            demonstration=demonstration)  # fmt: skip
    choices = replace(proposal.choices, organisation=added.pk, add_under=None)
    return propose(proposal.record, choices, source=source, today=today)


def _journal_changes(inspection, differences, published, by, at):
    """``published``: the day before the correction."""
    changes = [*differences.facts, *differences.wordings, *differences.moved]
    before = {change.what: change.before for change in changes}
    after = {change.what: change.after for change in changes}
    if differences.new:
        after["New recommendations"] = ", ".join(map(str, differences.new))
    if differences.corrections:
        after["Other wording kept beside"] = ", ".join(change.what for change in differences.corrections)
    if inspection.published != published:
        before["published"], after["published"] = plain(published), plain(inspection.published)
    journal(
        "inspection_corrected", inspection, by=by, at=at, organisation=inspection.organisation, before=before,
        after=after, demonstration=inspection.demonstration,
    )  # fmt: skip


def _follow(inspection, *, counted, by, at):
    """Follow-ups hold copies of the addressee, and plans a date counted from publication: bring them along.

    ``counted``: the plan's date as it was counted before; one that an inspector set otherwise stays.
    """
    rows = FollowUp.objects.filter(inspection=inspection).select_related(
        "recommendation__addressee", "addressee", "inspection"
    )
    moved = []
    for follow_up in rows:
        now = follow_up.recommendation.addressee
        if follow_up.addressee_id != now.pk:
            due_by = follow_up.plan.due_by
            plan, _ = ActionPlan.objects.get_or_create(
                inspection=inspection, organisation=now, defaults={"due_by": due_by}
            )
            FollowUp.objects.filter(pk=follow_up.pk).update(addressee=now, plan=plan)
            moved += _journal_move(follow_up, now)
    if moved:
        record_all(moved, by=by, at=at)
    plans = ActionPlan.objects.filter(inspection=inspection)
    plans.filter(follow_ups=None, actions=None).delete()
    live = FollowUp.objects.filter(inspection=inspection, live=True).values("plan")
    due_by = plan_due_by(inspection)
    anew = plans.filter(pk__in=live, due_by__in=[counted, NO_DATE]).exclude(due_by=due_by)
    for plan in anew.select_related("organisation").order_by("pk"):
        journal(
            "plan_due_set", plan, by=by, at=at, organisation=plan.organisation, before={"due_by": plain(plan.due_by)},
            after={"due_by": plain(due_by)}, demonstration=inspection.demonstration,
        )  # fmt: skip
    anew.update(due_by=due_by)
    refresh_next_due(FollowUp.objects.filter(inspection=inspection))


def _journal_move(follow_up, now):
    """In the chain of each of the two places, so that both can say what they had on which day."""
    said = {"subject": follow_up, "demonstration": follow_up.inspection.demonstration}
    number, live = follow_up.recommendation.number, follow_up.live
    yield said | {
        "deed": "follow_up_moved_away", "organisation": follow_up.addressee, "before": {"number": number},
        "after": {"to": str(now)},
    }  # fmt: skip
    yield said | {
        "deed": "follow_up_moved_here", "organisation": now, "before": {},
        "after": {"number": number, "live": live, "from": str(follow_up.addressee)},
    }  # fmt: skip
