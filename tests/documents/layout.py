"""From a report to the blocks of a document laid out as the Inspectorate lays out its own."""

from .model import (
    Block,
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
    numbered,
    plain,
)

GOOD = (
    "Managers knew their teams well and made time for a weekly conversation with each of them.",
    "The women's hub brought three partners under one roof, and attendance there had doubled in a year.",
    "Staff spoke warmly of induction: 9 of the 12 newest starters felt ready for their first cases.",
    "Local charities were part of planning and told us that their views were acted on.",
    "Long-term vacancies in administration had been filled and the mood had lifted.",
)
BAD = (
    "Too few home visits took place, even where children lived at the address.",
    "Managers signed off work that we found wanting in 17 of 31 cases.",
    "Recommendations made by the internal audit team should have been followed up sooner.",
    "Face-to-face contact was replaced by telephone calls for reasons that nobody had recorded.",
    "In 2021 a plan was written for the estate; 45 per cent of its steps were still open.",
)
PURPOSE = {
    "Leadership": "Leaders give people on probation a service that is well run and fair.",
    "Staff": "Staff have the time, skill and support that good supervision needs.",
    "Staffing": "Staff have the time, skill and support that good supervision needs.",
    "Services": "A good choice of services is within reach of everyone who needs one.",
    "Information and facilities": "Buildings and systems help staff to do their work well.",
    "Court work": "Courts get the advice that they need to pass sentence.",
    "Assessment": "Assessment is thorough and involves the person concerned.",
    "Planning": "Plans are complete and made together with the person concerned.",
    "Implementation and delivery": "What was planned is carried out, on time and well.",
    "Reviewing": "Progress is looked at again whenever something changes.",
    "Outcomes": "Early results are good and show that progress is being made.",
}


def _standard(report: Report, number: str, name: str, rating: str | None, at: int) -> list[Block]:
    blocks: list[Block] = [H(2, f"{number}. {name}"), P(PURPOSE.get(name, "We looked at this as well."))]
    rows = [(q, p) for s, q, p in report.questions if s == number]
    if rating in (None, "Not applicable"):
        if rating is None:
            blocks.append(P("This standard carries no rating; the figures are given so that they can be compared."))
    else:
        blocks.append(P(rating))
    if rows:
        few = "one key question" if len(rows) == 1 else f"{len(rows)} key questions"
        blocks.append(
            P(
                f"Our view of {name.lower()} rests on the share of cases judged good enough under {few}:"
                f"⟦The lowest of the shares decides the band. Workbooks with all data are published online.⟧"
            )
        )
        cells = tuple((q, report.no_percent if p is None else report.percent.format(p)) for q, p in rows)
        blocks.append(Table((("Key question", "Percentage 'Yes'"), *cells)))
    if rating == "Not applicable":
        blocks.append(P(report.not_inspected_note))
        return blocks
    blocks += [H(3, "Strengths:"), Bullets((GOOD[at % 5], GOOD[(at + 2) % 5]))]
    blocks += [H(3, "Areas for improvement:"), Bullets((BAD[at % 5], BAD[(at + 3) % 5]))]
    return blocks


def recommendations(report: Report) -> list[Block]:
    blocks: list[Block] = [H(1, report.recommendations_heading), P(report.recommendations_intro)]
    for group, items in numbered(report):
        blocks.append(H(3, group.heading))
        last = len(items) - 1
        ended = tuple(
            (
                number,
                text + ("." if i == last else group.tail + (" and" if group.tail and i == last - 1 else "")),
            )
            for i, (number, text) in enumerate(items)
        )
        blocks.append(Numbered(ended, restart=report.restart))
    return blocks


def front(report: Report) -> list[Block]:
    entries = ["Foreword", "Ratings", report.recommendations_heading, "Background"]
    if not report.standards:
        entries.remove("Ratings")
    entries += [heading for heading, _ in report.domains] + [heading for heading, _ in annexes(report)]
    pages = tuple((entry, 3 + i + 4 * (i > 4) + 5 * (i > 5)) for i, entry in enumerate(entries))
    blocks: list[Block] = [TitlePage(report), Break(), H(1, "Contents"), Contents(pages)]
    blocks += [H(2, "Acknowledgements"), P(report.lead_sentence)]
    blocks += [
        H(2, "Who we are"),
        P("We are the independent body that looks at probation work in England and Wales and says what we find."),
        P("Names in the examples are not the real ones."),
        P(f"© Crown copyright {(report.published or (2023,))[0]}"),
    ]
    if report.isbn:
        blocks.append(P(f"ISBN {report.isbn}"))
    blocks += [P("Published by:"), P("HM Inspectorate of Probation"), P("2 Imaginary Street, Manchester", joined=True)]
    return [*blocks, Break()]


def annexes(report: Report) -> list[tuple[str, tuple[Block, ...]]]:
    links = P("The data workbook and the rules by which we rate are on our website: www.example.org/probation.")
    out = [("Annexe one – Web links", (links,)), *report.annexes]
    if report.alert:
        out.append((report.alert.heading, report.alert.blocks))
    return out


def blocks(report: Report, with_front: bool = True) -> list[Block]:
    out: list[Block] = front(report) if with_front else []
    out += [H(1, "Foreword"), *(P(text) for text in report.foreword)]
    out += [P("«Rowena Ashdown»"), P("Chief Inspector of Probation", joined=True), *report.after_foreword, Break()]
    if report.standards:
        out += [H(1, "Ratings"), RatingsPage(report), Break()]
    if report.gap:
        out.append(Gap(report.gap))
    out += [*recommendations(report), Break(), H(1, "Background"), *(P(text) for text in report.background)]
    out.append(Break())
    at = 0
    ratings = {number: (name, rating) for number, name, rating in report.standards}
    for heading, numbers in report.domains:
        out.append(H(1, heading))
        for number in numbers:
            name, rating = ratings.get(number, ("Outcomes", None))
            out += _standard(report, number, name, rating, at)
            at += 1
        out.append(Break())
    for heading, content in annexes(report):
        out += [H(1, heading), *content, Break()]
    return out[:-1]


def rating_rows(report: Report) -> list[tuple[str, str]]:
    """The ratings page: headings of the domains (no rating), then the standards that were rated."""
    rows = []
    for heading, numbers in report.domains:
        rows.append((heading, ""))
        for number, name, rating in report.standards:
            if number in numbers and rating != "Not applicable":
                rows.append((f"{number} {name}", rating))
    return rows


__all__ = ["blocks", "plain", "rating_rows", "recommendations"]
