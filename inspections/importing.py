"""A record becomes an inspection: the only writer of inspections, their files and their readings.

Saving the same record again changes nothing. What the tracker has settled (answered wording) is never overwritten:
the caller says which recommendations those are, for nothing here knows of answers.
"""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from .models import (
    Framework,
    Inspection,
    KeyQuestionResult,
    Organisation,
    PublishedAlert,
    Rating,
    Reading,
    Recommendation,
    Source,
    WordingCorrection,
)
from .names import name_key
from .reading.record import Record

KINDS = (".pdf", ".docx", ".html", ".htm", ".md", ".txt")


class CannotSave(ValueError):
    """The record cannot become an inspection; ``str()`` is one plain sentence saying what is missing."""


def addressee_key(one) -> str:
    """What an addressee's organisation is chosen by: its level and its name as printed. Takes a record's line."""
    return f"{one.level}|{name_key(one.addressee)}"


# --- Files -----------------------------------------------------------------------------------------------------


def keep(data: bytes, name: str, *, at) -> Source:
    """Keep a report's file as it was handed in; the same bytes are kept once, under the first name."""
    sha256 = hashlib.sha256(data).hexdigest()
    if found := Source.objects.filter(sha256=sha256).first():
        return found
    name = PurePath(name.replace("\\", "/")).name.strip() or "report"
    kind = PurePath(name).suffix.lower()
    source = Source(name=name[-255:], size=len(data), sha256=sha256, kept_at=at)
    # On the disk it has a name of ours: what somebody called it is text, never a path.
    source.file.save(sha256[:32] + (kind if kind in KINDS else ""), ContentFile(data), save=False)
    try:
        with transaction.atomic():
            source.save()
    except IntegrityError:  # somebody handed in the same file at this moment
        source.file.delete(save=False)
        return Source.objects.get(sha256=sha256)
    return source


# --- What cannot be saved --------------------------------------------------------------------------------------

_SMALL, _LARGE = 32_767, 2_147_483_647


def unsavable(record: Record) -> list[str]:
    """Why this record cannot be kept, a sentence each; empty when it can. Sizes are those of the columns."""
    pdu, alert, score = record.pdu, record.organisational_alert, record.score
    texts = [
        ("The title", record.title, 300),
        ("The name of the PDU", pdu and pdu.name, 200),
        ("The short name of the PDU", pdu and pdu.short_name, 40),
        ("The region", record.region, 200),
        ("The ISBN", record.isbn, 20),
        ("The lead inspector", record.lead_inspector, 200),
        ("The respondent of the alert", alert and alert.respondent, 300),
        *((f"The number of the standard {one.number[:20]}", one.number, 10) for one in record.standards),
        *((f"The name of standard {one.number[:20]}", one.name, 200) for one in record.standards),
        *(("The standard of a key question", one.standard, 10) for one in record.key_questions),
        *(("A key question", one.question, 1000) for one in record.key_questions),
        *((f"The addressee of recommendation {one.number}", one.addressee, 300) for one in record.recommendations),
    ]
    numbers = [
        ("The number of cases inspected", record.cases_inspected, _LARGE),
        ("The number of interviews", record.practitioner_interviews, _LARGE),
        ("The score's maximum", score and score.out_of, _SMALL),
        ("The unallocated caseload", alert and alert.unallocated_caseload, _LARGE),
        ("The number without a next appointment", alert and alert.cases_with_no_next_appointment, _LARGE),
        *((f"The recommendation number {one.number}", one.number, _SMALL) for one in record.recommendations),
        *((f"The group of recommendation {one.number}", one.group, _SMALL) for one in record.recommendations),
    ]
    said = [f"{what} has more than {most} characters." for what, text, most in texts if text and len(text) > most]
    said += [f"{what} is too large." for what, number, most in numbers if (number or 0) > most]
    said += [f"{what} is below 0." for what, number, _ in numbers if (number or 0) < 0]
    if record.published and not 1900 <= record.published.year <= 2200:
        said.append(f"The year of publication, {record.published.year}, cannot be right.")
    for number in _repeated(one.number for one in record.standards):
        said.append(f"Standard {number} is rated more than once.")
    for _, number in _repeated((one.group, one.number) for one in record.recommendations):
        said.append(f"The number {number} is used more than once among recommendations to the same addressee.")
    return said


def still_to_come(record: Record, today: dt.date) -> list[str]:
    """What this record says was done on a day that has not been yet, a sentence each: it is a slip of the pen."""
    began, ended = (
        dt.date.fromisoformat(d) if d else None for d in (record.fieldwork.start_date, record.fieldwork.end_date)
    )
    month = fieldwork_month(record)
    said = []
    if month and month > today:
        said.append(f"Fieldwork in {month:%B %Y} has not been yet: correct the month.")
    for did, on in (("began", began), ("ended", ended)):
        if on and on > today and not said:
            said.append(f"Fieldwork that {did} on {on.day} {on:%B %Y} has not been yet: correct the day.")
    return said


def _repeated(values) -> list:
    counted = Counter(values)
    return [value for value, times in counted.items() if times > 1]


# --- The same inspection, and what a record would change --------------------------------------------------------


def day_of(record: Record, published_on: dt.date | None = None) -> dt.date | None:
    """The day of publication if somebody knows it, else the first of the month that is printed."""
    if published_on:
        return published_on
    return dt.date(record.published.year, record.published.month, 1) if record.published else None


def _month(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(f"{text}-01") if text else None


def fieldwork_month(record: Record) -> dt.date | None:
    return _month(record.fieldwork.started_month) or _month((record.fieldwork.start_date or "")[:7])


def find(record: Record, organisation: Organisation, source: Source | None = None) -> Inspection | None:
    """The inspection that this record is about: the same organisation and fieldwork month.

    Where a month of fieldwork is missing on either side, the same month of publication tells; failing that, the same
    file does.
    """
    own = Inspection.objects.filter(organisation=organisation)
    month, published = fieldwork_month(record), day_of(record)
    if month and (found := own.filter(fieldwork_month=month).first()):
        return found
    if published:
        same = own.filter(published__year=published.year, published__month=published.month)
        if found := (same.filter(fieldwork_month=None) if month else same).order_by("pk").first():
            return found
    elif not month and (found := own.filter(fieldwork_month=None, published=None).order_by("pk").first()):
        return found
    return own.filter(readings__source=source).order_by("pk").first() if source else None


@dataclass(frozen=True)
class Difference:
    """One thing that saving would change: "Score", "3 out of 27", "4 out of 27"."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Differences:
    """What is new and what changes if a record is saved over an inspection. Numbers are as printed."""

    facts: tuple[Difference, ...] = ()
    new: tuple[int, ...] = ()
    same: tuple[int, ...] = ()
    wordings: tuple[Difference, ...] = ()  # that would replace the wording
    corrections: tuple[Difference, ...] = ()  # already answered: kept beside it
    moved: tuple[Difference, ...] = ()  # to another addressee
    kept: tuple[Difference, ...] = ()  # another addressee was read, but it is already answered
    missing: tuple[int, ...] = ()  # here, not in this reading: stay as they are

    def __bool__(self):
        return bool(self.facts or self.new or self.wordings or self.corrections or self.moved)


FACT_WORDS = {
    "framework": "Framework",
    "title": "Title",
    "region_name": "Region",
    "published": "Published",
    "published_to_the_day": "Day of publication known",
    "isbn": "ISBN",
    "lead_inspector": "Lead inspector",
    "fieldwork_month": "Month of fieldwork",
    "fieldwork_start": "Fieldwork began",
    "fieldwork_end": "Fieldwork ended",
    "cases_inspected": "Cases inspected",
    "practitioner_interviews": "Practitioner interviews",
    "score_points": "Score",
    "score_out_of": "Score out of",
    "overall_rating": "Overall rating",
    "ppf_status": "Prioritisation status",
    "ppf_since": "Prioritisation status since",
}


def facts_of(record: Record, *, framework: Framework | None = None, published_on: dt.date | None = None) -> dict:
    """The columns of Inspection that a record fills; empty texts where it states nothing."""
    fieldwork, score, ppf = record.fieldwork, record.score, record.ppf_status
    return {
        "framework": framework,
        "title": record.title or "",
        "region_name": record.region or "",
        "published": day_of(record, published_on),
        "published_to_the_day": published_on is not None,
        "isbn": record.isbn or "",
        "lead_inspector": record.lead_inspector or "",
        "fieldwork_month": fieldwork_month(record),
        "fieldwork_start": dt.date.fromisoformat(fieldwork.start_date) if fieldwork.start_date else None,
        "fieldwork_end": dt.date.fromisoformat(fieldwork.end_date) if fieldwork.end_date else None,
        "cases_inspected": record.cases_inspected,
        "practitioner_interviews": record.practitioner_interviews,
        "score_points": score.points if score else None,
        "score_out_of": score.out_of if score else None,
        "overall_rating": record.overall_rating or "",
        "ppf_status": (ppf.status or "") if ppf else "",
        "ppf_since": _month(ppf.since) if ppf else None,
    }


def _ratings(record: Record) -> list[tuple]:
    return [(one.number, one.name, one.rating) for one in record.standards]


def _questions(record: Record) -> list[tuple]:
    return [(one.standard, one.question, one.percent_yes) for one in record.key_questions]


def _alert(record: Record) -> dict | None:
    alert = record.organisational_alert
    return alert and {
        "unallocated_caseload": alert.unallocated_caseload,
        "cases_with_no_next_appointment": alert.cases_with_no_next_appointment,
        "respondent": alert.respondent or "",
        "concerns": list(alert.concerns),
        "response_actions": [{"text": one.text, "status": one.status} for one in alert.response_actions],
    }


@dataclass
class _Standing:
    """An inspection as it stands, for comparing."""

    facts: dict = field(default_factory=dict)
    ratings: list[tuple] = field(default_factory=list)
    questions: list[tuple] = field(default_factory=list)
    alert: dict | None = None
    recommendations: list[Recommendation] = field(default_factory=list)


def _standing(inspection: Inspection) -> _Standing:
    alert = PublishedAlert.objects.filter(inspection=inspection).first()
    return _Standing(
        {name: getattr(inspection, name) for name in FACT_WORDS},
        list(inspection.ratings.values_list("number", "name", "rating")),
        list(inspection.key_question_results.values_list("standard", "question", "percent_yes")),
        alert and {name: getattr(alert, name) for name in _ALERT},
        list(inspection.recommendations.select_related("addressee")),
    )


_ALERT = ("unallocated_caseload", "cases_with_no_next_appointment", "respondent", "concerns", "response_actions")


def _pairs(record: Record, standing: list[Recommendation]) -> list[tuple]:
    """(the record's line, the recommendation it is) each; None where it is new.

    By group and number; what then is left over by number alone where that is unique, for a reading may divide the
    groups otherwise.
    """
    left = {(r.group, r.number): r for r in standing}
    found = {i: left.pop((one.group, one.number), None) for i, one in enumerate(record.recommendations)}
    rest = [one.number for i, one in enumerate(record.recommendations) if found[i] is None]
    for i, one in enumerate(record.recommendations):
        if found[i] is None:
            same = [key for key in left if key[1] == one.number]
            if len(same) == 1 and rest.count(one.number) == 1:
                found[i] = left.pop(same[0])
    return [(one, found[i]) for i, one in enumerate(record.recommendations)]


def differences(
    inspection: Inspection, record: Record, *, addressees: Mapping[str, Organisation], framework=None,
    published_on=None, settled: Collection[int] = frozenset(),
) -> Differences:  # fmt: skip
    """What saving ``record`` over ``inspection`` would change. Arguments as for `save`; writes nothing."""
    have = _standing(inspection)
    facts = [
        Difference(FACT_WORDS[name], _words(have.facts[name]), _words(value))
        for name, value in _merged(have.facts, record, framework, published_on).items()
        if value != have.facts[name]
    ]
    before, after = {r[0]: r for r in have.ratings}, {r[0]: r for r in _ratings(record)}
    for number in [n for n in dict.fromkeys([*before, *after]) if before.get(n) != after.get(n)]:
        then, now = (" ".join(side[number][1:]) if number in side else "" for side in (before, after))
        facts.append(Difference(f"Standard {number}", then, now))
    if (questions := _questions(record)) != have.questions:
        changed = len(set(questions) ^ set(have.questions)) or len(questions)
        facts.append(
            Difference("Key questions", f"{len(have.questions)}", f"{len(questions)} ({changed} lines differ)")
        )
    if (alert := _alert(record)) and alert != have.alert:
        facts.append(Difference("Organisational alert", "as read before" if have.alert else "", "as read now"))
    new, same, wordings, corrections, moved, kept, met = [], [], [], [], [], [], set()
    for one, recommendation in _pairs(record, have.recommendations):
        if recommendation is None:
            new.append(one.number)
            continue
        met.add(recommendation.pk)
        answered = recommendation.pk in settled
        label = f"Recommendation {one.number}"
        if recommendation.wording != one.text:
            (corrections if answered else wordings).append(Difference(label, recommendation.wording, one.text))
        else:
            same.append(one.number)
        to = addressees.get(addressee_key(one))
        if to and to != recommendation.addressee:
            (kept if answered else moved).append(Difference(label, str(recommendation.addressee), str(to)))
    if corrections:
        corrections = [c for c in corrections if not _said_before(inspection, c)]
    missing = [r.number for r in have.recommendations if r.pk not in met]
    return Differences(*map(tuple, (facts, new, same, wordings, corrections, moved, kept, missing)))


def _said_before(inspection, correction: Difference) -> bool:
    return WordingCorrection.objects.filter(
        recommendation__inspection=inspection, recommendation__wording=correction.before, wording=correction.after
    ).exists()


def _merged(have: dict, record: Record, framework, published_on) -> dict:
    """The facts to save. A day of publication that somebody entered outlives a reading that knows only the month."""
    facts = facts_of(record, framework=framework, published_on=published_on)
    known = have["published"] if have["published_to_the_day"] else None
    if known and not published_on and (facts["published"] is None or facts["published"] == known.replace(day=1)):
        facts |= {"published": known, "published_to_the_day": True}
    return facts


def _words(value) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value.day} {value:%B %Y}" if isinstance(value, dt.date) else str(value)


# --- Saving ----------------------------------------------------------------------------------------------------


def slug_for(organisation: Organisation, record: Record) -> str:
    """``hfkcw``; from the second inspection of the place on ``hfkcw-2024-06``, by fieldwork, else publication."""
    taken = set(Inspection.objects.filter(slug__startswith=organisation.slug).values_list("slug", flat=True))
    stem, number = organisation.slug, 2
    if Inspection.objects.filter(organisation=organisation).exists() or stem in taken:
        month = fieldwork_month(record) or day_of(record)
        stem = f"{stem}-{month:%Y-%m}" if month else f"{stem}-2"
    slug = stem
    while slug in taken:
        slug, number = f"{stem}-{number}", number + 1
    return slug


@transaction.atomic
def save(
    record: Record, *, organisation: Organisation, addressees: Mapping[str, Organisation],
    framework: Framework | None = None, source: Source | None = None, as_read: dict | None = None,
    published_on: dt.date | None = None, settled: Collection[int] = frozenset(), demonstration: bool = False, at,
) -> tuple[Inspection, bool]:  # fmt: skip
    """Put the record on the shelf; gives the inspection and whether it is new.

    ``addressees``: an organisation for each `addressee_key` of the record. ``as_read``: the record as the reader gave
    it, where ``record`` was corrected by hand. ``published_on``: the day, where somebody knows it. ``settled``: ids
    of recommendations whose wording and addressee stay, as they are answered; another wording becomes a
    `WordingCorrection`. Raises `CannotSave`.
    """
    if wrong := unsavable(record):
        raise CannotSave(wrong[0])
    unknown = [one.addressee for one in record.recommendations if addressee_key(one) not in addressees]
    if unknown:
        raise CannotSave(f"Choose an organisation for {unknown[0]}.")
    # Two imports of the same inspection wait for each other here; the second then finds the first's.
    organisation = Organisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
    inspection = find(record, organisation, source)
    created = inspection is None
    if created:
        inspection = Inspection.objects.create(
            organisation=organisation, slug=slug_for(organisation, record), demonstration=demonstration,
            **facts_of(record, framework=framework, published_on=published_on),
        )  # fmt: skip
    have = _Standing() if created else _standing(inspection)
    said = record.to_dict()
    last = None if created else inspection.readings.order_by("-pk").first()
    if last is not None and (last.as_saved, last.source_id) == (said, source.pk if source else None):
        reading = last
    else:
        reading = Reading.objects.create(
            inspection=inspection, source=source, as_read=as_read, as_saved=said, saved_at=at
        )
    if not created:
        _save_facts(inspection, _merged(have.facts, record, framework, published_on))
    _save_lists(inspection, record, have)
    _save_recommendations(inspection, record, have, addressees, reading, settled)
    return inspection, created


def _save_facts(inspection, facts):
    changed = [name for name, value in facts.items() if getattr(inspection, name) != value]
    month = facts["fieldwork_month"]
    others = Inspection.objects.filter(organisation=inspection.organisation, fieldwork_month=month)
    if month and others.exclude(pk=inspection.pk).exists():
        raise CannotSave(f"There is another inspection of {inspection.organisation} with fieldwork in {month:%B %Y}.")
    for name in changed:
        setattr(inspection, name, facts[name])
    if changed:
        inspection.save(update_fields=changed)


def _save_lists(inspection, record, have):
    """Ratings, key questions and alert: nothing points at these rows, so a list that differs is written anew."""
    if (ratings := _ratings(record)) != have.ratings:
        inspection.ratings.all().delete()
        Rating.objects.bulk_create(
            Rating(inspection=inspection, position=i, number=n, name=name, rating=rating)
            for i, (n, name, rating) in enumerate(ratings, start=1)
        )
    if (questions := _questions(record)) != have.questions:
        inspection.key_question_results.all().delete()
        KeyQuestionResult.objects.bulk_create(
            KeyQuestionResult(inspection=inspection, position=i, standard=s, question=q, percent_yes=percent)
            for i, (s, q, percent) in enumerate(questions, start=1)
        )
    # An alert that was published is not unpublished by a reading that missed it.
    if (alert := _alert(record)) and alert != have.alert:
        PublishedAlert.objects.update_or_create(inspection=inspection, defaults=alert)


def _save_recommendations(inspection, record, have, addressees, reading, settled):
    for one, found in _pairs(record, have.recommendations):
        addressee = addressees[addressee_key(one)]
        if found is None:
            Recommendation.objects.create(
                inspection=inspection, group=one.group, number=one.number, level=addressee.level,
                addressee_as_printed=one.addressee, addressee=addressee, wording=one.text,
            )  # fmt: skip
            continue
        if found.pk in settled:
            known = found.corrections.filter(wording=one.text).exists()
            if one.text != found.wording and not known:
                WordingCorrection.objects.create(recommendation=found, reading=reading, wording=one.text)
            continue
        new = {
            "group": one.group, "level": addressee.level, "addressee_as_printed": one.addressee,
            "addressee": addressee, "wording": one.text,
        }  # fmt: skip
        if changed := [name for name, value in new.items() if getattr(found, name) != value]:
            for name in changed:
                setattr(found, name, new[name])
            found.save(update_fields=changed)


def beyond(inspection: Inspection, record: Record) -> list[Recommendation]:
    """The recommendations that this record does not have."""
    standing = list(inspection.recommendations.select_related("addressee"))
    met = {found.pk for _, found in _pairs(record, standing) if found}
    return [one for one in standing if one.pk not in met]


@transaction.atomic
def restore(
    inspection: Inspection, record: Record, *, addressees: Mapping[str, Organisation], framework=None,
    published_on=None, settled: Collection[int] = frozenset(), forget: dict | None = None,
) -> None:  # fmt: skip
    """Bring an inspection back to an earlier record, for the undo of a correction: what that lacks goes.

    ``forget``: the record that was saved last and is taken back; its reading goes with the corrections it brought.
    `django.db.models.ProtectedError` while something points at a recommendation that goes.
    """
    said = record.to_dict()
    last = inspection.readings.order_by("-pk").first()
    if last is not None and last.as_saved == forget and forget != said:
        last.delete()
    for one in beyond(inspection, record):
        one.delete()
    have = _standing(inspection)
    _save_facts(inspection, facts_of(record, framework=framework, published_on=published_on))
    _save_lists(inspection, record, have)
    if record.organisational_alert is None:
        PublishedAlert.objects.filter(inspection=inspection).delete()
    reading = inspection.readings.order_by("-pk").first()
    _save_recommendations(inspection, record, have, addressees, reading, settled)


@transaction.atomic
def remove(inspection: Inspection) -> None:
    """Take an inspection off the shelf, for the undo of an import. Its file and the journal stay.

    `django.db.models.ProtectedError` when something still points at it.
    """
    inspection.delete()
