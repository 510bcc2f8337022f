"""The demonstration as data: invented people, and what they did about the five real reports.

Days are counted from the day it is loaded: -40 is forty days ago, 10 in ten days. Nobody here is real.
"""

from dataclasses import dataclass

# (address before @demo.example, first name, last name, role, slug of the organisation or None)
PEOPLE = [
    ("admin", "Ada", "Frost", "administrator", None),
    ("inspector", "Ivy", "Clarke", "inspector", None),
    ("inspector2", "Idris", "Cole", "inspector", None),
    ("hmpps", "Helen", "Marsh", "lead", "hmpps"),
    ("rpd.london", "Rosa", "Diaz", "lead", "london"),
    ("rpd.eastmidlands", "Niall", "Byrne", "lead", "east-midlands"),
    ("head.hfkcw", "Amira", "Khan", "lead", "hfkcw"),
    ("officer.hfkcw", "Omar", "Farah", "contributor", "hfkcw"),
    ("head.lambeth", "Ben", "Hall", "lead", "lambeth"),
    ("viewer.lambeth", "Vera", "Lund", "viewer", "lambeth"),
    ("head.ealing", "Grace", "Osei", "lead", "ealing-and-hillingdon"),
    ("head.leicester", "Tom", "Whelan", "lead", "leicester-leicestershire-and-rutland"),
]
# (organisation, title, role, answers for the organisation, holder's address or None: vacant)
POSTS = [
    ("hmpps", "Chief Probation Officer", "lead", True, "hmpps"),
    ("london", "Regional Probation Director", "lead", True, "rpd.london"),
    ("east-midlands", "Regional Probation Director", "lead", True, "rpd.eastmidlands"),
    ("hfkcw", "Head of PDU", "lead", True, "head.hfkcw"),
    ("hfkcw", "Senior Probation Officer", "contributor", False, None),
    ("lambeth", "Head of PDU", "lead", True, "head.lambeth"),
    ("ealing-and-hillingdon", "Head of PDU", "lead", True, "head.ealing"),
    ("barking-dagenham-and-havering", "Head of PDU", "lead", True, None),
    ("leicester-leicestershire-and-rutland", "Head of PDU", "lead", True, "head.leicester"),
]
# The reports in the order in which they came in: (slug, imported on day, the plans of its places are due on day)
REPORTS = [
    ("lambeth", -75, -47),
    ("ealing-and-hillingdon", -68, -40),
    ("leicester-leicestershire-and-rutland", -55, -27),
    ("barking-dagenham-and-havering", -30, 12),
    ("hfkcw", -44, 5),
]


# Which concerns of the published alert its published response actions answer, by their numbers, where the report's own
# words say so: the review of the 58 MAPPA cases, and of missed appointments, which is where enforcement begins. The
# volunteers and the group sessions answer no single concern, so six concerns stay without an action.
PUBLISHED_ANSWERS = {"hfkcw": (-43, {2: (4,), 3: (5,)})}
# Offices that the ladder of an alert climbs to: (organisation, title, rung)
RUNGS = [("hmpps", "Chief Probation Officer", "rung_chief_officer")]


@dataclass(frozen=True)
class Said:
    """An update: on which day, by whom (None: the owner), what was done, how sure, what is next."""

    day: int
    done: str
    confidence: str = "on_track"
    next_step: str = ""


@dataclass(frozen=True)
class Step:
    """An action. ``owner``: a person's address, or "post:" and a title. ``by``: its date, a day or words."""

    what: str
    owner: str
    by: int | str
    said: tuple[Said, ...] = ()
    measure: str = ""
    moved: tuple[tuple[int, int, str], ...] = ()  # (on day, to day, reason)
    cancelled: tuple[int, str] | None = None
    claimed: tuple[int, str] | None = None  # (on day, comment), by its owner
    judged: tuple[int, str, str, str] | None = None  # (on day, verified or sent_back, judgement, reason)


@dataclass(frozen=True)
class Answer:
    """What a place said to one recommendation. ``on``: the day. ``by``: who, an address."""

    report: str
    number: int
    by: str
    on: int
    response: str
    text: str = ""
    parts: tuple[str, str] = ("", "")
    why_not: tuple[str, str] = ("", "")  # reason, approver
    owner: str = ""
    steps: tuple[Step, ...] = ()


HEAD = "post:Head of PDU"
DIRECTOR = "post:Regional Probation Director"
ANSWERS = [
    # HFKCW: most is answered, the plan is due in five days, number 7 still waits
    Answer(
        "hfkcw",
        1,
        "head.hfkcw",
        -30,
        "agreed",
        "All case managers are trained in assessing and managing risk of harm, and every plan of a high-risk case is "
        "countersigned.",
        owner=HEAD,
        steps=(
            Step(
                "Train all case managers in assessing risk of harm",
                "officer.hfkcw",
                -12,
                (
                    Said(
                        -26,
                        "Dates for four sessions are agreed with the regional training team.",
                        "on_track",
                        "Invite staff",
                    ),
                    Said(
                        -14,
                        "Two of four sessions held: 31 of 58 staff attended. The third is full.",
                        "at_risk",
                        "A fifth session for those on leave",
                    ),
                ),
                "All 58 case managers trained, checked against the staff list",
            ),
            Step(
                "Countersign every plan of a high-risk case for three months",
                HEAD,
                40,
                (
                    Said(
                        -9, "41 of 46 plans countersigned this month.", "on_track", "Look at the five that were missed"
                    ),
                ),
                "45 of 50 sampled plans countersigned",
            ),
        ),
    ),
    Answer(
        "hfkcw",
        2,
        "head.hfkcw",
        -30,
        "agreed",
        "Each team reviews its waiting lists for interventions every month.",
        owner=HEAD,
        steps=(
            Step(
                "List everyone waiting for an accredited programme, with the date of referral",
                "officer.hfkcw",
                6,
                (
                    Said(
                        -6, "Three of five teams have sent their lists.", "on_track", "Chase the other two on Thursday"
                    ),
                ),
            ),
            Step("Agree with the interventions team how many places HFKCW gets", HEAD, "Spring 2027"),
        ),
    ),
    Answer(
        "hfkcw",
        3,
        "head.hfkcw",
        -29,
        "partly_agreed",
        "We ask for checks in every case before sentence.",
        parts=(
            "Checks are asked for in every case, and we record when the answer comes.",
            "The speed of answers is the police's: it is part of the London agreement, which the region negotiates.",
        ),
        owner="officer.hfkcw",
        steps=(
            Step(
                "Ask for domestic abuse and safeguarding checks in every case before sentence",
                "officer.hfkcw",
                10,
                (Said(-20, "The court team asks in every case since Monday.", "on_track", "Count what comes back"),),
            ),
        ),
    ),
    Answer(
        "hfkcw",
        4,
        "head.hfkcw",
        -28,
        "agreed",
        "Team managers look at two cases of each officer every month.",
        owner=HEAD,
        steps=(
            Step(
                "Look at two cases of each officer every month and talk about them in supervision",
                "post:Senior Probation Officer",
                24,
                (),
                "Records of supervision show it for 9 officers in 10",
            ),
            Step(
                "Write one page on what good management oversight is",
                "head.hfkcw",
                -3,
                (Said(-18, "A draft is with the team managers.", "on_track", "Collect comments"),),
                moved=((-10, -3, "Two team managers were on leave."),),
            ),
        ),
    ),
    Answer(
        "hfkcw",
        5,
        "head.hfkcw",
        -28,
        "agreed",
        "Briefings with children's services, every two months.",
        owner="officer.hfkcw",
        steps=(Step("Hold a briefing with each of the three boroughs' children's services", "officer.hfkcw", 18),),
    ),
    Answer(
        "hfkcw",
        6,
        "head.hfkcw",
        -27,
        "agreed",
        "Managers get protected time.",
        owner=HEAD,
        steps=(
            Step(
                "Give each senior officer two half days a week without meetings",
                HEAD,
                "",
                (Said(-11, "Agreed in principle; the rota is not made yet.", "at_risk", "Make the rota"),),
            ),
            Step(
                "Send all senior officers on the oversight course",
                HEAD,
                20,
                cancelled=(-8, "The course no longer runs."),
            ),
        ),
    ),
    Answer(
        "hfkcw",
        8,
        "head.hfkcw",
        -38,
        "agreed",
        "Reported to the Regional Probation Director every week.",
        owner=HEAD,
        steps=(
            Step(
                "Review management information on missed appointments in accountability meetings",
                HEAD,
                7,
                (
                    Said(
                        -31, "First meeting held. 612 cases are without a named practitioner, down from 993.", "at_risk"
                    ),
                    Said(-5, "418 cases are without a named practitioner.", "on_track", "Next meeting on Monday"),
                ),
                "No case without a named practitioner for four weeks",
            ),
        ),
    ),
    # What the same report asks of London and of HMPPS
    Answer(
        "hfkcw",
        9,
        "rpd.london",
        -37,
        "agreed",
        "The region reports to HMPPS every fortnight.",
        owner=DIRECTOR,
        steps=(
            Step(
                "Secure administrative staff to complete the checks of unallocated cases",
                DIRECTOR,
                -5,
                (Said(-21, "Four people started; two posts are still empty.", "at_risk", "Advertise again"),),
            ),
        ),
    ),
    Answer(
        "hfkcw",
        10,
        "rpd.london",
        -36,
        "agreed",
        "Priorities are set out in one page each quarter.",
        owner=DIRECTOR,
        steps=(
            Step(
                "Publish the region's priorities on one page",
                DIRECTOR,
                14,
                claimed=(-19, "The page is on the region's site."),
                judged=(-8, "verified", "good", ""),
            ),
        ),
    ),
    Answer(
        "hfkcw",
        13,
        "hmpps",
        -25,
        "partly_agreed",
        "Recruitment is a national programme.",
        parts=(
            "Recruitment campaigns name the PDUs with the most vacancies.",
            "Pay incentives depend on the national pay settlement.",
        ),
        owner="hmpps",
        steps=(
            Step(
                "Name the ten PDUs with the most vacancies in the winter campaign",
                "hmpps",
                33,
                (Said(-7, "The list is agreed with all regions.", "on_track"),),
            ),
        ),
    ),
    # Lambeth: answered early, on track but for one
    Answer(
        "lambeth",
        1,
        "head.lambeth",
        -60,
        "agreed",
        "A quality lead is in post.",
        owner=HEAD,
        steps=(
            Step(
                "Appoint a quality development officer",
                HEAD,
                -8,
                (
                    Said(-40, "Advertised.", "on_track"),
                    Said(-13, "Interviews held; references are awaited.", "on_track"),
                ),
                moved=((-35, -8, "The first advertisement found nobody."),),
            ),
        ),
    ),
    Answer(
        "lambeth",
        2,
        "head.lambeth",
        -60,
        "agreed",
        "Checks are completed within five working days.",
        owner=HEAD,
        steps=(
            Step(
                "Complete outstanding safeguarding checks",
                HEAD,
                16,
                (Said(-10, "62 of 80 done.", "on_track"),),
                claimed=(-4, "All 80 are done: the register shows the date of each answer."),
            ),
        ),
    ),
    Answer(
        "lambeth",
        3,
        "head.lambeth",
        -59,
        "agreed",
        "Training in risk of harm for everyone.",
        owner=HEAD,
        steps=(Step("Train all staff in risk of harm", HEAD, 30, (Said(-12, "Half of staff trained.", "on_track"),)),),
    ),
    Answer(
        "lambeth",
        4,
        "head.lambeth",
        -58,
        "agreed",
        "Referrals are reviewed every month.",
        owner=HEAD,
        steps=(Step("Review all referrals to interventions", HEAD, "June 2027"),),
    ),
    Answer(
        "lambeth",
        5,
        "head.lambeth",
        -58,
        "agreed",
        "Activity days start within eight weeks.",
        owner=HEAD,
        steps=(
            Step(
                "Start every rehabilitation activity requirement within eight weeks",
                HEAD,
                44,
                claimed=(-16, "The team has started all that came in since September."),
                judged=(-9, "sent_back", "insufficient", "Those from before September are not in the figures."),
            ),
        ),
    ),
    Answer(
        "lambeth",
        6,
        "head.lambeth",
        -58,
        "agreed",
        "A forum meets every quarter.",
        owner=HEAD,
        steps=(
            Step(
                "Start a forum of people on probation", HEAD, "Ongoing", (Said(-15, "First meeting held.", "on_track"),)
            ),
        ),
    ),
    Answer(
        "lambeth",
        8,
        "rpd.london",
        -55,
        "agreed",
        "Ten cases a month in each PDU.",
        owner=DIRECTOR,
        steps=(
            Step("Audit ten cases a month in each PDU", DIRECTOR, 60, (Said(-30, "Started in six PDUs.", "on_track"),)),
        ),
    ),
    Answer(
        "lambeth",
        11,
        "hmpps",
        -50,
        "not_agreed",
        why_not=(
            "Incentives outside the national pay settlement are not affordable this year.",
            "Chief Probation Officer",
        ),
        owner="hmpps",
    ),
    # Ealing and Hillingdon
    Answer(
        "ealing-and-hillingdon",
        1,
        "head.ealing",
        -50,
        "agreed",
        "A programme of audits and coaching.",
        owner=HEAD,
        steps=(Step("Coach each officer on two plans", HEAD, -20, (Said(-33, "Nine of 24 coached.", "off_track"),)),),
    ),
    Answer(
        "ealing-and-hillingdon",
        4,
        "head.ealing",
        -50,
        "agreed",
        "Monthly quality meetings.",
        owner=HEAD,
        steps=(Step("Hold a quality meeting every month", HEAD, "Ongoing"),),
    ),
    # Leicester, Leicestershire and Rutland, and East Midlands
    Answer(
        "leicester-leicestershire-and-rutland",
        2,
        "head.leicester",
        -35,
        "agreed",
        "Two posts moved to court.",
        owner=HEAD,
        steps=(Step("Fill two court officer posts", HEAD, 9, (Said(-16, "One post filled.", "on_track"),)),),
    ),
    Answer(
        "leicester-leicestershire-and-rutland",
        5,
        "head.leicester",
        -35,
        "agreed",
        "A wellbeing lead in each office.",
        owner=HEAD,
        steps=(Step("Name a wellbeing lead in each office", HEAD, -2),),
    ),
    Answer(
        "leicester-leicestershire-and-rutland",
        11,
        "rpd.eastmidlands",
        -33,
        "agreed",
        "The contract is under review.",
        owner=DIRECTOR,
        steps=(Step("Agree new terms for accommodation support", DIRECTOR, 52),),
    ),
]


@dataclass(frozen=True)
class AlertStory:
    """An alert from its raising to the latest reading. Days as everywhere here.

    ``measures``: (name, unit, target, first value). ``steps``: (what, owner, by, numbers of the concerns it answers).
    ``readings``: (day, a value for each measure, a note).
    """

    place: str
    kind: str
    raised: int
    concerns: tuple[str, ...]
    measures: tuple[tuple[str, str, int | None, int], ...]
    required: str
    acknowledged: int
    planned: int
    steps: tuple[tuple[str, str, int, tuple[int, ...]], ...]
    responses: tuple[tuple[int, str], ...]  # (day, text), in turn
    returned: tuple[int, str]  # (day, reasons), of the first response
    accepted: int
    readings: tuple[tuple[int, tuple[int, ...], str], ...]


ALERT = AlertStory(
    place="ealing-and-hillingdon",
    kind="unseen",
    raised=-34,
    concerns=(
        "143 people have no next appointment recorded.",
        "88 people were not seen for four weeks or longer, 12 of them assessed as high risk of serious harm.",
        "Nobody checks whether missed appointments are followed up.",
    ),
    measures=(
        ("People without a next appointment", "people", 10, 143),
        ("People not seen for four weeks", "people", 5, 88),
    ),
    required="See everyone who is assessed as high risk of serious harm within five working days. Record a next "
    "appointment for everyone else within four weeks, and say each week how many are left.",
    acknowledged=-33,
    planned=-32,
    steps=(
        ("Book an appointment for everyone who has none, high risk first", HEAD, 3, (1,)),
        ("See each of the 12 people at high risk, at home where they do not come", HEAD, -27, (2,)),
        ("A senior officer looks at missed appointments every Friday", HEAD, 10, (2, 3)),
        ("Lend three officers from other London PDUs for eight weeks", "rpd.london", -10, (1, 2)),
    ),
    responses=(
        (-27, "All 12 people at high risk have been seen. We are booking appointments for the others, team by team."),
        (
            -22,
            "All 12 people at high risk have been seen. Each team books ten appointments a day; three officers on loan "
            "take the people nobody is responsible for. A senior officer checks missed appointments every Friday and "
            "reports the count to the Regional Probation Director on Monday.",
        ),
    ),
    returned=(-25, "It does not say who sees the people whom nobody is responsible for, nor who checks it each week."),
    accepted=-20,
    readings=(
        (-20, (121, 71), ""),
        (-14, (96, 52), "The three officers on loan started"),
        (-8, (64, 33), ""),
        (-2, (79, 30), "One officer on loan went back early"),
    ),
)
