"""Text with inline marks: runs, curly quotation marks, footnote counting and line breaking."""

import re
from collections.abc import Callable

Run = tuple[str, str]  # kind ("plain", "bold", "mark", "break") and text

_MARKS = re.compile(r"«(?P<bold>.+?)»|⟦(?P<note>.+?)⟧|(?P<brk>⏎)")

# Where a typesetter would divide a word.
_DIVISIONS = """
super-vision safe-guarding assess-ment practi-tioners manage-ment accommo-dation infor-mation proba-tion
commu-nicate inter-ventions effec-tive regu-larly deliv-ered sen-tence apprais-als vacan-cies allo-cated
partner-ship stand-ards respon-sible Frame-work practi-tioner under-stood contra-dict remain-ing improve-ment
recom-mendations depart-ment con-tact Prioriti-sation tele-phone
"""
DIVIDED = {word.replace("-", ""): word for word in _DIVISIONS.split()}


def curl(text: str) -> str:
    """Straight quotation marks and apostrophes as a word processor would set them."""
    text = re.sub(r"(^|[\s(\[–«⏎])'", r"\1‘", text)
    text = text.replace("'", "’")
    text = re.sub(r"(^|[\s(\[–«⏎])\"", r"\1“", text)
    return text.replace('"', "”")


class Notes:
    """Counts the footnotes of one document in the order in which their marks are met."""

    def __init__(self, curly: bool = False) -> None:
        self.count = 0
        self.waiting: list[tuple[int, str]] = []
        self.curly = curly

    def runs(self, text: str) -> list[Run]:
        if self.curly:
            text = curl(text)
        out: list[Run] = []
        at = 0
        for found in _MARKS.finditer(text):
            if found.start() > at:
                out.append(("plain", text[at : found.start()]))
            at = found.end()
            if found["bold"]:
                out.append(("bold", found["bold"]))
            elif found["brk"]:
                out.append(("break", " "))
            else:
                self.count += 1
                self.waiting.append((self.count, found["note"]))
                out.append(("mark", str(self.count)))
        if at < len(text):
            out.append(("plain", text[at:]))
        return out

    def take(self) -> list[tuple[int, str]]:
        taken, self.waiting = self.waiting, []
        return taken


def _words(runs: list[Run]) -> list[tuple[str, list[Run]]]:
    """Unbreakable words, each with what comes before it: a space, nothing (after a hyphen), a new line."""
    words: list[tuple[str, list[Run]]] = []
    before: str | None = " "
    for kind, text in runs:
        if kind == "break":
            before = "\n"
            continue
        if kind == "mark":
            if words:
                words[-1][1].append((kind, text))
            else:
                words.append((" ", [(kind, text)]))
            continue
        for piece in re.findall(r"\s+|[^\s-]*[^\W\d_]-(?=[^\W\d_])|\S+?(?=[^\W\d_]-[^\W\d_])|\S+", text):
            if piece.isspace():
                before = before if before == "\n" else " "
            elif before is None:
                words[-1][1].append((kind, piece))
            else:
                words.append((before, [(kind, piece)]))
                before = None
            if not piece.isspace():
                before = "" if re.search(r"[^\W\d_]-$", piece) else None
    return words


def _divide(
    word: list[Run], room: float, measure: Callable[[str, str], float], hyphen: str
) -> tuple[list[Run], list[Run]]:
    kind, text = word[0]
    bare = text.rstrip(".,;:")
    if len(word) == 1 and bare in DIVIDED:
        head, tail = DIVIDED[bare].split("-")
        if measure(kind, head + "-") <= room:
            return [(kind, head + hyphen)], [(kind, tail + text[len(bare) :])]
    return [], word


def wrap(
    runs: list[Run], measure: Callable[[str, str], float], width: float, hyphenate: bool = False, hyphen: str = "-"
) -> list[list[Run]]:
    """Fill lines greedily; compounds may break after their own hyphen, some words with an added one."""
    lines: list[list[Run]] = [[]]
    used = 0.0
    for before, word in _words(runs):
        size = sum(measure(k, t) for k, t in word)
        space = measure(word[0][0], " ") if before == " " and lines[-1] else 0.0
        if before == "\n" or (used + space + size > width and lines[-1]):
            if before != "\n" and hyphenate:
                head, word = _divide(word, width - used - space, measure, hyphen)
                if head:
                    lines[-1] += [(head[0][0], " ")] * bool(space) + head
                    size = sum(measure(k, t) for k, t in word)
            lines.append([])
            used = space = 0.0
        if space:
            lines[-1].append((word[0][0], " "))
        lines[-1] += word
        used += space + size
    return [_merge(line) for line in lines]


def _merge(line: list[Run]) -> list[Run]:
    out: list[Run] = []
    for kind, text in line:
        if out and out[-1][0] == kind:
            out[-1] = (kind, out[-1][1] + text)
        else:
            out.append((kind, text))
    return out
