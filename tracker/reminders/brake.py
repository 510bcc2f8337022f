"""The storm brake: a run of far more mails than usual is held, shown to administrators, and sent on their word.

Mails of organisational alerts are never held.
"""

import datetime as dt
import statistics

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.db.models.functions import TruncDate

from tracker.journal.operations import notify_all, record
from tracker.people.operations import require_administrator
from tracker.refusals import AlreadyMoved
from tracker.words import plural
from tracker.working_days import LONDON, day_begins, is_working_day, london_day

from .models import Hold, Mail
from .sealing import administrators
from .times import ONE_DAY

ALWAYS_FINE = 50  # mails in one run
TIMES_THE_USUAL = 3
LOOKED_BACK = 20  # working days
# One kind of mail a person and day; those of alerts and of held runs go alone and are none of these.
DIGESTS = ("digest", "urgent")


def open_hold() -> Hold | None:
    """What is held back now."""
    return Hold.objects.filter(state=Hold.State.OPEN).first()


def last_release() -> dt.datetime | None:
    released = Hold.objects.filter(state=Hold.State.RELEASED).order_by("-released_at")
    return released.values_list("released_at", flat=True).first()


def usual(today: dt.date) -> float | None:
    """The median of digests a working day over the last 20 before ``today``, of the days that had any. None when no
    day had. A mail that is only the weekly summary does not count: everyone who leads or inspects may have one, at
    once, each Monday."""
    days, day = [], today
    while len(days) < LOOKED_BACK:
        day -= ONE_DAY
        if is_working_day(day):
            days.append(day)
    sent = Mail.objects.filter(kind__in=DIGESTS, claimed_at__gte=day_begins(day), claimed_at__lt=day_begins(today))
    counted = sent.order_by().values(day=TruncDate("claimed_at", tzinfo=LONDON)).annotate(mails=Count("pk"))
    counts = [mails for on, mails in counted.values_list("day", "mails") if on in days]
    return statistics.median(counts) if counts else None


def is_a_storm(mails: int, usual: float | None) -> bool:
    return mails > ALWAYS_FINE and (usual is None or mails > TIMES_THE_USUAL * usual)


def why_held(mails: int, usual: float | None) -> str:
    """A sentence: "312 mails at once, where 40 a working day are usual." """
    where = f"{usual:,.0f} a working day are usual" if usual is not None else "no earlier working day had any"
    return f"{plural(mails, 'mail')} at once, where {where}."


@transaction.atomic
def hold(mails: int, usual: float | None, *, at) -> Hold:
    """Hold back the run that would send so many mails, and tell administrators; two at once hold it once."""
    if held := open_hold():
        return held
    try:
        with transaction.atomic():
            held = Hold.objects.create(held_at=at, mails=mails, usual=usual)
    except IntegrityError:
        return open_hold()
    record("mails_held", held, by=None, at=at, after={"mails": mails, "usual": usual})
    tell(held, at=at)
    return held


def tell(held: Hold, *, at) -> None:
    """Decide that every administrator is told, once for each day on which it is held."""
    day = london_day(at).isoformat()
    notify_all([(pk, "run_held", "hold", held.pk, day) for pk in administrators()], at=at)


@transaction.atomic
def release_hold(hold: Hold, *, by, at) -> Hold:
    """Let go what is held: it goes out with the next run, with all that was decided for these people until now.

    Administrators only; ``by`` None is the command line. Pressing twice is once; somebody else's word before: refused.
    """
    require_administrator(by)
    mine = Hold.objects.filter(pk=hold.pk, state=Hold.State.OPEN)
    if not mine.update(state=Hold.State.RELEASED, released_at=at, released_by=by):
        hold.refresh_from_db()
        if hold.released_by_id == (by and by.pk):
            return hold
        raise AlreadyMoved("Somebody else has released these mails already. They are on their way.", hold)
    hold.refresh_from_db()
    record("mails_released", hold, by=by, at=at, after={"mails": hold.mails})
    return hold
