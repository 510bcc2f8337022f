"""All rows of a list as one XLSX, made while whoever asked goes on: asked for, made, cancelled, kept for a week.

What is made holds what that person may see when it is begun, and nobody else ever gets it.
"""

import datetime as dt
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse

from tracker.journal.operations import record
from tracker.people.models import User
from tracker.plans.evidence import ORPHAN_AFTER, delete_stored, folders_below
from tracker.refusals import AlreadyMoved, NotAllowed, Refusal
from tracker.words import plural
from tracker.working_days import london_day

from . import lists
from .models import Export

KEPT = dt.timedelta(days=7)
HELD = dt.timedelta(minutes=5)  # without a word from whoever makes it, as after a kill, another begins again
MOST_TRIES = 3
MOST_OPEN = 3  # for one person at once
LONGEST_QUESTION = 1000  # characters
SAID_EVERY = 500  # rows
ENOUGH = dt.timedelta(minutes=4)  # after which the rest is left to the next run; a task is ended after ten
FOLDER = "exports"
KILLED = f"It was begun {MOST_TRIES} times and came to no end. Ask for fewer rows, or take the CSV."
BROKE = "Something went wrong while it was made, and was noted. Ask again, or take the CSV."
LEFT = "Whoever asked for it has no account any more."

log = logging.getLogger(__name__)


class _Stopped(Exception):
    """It was cancelled, or somebody else has begun it again."""


# --- What a person does ------------------------------------------------------------------------------------------


@transaction.atomic
def ask_for(person, name, query, *, key=None, by, at) -> Export:
    """``name``: of the list; ``query``: as in its address. ``key``: the form's random key."""
    _require_own(person, by)
    if name not in dict(Export.LISTS):
        raise Refusal("Open a list, and ask for its file from there.")
    if len(query) > LONGEST_QUESTION:
        raise Refusal("These filters are too long. Use fewer words.")
    User.objects.select_for_update(of=("self",)).get(pk=person.pk)  # so that two at once are counted one by one
    if key and (earlier := Export.objects.filter(form_key=key, person=person).first()):
        return earlier
    if Export.objects.filter(person=person, state__in=("waiting", "making")).count() >= MOST_OPEN:
        raise Refusal(f"{MOST_OPEN} files are being made for you already. Wait for one of them, or cancel it.")
    try:
        with transaction.atomic():
            export = Export.objects.create(person=person, list=name, query=query, asked_at=at, form_key=key)
    except IntegrityError:  # the key is somebody else's
        raise Refusal("This page was too old. Open it again.") from None
    record("export_asked", person, by=by, at=at, after={"list": export.get_list_display()})
    return export


@transaction.atomic
def cancel(export, *, by, at) -> None:
    _require_own(export.person, by)
    if not Export.objects.filter(pk=export.pk, state__in=("waiting", "making")).update(state="cancelled", ended_at=at):
        export.refresh_from_db()
        if export.state == "cancelled":  # a double click
            return
        raise AlreadyMoved("It is not being made any more, so there is nothing to cancel.", theirs=export)
    record("export_cancelled", export.person, by=by, at=at, after={"list": export.get_list_display()})


def _require_own(person, by) -> None:
    if by is None or by.pk != person.pk or by.external:
        raise NotAllowed("A file is asked for and cancelled by the person whose it is.")


# --- What runs by itself -----------------------------------------------------------------------------------------


@dataclass
class Made:
    ready: int = 0
    failed: int = 0

    @property
    def trouble(self) -> bool:
        return bool(self.failed)

    @property
    def sentence(self) -> str:
        failed = f" {plural(self.failed, 'file')} failed." if self.failed else ""
        return f"{plural(self.ready, 'file')} of lists made.{failed}"

    def __bool__(self):
        return bool(self.ready or self.failed)


def make(clock) -> Made:
    """Make what waits, the oldest first, and what a killed process had begun. ``clock()`` gives the moment."""
    made, began = Made(), clock()
    while clock() - began < ENOUGH and (export := _take(clock(), made)):
        try:
            made.ready += _make(export, clock)
        except _Stopped:
            continue
        except Exception:
            log.exception("Export %s failed", export.pk)
            made.failed += _end(export, clock(), "failed", why=BROKE)
    return made


def _take(at, made) -> Export | None:
    """The next one, held by this process alone."""
    waits = Q(state="waiting") | Q(state="making", held_until__lt=at)
    while export := Export.objects.filter(waits).select_related("person").order_by("pk").first():
        same = Export.objects.filter(waits, pk=export.pk, tries=export.tries)
        if export.tries >= MOST_TRIES:
            made.failed += same.update(state="failed", why=KILLED, ended_at=at)
        elif same.update(state="making", tries=export.tries + 1, rows_done=0, held_until=at + HELD):
            export.tries += 1
            return export
    return None


def _make(export, clock) -> int:
    at = clock()
    if not export.person.is_active or export.person.external:
        _end(export, at, "failed", why=LEFT)
        return 0
    asked = lists.asked(export.list, QueryDict(export.query), export.person, london_day(at))
    most = lists.MOST_IN_A_LONG_SHEET
    in_all = asked.count(most)
    _say(export, at, rows_in_all=min(in_all, most))
    rows = lists.lines(asked.listing, asked.rows, asked.places, asked.addresses(settings.BASE_URL))
    csv = f"{settings.BASE_URL}{reverse(f'{export.list}_csv')}?{export.query}" if in_all > most else None
    with lists.worksheet(asked.listing, _told(rows, export, clock), all_of_them=csv, most=most) as sheet:
        size = sheet.seek(0, 2)
        sheet.seek(0)
        name = default_storage.save(export.file.field.generate_filename(export, ""), File(sheet))
    at = clock()
    if not _end(export, at, "ready", file=name, size=size, rows_done=export.rows_done, kept_until=at + KEPT):
        default_storage.delete(name)  # cancelled in the last moment
        raise _Stopped
    return 1


def _told(rows, export, clock) -> Iterator:
    """The rows, saying now and then how many there were."""
    for number, row in zip(count(1), rows):
        export.rows_done = number
        yield row
        if number % SAID_EVERY == 0:
            _say(export, clock(), rows_done=number)


def _held(export):
    return Export.objects.filter(pk=export.pk, state="making", tries=export.tries)


def _say(export, at, **how_far) -> None:
    if not _held(export).update(held_until=at + HELD, **how_far):
        raise _Stopped


def _end(export, at, state, **more) -> int:
    return _held(export).update(state=state, ended_at=at, held_until=None, **more)


def tidy(at) -> int:
    """Delete files that were kept long enough, and those older than a day that no row names; how many."""
    deleted = 0
    for export in Export.objects.filter(state="ready", kept_until__lt=at):
        if Export.objects.filter(pk=export.pk, state="ready").update(state="gone", file=""):
            default_storage.delete(export.file.name)
            deleted += 1
    for folder in folders_below(FOLDER):
        names = [f"{folder}/{name}" for name in default_storage.listdir(folder)[1]]
        named = (
            set(Export.objects.filter(file__startswith=f"{folder}/").values_list("file", flat=True)) if names else ()
        )
        for name in names:
            try:
                if name not in named and at - default_storage.get_modified_time(name) > ORPHAN_AFTER:
                    delete_stored(name)
                    deleted += 1
            except FileNotFoundError:  # somebody else was tidying
                continue
    return deleted
