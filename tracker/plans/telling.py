"""Whom a step puts work on."""

from tracker.journal.operations import notify


def tell(kind, subject, recipients, occasion, *, by, at) -> None:
    for person in {
        p.pk: p for p in recipients if p is not None and p.is_active and (by is None or p.pk != by.pk)
    }.values():
        notify(person, kind, subject, occasion, at=at)


def heads_above(organisation, not_person=None) -> list:
    return []


def leads_of(organisation) -> list:
    return []


def inspectors_for(action) -> list:
    return []
