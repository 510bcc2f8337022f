"""Drafts: corrected, confirmed, undone; clicked twice, and by two people at once."""

import threading
import uuid
from dataclasses import replace

import pytest
from django.db import connection, connections

from inspections.models import Inspection, Source
from tests.cast import NOW, TODAY, follow_up
from tracker.intake import Choices
from tracker.journal.models import Event
from tracker.plans.models import ActionPlan, FollowUp
from tracker.plans.operations import answer
from tracker.published import operations
from tracker.published.models import ImportDraft
from tracker.refusals import AlreadyMoved, NotAllowed, Refusal

from .report import LAMBETH, REPORT, reworded

FILE = REPORT.encode()


def start(cast, data=FILE, **more):
    return operations.start_draft(data, "lambeth.md", by=cast.ivy, at=NOW, **more)


def confirm(draft, by, version=None, choices=None):
    return operations.confirm_draft(
        draft, choices, seen_version=version or draft.version, today=TODAY, by=by, at=NOW
    )  # fmt: skip


def test_a_file_is_read_kept_checked_and_imported(cast):
    draft = start(cast)
    assert draft.as_corrected == draft.as_read and draft.source.sha256
    draft, taken = confirm(draft, cast.ivy)
    assert (draft.state, taken.created, taken.opened) == ("imported", True, 4)
    assert [r.source for r in draft.inspection.readings.all()] == [draft.source]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty."),
        (b"Dear all, lunch is at one.", ""),
        (b"%PDF-1.7 broken", ""),
        (bytes(range(256)) * 40, ""),
        (b"x" * (operations.MOST_BYTES + 1), "The file is larger than 30 MB."),
    ],
    ids=["empty", "letter", "broken PDF", "noise", "too large"],
)
def test_what_is_no_report_is_refused_in_a_sentence_and_nothing_is_kept(cast, data, sentence):
    with pytest.raises(Refusal) as refused:
        start(cast, data)
    assert refused.value.sentence.startswith(sentence) and refused.value.sentence.endswith(".")
    assert not ImportDraft.objects.exists() and not Source.objects.exists()


def test_the_same_file_leads_to_its_draft_and_after_the_import_to_that(cast):
    key = uuid.uuid4()
    draft = start(cast, key=key)
    assert start(cast, key=key) == start(cast) == draft
    confirm(draft, cast.ivy)
    events = Event.objects.count()
    again = operations.start_draft(FILE, "copy.md", by=cast.idris, at=NOW)
    assert (again, again.state) == (draft, "imported")
    assert Event.objects.count() == events


def test_corrections_are_kept_beside_what_was_read(cast):
    draft = start(cast)
    record = operations.Record.from_dict(draft.as_read)
    operations.correct_draft(draft, record=replace(record, overall_rating="Good"), seen_version=1, by=cast.ivy, at=NOW)
    assert (draft.as_read["overall_rating"], draft.as_corrected["overall_rating"]) == ("Inadequate", "Good")
    draft, _ = confirm(draft, cast.ivy)
    reading = draft.inspection.readings.get()
    assert (reading.as_read["overall_rating"], reading.as_saved["overall_rating"]) == ("Inadequate", "Good")
    event = Event.objects.about(draft).get(deed="import_corrected")
    assert (event.before, event.after) == ({"overall_rating": "Inadequate"}, {"overall_rating": "Good"})


def test_fieldwork_to_come_is_not_typed_in_and_as_read_it_does_not_stop_other_corrections(cast):
    ahead = replace(LAMBETH, fieldwork=replace(LAMBETH.fieldwork, started_month="2036-08", start_date=None))
    with pytest.raises(Refusal, match="August 2036 has not been yet"):
        operations.start_by_hand(ahead, by=cast.ivy, at=NOW)
    draft = start(cast)
    with pytest.raises(Refusal, match="August 2036 has not been yet"):
        operations.correct_draft(draft, record=ahead, seen_version=1, by=cast.ivy, at=NOW)
    ImportDraft.objects.filter(pk=draft.pk).update(as_corrected=ahead.to_dict())
    draft.refresh_from_db()
    operations.correct_draft(draft, record=replace(ahead, isbn="1"), seen_version=1, by=cast.ivy, at=NOW)
    with pytest.raises(Refusal, match="August 2036 has not been yet"):
        confirm(draft, cast.ivy)


def test_whoever_corrects_second_is_told_who_was_first(cast):
    draft = start(cast)
    theirs = ImportDraft.objects.get(pk=draft.pk)
    operations.correct_draft(draft, record=replace(LAMBETH, isbn="1"), seen_version=1, by=cast.idris, at=NOW)
    with pytest.raises(AlreadyMoved, match="Idris Cole corrected this report at 9:30am"):
        operations.correct_draft(theirs, record=replace(LAMBETH, isbn="2"), seen_version=1, by=cast.ivy, at=NOW)
    assert theirs.as_corrected["isbn"] == "1"


def test_confirming_twice_is_one_import(cast):
    draft = start(cast)
    confirm(draft, cast.ivy, version=1)
    events = Event.objects.count()
    again, taken = confirm(ImportDraft.objects.get(pk=draft.pk), cast.ivy, version=1)
    assert (again.pk, taken) == (draft.pk, None)
    assert Event.objects.count() == events
    with pytest.raises(AlreadyMoved, match="Ivy Clarke imported this report"):
        confirm(ImportDraft.objects.get(pk=draft.pk), cast.idris, version=1)


def test_undo_takes_all_back_and_keeps_the_history(cast):
    draft, _ = confirm(start(cast), cast.ivy)
    operations.undo_import(draft, by=cast.idris, at=NOW)
    assert draft.state == "undone" and draft.as_read
    assert not Inspection.objects.exists() and not FollowUp.objects.exists() and not ActionPlan.objects.exists()
    assert Source.objects.count() == 1
    deeds = set(Event.objects.values_list("deed", flat=True))
    assert {"inspection_imported", "follow_up_withdrawn", "inspection_withdrawn", "import_undone"} <= deeds
    with pytest.raises(AlreadyMoved, match="Idris Cole undid this import"):
        operations.undo_import(draft, by=cast.ivy, at=NOW)
    again, taken = confirm(start(cast), cast.ivy)
    assert (again.pk != draft.pk, taken.created, again.inspection.slug) == (True, True, "lambeth")


def test_undo_is_refused_once_somebody_has_worked_on_it(cast):
    draft, _ = confirm(start(cast), cast.ivy)
    row = follow_up(draft.inspection, 1)
    answer(row, "agreed", response_text="Yes", seen_version=row.version, by=cast.ben, at=NOW)
    with pytest.raises(Refusal, match="can no longer be undone"):
        operations.undo_import(draft, by=cast.ivy, at=NOW)
    draft.refresh_from_db()
    assert draft.state == "imported" and FollowUp.objects.count() == 4


def test_a_correction_is_undone_to_what_was_saved_before(cast):
    first, _ = confirm(start(cast), cast.ivy)
    row = first.inspection
    draft = operations.start_correction(row, by=cast.ivy, at=NOW)
    record = reworded(1, "improve everything", operations.Record.from_dict(draft.as_corrected))
    line = replace(record.recommendations[0], number=9)
    record = replace(record, overall_rating="Good", recommendations=(*record.recommendations, line))
    operations.correct_draft(draft, record=record, seen_version=1, by=cast.ivy, at=NOW)
    draft, taken = confirm(draft, cast.ivy)
    assert (taken.created, taken.opened) == (False, 1)
    with pytest.raises(Refusal, match="corrected since"):
        operations.undo_import(first, by=cast.ivy, at=NOW)
    operations.undo_import(draft, by=cast.ivy, at=NOW)
    row.refresh_from_db()
    assert row.overall_rating == "Inadequate"
    assert [r.number for r in row.recommendations.all()] == [1, 2, 3, 4]
    assert row.recommendations.get(number=1).wording != "improve everything"
    assert FollowUp.objects.count() == 4 and draft.state == "undone"
    operations.undo_import(first, by=cast.ivy, at=NOW)
    assert not Inspection.objects.exists()


def test_an_inspection_is_typed_in_without_a_file(cast):
    record = operations.empty_record(pdu="Lambeth", region="London", started_month="2026-08")
    draft = operations.start_by_hand(record, by=cast.ivy, at=NOW)
    operations.correct_draft(draft, record=LAMBETH, seen_version=1, by=cast.ivy, at=NOW)
    draft, taken = confirm(draft, cast.ivy)
    assert (taken.opened, draft.source, draft.as_read) == (4, None, None)


@pytest.mark.parametrize("who", ["amira", "ada", "omar"])
def test_nobody_but_an_inspector_touches_an_import(cast, who):
    draft, person = start(cast), getattr(cast, who)
    for deed in (
        lambda: operations.start_draft(FILE, "x", by=person, at=NOW),
        lambda: operations.start_by_hand(LAMBETH, by=person, at=NOW),
        lambda: operations.correct_draft(draft, record=LAMBETH, seen_version=1, by=person, at=NOW),
        lambda: confirm(draft, person),
        lambda: operations.discard_draft(draft, seen_version=1, by=person, at=NOW),
        lambda: operations.undo_import(draft, by=person, at=NOW),
    ):
        with pytest.raises(NotAllowed):
            deed()


# --- At once ---


def at_once(*deeds):
    """Run the deeds in threads of their own; what each gave or raised."""
    results, gate = [None] * len(deeds), threading.Barrier(len(deeds))

    def run(i, deed):
        try:
            gate.wait(10)
            results[i] = deed()
        except Exception as fault:
            results[i] = fault
        finally:
            connections.close_all()
            if connection.vendor == "postgresql":
                connection.close_pool()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@pytest.fixture
def live_cast(transactional_db):
    from tests.cast import assemble

    return assemble()


def test_two_people_confirm_the_same_draft_at_once(live_cast):
    draft = start(live_cast)
    results = at_once(
        *(
            lambda who=who: confirm(ImportDraft.objects.get(pk=draft.pk), live_cast.person(who), 1)
            for who in ("ivy", "idris")
        )
    )
    assert sorted(type(r).__name__ for r in results) == ["AlreadyMoved", "tuple"], results
    assert (Inspection.objects.count(), FollowUp.objects.count(), ActionPlan.objects.count()) == (1, 4, 3)


def test_two_drafts_of_one_inspection_confirmed_at_once_are_one_inspection(live_cast):
    drafts = [operations.start_by_hand(LAMBETH, Choices(live=True), by=live_cast.ivy, at=NOW) for _ in range(2)]
    results = at_once(*(lambda d=d: confirm(ImportDraft.objects.get(pk=d.pk), live_cast.person("ivy")) for d in drafts))
    assert [type(r) for r in results] == [tuple, tuple], results
    assert sorted(taken.created for _, taken in results) == [False, True]
    assert (Inspection.objects.count(), FollowUp.objects.count(), ActionPlan.objects.count()) == (1, 4, 3)


def test_the_same_file_handed_in_twice_at_once_is_one_draft(live_cast):
    results = at_once(*(lambda w=who: operations.start_draft(FILE, "a.md", by=live_cast.person(w), at=NOW)
                        for who in ("ivy", "idris")))  # fmt: skip
    assert len({r.pk for r in results}) == 1 and Source.objects.count() == 1


def test_undo_and_an_answer_at_once_lose_neither(live_cast):
    draft, _ = confirm(start(live_cast), live_cast.ivy)
    row = follow_up(draft.inspection, 1)
    results = at_once(
        lambda: operations.undo_import(ImportDraft.objects.get(pk=draft.pk), by=live_cast.person("ivy"), at=NOW),
        lambda: answer(row, "agreed", response_text="Yes", seen_version=1, by=live_cast.person("ben"), at=NOW),
    )
    answered = FollowUp.objects.filter(state="open").count()
    assert isinstance(results[0], Refusal) if answered else isinstance(results[1], Exception), results
    assert FollowUp.objects.count() == (4 if answered else 0)
