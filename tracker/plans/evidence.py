"""Files and links that show what was done: added, replaced by a later version, removed, scanned.

Nothing is ever deleted but the bytes of a removed file: its row, its hash and its lines in the journal stay.
"""

import datetime as dt
import hashlib
import logging
import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.validators import URLValidator
from django.db import IntegrityError, transaction

from tracker.journal.operations import record
from tracker.refusals import AlreadyMoved, Refusal
from tracker.words import moment, plural
from tracker.working_days import london_day

from . import scanning
from .file_kinds import PIECE, kept_name, kind_of, size_words
from .guard import guard, standing_for_action
from .models import Action, Claim, Evidence
from .rules import ACTION_STATES, ACTION_STEPS, SCAN_STATES, why_not_now, why_not_shown_of

log = logging.getLogger(__name__)

FOLDER = "evidence"
ORPHAN_AFTER = dt.timedelta(days=1)  # a file is stored before its row: younger ones may be about to have one
AT_A_TIME = 50  # files scanned in one run
MOST_SILENCES = 3  # of the scanner in one run, each of which may take its whole patience


# --- What is there ---------------------------------------------------------------------------------------------


def evidence_of(action) -> list[Evidence]:
    """The evidence on an action, newest first, removed ones too. One query.

    Each is the latest version and has ``earlier`` (its earlier versions, latest first); every one has ``is_current``,
    ``size_words`` and ``host`` (of a link).
    """
    rows = Evidence.objects.filter(action=action).select_related("by", "removed_by", "claim__by").order_by("-at", "-pk")
    found = {row.pk: row for row in rows}
    replaced = {row.replaces_id for row in found.values()}
    for row in found.values():
        row.is_current = row.pk not in replaced
        row.size_words = size_words(row.size)
        row.host = host_of(row.url)
        row.earlier, before = [], row.replaces_id
        while before:
            row.earlier.append(found[before])
            before = found[before].replaces_id
    return [row for row in found.values() if row.is_current]


def host_of(url: str) -> str:
    return (urlsplit(url).hostname or "") if url else ""


def free_for_claim(action):
    """What a new claim on the action can be proved with: latest versions, there, clean so far, of no earlier claim."""
    rows = Evidence.objects.filter(action=action, claim=None, removed_at=None, replaced_by=None)
    return rows.exclude(scan="infected").order_by("-at", "-pk")


def attach_to_claim(ids, claim) -> list[Evidence]:
    """Say of evidence that it proves ``claim``: part of the deed that makes it. Ids of anything else are passed over;
    gives those that were attached."""
    rows = list(free_for_claim(claim.action_id).filter(pk__in=list(ids)))
    Evidence.objects.filter(pk__in=[row.pk for row in rows], claim=None).update(claim=claim)
    return rows


# --- Adding ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Thing:
    """A file that was looked at, or a link: what its row holds of it."""

    name: str
    url: str = ""
    media_type: str = ""
    size: int = 0
    sha256: str = ""
    upload: object = None

    @property
    def columns(self) -> dict:
        return {name: getattr(self, name) for name in ("name", "url", "media_type", "size", "sha256")}


def add_file(action, upload, *, note="", effective_on=None, claim=None, key=None, by, at) -> Evidence:
    """Keep a file that shows what was done. ``upload``: a Django `File`, its name as handed in. ``effective_on``: the
    day that it speaks of. ``claim``: which it proves; without one, that which waits to be verified now, if any.

    ``key``: the form's random key; the same key gives the same row.
    """
    return _add(action, None, upload, _read, note, effective_on, claim, key, by, at)


def add_link(action, url, name, *, note="", effective_on=None, claim=None, key=None, by, at) -> Evidence:
    """Keep a link to what shows what was done; http and https only."""
    return _add(action, None, (url, name), _link, note, effective_on, claim, key, by, at)


def replace(evidence, *, upload=None, url="", name="", note="", effective_on=None, key=None, by, at) -> Evidence:
    """Add the next version of evidence, a file or a link; the earlier one stays. Of two at once one wins."""
    given, look = (upload, _read) if upload is not None else ((url, name), _link)
    return _add(evidence.action, evidence, given, look, note, effective_on, None, key, by, at)


def _add(action, replaced, given, look, note, effective_on, claim, key, by, at):
    if key and (earlier := Evidence.objects.filter(form_key=key).first()):
        return earlier
    step = ACTION_STEPS["add_evidence"]
    guard(step, action, standing_for_action(action, by), ACTION_STATES)
    if sentence := why_not_shown_of(effective_on, london_day(at)):
        raise Refusal(sentence)
    thing = look(given)
    # Before the transaction: copying a large file takes longer than a lock should be held.
    stored = _store(thing.upload) if thing.upload is not None else ""
    row = None
    try:
        with transaction.atomic():
            # Whoever adds, replaces or claims meanwhile waits here, so that what is asked next stays so.
            now = Action.objects.select_for_update().get(pk=action.pk)
            if key and (row := Evidence.objects.filter(form_key=key).first()):
                return row
            if sentence := why_not_now(step, now.state, ACTION_STATES):
                raise AlreadyMoved(sentence, now)
            if replaced is not None:
                _refuse_if_not_latest(replaced)
            _refuse_if_there(action, thing)
            if claim is None and now.state == "claimed":
                claim = Claim.objects.filter(action=action, verification=None).first()
            made = Evidence.objects.create(
                action=action, claim=claim, **thing.columns, note=note.strip(), file=stored, effective_on=effective_on,
                replaces=replaced, number=replaced.number + 1 if replaced else 1, by=by, at=at, form_key=key,
            )  # fmt: skip
            _journal("evidence_replaced" if replaced else "evidence_added", made, by=by, at=at)
            row = made
    except IntegrityError:
        row = Evidence.objects.filter(form_key=key).first() if key else None
        if row is None:
            raise
    finally:
        if stored and (row is None or row.file.name != stored):
            default_storage.delete(stored)
    return row


def _read(upload) -> _Thing:
    """What a handed-in file is: kind by its content, size and hash, read in pieces."""
    most = settings.EVIDENCE_MOST_BYTES
    name = kept_name(upload.name or "")
    if upload.size > most:
        raise Refusal(too_large(name, upload.size))
    kind = kind_of(upload, name)
    digest, size = hashlib.sha256(), 0
    upload.seek(0)
    while piece := upload.read(PIECE):
        digest.update(piece)
        size += len(piece)
    upload.seek(0)
    return _Thing(name, media_type=kind.media_type, size=size, sha256=digest.hexdigest(), upload=upload)


def too_large(name: str, size: int) -> str:
    return (
        f"{name} is {size_words(size)}. The most that is kept is {size_words(settings.EVIDENCE_MOST_BYTES)}: "
        "add the part that shows it, or a link."
    )


def _link(given) -> _Thing:
    url, name = given[0].strip(), " ".join(given[1].split())
    try:
        URLValidator(schemes=["http", "https"])(url)
    except ValidationError:
        raise Refusal("Give the whole address of the link, such as https://www.example.org/page.") from None
    if "@" in urlsplit(url).netloc:
        raise Refusal("This link holds a name or a password for signing in. Give it without.")
    if len(url) > 1000:
        raise Refusal("This address is longer than 1,000 characters. Give a shorter one.")
    if len(name) > 200:
        raise Refusal("The name of the link is longer than 200 characters. Give a shorter one.")
    return _Thing(name or host_of(url), url=url)


def _store(upload) -> str:
    """Under a random name without an ending: nothing that somebody typed reaches the disk or is run there."""
    field = Evidence._meta.get_field("file")
    return default_storage.save(field.generate_filename(None, uuid.uuid4().hex), upload)


def _refuse_if_not_latest(evidence):
    later = Evidence.objects.filter(replaces=evidence).select_related("by").first()
    if later:
        raise AlreadyMoved(
            f"{later.by.name} replaced it by “{later.name}” on {moment(later.at)}. Yours was not saved: look at theirs "
            "first.",
            later,
        )
    if gone := _removed(evidence):
        raise AlreadyMoved(f"{_removed_words(gone)} Add yours as new evidence.", gone)


def _refuse_if_there(action, thing):
    same = {"sha256": thing.sha256} if thing.sha256 else {"url": thing.url}
    rows = Evidence.objects.filter(action=action, removed_at=None, replaced_by=None, **same).select_related("by")
    if row := rows.first():
        what = "The same file" if thing.sha256 else "The same link"
        raise Refusal(f"{what} is there already: {row.by.name} added it as “{row.name}” on {moment(row.at)}.")


def _journal(deed, evidence, *, by, at, before=None, **more):
    action = evidence.action
    after = {"name": evidence.name, "version": evidence.number}
    after |= {"size": evidence.size, "sha256": evidence.sha256} if evidence.sha256 else {"url": evidence.url}
    record(deed, action, by=by, at=at, organisation=action.organisation, before=before, after=after | more)


# --- Removing --------------------------------------------------------------------------------------------------


def standing_for_evidence(evidence, by) -> frozenset[str]:
    """As for its action, and "author" for whoever added it."""
    standing = standing_for_action(evidence.action, by)
    return standing | {"author"} if evidence.by_id in by.acts_for else standing


@transaction.atomic
def remove(evidence, reason, *, by, at) -> Evidence:
    """Take evidence away, saying why: it stays on show as removed, and the bytes of a file go for good."""
    guard(ACTION_STEPS["remove_evidence"], evidence.action, standing_for_evidence(evidence, by), ACTION_STATES)
    reason = reason.strip()
    if not reason:
        raise Refusal("Say why it is removed.")
    changed = Evidence.objects.filter(pk=evidence.pk, removed_at=None).update(
        removed_by=by, removed_at=at, removed_because=reason
    )
    if not changed:
        gone = _removed(evidence)
        if (gone.removed_by_id, gone.removed_because) != (by.pk, reason):
            raise AlreadyMoved(_removed_words(gone), gone)
        return gone
    evidence.removed_by, evidence.removed_at, evidence.removed_because = by, at, reason
    _journal("evidence_removed", evidence, by=by, at=at, reason=reason)
    if name := evidence.file.name:
        # A process that is killed just here leaves the bytes; `tidy` finds them.
        transaction.on_commit(lambda: default_storage.delete(name), robust=True)
    return evidence


def _removed(evidence):
    rows = Evidence.objects.filter(pk=evidence.pk, removed_at__isnull=False)
    return rows.select_related("removed_by").first()


def _removed_words(gone) -> str:
    return f"{gone.removed_by.name} removed “{gone.name}” on {moment(gone.removed_at)}: {gone.removed_because}"


@dataclass
class Tidied:
    removed: int = 0
    orphans: int = 0
    trouble = False

    @property
    def sentence(self) -> str:
        return (
            f"Deleted {plural(self.removed, 'file')} of removed evidence and {plural(self.orphans, 'file')} without a "
            "row."
        )

    def __bool__(self):
        return bool(self.removed or self.orphans)


def tidy(at) -> Tidied:
    """Delete files whose evidence was removed, and those older than a day that no row names: a process was killed
    between the file and its row. One query for each month's folder."""
    done = Tidied()
    for folder in folders_below(FOLDER):
        names = [f"{folder}/{name}" for name in default_storage.listdir(folder)[1]]
        if not names:
            continue
        rows = dict(Evidence.objects.filter(file__startswith=f"{folder}/").values_list("file", "removed_at"))
        for name in names:
            if name in rows and rows[name] is None:
                continue
            try:
                if name not in rows and at - default_storage.get_modified_time(name) < ORPHAN_AFTER:
                    continue
                delete_stored(name)
            except FileNotFoundError:  # somebody else was tidying, or the deed itself
                continue
            done.removed += name in rows
            done.orphans += name not in rows
    return done


def delete_stored(name: str) -> None:
    """Raises FileNotFoundError where somebody else was first, of which the storage itself says nothing."""
    os.remove(default_storage.path(name))


def folders_below(folder: str) -> Iterator[str]:
    """``folder`` of what is stored, and all within it; nothing where there is none."""
    if not default_storage.exists(folder):
        return
    yield folder
    for inner in default_storage.listdir(folder)[0]:
        yield from folders_below(f"{folder}/{inner}")


# --- Scanning --------------------------------------------------------------------------------------------------


@transaction.atomic
def scanned(evidence, state, *, found="", at) -> bool:
    """Say what the scanner said of a file; False when that is known, or when another run was first."""
    before = evidence.scan
    if state == before or not Evidence.objects.filter(pk=evidence.pk, scan=before).update(scan=state):
        return False
    evidence.scan = state
    more = {"scan": SCAN_STATES[state]} | ({"found": found} if found else {})
    _journal("evidence_scanned", evidence, by=None, at=at, before={"scan": SCAN_STATES[before]}, **more)
    return True


@dataclass
class Scanned:
    clean: int = 0
    infected: int = 0
    failed: int = 0
    why: str = ""

    @property
    def trouble(self) -> bool:
        return bool(self.failed)

    @property
    def sentence(self) -> str:
        said = f"Scanned {plural(self.clean + self.infected, 'file')}"
        said += f", of which {self.infected} {'is' if self.infected == 1 else 'are'} blocked" if self.infected else ""
        return f"{said}. {plural(self.failed, 'file')} could not be: {self.why}." if self.failed else f"{said}."

    def __bool__(self):
        return bool(self.clean or self.infected or self.failed)


def scan_waiting(address: str, clock: Callable, patience=scanning.PATIENCE) -> Scanned:
    """Scan what was not scanned yet, new files first; then those that the scanner did not answer for, in any order,
    so that one on which it breaks off again and again does not hold up the others. Nothing without an ``address``.
    """
    done = Scanned()
    if not address:
        return done
    waiting = Evidence.objects.filter(removed_at=None).exclude(file="")
    waiting = waiting.select_related("action__organisation")
    rows = [
        *waiting.filter(scan="not_scanned").order_by("pk")[:AT_A_TIME],
        *waiting.filter(scan="failed").order_by("?")[:AT_A_TIME],
    ]
    for row in rows:
        try:
            with default_storage.open(row.file.name) as opened:
                found = scanning.scan(opened, address, patience)
        except FileNotFoundError:  # removed meanwhile; or lost, which its page says to whoever asks for it
            continue
        except scanning.NoAnswer as reason:
            log.warning("The scanner did not answer about evidence %s: %s", row.pk, reason)
            scanned(row, "failed", at=clock())
            done.failed += 1
            done.why = str(reason)
            if isinstance(reason, scanning.Unreachable) or done.failed == MOST_SILENCES:
                break
            continue
        scanned(row, "infected" if found else "clean", found=found, at=clock())
        done.infected += bool(found)
        done.clean += not found
    return done
