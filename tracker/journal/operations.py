"""``record`` and ``notify``: called inside the transaction of the deed they belong to."""

from .models import Event, Notice


def record(deed, subject, *, by, at, organisation=None, before=None, after=None, demonstration=False):
    """Add one line to the journal.

    ``before`` and ``after`` are flat dicts of what the deed changed, values as a person would read them back.
    """
    return Event.objects.create(
        at=at,
        actor=by,
        deed=deed,
        subject_kind=subject._meta.model_name,
        subject_id=subject.pk,
        organisation=organisation,
        before=before or {},
        after=after or {},
        demonstration=demonstration,
    )


def notify(recipient, kind, subject, occasion, *, at) -> None:
    """Decide that ``recipient`` is to be told; saying it again changes nothing."""
    notify_all([(recipient.pk, kind, subject._meta.model_name, subject.pk, occasion)], at=at)


def notify_all(wanted, *, at) -> int:
    """Decide many notices in one statement; returns how many rows were offered.

    ``wanted``: (recipient id, kind, subject kind, subject id, occasion) tuples; those decided before are left alone.
    """
    rows = [
        Notice(recipient_id=r, kind=k, subject_kind=sk, subject_id=s, occasion=o, decided_at=at)
        for r, k, sk, s, o in wanted
    ]
    Notice.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return len(rows)
