"""What was done about one recommendation and what proves it: a paper, and a ZIP with the files themselves."""

import hashlib
import re
import zipfile
from collections.abc import Iterator

from tracker.journal.models import Event
from tracker.journal.sentences import BY_THE_SERVICE, lines_of, title_of
from tracker.papers import Block, Facts, Heading, Paper, Paragraph, Table, plain
from tracker.plans.models import Action, ActionPlan, Evidence, Update
from tracker.words import day, moment, plural

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


def evidence_behind(user, row) -> tuple[list[Action], list[Evidence]]:
    """The actions that answer ``row``, as far as ``user`` may see them, and all versions of their evidence, each with
    ``left_out``. Two queries."""
    acts = Action.objects.visible_to(user).filter(follow_ups=row).select_related("owner_post__holder", "owner_person")
    acts = list(acts.order_by("position", "pk"))
    pieces = Evidence.objects.filter(action__in=acts).select_related("action", "by").order_by("at", "pk")
    pieces = list(pieces)
    for piece in pieces:
        piece.left_out = why_left_out(piece)
    return acts, pieces


def paper_of(user, row, acts, pieces, today) -> Paper:
    """Three queries."""
    recommendation = row.recommendation
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
        *_section("Updates", ("When", "By", "Action", "What was done", "What is next"), _updates(acts), "No update."),
        *_section("Evidence", ("No.", "Name", "Action", "Handed in", "SHA-256", "In the pack"), _pieces(pieces),
                  "No evidence.", (5, 20, 20, 14, 26, 15)),
    ]  # fmt: skip
    out = sum(bool(piece.left_out and not piece.url) for piece in pieces)
    if out:
        blocks.append(Paragraph(f"{plural(out, 'file')} left out of the pack: the list says why."))
    events = _events(user, row, acts)
    if len(events) > MOST:
        blocks.append(Paragraph(f"The latest {MOST:,} events are here; the service keeps all."))
    blocks += _section("Timeline", ("When", "By", "What", "More"), events[:MOST], "Nothing has happened yet.")
    title = f"Evidence pack: recommendation {recommendation.number}, inspection of {row.inspection.organisation}"
    return Paper(title, tuple(blocks), f"As on {day(today)}.", landscape=True)


def _section(heading, columns, rows, nothing, widths=()):
    yield Heading(heading)
    yield Table(columns, tuple(rows), widths=widths) if rows else Paragraph(nothing)


def _actions(acts):
    return [
        (one.what, one.owner_words, day(one.due_by) if one.has_date else "No date", one.get_state_display())
        for one in acts
    ]


def _updates(acts):
    rows = Update.objects.filter(action__in=acts).select_related("by", "action").order_by("at", "pk")
    return [(moment(one.at), one.by.name, one.action.what, one.done, one.next_step or "Not said") for one in rows]


def _pieces(pieces):
    return [
        (
            str(n), f"{piece.name}, version {piece.number}" + (f"\n{piece.url}" if piece.url else ""),
            piece.action.what, f"{day(piece.at)}, {piece.by.name}", piece.sha256 or "None: a link",
            piece.left_out or f"Yes. {piece.get_scan_display()}",
        )
        for n, piece in enumerate(pieces, start=1)
    ]  # fmt: skip


def _events(user, row, acts):
    plan = ActionPlan.objects.visible_to(user).filter(pk=row.plan_id).first()
    rows = Event.objects.about(row, *acts, *([plan] if plan else []))
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
