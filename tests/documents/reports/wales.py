"""Harrowmere: every level, curly quotation marks, divided words. Wandle: as close to the real ones as can be."""

from ..model import Group, Report
from .common import DOMAINS_2022, FOREWORD, NAMES_2022, asked, rated

HARROWMERE = Report(
    slug="harrowmere",
    kicker="An inspection of probation services in:",
    place="Harrowmere and Castle Tor PDU",
    title="An inspection of probation services in: Harrowmere and Castle Tor PDU",
    pdu=("Harrowmere and Castle Tor", None),
    region="Wales",
    region_line="The Probation Service – Wales region",
    published=(2023, 5),
    imprint="HM Inspectorate of Probation, May 2023",
    lead="Delyth O'Farrell-Jones",
    lead_sentence="This inspection was led by HM Inspector Delyth O'Farrell-Jones, supported by a team of "
    "inspectors and colleagues from across the Inspectorate. We thank everyone who took part.",
    isbn="978-1-900000-11-3",
    fieldwork=("2023-03", "2023-03-06", "2023-03-10"),
    ratings_note="Fieldwork started March 2023",
    background=(
        "We conducted fieldwork in Harrowmere and Castle Tor PDU between 6 March 2023 and 10 March 2023. We "
        "inspected 44 cases where sentences and licences had commenced between 5 September 2022 and "
        "2 October 2022. We also conducted 33 interviews with probation practitioners.",
        "The PDU is one of six in the Wales region. It covers two local authorities and a Crown Court, and "
        "looked after 1,964⟦Figures for December 2022.⟧ people at the time, 12 per cent of the region's caseload.",
        "Under the Prioritisation Framework (PF) a unit that is short of staff is rated green, amber or red. "
        "The PDU has been operating at amber status since November 2022; red status was considered and not "
        "needed. Units at amber status still work to national standards.",
    ),
    foreword=FOREWORD,
    cases=44,
    interviews=33,
    score=(9, 27),
    overall="Requires improvement",
    standards=rated(NAMES_2022, "GRGRRIIRR"),
    domains=DOMAINS_2022,
    questions=asked(
        NAMES_2022,
        {
            "2.1": (58,),
            "2.2": (61, 57, 48),
            "2.3": (66, 59, 43),
            "2.4": (70, 52, 50),
            "2.5": (64, 61, 55),
            "2.6": (41,),
        },
    ),
    groups=(
        Group(
            "Harrowmere and Castle Tor PDU should:",
            "pdu",
            "Harrowmere and Castle Tor PDU",
            (
                "make sure that safeguarding information is asked for, received and used in the first assessment "
                "of every person on probation",
                "give managers the time that they need to watch over supervision, and record in each case what "
                "they found",
                "bring face-to-face contact back to the level in the national standards, above all for people who "
                "present a high risk of harm",
                "offer every new probation practitioner a mentor who isn't their line manager",
            ),
        ),
        Group(
            "The Wales region should:",
            "region",
            "The Wales region",
            (
                "fill the vacancies in the court team and say each quarter what is being done about those that remain",
                "publish a plan for accommodation that names who is responsible for 'move-on' places",
            ),
        ),
        Group(
            "His Majesty's Prison and Probation Service should:",
            "hmpps",
            "His Majesty's Prison and Probation Service",
            (
                "shorten the vetting of new staff so that nobody waits longer than eight weeks",
                "improve the help given to units at amber or red status under the Prioritisation Framework",
            ),
        ),
    ),
    ppf=("amber", "2022-11"),
    curly=True,
    hyphenate=True,
    gap=385,
)

WANDLE = Report(
    slug="wandle",
    kicker="An inspection of probation services in:",
    place="Wandle and Rivermead PDU",
    title="An inspection of probation services in: Wandle and Rivermead PDU",
    pdu=("Wandle and Rivermead", None),
    region="London",
    region_line="The Probation Service – London region",
    published=(2022, 12),
    imprint="HM Inspectorate of Probation, December 2022",
    lead="Tobias Quill",
    lead_sentence="This inspection was led by HM Inspector Tobias Quill, supported by a team of inspectors. We "
    "would like to thank all who took part.",
    isbn="978-1-900000-27-4",
    fieldwork=("2022-10", "2022-10-03", None),
    ratings_note="Fieldwork started October 2022",
    background=(
        "We conducted fieldwork in Wandle and Rivermead PDU in the week beginning 03 October 2022. We inspected "
        "38 cases where sentences and licences had commenced between 28 February 2022 and 6 March 2022. We also "
        "conducted interviews with 29 probation practitioners and heard from 51 people on probation.",
        "The Prioritising Probation Framework (PPF) attributes a RAG rating to each PDU. Amber PDUs have 60 to "
        "70 per cent of staff in place; red PDUs have fewer. At the point of inspection the PDU was rated as "
        "green under the PPF.",
    ),
    foreword=FOREWORD,
    cases=38,
    interviews=29,
    score=(4, 24),
    overall="Requires improvement",
    standards=rated(NAMES_2022, "RRRR-IIRI"),
    domains=DOMAINS_2022,
    questions=asked(
        NAMES_2022,
        {
            "2.1": (None,),
            "2.2": (63, 60, 39),
            "2.3": (58, 71, 42),
            "2.4": (55, 50, 48),
            "2.5": (61, 63, 34),
            "2.6": (33,),
        },
    ),
    groups=(
        Group(
            "Wandle and Rivermead PDU should:",
            "pdu",
            "Wandle and Rivermead PDU",
            (
                "improve the quality of work to keep other people safe at every stage of a sentence",
                "ensure that rehabilitation activity requirements start within⏎28 days of the sentence and are "
                "recorded the same day",
                "listen to people on probation and show them what has changed as a result",
            ),
        ),
        Group(
            "London region should",
            "region",
            "London region",
            ("ensure Wandle and Rivermead PDU has enough middle managers", "increase quality assurance at PDU level"),
        ),
        Group(
            "HM Prison and Probation Service (HMPPS) should:",
            "hmpps",
            "HM Prison and Probation Service (HMPPS)",
            ("review what a probation services officer is paid, and whether more would stay if it were more",),
        ),
    ),
    ppf=("green", None),
    not_inspected_note="This standard was not inspected, as the PDU writes no pre-sentence reports of its own.",
)

REPORTS = (HARROWMERE, WANDLE)
