"""A report as plain text, in the flavours that text extraction from a PDF gives.

wrapped     hard lines with a space at their ends, footnote marks glued to the words before
paged       the same with footers, form feeds, soft hyphens in divided words and footnotes where the pages end
sup         marked up a little: ``## Heading``, ``<sup>1</sup>``, each rating in a paragraph of its own
tabs        tables with tabs, marks as superior figures, headings bare
mangled     like tabs, without the pages before the foreword, ratings torn from their names
"""

from .inline import Notes, Run, wrap
from .layout import blocks, rating_rows
from .model import (
    Break,
    Bullets,
    Contents,
    Gap,
    H,
    Numbered,
    P,
    RatingsPage,
    Report,
    Table,
    TitlePage,
)

SUPERIOR = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
PAGE_LINES = 44


class Typist:
    def __init__(self, report: Report, flavour: str) -> None:
        self.report, self.flavour = report, flavour
        self.hard = flavour in ("wrapped", "paged")
        self.notes = Notes(report.curly)
        self.out: list[str] = []
        self.used, self.page = 0, 1
        self.foot: list[tuple[int, str]] = []

    def mark(self, number: str) -> str:
        if self.flavour == "sup":
            return f"<sup>{number}</sup>"
        return number if self.hard else number.translate(SUPERIOR)

    def string(self, runs: list[Run]) -> str:
        bold = "**{}**" if self.flavour == "sup" else "{}"
        return "".join(self.mark(t) if k == "mark" else bold.format(t) if k == "bold" else t for k, t in runs)

    def lines(self, text: str, width: int = 82, bold: bool = False) -> list[str]:
        runs = self.notes.runs(f"«{text}»" if bold and self.flavour == "sup" and "⟦" not in text else text)
        if not self.hard:
            return [self.string(runs)]
        width -= 10 * self.report.hyphenate
        hyphen = "\N{SOFT HYPHEN}" if self.flavour == "paged" else "-"
        wrapped = wrap(runs, lambda k, t: float(len(t)), width, self.report.hyphenate, hyphen)
        return [self.string(line) + " " for line in wrapped]

    def put(self, *lines: str) -> None:
        for line in lines:
            if self.flavour == "paged" and self.used + 2 * len(self.foot) >= PAGE_LINES:
                self.end_page()
            self.foot += self.notes.take()
            self.out.append(line)
            self.used += 1

    def blank(self) -> None:
        if self.out and self.out[-1].strip() and not (self.flavour == "paged" and not self.used):
            self.put("")

    def end_page(self) -> None:
        self.foot += self.notes.take()
        if self.foot and self.flavour == "sup":
            self.out += ["", "---"]
        for number, text in self.foot:
            self.out.append("")
            self.out += self.footnote(number, text)
        self.foot = []
        if self.flavour == "paged":
            self.out += ["", f"Inspection of probation services: {self.report.place}  {self.page} ", "\f"]
        else:
            self.out.append("")
        self.used = 0
        self.page += 1

    def footnote(self, number: int, text: str) -> list[str]:
        if not self.hard:
            return [f"{self.mark(str(number))} {text}"]
        return [self.string(line) + " " for line in wrap([("plain", f"{number} {text}")], lambda k, t: len(t), 95)]

    def heading(self, level: int, text: str) -> str:
        if self.flavour == "sup":
            return f"{'#' * min(level + 1, 4)} {text}"
        return f"{text} " if self.hard else text

    def block(self, block: object) -> None:
        if not isinstance(block, Break | Gap) and not (isinstance(block, P) and block.joined):
            self.blank()
        match block:
            case TitlePage(report):
                place = f"**{report.place}**  " if self.flavour == "sup" else report.place
                ends = "  " if self.flavour == "sup" else ""
                self.put("HM Inspectorate" + ends, "of Probation", "", report.kicker + ends, place)
                self.put(report.region_line, "", report.imprint)
            case Contents(entries):
                for text, page in entries:
                    dots = "." * (70 - len(text))
                    match self.flavour:
                        case "sup":
                            self.put(f"<b>{text}{dots}</b>	<b>{page}</b>")
                        case "tabs" | "mangled":
                            self.put(f"{text}	{page}")
                        case _:
                            self.put(f"{text}{dots} {page} ")
            case RatingsPage(report):
                self.ratings(report)
            case H(level, text):
                self.put(self.heading(level, self.lines(text)[0].strip()))
            case P(text):
                self.put(*self.lines(text))
            case Bullets(items):
                for text in items:
                    lines = self.lines(text, 78)
                    self.put(("• " if self.hard else "- ") + lines[0], *lines[1:])
            case Numbered(items):
                for number, text in items:
                    lines = self.lines(text, 78)
                    lead = f"- {number}. " if self.flavour == "mangled" else f"{number}. "
                    self.put(lead + lines[0], *lines[1:])
            case Table(rows):
                self.table(rows)
            case Break():
                self.end_page()
            case Gap(points):
                self.used += points // 15

    def table(self, rows: tuple[tuple[str, ...], ...]) -> None:
        if not self.hard:
            self.put(*("\t".join(self.lines(cell)[0] for cell in row) for row in rows))
            return
        for i, row in enumerate(rows):
            if i == 0 and len(row) == 2:
                if self.flavour == "paged" and self.used + 2 * len(self.foot) > PAGE_LINES - 6:
                    self.end_page()  # a table's head stays together and with its first row
                self.put("Key question Percentage ", "'Yes' ", "")
                continue
            lines = self.lines(" ".join(row[:-1]), 60)
            short = lines[-1].strip() + f" {row[-1]} "
            self.put(*lines[:-1], *((short,) if len(lines[-1]) < 45 else (lines[-1], "", f"{row[-1]} ")), "")

    def ratings(self, report: Report) -> None:
        score = report.score_form.format(*report.score)
        rows = rating_rows(report)
        match self.flavour:
            case "sup":
                self.put(f"**{report.place}**  ", report.ratings_note, "", score.replace("Score ", "Score **") + "**")
                self.put("", "**Overall rating**", "", f"**{report.overall}**")
                for name, rating in rows:
                    self.put("", "", name if rating else f"### {name}")
                    if rating:
                        self.put("", rating, "", "")
            case "tabs":
                note = f"{report.place} {report.ratings_note}".strip()
                self.put(f"{note}\t{score.replace(' ', chr(9), 1)}", f"Overall rating\t{report.overall}")
                self.put(*(f"{name.replace(' ', chr(9), 1)}\t{rating}" for name, rating in rows))
            case "mangled":
                note = f"_\t{report.place[3:]} {report.ratings_note[2:]}".strip()
                self.put(f"{note}\t{score.replace(' ', chr(9), 1)}", f"Ove\trall rating\t{report.overall}", "")
                self.put(*(name.replace(" ", "\t", 1) for name, _ in rows), "")
                self.put(*(rating for _, rating in rows if rating))
            case _:
                self.put(f"{report.place} ", *([f"{report.ratings_note} "] * bool(report.ratings_note)))
                self.put("", f"{score} ", "", f"Overall rating {report.overall} ", " ", "")
                for name, rating in rows:
                    self.put(f"{name.replace(' ', '  ' if not rating else ' ', 1)} {rating} ".rstrip() + " ", " ", "")


def text(report: Report, *, flavour: str) -> bytes:
    typist = Typist(report, flavour)
    for block in blocks(report, with_front=flavour != "mangled"):
        typist.block(block)
    typist.end_page()
    return ("\n".join(typist.out) + "\n").encode()
