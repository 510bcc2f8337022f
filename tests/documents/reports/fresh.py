"""Pellbrook: written last, in turns of phrase that none of the others has."""

from ..model import Alert, Bullets, Either, Group, P, Report
from .common import DOMAINS_2022, NAMES_2022, asked, rated

_CONCERNS = (
    "no one could say who was looking after 71 people on licence",
    "warrants had lain unsigned for up to nine weeks",
    "new starters were given cases before they had been trained",
)
_STEPS = (
    ("The deputy chief executive has frozen all moves of staff out of the PDU. Completed.", "completed"),
    ("Two neighbouring units are taking on 150 cases between them. In progress.", "in progress"),
    ("Warrants are counted every Monday. Ongoing.", "ongoing"),
)
_WHO = "Area Executive Director"

ALERT = Alert(
    blocks=(
        P(
            "We told the Area Executive Director on 14 May 2024 that we were raising an organisational alert. There "
            "were 655 unallocated cases. In 140 of them no next appointment was recorded. We had these concerns:"
        ),
        Bullets((*_CONCERNS[:2], _CONCERNS[2] + ".")),
        P("A reply came from the Area Executive Director on 20 May 2024. It listed what had been done:"),
        Bullets(tuple(text for text, _ in _STEPS)),
    ),
    unallocated=655,
    no_appointment=140,
    concerns=_CONCERNS,
    actions=tuple((Either(t.rstrip("."), t.split(". ")[0]), state) for t, state in _STEPS),
    respondent=Either(_WHO, f"The {_WHO}", f"the {_WHO}"),
    heading="Annexe two: Organisational alert",
)

PELLBROOK = Report(
    slug="pellbrook",
    kicker="Inspection of probation services in:",
    place="Pellbrook, Upper Sallow and Tyne Moor PDU",
    title="Inspection of probation services in: Pellbrook, Upper Sallow and Tyne Moor PDU",
    pdu=("Pellbrook, Upper Sallow and Tyne Moor", "PUSTM"),
    region="South Central",
    region_line="The Probation Service – South Central region",
    published=(2024, 8),
    imprint="HM Inspectorate of Probation, August 2024",
    lead="Ffion de la Mare",
    lead_sentence="HM Inspector Ffion de la Mare led this inspection; a team of inspectors helped her.",
    isbn="978-1-900000-03-8",
    fieldwork=("2024-05", "2024-05-13", "2024-05-24"),
    ratings_note="Fieldwork started May 2024",
    background=(
        "Our fieldwork in Pellbrook, Upper Sallow and Tyne Moor (PUSTM) ran from 13 to 24 May 2024. In all, 57 cases "
        "were inspected. We interviewed 43 probation practitioners and 12 managers.",
        "PUSTM is the largest of seven units in South Central. Its prioritisation framework status has been red "
        "since January 2024; before that it was green.",
    ),
    foreword=(
        "Pellbrook, Upper Sallow and Tyne Moor PDU (PUSTM) covers towns that have little in common.",
        "Our last inspection made nine recommendations; 2 of them were carried out.",
    ),
    cases=57,
    interviews=43,
    score=(6, 27),
    overall="Requires improvement",
    standards=rated(NAMES_2022, "RIGRRIRIR"),
    domains=DOMAINS_2022,
    questions=asked(
        NAMES_2022,
        {
            "2.1": (54,),
            "2.2": (56, 51, 44),
            "2.3": (60, 58, 51),
            "2.4": (53, 49, 47),
            "2.5": (63, 60, 52),
            "2.6": (39,),
        },
        notes=("Of 13 reports.",),
    ),
    groups=(
        Group(
            "PUSTM should:",
            "pdu",
            "PUSTM",
            (
                "hand over cases in person⏎(not by e-mail) whenever a practitioner leaves",
                "count what it does for women and for men separately, and publish both",
                "bring back the 'first Monday' meetings that partners miss; ask them what should be on the agenda",
            ),
        ),
        Group(
            "The South Central probation region should:",
            "region",
            "The South Central probation region",
            ("bring re-offending data to each quarterly meeting", "pay for a post that co-ordinates volunteers"),
        ),
        Group(
            "HMPPS, with the Ministry of Justice, should:",
            "hmpps",
            Either("HMPPS, with the Ministry of Justice", "HMPPS, with the Ministry of Justice,"),
            (
                "write to every unit by⏎1 September 2024 saying which rules still apply",
                "test, in no more than⏎3 of the twelve regions at first, a shorter form of sentence plan",
            ),
        ),
    ),
    ppf=("red", "2024-01"),
    alert=ALERT,
    score_form="Score: {} out of {}",
    percent="{}%",
    gap=420,
)

REPORTS = (PELLBROOK,)
