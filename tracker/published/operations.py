"""Every deed on imports and organisations. ``by`` None is the command line; a refusal is an exception.

An import is a draft until it is confirmed; both readings, the machine's and the corrected one, stay with it for good.
"""

from dataclasses import replace

from django.db import IntegrityError, transaction
from django.db.models import F

from inspections import importing, organisations
from inspections.reading import child
from inspections.reading.limits import Limits
from inspections.reading.record import Fieldwork, Month, Pdu, Problem, Record
from tracker.alerts.operations import take_back_case
from tracker.intake import Choices, Proposal, Taken, propose, require_inspector, take_back, take_in
from tracker.journal.models import Event
from tracker.journal.operations import record as journal
from tracker.people.operations import require_administrator
from tracker.plans.models import FollowUp
from tracker.plans.opening import close_book
from tracker.refusals import AlreadyMoved, Refusal
from tracker.words import time_of_day
from tracker.working_days import london_day

from .models import ImportDraft

MOST_BYTES = Limits().most_bytes
TOO_LARGE = f"The file is larger than {MOST_BYTES // 1_000_000} MB. Reports are a few MB: check that it is the report."
State = ImportDraft.State

# --- A draft ---------------------------------------------------------------------------------------------------


def start_draft(data: bytes, name: str, *, key=None, by, at) -> ImportDraft:
    """Read a file, keep it, and start a draft from what was read.

    A file that waits to be checked already, or was imported and reads just as it did then, gives that draft.
    ``key``: the form's random key; the same key gives the same draft. Raises `Refusal` when it is no report.
    """
    require_inspector(by)
    if key and (earlier := ImportDraft.objects.filter(form_key=key).first()):
        return earlier
    if len(data) > MOST_BYTES:
        raise Refusal(TOO_LARGE)
    reading = child.read(data)  # outside the transaction: this may take seconds
    if reading.record is None:
        raise Refusal(reading.refused)
    as_read = reading.record.to_dict()
    problems = [{"text": p.text, "where": p.where} for p in reading.problems]
    with transaction.atomic():
        source = importing.keep(data, name, at=at)
        type(source).objects.select_for_update().get(pk=source.pk)  # two people may hand it in at once
        for earlier in source.drafts.filter(state__in=[State.DRAFT, State.IMPORTED]):
            if earlier.state == State.DRAFT or earlier.as_read == as_read:
                return earlier
        return _start(source=source, as_read=as_read, as_corrected=as_read, problems=problems, form_key=key,
                      by=by, at=at)  # fmt: skip


def start_by_hand(record: Record, choices: Choices = Choices(), *, key=None, by, at) -> ImportDraft:  # noqa: B008
    """Start a draft for an inspection that is typed in, without a file."""
    require_inspector(by)
    if wrong := importing.unsavable(record) or importing.still_to_come(record, london_day(at)):
        raise Refusal(wrong[0])
    return _start(source=None, as_read=None, as_corrected=record.to_dict(), choices=choices.to_json(), form_key=key,
                  by=by, at=at)  # fmt: skip


def empty_record(*, pdu=None, region=None, started_month=None, published=None) -> Record:
    """A record that states nothing else. ``published``: (year, month)."""
    return Record(
        None, Pdu(pdu) if pdu else None, region, Month(*published) if published else None, None, None,
        Fieldwork(started_month), None, None, None, None, (), (), (), None, None,
    )  # fmt: skip


def start_correction(inspection, *, key=None, by, at) -> ImportDraft:
    """Start a draft that corrects an inspection which is already here, from what was last saved of it."""
    require_inspector(by)
    reading = inspection.readings.order_by("-pk").first()
    if reading is None:
        raise Refusal("Nothing was kept of how this inspection came in, so it cannot be corrected here.")
    # Addressees that were chosen by hand stay chosen.
    to = {(one.group, one.number): one.addressee_id for one in inspection.recommendations.all()}
    lines = Record.from_dict(reading.as_saved).recommendations
    chosen = {importing.addressee_key(o): to[o.group, o.number] for o in lines if (o.group, o.number) in to}
    choices = Choices(
        organisation=inspection.organisation_id, addressees=chosen, framework=inspection.framework_id or 0,
        published_on=inspection.published if inspection.published_to_the_day else None,
    )  # fmt: skip
    return _start(
        source=reading.source, as_read=reading.as_read or reading.as_saved, as_corrected=reading.as_saved,
        choices=choices.to_json(), form_key=key, by=by, at=at,
    )  # fmt: skip


@transaction.atomic
def _start(*, form_key, by, at, **values) -> ImportDraft:
    try:
        with transaction.atomic():
            draft = ImportDraft.objects.create(form_key=form_key, by=by, at=at, **values)
    except IntegrityError:
        earlier = ImportDraft.objects.filter(form_key=form_key).first() if form_key else None
        if earlier is None:
            raise
        return earlier
    journal("import_started", draft, by=by, at=at, after={"file": draft.source.name if draft.source else "by hand"})
    return draft


def proposal_of(draft: ImportDraft, *, today) -> Proposal:
    """What the preview shows; writes nothing."""
    return propose(
        Record.from_dict(draft.as_corrected), Choices.from_json(draft.choices), source=draft.source,
        read_problems=[Problem(**p) for p in draft.problems],
        as_read=Record.from_dict(draft.as_read) if draft.as_read else None, today=today,
    )  # fmt: skip


@transaction.atomic
def correct_draft(
    draft: ImportDraft, *, record: Record | None = None, choices: Choices | None = None, seen_version, by, at
) -> ImportDraft:
    """Correct facts or choose organisations. What was read stays beside it. `AlreadyMoved` if somebody was first."""
    require_inspector(by)
    before, changes = draft.as_corrected, {}
    if record is not None and (new := record.to_dict()) != before:
        wrong = importing.unsavable(record)
        if new["fieldwork"] != before["fieldwork"]:  # as it was read, it is corrected in its own time
            wrong = wrong or importing.still_to_come(record, london_day(at))
        if wrong:
            raise Refusal(wrong[0])
        changes["as_corrected"] = new
    if choices is not None and (chosen := choices.to_json()) != Choices.from_json(draft.choices).to_json():
        changes["choices"] = chosen
    if not changes:
        return draft
    _claim(draft, seen_version, [State.DRAFT], **changes)
    corrected = changes.get("as_corrected", before)
    parts = [name for name in corrected if corrected[name] != before[name]]
    journal(
        "import_corrected", draft, by=by, at=at, before={p: before[p] for p in parts},
        after={p: corrected[p] for p in parts} | ({"choices": changes["choices"]} if "choices" in changes else {}),
    )  # fmt: skip
    return draft


@transaction.atomic
def confirm_draft(
    draft: ImportDraft, choices: Choices | None = None, *, seen_version, today, by, at, demonstration=False
) -> tuple[ImportDraft, Taken | None]:
    """Import what the draft holds. Confirming again what oneself has just confirmed gives (draft, None).

    `AlreadyMoved` if somebody else was first, or corrected it meanwhile; `Refusal` while something is to be chosen.
    """
    require_inspector(by)
    now = ImportDraft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
    if now.state == State.IMPORTED and now.version == seen_version + 1 and _last(now).actor == by:
        return now, None
    chosen = Choices.from_json(draft.choices) if choices is None else choices
    _claim(draft, seen_version, [State.DRAFT], choices=chosen.to_json())
    taken = take_in(
        Record.from_dict(draft.as_corrected), chosen, source=draft.source, as_read=draft.as_read, by=by, at=at,
        today=today, demonstration=demonstration,
    )  # fmt: skip
    # As taken, so that a later correction can be undone to exactly this.
    ImportDraft.objects.filter(pk=draft.pk).update(
        state=State.IMPORTED, inspection=taken.inspection, choices=taken.choices.to_json()
    )
    draft.refresh_from_db()
    journal(
        "import_confirmed", draft, by=by, at=at, organisation=taken.inspection.organisation,
        after={"inspection": taken.inspection.slug, "new": taken.created, "changed": taken.changed},
        demonstration=demonstration,
    )  # fmt: skip
    return draft, taken


@transaction.atomic
def discard_draft(draft: ImportDraft, *, seen_version, by, at) -> ImportDraft:
    """Give a draft up. The file and both readings stay."""
    require_inspector(by)
    if draft.state == State.DISCARDED:
        return draft
    _claim(draft, seen_version, [State.DRAFT], state=State.DISCARDED)
    journal("import_discarded", draft, by=by, at=at, before={"state": "To check"})
    return draft


# --- Undo ------------------------------------------------------------------------------------------------------


@transaction.atomic
def undo_import(draft: ImportDraft, *, by, at) -> ImportDraft:
    """Take back what this import brought, while nobody has worked on it: the latest first.

    Undoing the first one takes the inspection with its follow-ups and plans away; undoing a correction brings back
    what was saved before. The file, the drafts and the journal stay.
    """
    require_inspector(by)
    inspection = draft.inspection
    # Whoever answers at this moment is waited for, and then counts as work.
    list(FollowUp.objects.select_for_update(of=("self",)).filter(inspection=inspection).values_list("pk"))
    drafts = list(ImportDraft.objects.select_for_update(of=("self",)).filter(inspection=inspection, state="imported"))
    if inspection is None or draft.pk not in {one.pk for one in drafts}:
        draft.refresh_from_db()
        raise AlreadyMoved(_who_was_first(draft, "This import is not in force any more."), draft)
    confirmed = _confirmed(drafts)
    told = {event.subject_id: event.after for event in confirmed}
    before = {"inspection": str(inspection), "slug": inspection.slug}
    undone = [draft]
    if told[draft.pk]["changed"]:
        in_force = [event for event in confirmed if event.after["changed"]]
        if in_force[-1].subject_id != draft.pk:
            last = in_force[-1]
            who = last.actor.name if last.actor else "the command line"
            raise Refusal(f"This inspection was corrected since, by {who}. Undo that first.")
        if told[draft.pk]["new"]:
            undone = drafts
            _withdraw(inspection, before, by, at)
        else:
            _bring_back(draft, in_force[:-1], by, at)
    ImportDraft.objects.filter(pk__in=[d.pk for d in undone]).update(
        state=State.UNDONE, version=F("version") + 1, inspection=None
    )
    if undone is drafts:
        importing.remove(inspection)
    for one in undone:
        journal("import_undone", one, by=by, at=at, organisation=inspection.organisation, before=before)
    draft.refresh_from_db()
    return draft


def undoable(inspection) -> tuple[ImportDraft, bool] | None:
    """(the draft whose undo comes next, whether that takes the whole inspection away); None when nothing is left."""
    drafts = {draft.pk: draft for draft in ImportDraft.objects.filter(inspection=inspection, state=State.IMPORTED)}
    in_force = [event for event in _confirmed(drafts.values()) if event.after["changed"]]
    return (drafts[in_force[-1].subject_id], in_force[-1].after["new"]) if in_force else None


def _confirmed(drafts) -> list[Event]:
    """When each of the drafts was imported, earliest first."""
    found = Event.objects.about(*drafts).filter(deed="import_confirmed").select_related("actor")
    return list(found.order_by("pk"))


def _withdraw(inspection, before, by, at):
    close_book(inspection, by=by, at=at)
    take_back_case(inspection, by=by, at=at)
    journal(
        "inspection_withdrawn", inspection, by=by, at=at, organisation=inspection.organisation, before=before,
        demonstration=inspection.demonstration,
    )  # fmt: skip


def _bring_back(draft, earlier, by, at):
    """To the import before this one; where that came in without a draft, to the reading before."""
    row = draft.inspection
    if earlier:
        previous = ImportDraft.objects.get(pk=earlier[-1].subject_id)
        record, choices = previous.as_corrected, Choices.from_json(previous.choices)
    else:
        readings = list(row.readings.order_by("-pk")[:2])
        if len(readings) < 2:
            raise Refusal("What was here before this correction was not kept, so it cannot be brought back.")
        record, choices = readings[1].as_saved, Choices(organisation=row.organisation_id)
    take_back(row, Record.from_dict(record), choices, forget=draft.as_corrected, by=by, at=at)


def _claim(draft, seen_version, from_, **changes):
    """Change the draft only if it still is what was seen; else raise `AlreadyMoved`, saying who was first."""
    found = ImportDraft.objects.filter(pk=draft.pk, version=seen_version, state__in=from_)
    changed = found.update(version=F("version") + 1, **changes)
    draft.refresh_from_db()
    if not changed:
        raise AlreadyMoved(_who_was_first(draft, "Nothing of yours was saved yet."), draft)


def _last(draft) -> Event | None:
    return Event.objects.about(draft).select_related("actor").first()


_DONE = {
    "import_confirmed": "imported this report",
    "import_corrected": "corrected this report",
    "import_undone": "undid this import",
    "import_discarded": "discarded this draft",
}


def _who_was_first(draft, then: str) -> str:
    last = _last(draft)
    who = last.actor.name if last and last.actor else "Somebody"
    when = f" at {time_of_day(last.at)}" if last else ""
    return f"{who} {_DONE.get(last.deed if last else '', 'changed this')}{when}. {then}"


# --- From the command line and for the demonstration -----------------------------------------------------------


def import_file(
    data: bytes, name: str, *, live: bool | None = None, add_pdu=False, by=None, at, today, demonstration=False
) -> tuple[ImportDraft, Taken | None]:
    """Read and import a file in one go, taking what is proposed.

    ``add_pdu``: an unknown PDU is added under the region the report names. Gives (draft, None) when this file is
    already imported and reads as it did. `Refusal` when it is no report or something must be chosen.
    """
    draft = start_draft(data, name, by=by, at=at)
    if draft.state == State.IMPORTED:
        return draft, None
    choices = replace(Choices.from_json(draft.choices), live=live)
    proposal = propose(Record.from_dict(draft.as_corrected), choices, source=draft.source, today=today)
    if proposal.organisation is None and add_pdu and proposal.region and proposal.record.pdu:
        choices = replace(choices, add_under=proposal.region.pk)
    return confirm_draft(
        draft, choices, seen_version=draft.version, today=today, by=by, at=at, demonstration=demonstration
    )


# --- Organisations ---------------------------------------------------------------------------------------------


@transaction.atomic
def bring_in_organisations(plan: organisations.Plan, *, by, at) -> int:
    """Do what a CSV file's plan says; gives how many places were added or changed. An administrator's deed."""
    require_administrator(by)
    try:
        done = organisations.apply(plan)
    except organisations.Unusable as fault:
        raise Refusal(str(fault)) from None
    for organisation, before, after in done:
        deed = "organisation_changed" if before else "organisation_added"
        journal(deed, organisation, by=by, at=at, organisation=organisation, before=before, after=after)
    return len(done)
