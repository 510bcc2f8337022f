"""What is watched: readings of the measures, by hand or by file, and checkpoints at the level above."""

import csv
import datetime as dt
import io
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.db import IntegrityError, transaction

from tracker.clocks.operations import Limits
from tracker.journal.operations import record
from tracker.plans.guard import lock
from tracker.plans.telling import tell
from tracker.refusals import NotAllowed, Refusal
from tracker.words import DAY_FORMATS, day
from tracker.working_days import london_day

from . import ladder
from .guard import head_of, inspectors_of, require
from .models import Checkpoint, Measure, Reading
from .moments import refresh

HEADINGS = ["measure", "value", "as at", "note"]
MOST_ROWS = 1000
MOST = Decimal("9999999999.99")


@dataclass(frozen=True)
class Mistake:
    """What is wrong in a file of readings. ``row`` 1 is the line of headings; ``column`` as its heading says."""

    row: int
    column: str
    sentence: str


@dataclass(frozen=True)
class NewReading:
    measure: Measure
    value: Decimal
    as_at: dt.date | None
    note: str = ""


# --- By file -----------------------------------------------------------------------------------------------------


def read_file(raw: bytes, measures, today: dt.date) -> tuple[list[NewReading], list[Mistake]]:
    """Readings in a CSV file with the headings measure, value, as at, note; and everything that is wrong in it.
    With any mistake nothing is to be saved."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return [], [Mistake(1, "", "The file is not text in UTF-8. Save it as “CSV UTF-8”.")]
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as fault:
        return [], [Mistake(1, "", f"The file is not a CSV file: {fault}.")]
    headings = [cell.strip().casefold() for cell in rows[0]] if rows else []
    missing = [name for name in HEADINGS[:3] if name not in headings]
    if missing:
        return [], [Mistake(1, name, f"There is no column “{name}”.") for name in missing]
    if len(rows) > MOST_ROWS + 1:
        return [], [Mistake(MOST_ROWS + 2, "", f"At most {MOST_ROWS:,} readings come in one file.")]
    by_name = {measure.name.strip().casefold(): measure for measure in measures}
    found, mistakes, seen = [], [], {}
    for number, cells in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(headings):
            mistakes.append(Mistake(number, "", "This row has more cells than there are headings."))
            continue
        row = dict(zip(headings, [*map(str.strip, cells), *[""] * (len(headings) - len(cells))], strict=True))
        reading = _row(number, row, by_name, today, mistakes)
        if reading is None:
            continue
        if earlier := seen.setdefault((reading.measure.pk, reading.as_at), number) - number:
            mistakes.append(Mistake(number, "as at", f"Row {number + earlier} has a reading for the same day."))
        found.append(reading)
    if not found and not mistakes:
        mistakes.append(Mistake(2, "", "The file holds no reading."))
    return ([], mistakes) if mistakes else (found, [])


def _row(number, row, by_name, today, mistakes) -> NewReading | None:
    wrong = []
    measure = by_name.get(row["measure"].casefold())
    if measure is None:
        names = ", ".join(one.name for one in by_name.values())
        wrong.append(Mistake(number, "measure", f"No measure “{row['measure']}” here. There are: {names or 'none'}."))
    value = number_in(row["value"])
    if value is None:
        wrong.append(Mistake(number, "value", f"“{row['value']}” is not a number such as 234 or 12.5."))
    as_at = day_in(row["as at"])
    if as_at is None:
        wrong.append(Mistake(number, "as at", f"“{row['as at']}” is not a day such as 12/10/2022 or 2022-10-12."))
    elif as_at > today:
        wrong.append(Mistake(number, "as at", f"{day(as_at)} is in the future."))
    if len(row.get("note", "")) > 300:
        wrong.append(Mistake(number, "note", "A note has at most 300 letters."))
    mistakes += wrong
    return None if wrong else NewReading(measure, value, as_at, row.get("note", ""))


def number_in(text: str) -> Decimal | None:
    """A number with at most two decimals as people type it, "1,234.5"; None when it is none."""
    plain = text.strip().replace(",", "").removesuffix("%").strip()
    try:
        value = Decimal(plain)
    except InvalidOperation:
        return None
    fits = (
        plain.isascii()
        and "_" not in plain
        and value.is_finite()
        and abs(value) <= MOST
        and value == value.quantize(Decimal("0.01"))
    )
    return value if fits else None


def day_in(text: str) -> dt.date | None:
    for form in DAY_FORMATS:
        try:
            return dt.datetime.strptime(text.strip(), form).date()
        except ValueError:
            continue
    return None


# --- Deeds -------------------------------------------------------------------------------------------------------


@transaction.atomic
def add_readings(case, readings: list[NewReading], *, key=None, by, at) -> list[Reading]:
    """Enter readings, all or none. One worse than the reading before it, by day, by more than the margin is marked so
    and climbs the ladder by itself."""
    if key and (earlier := _entered_with(key)):
        return earlier
    require("add_reading", case, by)
    if not readings:
        raise Refusal("Enter at least one reading.")
    # Whoever enters, withdraws or ends the alert in this moment takes turns with us.
    lock(case)
    case.refresh_from_db(fields=["state"])
    require("add_reading", case, by)
    own = {measure.pk for measure in case.measures.all()}
    for one in readings:
        if one.measure.pk not in own:
            raise Refusal("Choose a measure of this alert.")
        if one.as_at is not None and one.as_at > london_day(at):
            raise Refusal(f"{one.measure.name}: {day(one.as_at)} is in the future.")
        if number_in(str(one.value)) is None:
            raise Refusal(f"{one.measure.name}: enter a number with at most two decimals.")
    margin = Limits().for_line(case.organisation.line)["alert_worsening"]
    rows, before = [], _days_read(own)
    for one in sorted(readings, key=lambda one: (one.as_at or dt.date.min, one.measure.position)):
        known = before.setdefault(one.measure.pk, {})
        was = max((day for day in known if day < (one.as_at or dt.date.min)), default=None)
        worsened = was is not None and ladder.has_worsened(known[was], one.value, one.measure.worse, margin)
        known[one.as_at or dt.date.min] = one.value
        rows.append(
            Reading(
                measure=one.measure, value=one.value, as_at=one.as_at, note=one.note.strip(), by=by, at=at,
                worsened=worsened, form_key=None if rows else key,
            )
        )  # fmt: skip
    try:
        with transaction.atomic():
            for row in rows:
                row.save()
    except IntegrityError:
        earlier = _entered_with(key) if key else None
        if not earlier:
            raise
        return earlier
    worse = [row for row in rows if row.worsened]
    after = {"readings": len(rows), "said": "; ".join(_words(row) for row in rows[:10])}
    if worse:
        after["worsened"] = "; ".join(_words(row) for row in worse)
    record("readings_added", case, by=by, at=at, organisation=case.organisation, after=after)
    refresh(case, at)
    if worse:
        occasion = f"cycle {case.cycle} reading {worse[0].pk}"
        tell("alert_worsened", case, inspectors_of(case), occasion, by=by, at=at)
    return rows


def _words(row) -> str:
    return f"{row.measure.name}: {row.value:f}" + (f" on {day(row.as_at)}" if row.as_at else "")


def _entered_with(key) -> list[Reading]:
    """All that came in with the form that had this key."""
    first = Reading.objects.filter(form_key=key).select_related("measure").first()
    if first is None:
        return []
    return list(Reading.objects.filter(measure__alert=first.measure.alert_id, by=first.by_id, at=first.at))


def _days_read(measures) -> dict[int, dict[dt.date, Decimal]]:
    """{measure: {day: the value that counts}}; a reading as published stands before all days."""
    found = {}
    rows = Reading.objects.filter(measure__in=measures).order_by("pk").values_list("measure_id", "as_at", "value")
    for measure, as_at, value in rows:
        found.setdefault(measure, {})[as_at or dt.date.min] = value
    return found


@transaction.atomic
def hold_checkpoint(case, text, *, key=None, by, at) -> Checkpoint:
    """The level above has looked at the whole alert and says what it saw."""
    if key and (earlier := Checkpoint.objects.filter(form_key=key).first()):
        return earlier
    require("hold_checkpoint", case, by)
    if case.organisation.level == "hmpps" and case.responded_by_id in by.acts_for:
        raise NotAllowed("You sent the response. Another lead of HMPPS looks at it here.")
    if not text.strip():
        raise Refusal("Say what you saw: what has changed, what has not, and what happens next.")
    lock(case)
    case.refresh_from_db(fields=["state", "cycle"])
    require("hold_checkpoint", case, by)
    try:
        with transaction.atomic():
            made = Checkpoint.objects.create(
                alert=case, cycle=case.cycle, by=by, at=at, text=text.strip(), form_key=key
            )
    except IntegrityError:
        earlier = Checkpoint.objects.filter(form_key=key).first() if key else None
        if earlier is None:
            raise
        return earlier
    record("checkpoint_held", case, by=by, at=at, organisation=case.organisation, after={"text": text.strip()})
    refresh(case, at)
    tell("checkpoint_held", case, head_of(case), f"cycle {case.cycle} checkpoint {made.pk}", by=by, at=at)
    return made
