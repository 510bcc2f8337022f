"""Aldmouth: fieldwork over the turn of a year, a second alert, ligatures in print."""

from ..model import Alert, Bullets, Either, Group, P, Report
from .common import DOMAINS_2022, FOREWORD, NAMES_2022, asked, rated

_CONCERNS = (
    "no senior officer had seen the list of unallocated cases since August",
    "nine people assessed as a very high risk of serious harm were on it",
    "the office's telephone was switched off in the afternoon",
)
ALERT = Alert(
    blocks=(
        P(
            "On the second day of fieldwork we issued an organisational alert. The unallocated caseload stood at "
            "1,038. Of these cases, 306 had no next appointment."
        ),
        P("We were concerned that:"),
        Bullets((_CONCERNS[0], _CONCERNS[1], _CONCERNS[2] + ".")),
        P("The Chief Probation Officer wrote to us on 19 December 2022. HMPPS undertook to:"),
        Bullets(
            (
                "allocate all nine people at very high risk of serious harm (completed)",
                "put a duty manager in place (in progress)",
                "review the telephone contract (ongoing).",
            )
        ),
    ),
    unallocated=1038,
    no_appointment=306,
    concerns=_CONCERNS,
    actions=(
        (
            Either(
                "allocate all nine people at very high risk of serious harm (completed)",
                "allocate all nine people at very high risk of serious harm",
            ),
            "completed",
        ),
        (Either("put a duty manager in place (in progress)", "put a duty manager in place"), "in progress"),
        (Either("review the telephone contract (ongoing)", "review the telephone contract"), "ongoing"),
    ),
    respondent=Either("Chief Probation Officer", "The Chief Probation Officer", "the Chief Probation Officer"),
    heading="Annexe two – Our organisational alert",
)

ALDMOUTH = Report(
    slug="aldmouth",
    kicker="An inspection of probation services in:",
    place="Lower Aldmouth PDU",
    title="An inspection of probation services in: Lower Aldmouth PDU",
    pdu=("Lower Aldmouth", None),
    region="North West",
    region_line="The Probation Service – North West region",
    published=(2023, 3),
    imprint="HM Inspectorate of Probation, March 2023",
    lead="Benedikt Okonjo",
    lead_sentence="This inspection was led by HM Inspector Benedikt Okonjo, supported by a team of inspectors.",
    isbn="978-1-900000-91-5",
    fieldwork=("2022-12", "2022-12-12", "2023-01-13"),
    ratings_note="Fieldwork started December 2022",
    background=(
        "We conducted fieldwork in Lower Aldmouth PDU between 12 December 2022 and 13 January 2023, with two "
        "weeks of rest in between. We inspected 33 cases where sentences and licences had commenced between "
        "30 May 2022 and 12 June 2022. We also conducted 26 interviews with probation practitioners.",
        "Officers carry difficult and conflicting workloads; the traffic on the flyover confines them for hours.",
        "The PDU has had a RAG rating of red under the PPF since April 2022.",
    ),
    foreword=FOREWORD,
    cases=33,
    interviews=26,
    score=(2, 27),
    overall="Inadequate",
    standards=rated(NAMES_2022, "IIRRIIIII"),
    domains=DOMAINS_2022,
    questions=asked(
        NAMES_2022,
        {"2.1": (0,), "2.2": (36, 30, 9), "2.3": (39, 33, 12), "2.4": (33, 30, 6), "2.5": (30, 27, 3), "2.6": (15,)},
    ),
    groups=(
        Group(
            "Lower Aldmouth PDU should:",
            "pdu",
            "Lower Aldmouth PDU",
            (
                "find a practitioner for every unallocated case, the most difficult first",
                "define what sufficient supervision is, and confirm in files that it was given",
            ),
        ),
        Group(
            "North West region should:",
            "region",
            "North West region",
            ("lend officers to the PDU; review the effect after five months", "finish all actions of the alert"),
        ),
        Group("HMPPS should:", "hmpps", "HMPPS", ("identify why staff leave within a year",)),
    ),
    ppf=("red", "2022-04"),
    alert=ALERT,
    gap=470,
)

REPORTS = (ALDMOUTH,)
