"""``record`` and ``notify``: called inside the transaction of the deed they belong to."""

from django.db import connection, transaction

from tracker.working_days import london_day

from .chain import SEALED, SERVICE, chain_of, digest, hash_of
from .inserting import insert_many
from .models import ChainHead, Event, Notice

BATCH = 1000


def record(deed, subject, *, by, at, organisation=None, before=None, after=None, demonstration=False):
    """Add one line to the journal, the next link in its organisation's chain.

    ``before`` and ``after`` are flat dicts of what the deed changed, values as a person would read them back.
    Until the deed's transaction ends, nobody else records for this organisation: see `hold_chains`.
    """
    line = {
        "deed": deed, "subject": subject, "organisation": organisation, "before": before, "after": after,
        "demonstration": demonstration,
    }  # fmt: skip
    return record_all([line], by=by, at=at)[0]


def record_all(lines, *, by, at) -> list[Event]:
    """Add many lines in few statements, however many they are. Each line: a dict of `record`'s arguments; without
    ``by`` or ``at``, those given for all. Chains are held in the order of their ids, so that two of these at once
    cannot lock each other.
    """
    events = [_event(**{"by": by, "at": at} | line) for line in lines]
    heads = hold_chains({event.organisation_id for event in events})
    for event in events:
        head = heads[chain_of(event.organisation_id)]
        event.link, event.previous_hash = head.link + 1, head.hash
        event.hash = hash_of(event)
        head.link, head.hash = event.link, event.hash
    Event.objects.bulk_create(events, batch_size=BATCH)
    ChainHead.objects.bulk_create(
        heads.values(), update_conflicts=True, update_fields=["link", "hash"], unique_fields=["chain"]
    )
    return events


def _event(deed, subject, *, by, at, organisation=None, before=None, after=None, demonstration=False) -> Event:
    return Event(
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


def hold_chains(organisation_ids) -> dict[int, ChainHead]:
    """Lock the chains of these places (None: the service's own) until the transaction ends; the heads by chain.

    For a deed that records more than once, or changes further rows after it has recorded: held first of all, in the
    order of their ids, two such deeds wait for each other and never both.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("A deed and its line in the journal are one transaction.")
    chains = sorted({chain_of(pk) for pk in organisation_ids})
    if len(chains) > 1:
        # Before any is locked: who waited here for a head in the making while holding another could wait for ever.
        _make_heads(chains)
    heads = _locked(chains)
    if len(heads) < len(chains):
        _make_heads(chains)
        heads = _locked(chains)
    return heads


def _make_heads(chains) -> None:
    """Those that are there already stay; two at once make one."""
    ChainHead.objects.bulk_create([ChainHead(chain=chain) for chain in chains], ignore_conflicts=True)


def _locked(chains) -> dict[int, ChainHead]:
    rows = ChainHead.objects.select_for_update().filter(chain__in=chains).order_by("chain")
    return {head.chain: head for head in rows}


@transaction.atomic
def seal_journal(*, tell, at) -> Event | None:
    """Write down the newest link of every chain, once for each day in London, and decide that the people with the ids
    ``tell`` get the hash of this very event by mail. None when the day is sealed.

    A mail is out of reach of whoever cuts the end of a chain: `verify_journal --expect` with its hash shows it.
    """
    hold_chains([None])  # two at once seal once
    service = ChainHead(chain=SERVICE)
    last = Event.objects.about(service).filter(deed=SEALED).first()
    if last and london_day(last.at) >= london_day(at):
        return None
    rows = ChainHead.objects.filter(link__gt=0).order_by("chain")
    heads = {str(head.chain): [head.link, head.hash] for head in rows}
    after = {"chains": len(heads), "events": sum(link for link, _ in heads.values()), "seal": digest(heads)}
    event = record(SEALED, service, by=None, at=at, after=after | {"heads": heads})
    notify_all([(pk, SEALED, "event", event.pk, london_day(at).isoformat()) for pk in tell], at=at)
    return event


def notify(recipient, kind, subject, occasion, *, at) -> None:
    """Decide that ``recipient`` is to be told; saying it again changes nothing."""
    notify_all([(recipient.pk, kind, subject._meta.model_name, subject.pk, occasion)], at=at)


def notify_all(wanted, *, at) -> int:
    """Decide many notices in one statement; returns how many rows were offered.

    ``wanted``: (recipient id, kind, subject kind, subject id, occasion) tuples; those decided before are left alone.
    """
    rows = [(*one, at) for one in wanted]
    insert_many(Notice, ("recipient_id", "kind", "subject_kind", "subject_id", "occasion", "decided_at"), rows)
    return len(rows)
