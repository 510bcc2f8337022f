"""The reference data that the repository ships: HMPPS, its regions, some PDUs, and the frameworks of standards."""

import datetime as dt
import json
from pathlib import Path

from django.db import transaction

from . import organisations
from .models import Framework, KeyQuestion, Organisation, Standard

DATA = Path(__file__).parent / "data"


@transaction.atomic
def load() -> dict[str, int]:
    """Add what is missing and change nothing that is there, so it may run at every start.

    Gives how many organisations and frameworks were added.
    """
    return {"organisations": _load_organisations(), "frameworks": _load_frameworks()}


def _load_organisations() -> int:
    added = 0
    directory = organisations.load()
    for row in json.loads((DATA / "organisations.json").read_text()):
        found = directory.by_code.get((row["code"] or "").casefold()) or directory.match(row["name"], row["level"])
        if found:
            known = {organisations.name_key(name) for name in found.names}
            if missing := [a for a in row["aliases"] if organisations.name_key(a) not in known]:
                organisations.add_aliases(Organisation.objects.get(pk=found.pk), missing)
            continue
        organisations.add(
            row["level"], row["name"], short_name=row["short_name"], code=row["code"], aliases=row["aliases"],
            parent=organisations.match(row["parent"]) if row["parent"] else None,
            valid_from=_day(row["valid_from"]), valid_to=_day(row["valid_to"]),
        )  # fmt: skip
        added += 1
    return added


def _load_frameworks() -> int:
    added = 0
    for row in json.loads((DATA / "frameworks.json").read_text()):
        framework, created = Framework.objects.get_or_create(
            code=row["code"],
            defaults={"name": row["name"], "valid_from": _day(row["valid_from"]), "line": row["line"]},
        )
        if framework.line is None and row["line"]:  # added before lines were kept
            Framework.objects.filter(pk=framework.pk).update(line=row["line"])
        if not created:
            continue
        added += 1
        for one in row["standards"]:
            standard = Standard.objects.create(
                framework=framework, number=one["number"], name=one["name"], rated=one["rated"]
            )
            KeyQuestion.objects.bulk_create(
                KeyQuestion(standard=standard, position=position, text=text)
                for position, text in enumerate(one["key_questions"], start=1)
            )
    return added


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
