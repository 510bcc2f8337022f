"""Saltmarsh: HMPPS first, an ampersand, court work left out, sub-clauses. Dunmoor: many, and awkward ones."""

from ..model import Either, Group, Report
from .common import DOMAINS_2022, FOREWORD, NAMES_2022, asked, rated

SALTMARSH = Report(
    slug="saltmarsh",
    kicker="An inspection of probation services in:",
    place="Saltmarsh, Ferndown and the Isle of Grayle PDU",
    title="An inspection of probation services in: Saltmarsh, Ferndown and the Isle of Grayle PDU",
    pdu=("Saltmarsh, Ferndown and the Isle of Grayle", None),
    region="Kent, Surrey & Sussex",
    region_line="The Probation Service – Kent, Surrey & Sussex region",
    published=(2023, 9),
    imprint="HM Inspectorate of Probation, September 2023",
    lead="Anselm Prior",
    lead_sentence="Anselm Prior, HM Inspector, led this inspection with a team of five colleagues.",
    isbn="978-1-900000-32-8",
    fieldwork=("2023-06", "2023-06-26", "2023-07-07"),
    ratings_note="Fieldwork started June 2023",
    background=(
        "Fieldwork was carried out from 26 June to 7 July 2023. We inspected 52 cases, and we held 40 interviews "
        "with probation practitioners about them. Another 17 interviews were held with partners.",
        "The PDU covers a long coast and⏎3 islands. Courts in the area are served by a separate unit of the region.",
        "The PDU was at green status under the Prioritisation Framework when we announced our visit.",
    ),
    foreword=FOREWORD,
    cases=52,
    interviews=40,
    score=(11, 24),
    overall="Requires improvement",
    standards=rated(NAMES_2022, "GGRG-RIOI"),
    domains=DOMAINS_2022,
    questions=asked(
        NAMES_2022,
        {"2.2": (72, 69, 51), "2.3": (68, 70, 49), "2.4": (85, 81, 80), "2.5": (60, 58, 47), "2.6": (52,)},
        notes=("The share leaves out two cases in which the person could not be reached.",),
    ),
    groups=(
        Group(
            "HMPPS should:",
            "hmpps",
            "HMPPS",
            (
                "agree with the courts service how staff of units without a court of their own learn, on the day "
                "of sentence, of every order that they will have to manage",
                "let units keep the money that they save when a post stands empty",
            ),
            tail=";",
        ),
        Group(
            "For the Kent, Surrey & Sussex region:",
            "region",
            Either(
                "For the Kent, Surrey & Sussex region",
                "Kent, Surrey & Sussex region",
                "the Kent, Surrey & Sussex region",
            ),
            (
                "write a plan for the islands which:⏎(a) says what each office is for;⏎(b) says how people without "
                "a car get there; and⏎(c) names the person who answers for it",
                "work with the police so that domestic abuse enquiries are answered within five days; where they "
                "are not, raise this with the chief constable",
                "check that training on well-being has reached part-time staff",
            ),
            tail=";",
        ),
        Group(
            "Saltmarsh, Ferndown and the Isle of Grayle PDU should:",
            "pdu",
            "Saltmarsh, Ferndown and the Isle of Grayle PDU",
            (
                "review, with the person, every plan older than six months; write down what changed, and why; and "
                "tell the other agencies",
                "stop closing cases early",
            ),
            tail=";",
        ),
    ),
    ppf=("green", None),
    not_inspected_note="This standard was not inspected.",
    percent="{} per cent",
    gap=300,
)

_MANY = (
    "introduce a daily check of new cases",
    "explain to all staff what 'good enough' means and what it does not",
    "use the caseload figures of⏎2022 to set a limit on cases for each practitioner, and publish it",
    "reply to partners within the time that the protocol says they should: five working days",
    "finish the move to the new office by 31 March⏎2024. Until then, rooms for private talks have to be rented",
    "stop using <script> and other placeholders in letters to people on probation",
    "make reporting possible after 5pm",
    "hold case discussions for all cases that have changed hands more than once",
    "train all reception staff in trauma-informed work",
    'end the practice of "holding" cases without a named practitioner',
    "record why an enforcement step was not taken",
    "make unpaid work available to people who look after children",
    "ask about debt at the first meeting",
    "put notices up in Welsh, Polish & Urdu",
    "test the alarms in interview rooms monthly, not yearly",
    "invite mental health services to the weekly meeting – and minute who came",
)

DUNMOOR = Report(
    slug="dunmoor",
    kicker="An inspection of probation services in:",
    place="Dunmoor, Thornaby Cross, and Eastwick PDU",
    title="An inspection of probation services in: Dunmoor, Thornaby Cross, and Eastwick PDU",
    pdu=("Dunmoor, Thornaby Cross, and Eastwick", "DTCE"),
    region="North East",
    region_line="The Probation Service – North East region",
    published=(2023, 11),
    imprint="HM Inspectorate of Probation, November 2023",
    lead="Imogen St John",
    lead_sentence="This inspection was led by HM Inspector Imogen St John, supported by colleagues.",
    isbn="978-1-900000-45-8",
    fieldwork=("2023-09", "2023-09-04", None),
    ratings_note="Fieldwork started September 2023",
    background=(
        "We carried out fieldwork in Dunmoor, Thornaby Cross, and Eastwick (DTCE) during the week beginning "
        "4 September 2023. We inspected 61 cases and conducted 47 interviews with probation practitioners.",
        "DTCE has been working under red status of the Prioritising Probation Framework since March 2023, having "
        "been amber from the previous summer.",
    ),
    foreword=(
        "Dunmoor, Thornaby Cross, and Eastwick (DTCE) PDU is large and has changed its leaders three times.",
        *FOREWORD,
    ),
    cases=61,
    interviews=47,
    score=(2, 27),
    overall="Inadequate",
    standards=rated(NAMES_2022, "IIRIIIRII"),
    domains=DOMAINS_2022,
    questions=asked(
        NAMES_2022,
        {
            "2.1": (12,),
            "2.2": (40, 33, 20),
            "2.3": (44, 38, 23),
            "2.4": (52, 51, 50),
            "2.5": (38, 30, 19),
            "2.6": (24,),
        },
        notes=("Of the 17 reports that we saw.", "A case can count under more than one question."),
    ),
    groups=(
        Group("DTCE should:", "pdu", "DTCE", _MANY),
        Group(
            "North East region should:",
            "region",
            "North East region",
            (
                "move staff to DTCE from units at green status",
                "agree a face-to-face induction for all starters",
                "settle who pays for interpreters",
                "share its list of approved landlords",
            ),
        ),
        Group(
            "HM Prison and Probation Service should:",
            "hmpps",
            "HM Prison and Probation Service",
            ("repair the case system's search", "speed up recruitment", "fund a fourth office in the area"),
        ),
    ),
    ppf=("red", "2023-03"),
)

REPORTS = (SALTMARSH, DUNMOOR)
