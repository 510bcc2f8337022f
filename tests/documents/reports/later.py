"""Wexcombe: the framework of 2023 ("P 1.1") and an annexe of earlier recommendations. Thistledon: a summary."""

from ..model import Bullets, Group, H, Numbered, P, Report, Table
from .common import DOMAINS_2022, DOMAINS_2023, FOREWORD, NAMES_2022, NAMES_2023, asked, rated

WEXCOMBE = Report(
    slug="wexcombe",
    kicker="An inspection of probation services in:",
    place="Wexcombe North PDU",
    title="An inspection of probation services in: Wexcombe North PDU",
    pdu=("Wexcombe North", None),
    region="Greater Manchester",
    region_line="The Probation Service – Greater Manchester region",
    published=(2024, 1),
    imprint="HM Inspectorate of Probation, January 2024",
    lead="Honor Vickers-Bell",
    lead_sentence="This inspection was led by HM Inspector Honor Vickers-Bell, supported by a team of inspectors.",
    isbn="978-1-900000-74-8",
    fieldwork=("2023-10", "2023-10-16", "2023-10-20"),
    ratings_note="Fieldwork started October 2023",
    background=(
        "We conducted fieldwork in Wexcombe North PDU over the period of a week, beginning 16 October 2023 and "
        "ending 20 October 2023. We inspected 48 cases where sentences and licences had commenced between "
        "27 March 2023 and 2 April 2023. We also conducted 39 interviews with probation practitioners.",
        "The unit came into being when Wexcombe PDU was divided in two.",
    ),
    foreword=FOREWORD,
    cases=48,
    interviews=39,
    score=(6, 21),
    overall="Requires improvement",
    standards=rated(NAMES_2023, "GRGIIRI"),
    domains=DOMAINS_2023,
    questions=asked(
        NAMES_2023,
        {"P 2.1": (60, 54, 31), "P 2.2": (56, 62, 35), "P 2.3": (67, 58, 50), "P 2.4": (58, 60, 29)},
    ),
    groups=(
        Group(
            "Wexcombe North PDU should:",
            "pdu",
            "Wexcombe North PDU",
            (
                "write risk management plans that other agencies have read and agreed",
                "help middle managers to say no to poor work",
            ),
        ),
        Group(
            "Greater Manchester region should:",
            "region",
            "Greater Manchester region",
            ("decide by summer what the two Wexcombe units share and what they do not",),
        ),
        Group(
            "HM Prison and Probation Service should:",
            "hmpps",
            "HM Prison and Probation Service",
            ("replace the assessment tool, which takes practitioners most of a day to fill in",),
        ),
    ),
    annexes=(
        (
            "Annexe two – Progress against previous recommendations",
            (
                P("In 2019 we inspected probation services here and made these recommendations."),
                H(3, "The Community Rehabilitation Company should:"),
                Numbered(
                    (
                        (1, "lower the caseloads of probation services officers – no progress"),
                        (2, "find a second site for group work – sufficient progress."),
                    ),
                    restart=True,
                ),
                H(3, "HM Prison and Probation Service should:"),
                Numbered(((3, "publish the results of its estate review – some progress."),), restart=True),
            ),
        ),
    ),
)

THISTLEDON = Report(
    slug="thistledon",
    kicker="An inspection of probation services in",
    place="Thistledon and Marle PDU",
    title="An inspection of probation services in Thistledon and Marle PDU",
    pdu=("Thistledon and Marle", None),
    region="West Midlands",
    region_line="The Probation Service – West Midlands region",
    published=(2024, 4),
    imprint="HM Inspectorate of Probation, April 2024",
    lead="Jocasta Rhys",
    lead_sentence="The lead inspector for this inspection was Jocasta Rhys, who was supported by eight colleagues.",
    isbn="978-1-900000-88-5",
    fieldwork=("2024-01", None, None),
    ratings_note="Fieldwork started January 2024",
    background=(
        "The inspection took place in January 2024. A total of 40 cases were inspected, and inspectors "
        "interviewed 31 probation practitioners.",
        "The PDU is one of eight within the West Midlands region. At the time of our visit it was operating at "
        "amber status under the Prioritisation Framework, for the third time since 2022.",
    ),
    foreword=FOREWORD,
    after_foreword=(
        H(1, "Summary"),
        P("Recommendations made in this report are addressed to the unit and to HMPPS. They rest on three findings:"),
        Bullets(
            ("supervision is friendly but thin", "plans are late", "nobody knows which recommendations come first.")
        ),
        P("Leaders should:"),
        Bullets(("read this summary first", "then read the recommendations.")),
    ),
    cases=40,
    interviews=31,
    score=(7, 27),
    overall="Requires improvement",
    standards=rated(NAMES_2022, "RRGRRIRII"),
    domains=DOMAINS_2022,
    questions=asked(
        NAMES_2022,
        {
            "2.1": (50,),
            "2.2": (58, 55, 45),
            "2.3": (60, 63, 53),
            "2.4": (48, 50, 40),
            "2.5": (53, 50, 38),
            "2.6": (None,),
        },
        notes=("In 2 of 10 reports the answer was unclear.",),
    ),
    groups=(
        Group(
            "Thistledon and Marle PDU should:",
            "pdu",
            "Thistledon and Marle PDU",
            (
                "act on these recommendations in an order that staff have been told of",
                "see that plans are written in time, which means within 15 working days",
                'find out why "supervision should: inform, help and control" has vanished from the walls',
            ),
        ),
        Group(
            "The Chief Executive of HMPPS should:",
            "hmpps",
            "The Chief Executive of HMPPS",
            ("answer the region's request of last year for a new building", "pay travel costs promptly"),
        ),
    ),
    recommendations_heading="Our recommendations",
    ppf=("amber", None),
    no_percent="Data not available",
    percent="{} per cent",
    annexes=(
        (
            "Annexe two – Recommendations from our last inspection",
            (
                Table(
                    (
                        ("No.", "Recommendation", "Progress"),
                        ("1", "The region should publish a list of its buildings.", "None"),
                        ("2", "The PDU should answer the telephone.", "Done"),
                    )
                ),
            ),
        ),
    ),
)

REPORTS = (WEXCOMBE, THISTLEDON)
