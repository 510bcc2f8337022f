"""Ottermouth: region first, numbering starts again, an organisational alert in other words."""

from ..model import Alert, Bullets, Either, Group, P, Report
from .common import DOMAINS_2022, FOREWORD, NAMES_2022, asked, rated

_CONCERNS = (
    "people who had left prison without anyone knowing their address",
    "87 cases in which no further appointment had been booked",
    "child safeguarding referrals that nobody had opened for more than a month; some were marked 'urgent'",
    "sex offenders whose visits had lapsed",
    "a duty desk that was staffed on three days in five",
)
_ACTIONS = (
    ("The region will lend four senior probation officers to the PDU until spring.", "in progress"),
    ("The head of the PDU will read through all unopened referrals.", "completed"),
    ("HMPPS will pay for overtime at weekends.", "ongoing"),
    ("A daily list of unallocated cases will go to the regional director.", None),
)
_STATES = {
    "in progress": " This is in progress.",
    "completed": " This has been completed.",
    "ongoing": " This is ongoing.",
}

ALERT = Alert(
    blocks=(
        P(
            "During our fieldwork we raised an organisational alert, because we found that 412 people had no "
            "named practitioner. In our view the public was at risk. Our concerns were:"
        ),
        Bullets(tuple(text + ("." if i == 4 else "") for i, text in enumerate(_CONCERNS))),
        P(
            "The Regional Probation Director answered within two days. The response set out the following "
            "actions and how far they had come by February 2023:"
        ),
        Bullets(tuple(text + _STATES.get(state or "", "") for text, state in _ACTIONS)),
    ),
    unallocated=412,
    no_appointment=87,
    concerns=_CONCERNS,
    actions=tuple(
        (Either((text + _STATES.get(state or "", "")).rstrip("."), text.rstrip(".")), state) for text, state in _ACTIONS
    ),
    respondent=Either(
        "Regional Probation Director", "The Regional Probation Director", "the Regional Probation Director"
    ),
)

OTTERMOUTH = Report(
    slug="ottermouth",
    kicker="An inspection of probation services in:",
    place="Ottermouth PDU",
    title="An inspection of probation services in: Ottermouth PDU",
    pdu=("Ottermouth", None),
    region="South West",
    region_line="The Probation Service – South West region",
    published=(2023, 4),
    imprint="HM Inspectorate of Probation, April 2023",
    lead="Gwendoline Achebe",
    lead_sentence="This inspection was led by HM Inspector Gwendoline Achebe, supported by a team of inspectors.",
    isbn="978-1-900000-53-3",
    fieldwork=("2023-01", "2023-01-30", "2023-02-03"),
    ratings_note="Fieldwork started January 2023",
    background=(
        "We conducted fieldwork in Ottermouth PDU over a week, beginning 30 January 2023 and ending 3 February "
        "2023. We inspected 36 cases and conducted 22 interviews with probation practitioners.",
        "The PDU holds one of the smaller caseloads in the region, with 1,105 people in January 2023.",
        "Since October 2022 the PDU has been at red status under the Prioritising Probation Framework (PPF).",
    ),
    foreword=(
        "We found work in Ottermouth that put people at risk, and told the service so at once by an "
        "organisational alert (annexe two).",
        *FOREWORD,
    ),
    cases=36,
    interviews=22,
    score=(1, 27),
    overall="Inadequate",
    standards=rated(NAMES_2022, "IIIRIIIII"),
    domains=DOMAINS_2022,
    questions=asked(
        NAMES_2022,
        {
            "2.1": (31,),
            "2.2": (33, 28, 17),
            "2.3": (36, 31, 19),
            "2.4": (31, 25, 14),
            "2.5": (28, 22, 11),
            "2.6": (19,),
        },
    ),
    groups=(
        Group(
            "South West region should:",
            "region",
            "South West region",
            (
                "carry out all the actions promised in answer to the organisational alert",
                "place a second deputy head in Ottermouth for at least a year",
            ),
        ),
        Group(
            "Ottermouth should:",
            "pdu",
            "Ottermouth",
            (
                "give each person on probation a named practitioner and tell them who it is",
                "book the next appointment before the present one ends",
                "open safeguarding referrals on the day on which they arrive",
            ),
        ),
        Group(
            "The Probation Service should:",
            "hmpps",
            "The Probation Service",
            ("decide nationally which work stops first when a unit has too few staff",),
        ),
    ),
    ppf=("red", "2022-10"),
    alert=ALERT,
    restart=True,
    score_form="Score {} / {}",
)

REPORTS = (OTTERMOUTH,)
