"""What runs by itself: each job with when it looked last, what came of it and when it looks next. Reads only."""

import datetime as dt
from dataclasses import dataclass

from celery.schedules import crontab
from django.db.models import OuterRef, Subquery

from tracker.celery import app
from tracker.words import moment, plural
from tracker.working_days import LONDON, london_day

from .models import Heartbeat, Run

SILENT_AFTER = dt.timedelta(minutes=15)
WEEK = dt.timedelta(days=7)
FAILURES_SHOWN = 20
MOST_NAMED = 3  # jobs in one sentence; the table names all
# The name under which a run is kept: (its entry in `tracker.celery`, what it does).
JOBS = {
    "sweep": ("sweep", "Look for what is due"),
    "climb": ("climb_alerts", "Look for alerts that are late"),
    "deliver": ("deliver", "Send mails"),
    "receipts": ("ask_for_receipts", "Ask what became of mails"),
    "scan": ("scan_evidence", "Scan evidence"),
    "tidy": ("tidy_evidence", "Delete files of removed evidence"),
    "tidy_lists": ("tidy_long_lists", "Delete files of lists after their week"),
    "lists": ("make_long_lists", "Make the files of long lists"),
    "risks": ("return_accepted_risks", "Open accepted risks again on their review date"),
    "recurring": ("find_recurring", "Find recommendations that say the same"),
    "seal": ("seal_journal", "Seal the journal"),
}
RAN, FAILED, SILENT, NOT_YET = "Ran", "Failed", "Silent", "Not yet"


@dataclass(frozen=True)
class Job:
    """``state``: "Ran", "Failed", "Silent" or "Not yet". ``outcome``: what came of the last time at which there was
    something to keep, ``kept_at``. ``next_at``: None when it is overdue."""

    name: str
    words: str
    often: str
    state: str
    looked_at: dt.datetime | None
    took: float | None
    outcome: str
    kept_at: dt.datetime | None
    next_at: dt.datetime | None


def jobs(now: dt.datetime, running_for: dt.timedelta) -> list[Job]:
    """Every job of the timetable. One query. ``running_for``: how long this process has been asking; nothing is silent
    before a job had the time to run."""
    latest = Run.objects.filter(job=OuterRef("job"), finished_at__isnull=False).order_by("-started_at")
    beats = {
        beat.job: beat
        for beat in Heartbeat.objects.annotate(
            outcome=Subquery(latest.values("outcome")[:1]), kept_at=Subquery(latest.values("started_at")[:1])
        )
    }
    return [_job(name, entry, words, beats.get(name), now, running_for) for name, (entry, words) in JOBS.items()]


def _job(name, entry, words, beat, now, running_for) -> Job:
    schedule = app.conf.beat_schedule[entry]["schedule"]
    last = beat.looked_at if beat else None
    if is_silent(schedule, last, now, running_for):
        state = SILENT
    elif beat is None:
        state = NOT_YET
    else:
        state = FAILED if beat.failed else RAN
    return Job(
        name, words, how_often(schedule), state, last, beat and beat.took, (beat and beat.outcome) or "",
        beat and beat.kept_at, next_run(schedule, last, now),
    )  # fmt: skip


def is_silent(schedule, last: dt.datetime | None, now: dt.datetime, running_for: dt.timedelta) -> bool:
    """Whether a job that was to run, and had a quarter of an hour for it, did not. One that never ran, and one of
    before this process started, has as long again."""
    if running_for <= SILENT_AFTER:
        return False
    by = now - SILENT_AFTER
    if isinstance(schedule, crontab):
        due = previous_run(schedule, by)
        return (last is None and due > now - running_for) or (last is not None and last < due)
    patience = max(SILENT_AFTER, 2 * dt.timedelta(seconds=schedule))
    return min(now - last if last else running_for, running_for) > patience


def next_run(schedule, last: dt.datetime | None, now: dt.datetime) -> dt.datetime | None:
    """When it is asked to run next; None when that is already past, or nobody knows."""
    if isinstance(schedule, crontab):
        day = london_day(now)
        while not (ahead := [at for at in _moments(schedule, day) if at > now]):
            day += dt.timedelta(days=1)
        return ahead[0]
    due = last and last + dt.timedelta(seconds=schedule)
    return due if due and due > now else None


def previous_run(schedule: crontab, by: dt.datetime) -> dt.datetime:
    """The latest moment up to ``by`` at which it was to run."""
    day = london_day(by)
    while not (past := [at for at in _moments(schedule, day) if at <= by]):
        day -= dt.timedelta(days=1)
    return past[-1]


def _moments(schedule: crontab, day: dt.date) -> list[dt.datetime]:
    """Those of one day in London, in UTC."""
    if not (
        day.isoweekday() % 7 in schedule.day_of_week
        and day.day in schedule.day_of_month
        and day.month in schedule.month_of_year
    ):
        return []
    times = [dt.time(hour, minute) for hour in sorted(schedule.hour) for minute in sorted(schedule.minute)]
    return [dt.datetime.combine(day, time, tzinfo=LONDON).astimezone(dt.UTC) for time in times]


def how_often(schedule) -> str:
    """ "every 30 seconds", "every 2 minutes", "every day at 6:00am" """
    if isinstance(schedule, crontab):
        at = next_run(schedule, None, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
        return f"at {moment(at).split(' at ')[1]}"
    seconds = int(schedule)
    for span, noun in ((3600, "hour"), (60, "minute")):
        if seconds % span == 0:
            return f"every {noun}" if seconds == span else f"every {plural(seconds // span, noun)}"
    return f"every {plural(seconds, 'second')}"


def summary(found: list[Job]) -> str:
    """ "All jobs ran", or which did not: the first thing to be read."""
    for state, one, many in (
        (SILENT, "is silent", "are silent"),
        (FAILED, "failed the last time", "failed the last time"),
        (NOT_YET, "has not run yet", "have not run yet"),
    ):
        names = [f"“{job.words}”" for job in found if job.state == state]
        if len(names) > MOST_NAMED:
            return f"{len(names)} jobs {many}"
        if names:
            listed = ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]
            return f"{listed} {one if len(names) == 1 else many}"
    return "All jobs ran"


@dataclass(frozen=True)
class Failure:
    words: str
    at: dt.datetime
    sentence: str


def failures(now: dt.datetime) -> list[Failure]:
    """Of the last seven days, the newest first. One query."""
    rows = Run.objects.filter(failed=True, started_at__gt=now - WEEK).order_by("-started_at", "-pk")
    return [
        Failure(JOBS[run.job][1] if run.job in JOBS else run.job.capitalize(), run.started_at, run.outcome)
        for run in rows[:FAILURES_SHOWN]
    ]
