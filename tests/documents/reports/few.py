"""Kestrel Vale: one recommendation, hardly any facts. Coldharbour: only its own PDU is addressed."""

from ..model import Group, Report
from .common import DOMAINS_2022, FOREWORD, NAMES_2022, asked, rated

KESTREL = Report(
    slug="kestrel",
    kicker="An inspection of probation services in:",
    place="Kestrel Vale PDU",
    title="An inspection of probation services in: Kestrel Vale PDU",
    pdu=("Kestrel Vale", None),
    region="Yorkshire and the Humber",
    region_line="The Probation Service – Yorkshire and the Humber region",
    published=(2024, 2),
    imprint="HM Inspectorate of Probation, February 2024",
    lead=None,
    lead_sentence="A team of inspectors carried out this inspection. We thank all those who helped.",
    isbn=None,
    fieldwork=(None, None, None),
    ratings_note="",
    background=(
        "We inspected 30 cases in which a sentence or licence had begun in the six months before.",
        "The PDU lies between two national parks. It is the smallest of the region's units.",
    ),
    foreword=FOREWORD,
    cases=30,
    interviews=None,
    score=(21, 27),
    overall="Outstanding",
    standards=rated(NAMES_2022, "OOGOGGGOG"),
    domains=DOMAINS_2022,
    questions=asked(
        NAMES_2022,
        {"2.2": (90, 87, 76), "2.3": (93, 83, 73), "2.4": (100, 90, 83), "2.5": (80, 77, 70), "2.6": (67,)},
    ),
    groups=(
        Group(
            "Kestrel Vale PDU should:",
            "pdu",
            "Kestrel Vale PDU",
            ("share with other units how it keeps its offices open in the evening",),
        ),
    ),
    recommendations_intro="We make one recommendation.⟦Earlier recommendations had all been carried out.⟧",
    percent="{}",
)

COLDHARBOUR = Report(
    slug="coldharbour",
    kicker="An inspection of probation services in:",
    place="Coldharbour PDU",
    title="An inspection of probation services in: Coldharbour PDU",
    pdu=("Coldharbour", None),
    region="East Midlands",
    region_line="The Probation Service – East Midlands region",
    published=(2023, 1),
    imprint="HM Inspectorate of Probation, January 2023",
    lead="Piers Lund",
    lead_sentence="This inspection was led by HM Inspector Piers Lund, supported by a team of inspectors.",
    isbn="978-1-900000-60-1",
    fieldwork=("2022-11", "2022-11-07", "2022-11-11"),
    ratings_note="Fieldwork started November 2022",
    background=(
        "We conducted fieldwork in Coldharbour PDU, part of the East Midlands region, between 7 November 2022 and "
        "11 November 2022. We inspected 27 cases. We also conducted 19 interviews with probation practitioners.",
        "The total caseload of the PDU is 1,204⟦As counted on 30 September 2022.⟧, of whom 11 per cent are women.",
        "The PDU works under⏎'amber status' in the Prioritisation Framework⟦A scheme by which units may set aside "
        "some tasks.⟧.",
    ),
    foreword=FOREWORD,
    cases=27,
    interviews=19,
    score=(3, 27),
    overall="Inadequate",
    standards=rated(NAMES_2022, "RIRRIIIII"),
    domains=DOMAINS_2022,
    questions=asked(
        NAMES_2022,
        {
            "2.1": (22,),
            "2.2": (41, 37, 26),
            "2.3": (44, 41, 30),
            "2.4": (41, 33, 22),
            "2.5": (37, 33, 15),
            "2.6": (30,),
        },
        notes=("For 9 reports.",),
    ),
    groups=(
        Group(
            "Coldharbour PDU should:",
            "pdu",
            "Coldharbour PDU",
            (
                "meet people on probation face-to-face, and not by telephone only, until their risk to others is "
                "well understood; stand-alone unpaid work is no exception",
                "improve supervision by sending managers to sit in on it",
                "agree with both councils how accommodation for people who leave prison on a Friday is found "
                "before the week-end",
                "make good use of information that the police hold",
                "see to it that 'red flags'⟦Signs that someone may be in danger.⟧ in a case record are looked at on "
                "the day that they appear",
            ),
        ),
    ),
    ppf=("amber", None),
    hyphenate=True,
    curly=True,
    gap=475,
)

REPORTS = (KESTREL, COLDHARBOUR)
