"""What was done about one recommendation and what proves it: a paper, and a ZIP with the files themselves."""

import datetime as dt
import hashlib
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q

from tracker.insight.as_at import ends, places_as_at
from tracker.insight.put_back import actions_as_at, answered_then, follow_ups_as_at, inspection_as_at
from tracker.journal.models import Event
from tracker.journal.sentences import BY_THE_SERVICE, lines_of, title_of
from tracker.papers import Block, Facts, Heading, Paper, Paragraph, Table, plain
from tracker.plans.models import Action, ActionPlan, Evidence, FollowUp, Update
from tracker.words import day, moment, plural

from .action_plan import as_on, owner_of

MOST = 1_000  # events
CHUNK = 64 * 1024  # bytes


def name_of(row) -> str:
    return f"{row.inspection.organisation} recommendation {row.recommendation.number} evidence pack"


def why_left_out(piece) -> str:
    """Why its file is not in the pack; "" when it is. A link is no file."""
    if piece.url:
        return "A link: only its address is here"
    if piece.removed_at:
        return "Removed: what was in it is gone"
    if piece.scan == "infected":
        return "Blocked: the scanner found something in it"
    if not piece.file or not piece.file.storage.exists(piece.file.name):
        return "The file is not where it was kept"
    return ""


@dataclass(frozen=True)
class Behind:
    """What stands behind ``row`` as at ``on``: the actions that answer it, and all versions of their evidence, each
    with ``left_out``. ``until``: the moment at which a past day ended, None for today."""

    row: FollowUp
    acts: list[Action]
    pieces: list[Evidence]
    on: dt.date
    until: dt.datetime | None = None

    def so_far(self, rows):
        return rows.filter(at__lt=self.until) if self.until else rows


def evidence_behind(user, row, today) -> Behind:
    """As far as ``user`` may see it. Two queries."""
    acts = _acts(user).filter(follow_ups=row)
    return _with_pieces(Behind(row, list(acts), [], today))


def evidence_as_at(user, row, on) -> Behind | None:
    """The same as at the end of a past day, of what ``user`` may see today; None: ``row`` was not here yet. What is
    left out of the pack is today's to say: bytes that were removed since do not come back. Eight queries."""
    until, places = ends(on), places_as_at(on)
    if not follow_ups_as_at([row], on, places):
        return None
    row.inspection = inspection_as_at(row.inspection, places)
    # Also what answers something else of the same plan today.
    acts = list(_acts(user).filter(Q(follow_ups=row) | Q(plan__in=[row.plan_id])).distinct())
    of = {row.pk: set(row.actions.order_by().values_list("pk", flat=True))}
    acts = actions_as_at(acts, on, places)
    answered_then(of, [row], acts)
    acts = [act for act in acts if act.pk in of[row.pk]]
    begun = Update.objects.filter(action__in=acts, at__lt=until).order_by().values_list("action_id", flat=True)
    begun = set(begun)
    for act in acts:
        if act.state == "not_started" and act.pk in begun:
            act.state = "in_progress"
    return _with_pieces(Behind(row, acts, [], on, until))


def _acts(user):
    rows = Action.objects.visible_to(user).select_related("owner_post__holder", "owner_person")
    return rows.order_by("position", "pk")


def _with_pieces(behind) -> Behind:
    pieces = Evidence.objects.filter(action__in=behind.acts).select_related("by").order_by("at", "pk")
    behind.pieces.extend(behind.so_far(pieces))
    for piece in behind.pieces:
        piece.left_out = why_left_out(piece)
    return behind


def paper_of(user, behind: Behind) -> Paper:
    """Three queries."""
    row, acts, pieces, recommendation = behind.row, behind.acts, behind.pieces, behind.row.recommendation
    blocks: list[Block] = [
        Facts((
            ("Recommendation", f"{recommendation.number}. {recommendation.wording}"),
            ("To", recommendation.addressee_as_printed),
            ("Inspection", str(row.inspection)),
            ("Answer", row.get_response_display()),
            ("State", row.get_state_display()),
        )),
        Heading("Response"),
        Paragraph(row.response_text or "None yet."),
        *_section("Actions", ("Action", "Owner", "Date", "State"), _actions(acts), "No action."),
        *_section("Updates", ("When", "By", "Action", "What was done", "What is next"), _updates(behind), "No update."),
        *_section("Evidence", ("No.", "Name", "Action", "Handed in", "SHA-256", "In the pack"), _pieces(acts, pieces),
                  "No evidence.", (5, 20, 20, 14, 26, 15)),
    ]  # fmt: skip
    out = sum(bool(piece.left_out and not piece.url) for piece in pieces)
    if out:
        blocks.append(Paragraph(f"{plural(out, 'file')} left out of the pack: the list says why."))
    events = _events(user, behind)
    if len(events) > MOST:
        blocks.append(Paragraph(f"The latest {MOST:,} events are here; the service keeps all."))
    blocks += _section("Timeline", ("When", "By", "What", "More"), events[:MOST], "Nothing has happened yet.")
    title = f"Evidence pack: recommendation {recommendation.number}, inspection of {row.inspection.organisation}"
    return Paper(title, tuple(blocks), f"{as_on(behind.on, behind.until is not None)}.", landscape=True)


def _section(heading, columns, rows, nothing, widths=()):
    yield Heading(heading)
    yield Table(columns, tuple(rows), widths=widths) if rows else Paragraph(nothing)


def _actions(acts):
    return [
        (one.what, owner_of(one), day(one.due_by) if one.has_date else "No date", one.get_state_display())
        for one in acts
    ]


def _updates(behind):
    called = {act.pk: act.what for act in behind.acts}
    rows = behind.so_far(Update.objects.filter(action__in=behind.acts)).select_related("by").order_by("at", "pk")
    return [(moment(one.at), one.by.name, called[one.action_id], one.done, one.next_step or "Not said") for one in rows]


def _pieces(acts, pieces):
    called = {act.pk: act.what for act in acts}
    return [
        (
            str(n), f"{piece.name}, version {piece.number}" + (f"\n{piece.url}" if piece.url else ""),
            called[piece.action_id], f"{day(piece.at)}, {piece.by.name}", piece.sha256 or "None: a link",
            piece.left_out or f"Yes. {piece.get_scan_display()}",
        )
        for n, piece in enumerate(pieces, start=1)
    ]  # fmt: skip


def _events(user, behind):
    plan = ActionPlan.objects.visible_to(user).filter(pk=behind.row.plan_id).first()
    rows = behind.so_far(Event.objects.about(behind.row, *behind.acts, *([plan] if plan else [])))
    rows = rows.select_related("actor").order_by("-at", "-pk")[: MOST + 1]
    found = []
    for one in rows:
        who = one.actor.name if one.actor else BY_THE_SERVICE
        more = "\n".join(lines_of(one.deed, one.before, one.after))
        found.append((moment(one.at), who, title_of(one.deed, one.before, one.after), more or "Nothing more"))
    return found


# --- The files ---------------------------------------------------------------------------------------------------


class _Pipe:
    """What a ZIP is written to and taken from, piece by piece: nothing of it stays in memory."""

    def __init__(self):
        self.parts: list[bytes] = []

    def write(self, data) -> int:
        self.parts.append(bytes(data))
        return len(data)

    def flush(self):
        pass

    def taken(self) -> bytes:
        found = b"".join(self.parts)
        self.parts.clear()
        return found


def name_in_pack(n: int, piece) -> str:
    """ "03 Register.pdf": the number of the paper's list, and a name that leads to no other folder."""
    name = re.sub(r'[\\/:*?"<>|\x00-\x1f\x7f]+', " ", plain(piece.name)).strip(" .")
    stem, dot, suffix = name.rpartition(".")
    name = f"{stem[:100]}.{suffix[:10]}" if dot and stem else name[:100]
    return f"{n:02} {name or 'file'}"


def zipped(paper_name: str, paper: bytes, pieces) -> Iterator[bytes]:
    """The ZIP in parts: the paper, then each file that may be handed out, then a list with the hash of each."""
    pipe, said = _Pipe(), []
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr(paper_name, paper)
        yield pipe.taken()
        for n, piece in enumerate(pieces, start=1):
            name = name_in_pack(n, piece)
            why = piece.left_out
            if not why:
                try:
                    opened = piece.file.open("rb")
                except FileNotFoundError:
                    why = "The file is not where it was kept"
            if why:
                said.append(f"left out  {name}: {why}")
                continue
            found = hashlib.sha256()
            with opened, pack.open(name, "w", force_zip64=True) as target:
                while part := opened.read(CHUNK):
                    found.update(part)
                    target.write(part)
                    yield pipe.taken()
            same = found.hexdigest() == piece.sha256
            said.append(f"{found.hexdigest()}  {name}{'' if same else ': NOT as handed in, which was ' + piece.sha256}")
        pack.writestr("SHA256.txt", "\n".join([*said, ""]) if said else "No evidence.\n")
    yield pipe.taken()
