"""A report as Markdown, as a careful person would type it."""

import re

from .inline import Notes
from .layout import blocks, rating_rows
from .model import Break, Bullets, Contents, Gap, H, Numbered, P, RatingsPage, Report, Table, TitlePage


def markdown(report: Report, *, ones: bool = False, bold_headings: bool = False) -> bytes:
    """``ones``: only the first item of a list has its number, the others "1."."""
    notes = Notes(report.curly)

    def line(text: str) -> str:
        marks = {"bold": "**{}**", "mark": "[^{}]", "break": " "}
        return "".join(marks.get(k, "{}").format(_escape(t)) for k, t in notes.runs(text))

    out: list[str] = []
    for block in blocks(report):
        match block:
            case TitlePage(report):
                out += ["HM Inspectorate of Probation", f"# {line(report.kicker)}  ", f"**{line(report.place)}**"]
                out += [line(report.region_line), line(report.imprint)]
            case Contents(entries):
                out.append("\n".join(f"- {line(text)} ({page})" for text, page in entries))
            case RatingsPage(report):
                score = report.score_form.format(*report.score)
                out.append("  \n".join(filter(None, (f"**{line(report.place)}**", report.ratings_note, score))))
                rows = [("Overall rating", f"**{report.overall}**"), *rating_rows(report)]
                out.append(_table([("Standard", "Rating"), *rows]))
            case H(3, text) if bold_headings:
                out.append(f"**{line(text)}**")
            case H(level, text):
                title = re.sub(r"^([0-9]+)[.] ", r"\1\\. ", line(text))
                out.append(f"{'#' * (level + 1)} {title}")
            case P(text, joined):
                if joined:
                    out[-1] += "  \n" + line(text)
                else:
                    out.append(line(text))
            case Bullets(items):
                out.append("\n".join(f"* {line(text)}" for text in items))
            case Numbered(items):
                first = items[0][0]
                out.append(
                    "\n".join(f"{1 if ones and number != first else number}. {line(text)}" for number, text in items)
                )
            case Table(rows):
                out.append(_table([tuple(line(cell) for cell in row) for row in rows]))
            case Break() | Gap():
                pass
        out += [f"[^{number}]: {text}" for number, text in notes.take()]
    return ("\n\n".join(out) + "\n").encode()


def _escape(text: str) -> str:
    return re.sub(r"([<>*_\[\]`|])", r"\\\1", text)


def _table(rows: list[tuple[str, ...]]) -> str:
    head, *rest = rows
    lines = [f"| {' | '.join(head)} |", "|" + " --- |" * len(head)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rest)])
