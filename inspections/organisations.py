"""Places: recognising one however its name is written, adding one, bringing a list of them in.

The only writer of organisations. None is ever deleted: places are split, merged and renamed, and old reports stay
as they were.
"""

import csv
import datetime as dt
import difflib
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, count

from django.db import transaction
from django.utils.text import slugify

from .models import Alias, Level, Organisation
from .names import bare_name_key, name_key


class Unusable(ValueError):
    """A place cannot be added or changed so; ``str()`` is one plain sentence."""


# --- Recognising -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """A place as matching needs it. ``names``: its name, its short name and its aliases."""

    pk: int
    level: str
    names: tuple[str, ...]
    code: str = ""
    parent: int | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None

    @property
    def name(self) -> str:
        return self.names[0]


class Directory:
    """Every known place, looked up by name or code. Plain Python: `load` fills one from the database."""

    def __init__(self, places: Iterable[Known]):
        self.places = {place.pk: place for place in places}
        self.by_code = {place.code.casefold(): place for place in self.places.values() if place.code}
        self._by_key: dict[str, list[Known]] = {}
        for place in self.places.values():
            for key in {k for name in place.names for k in keys(name)}:
                self._by_key.setdefault(key, []).append(place)

    def match(self, name: str, level: str | None = None, parent: int | None = None) -> Known | None:
        """The one place that is called so; None when there is none, or more than one that it could be."""
        for key in keys(name):
            found = [p for p in self._by_key.get(key, []) if level in (None, p.level)]
            for narrower in (lambda p: parent in (None, p.parent), lambda p: p.valid_to is None):
                if len(found) > 1:
                    found = [p for p in found if narrower(p)] or found
            if len(found) == 1:
                return found[0]
        return None

    def near(self, name: str, level: str | None = None, most: int = 3) -> list[Known]:
        """Places whose name is nearly this one, best first: another order of the words, or a slip of the pen."""
        wanted = bare_name_key(name)
        words = set(re.findall(r"\w+", wanted)) - {"and"}
        scored = []
        for place in self.places.values():
            if level not in (None, place.level):
                continue
            score = 0.0
            for other in place.names:
                key = bare_name_key(other)
                own = set(re.findall(r"\w+", key)) - {"and"}
                shared = len(words & own) / len(words | own) if words | own else 0
                score = max(score, shared, difflib.SequenceMatcher(None, wanted, key).ratio())
            if score >= 0.6:
                scored.append((-score, place.name, place.pk))
        return [self.places[pk] for _, _, pk in sorted(scored)[:most]]


def keys(name: str) -> list[str]:
    """What a name is looked up by, strictest first; what stands in brackets counts last."""
    outside = re.sub(r"\s*\([^()]*\)", "", name)
    return [k for k in dict.fromkeys([name_key(name), bare_name_key(name), bare_name_key(outside)]) if k]


def load() -> Directory:
    """The directory as it is now: two queries."""
    rows = Organisation.objects.prefetch_related("aliases")
    return Directory(
        Known(
            o.pk, o.level, tuple(n for n in (o.name, o.short_name, *(a.name for a in o.aliases.all())) if n),
            o.code or "", o.parent_id, o.valid_from, o.valid_to,
        )
        for o in rows
    )  # fmt: skip


def match(name: str, level: str | None = None, parent: Organisation | None = None) -> Organisation | None:
    """The organisation that is called so, by name, short name or alias; None when it is not clear which."""
    found = load().match(name, level, parent.pk if parent else None)
    return Organisation.objects.select_related("parent").get(pk=found.pk) if found else None


# --- Adding and changing ---------------------------------------------------------------------------------------


def free_slug(name: str, short_name: str = "", level: str = "") -> str:
    """``hfkcw``, ``ealing-and-hillingdon``; where that is taken with the level behind it, then with a number."""
    stem = slugify((short_name or name).replace("&", " and "))[:70].strip("-") or "organisation"
    taken = set(Organisation.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    candidates = [stem, f"{stem}-{level}" if level else stem]
    return next(slug for slug in chain(candidates, (f"{stem}-{n}" for n in count(2))) if slug not in taken)


@transaction.atomic
def add(
    level, name, *, parent=None, short_name="", code=None, aliases=(), valid_from=None, valid_to=None
) -> Organisation:
    """Add a place, or give the one that is already called so. `Unusable` when it cannot stand there."""
    name = " ".join(name.split())
    if not name:
        raise Unusable("A name is missing.")
    if len(name) > 200:
        raise Unusable("A name has at most 200 characters.")
    above = {Level.REGION: Level.HMPPS, Level.PDU: Level.REGION}.get(level)
    if (parent.level if parent else None) != above:
        raise Unusable("A PDU belongs to a region, and a region to HMPPS.")
    # Whoever adds below the same place waits here, so that two imports cannot add the same PDU.
    if parent is not None:
        Organisation.objects.select_for_update().get(pk=parent.pk)
    if found := match(name, level, parent):
        return found
    organisation = Organisation.objects.create(
        level=level, name=name, short_name=short_name, slug=free_slug(name, short_name, level), code=code or None,
        parent=parent, valid_from=valid_from, valid_to=valid_to,
    )  # fmt: skip
    add_aliases(organisation, aliases)
    return organisation


def add_aliases(organisation, names: Iterable[str]) -> list[str]:
    """Other ways the place is written; those it is already recognised by are left out. Gives what was added."""
    have = {name_key(n) for n in (organisation.name, organisation.short_name) if n}
    have |= set(organisation.aliases.values_list("key", flat=True))
    added = []
    for name in names:
        if (key := name_key(name)) and key not in have:
            Alias.objects.get_or_create(organisation=organisation, key=key, defaults={"name": name})
            have.add(key)
            added.append(name)
    return added


# --- A list of places as CSV -----------------------------------------------------------------------------------

NEEDED = ("region", "pdu")
COLUMNS = (*NEEDED, "region_code", "pdu_code", "short_name", "aliases", "valid_from", "valid_to")


@dataclass(frozen=True)
class Row:
    """One line of the file: its number as a spreadsheet counts, and a text for each column."""

    number: int
    values: dict[str, str]


@dataclass(frozen=True)
class Fault:
    row: int
    column: str
    text: str

    def __str__(self):
        return f"Row {self.row}, {self.column}: {self.text}" if self.column else f"Row {self.row}: {self.text}"


@dataclass(frozen=True)
class NewPlace:
    level: str
    name: str
    code: str
    region: str  # name_key of its region; empty for a region
    short_name: str = ""
    aliases: tuple[str, ...] = ()
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


@dataclass(frozen=True)
class Change:
    """What the file says otherwise. ``after`` holds code, name, region, short_name, aliases, valid_from, valid_to."""

    pk: int
    name: str
    after: dict


@dataclass(frozen=True)
class Plan:
    """What bringing a list in would do. With any fault nothing is done."""

    new: tuple[NewPlace, ...] = ()
    changed: tuple[Change, ...] = ()
    same: int = 0
    faults: tuple[Fault, ...] = ()


def read_csv(data: bytes) -> tuple[list[Row], list[Fault]]:
    """The rows of a CSV file, and what is wrong with its shape. The header's order and case do not count."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        row = data[: fault.start].count(b"\n") + 1
        return [], [Fault(row, "", "the file is not in UTF-8. Save it as CSV UTF-8 and try again.")]
    if "\0" in text:
        return [], [Fault(text[: text.index("\0")].count("\n") + 1, "", "this is not a CSV file.")]
    reader = csv.reader(io.StringIO(text), strict=True)
    rows, faults, number = [], [], 1
    try:
        header = [column.strip().casefold() for column in next(reader, [])]
        for column in NEEDED:
            if column not in header:
                faults.append(Fault(1, column, f"the header has no column {column}."))
        for column in sorted({c for c in header if c and header.count(c) > 1}):
            faults.append(Fault(1, column, f"the header has the column {column} more than once."))
        if faults:
            return [], faults
        for number, cells in enumerate(reader, start=2):
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(header):
                faults.append(Fault(number, "", f"there are {len(cells)} cells, and {len(header)} columns."))
                continue
            values = dict(zip(header, (" ".join(c.split()) for c in cells), strict=False))
            rows.append(Row(number, {column: values.get(column, "") for column in COLUMNS}))
    except csv.Error as fault:
        faults.append(Fault(number + 1, "", f"this is not a CSV line ({fault})."))
    if not rows and not faults:
        faults.append(Fault(1, "", "there is nothing below the header."))
    return rows, faults


def plan(rows: list[Row], directory: Directory) -> Plan:
    """What the rows say that the directory does not: matched by code, then by name or alias. Writes nothing."""
    faults, new, changed, same = [], {}, {}, 0
    regions: dict[str, tuple[int, Known | None, str]] = {}
    pdus: dict[str, int] = {}
    codes: dict[str, tuple[str, int]] = {}
    met: set[int] = set()

    def code_is_free(row, column, code, owner):
        if not code:
            return True
        first = codes.setdefault(code.casefold(), (owner, row.number))
        if first[0] != owner:
            faults.append(Fault(row.number, column, f"the code {code} is already that of row {first[1]}."))
        return first[0] == owner

    for row in rows:
        values = row.values
        wrong = _faults_of(row)
        faults.extend(wrong)
        if wrong:
            continue
        region_name, region_code = values["region"], values["region_code"]
        region_key = name_key(region_name)
        if region_key not in regions:
            found = _matched(row, "region", region_name, region_code, directory, faults)
            if found is False or not code_is_free(row, "region_code", region_code, f"region {region_key}"):
                continue
            regions[region_key] = (row.number, found, region_code)
            if found is None:
                new["region", region_key] = NewPlace(Level.REGION, region_name, region_code, "")
            elif after := _differences(found, region_name, region_code, {}):
                changed[found.pk] = Change(found.pk, found.name, after)
            else:
                same += 1
        first, region, code = regions[region_key]
        if region_code.casefold() != code.casefold():
            text = f"{region_name} has the code {code or 'none'} in row {first} and {region_code or 'none'} here."
            faults.append(Fault(row.number, "region_code", text))
            continue

        name, also = _name_and_alias(values["pdu"])
        key = f"{region_key}/{name_key(values['pdu'])}"
        if key in pdus:
            faults.append(Fault(row.number, "pdu", f"{values['pdu']} is already in row {pdus[key]}."))
            continue
        pdus[key] = row.number
        if not code_is_free(row, "pdu_code", values["pdu_code"], f"pdu {key}"):
            continue
        parent = region.pk if region else None
        found = _matched(row, "pdu", values["pdu"], values["pdu_code"], directory, faults, parent)
        if found is False:
            continue
        more = {
            "short_name": values["short_name"],
            "aliases": tuple(a for a in (also, *(part.strip() for part in values["aliases"].split(";"))) if a),
            "valid_from": _date(values["valid_from"]),
            "valid_to": _date(values["valid_to"]),
        }
        if found is None:
            new["pdu", key] = NewPlace(Level.PDU, name, values["pdu_code"], region_key, **more)
            continue
        if found.pk in met:
            faults.append(Fault(row.number, "pdu", f"{values['pdu']} is the same place as another row: {found.name}."))
            continue
        met.add(found.pk)
        after = _differences(found, name, values["pdu_code"], more)
        if found.parent != parent:
            after["region"] = region_key
        if after:
            changed[found.pk] = Change(found.pk, found.name, after)
        else:
            same += 1
    return Plan(tuple(new.values()), tuple(changed.values()), same, tuple(faults))


def _faults_of(row: Row) -> list[Fault]:
    found = []
    for column in NEEDED:
        if not row.values[column]:
            found.append(Fault(row.number, column, "this is empty."))
    for column, most in (("region", 200), ("pdu", 200), ("region_code", 20), ("pdu_code", 20), ("short_name", 40)):
        if len(row.values[column]) > most:
            found.append(Fault(row.number, column, f"this has more than {most} characters."))
    dates = {}
    for column in ("valid_from", "valid_to"):
        try:
            dates[column] = _date(row.values[column])
        except ValueError:
            text = f"{row.values[column]} is not a date. Write it like 2025-04-01."
            found.append(Fault(row.number, column, text))
    if dates.get("valid_from") and dates.get("valid_to") and dates["valid_to"] < dates["valid_from"]:
        found.append(Fault(row.number, "valid_to", "this is before valid_from."))
    return found


def _date(text: str) -> dt.date | None:
    return dt.datetime.strptime(text, "%Y-%m-%d").date() if text else None


def _name_and_alias(text: str) -> tuple[str, str]:
    """ "Essex North (Braintree, ...)" is called Essex North in reports; the whole is kept as an alias."""
    short = re.sub(r"\s*\(.*\)\s*$", "", text).strip()
    return (short, text) if short and short != text else (text, "")


def _matched(row, level, name, code, directory, faults, parent=None):
    """The known place, None for a new one, False (and a fault) when code and name speak of different ones."""
    by_code = directory.by_code.get(code.casefold()) if code else None
    by_name = directory.match(name, level, parent)
    column = f"{level}_code"
    if by_code and by_code.level != level:
        faults.append(Fault(row.number, column, f"the code {code} is that of {by_code.name}, which is no {level}."))
        return False
    if by_code and by_name and by_code.pk != by_name.pk:
        text = f"the code {code} is that of {by_code.name}, not of {by_name.name}."
        faults.append(Fault(row.number, column, text))
        return False
    if not by_code and by_name and by_name.code and code:
        faults.append(Fault(row.number, column, f"{by_name.name} has the code {by_name.code}, not {code}."))
        return False
    return by_code or by_name


def _differences(known: Known, name: str, code: str, more: dict) -> dict:
    """What the row says beyond what is known. An empty cell says nothing."""
    have = {name_key(n) for n in known.names}
    after = {}
    if code and code.casefold() != known.code.casefold():
        after["code"] = code
    if not {name_key(name), bare_name_key(name)} & (have | {bare_name_key(n) for n in known.names}):
        after["name"] = name
    if more.get("short_name") and name_key(more["short_name"]) not in have:
        after["short_name"] = more["short_name"]
    if aliases := tuple(a for a in more.get("aliases", ()) if name_key(a) not in have):
        after["aliases"] = aliases
    for field in ("valid_from", "valid_to"):
        if more.get(field) not in (None, getattr(known, field)):
            after[field] = more[field]
    return after


@transaction.atomic
def apply(plan: Plan) -> list[tuple[Organisation, dict, dict]]:
    """Do what the plan says; gives (organisation, before, after) for each that was added or changed.

    `Unusable` when the plan has faults.
    """
    if plan.faults:
        raise Unusable(str(plan.faults[0]))
    top = Organisation.objects.filter(level=Level.HMPPS).order_by("pk").first()
    if top is None:
        raise Unusable("HMPPS itself is not here yet: run load_reference first.")
    done = []
    for place in sorted(plan.new, key=lambda place: place.level != Level.REGION):
        organisation = add(
            place.level, place.name, parent=match(place.region, Level.REGION) if place.region else top,
            short_name=place.short_name, code=place.code, aliases=place.aliases, valid_from=place.valid_from,
            valid_to=place.valid_to,
        )  # fmt: skip
        after = {"name": organisation.name, "code": organisation.code or ""}
        done.append((organisation, {}, after))
    for change in plan.changed:
        done.append(_apply_change(change))
    return done


def _apply_change(change: Change) -> tuple[Organisation, dict, dict]:
    organisation = Organisation.objects.select_for_update().get(pk=change.pk)
    after = dict(change.after)
    aliases = list(after.pop("aliases", ()))
    if "name" in after:
        aliases.append(organisation.name)  # reports keep calling it so
    before, said = {}, {}
    for field, value in after.items():
        if field == "region":
            field, value = "parent", match(value, Level.REGION)
            # Places are renamed too: a name alone would not say for ever which one it was.
            before["parent_id"], said["parent_id"] = organisation.parent_id, value.pk
        before[field], said[field] = str(getattr(organisation, field) or ""), str(value)
        setattr(organisation, field, value)
    organisation.save()
    if added := add_aliases(organisation, aliases):
        said["aliases"] = "; ".join(added)
    return organisation, before, said
