"""Northmarch: a whole region. National: HMPPS itself, no ratings."""

from ..model import AMBIGUOUS, Group, Report
from .common import FOREWORD, rated

NORTHMARCH = Report(
    slug="northmarch",
    kicker="An inspection of probation services in:",
    place="Northmarch region",
    title="An inspection of probation services in: Northmarch region",
    pdu=None,
    region="Northmarch",
    region_line="The Probation Service",
    published=(2024, 6),
    imprint="HM Inspectorate of Probation, June 2024",
    lead="Cressida Holt",
    lead_sentence="This inspection was led by HM Inspector Cressida Holt, supported by a team of inspectors.",
    isbn="978-1-900000-99-1",
    fieldwork=("2024-03", "2024-03-11", "2024-03-15"),
    ratings_note="Fieldwork started March 2024",
    background=(
        "We conducted fieldwork in the Northmarch region between 11 March 2024 and 15 March 2024. It came after "
        "our inspections of three of its units: Alder Fell PDU, Blackwater PDU and Stane PDU. We inspected 210 "
        "cases in all.",
        "The region has nine PDUs and 2,380 staff.",
    ),
    foreword=(
        "A region lives by what its units do. Alder Fell PDU should not have waited two years for a deputy head.",
        *FOREWORD,
    ),
    cases=210,
    interviews=None,
    score=(5, 9),
    overall="Requires improvement",
    standards=rated((("R 1.1", "Leadership"), ("R 1.2", "Staff"), ("R 1.3", "Services")), "GRG"),
    domains=(("1. Organisational arrangements and activity", ("R 1.1", "R 1.2", "R 1.3")),),
    questions=(),
    groups=(
        Group(
            "The Northmarch region should:",
            "region",
            "The Northmarch region",
            (
                "set out what a unit may expect of the regional office, and by when",
                "improve how it learns from serious further offences",
                "spend what was given to it for services",
            ),
        ),
        Group(
            "HM Prison and Probation Service should:",
            "hmpps",
            "HM Prison and Probation Service",
            ("allow regions to move money between years", "say which reports regions need not write any more"),
        ),
    ),
)

NATIONAL = Report(
    slug="national",
    kicker="A national inspection of",
    place="His Majesty's Prison and Probation Service",
    title=AMBIGUOUS,
    pdu=None,
    region=None,
    region_line="How the centre supports regions and units",
    published=(2025, 7),
    imprint="HM Inspectorate of Probation, July 2025",
    lead="Auberon Keys",
    lead_sentence="This inspection was led by HM Inspector Auberon Keys, supported by a team of inspectors.",
    isbn=None,
    fieldwork=("2025-02", AMBIGUOUS, AMBIGUOUS),
    ratings_note="",
    background=(
        "Fieldwork started in February 2025 and lasted for six weeks. We spoke with leaders in all regions. We did "
        "not inspect cases and we do not rate national work.",
    ),
    foreword=FOREWORD,
    cases=None,
    interviews=None,
    score=None,
    overall=None,
    standards=(),
    domains=(),
    questions=(),
    groups=(
        Group(
            "His Majesty's Prison and Probation Service should:",
            "hmpps",
            "His Majesty's Prison and Probation Service",
            (
                "publish a workforce plan to⏎2030. The plan has to show numbers for each grade",
                "set one standard for how units are supported",
                "stop sending instructions that contradict each other",
            ),
        ),
        Group(
            "Probation regions should:",
            "region",
            "Probation regions",
            ("report what they spend on agency staff", "hold units to account fairly"),
        ),
        Group("Probation delivery units should:", "pdu", "Probation delivery units", ("tell regions what they lack",)),
    ),
)

REPORTS = (NORTHMARCH, NATIONAL)
