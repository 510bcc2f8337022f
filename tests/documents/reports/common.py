"""What several of the invented reports share: the framework's names, questions, ready sentences."""

from ..model import RATINGS

NAMES_2022 = (
    ("1.1", "Leadership"),
    ("1.2", "Staff"),
    ("1.3", "Services"),
    ("1.4", "Information and facilities"),
    ("2.1", "Court work"),
    ("2.2", "Assessment"),
    ("2.3", "Planning"),
    ("2.4", "Implementation and delivery"),
    ("2.5", "Reviewing"),
)
NAMES_2023 = (
    ("P 1.1", "Leadership"),
    ("P 1.2", "Staffing"),
    ("P 1.3", "Services"),
    ("P 2.1", "Assessment"),
    ("P 2.2", "Planning"),
    ("P 2.3", "Implementation and delivery"),
    ("P 2.4", "Reviewing"),
)
DOMAINS_2022 = (
    ("1. Organisational delivery", ("1.1", "1.2", "1.3", "1.4")),
    ("2. Court work and case supervision", ("2.1", "2.2", "2.3", "2.4", "2.5", "2.6")),
)
DOMAINS_2023 = (
    ("1. Organisational arrangements and activity", ("P 1.1", "P 1.2", "P 1.3")),
    ("2. Service delivery", ("P 2.1", "P 2.2", "P 2.3", "P 2.4")),
)
QUESTIONS = {
    "Court work": ("Does the advice given to the court help it to choose a sentence that fits the person?",),
    "Assessment": (
        "Is the person on probation drawn into the assessment well enough?",
        "Does assessment look closely enough at what led to the offending and what would help it to stop?",
        "Does assessment pay enough attention to the safety of other people?",
    ),
    "Planning": (
        "Is the person on probation drawn into planning well enough?",
        "Does planning do enough to cut reoffending and support desistance?",
        "Does planning pay enough attention to the safety of other people?",
    ),
    "Implementation and delivery": (
        "Is the sentence, or the time after custody, carried out in a way that keeps the person engaged?",
        "Do the services delivered support desistance well?",
        "Do the services delivered support the safety of other people well?",
    ),
    "Reviewing": (
        "Does reviewing support the person's compliance and engagement well enough?",
        "Does reviewing support desistance well enough?",
        "Does reviewing pay enough attention to the safety of other people?",
    ),
    "Outcomes": ("Do early results show fair progress for the person on probation, given their own needs?",),
}


def rated(names: tuple[tuple[str, str], ...], letters: str) -> tuple[tuple[str, str, str], ...]:
    """'RIIR-IIRI': one letter for each standard, '-' where it was not inspected."""
    return tuple(
        (number, name, RATINGS.get(letter, "Not applicable"))
        for (number, name), letter in zip(names, letters, strict=True)
    )


def asked(
    names: tuple[tuple[str, str], ...], shares: dict[str, tuple[int | None, ...]], notes: tuple[str, ...] = ()
) -> tuple[tuple[str, str, int | None], ...]:
    """The rows of the tables; the first ones get the footnotes given."""
    by_number = {**dict(names), "2.6": "Outcomes"}
    rows = [
        (number, question, share)
        for number, given in shares.items()
        for question, share in zip(QUESTIONS[by_number[number]], given, strict=True)
    ]
    marked = [f"{q}⟦{note}⟧" for (_, q, _), note in zip(rows, notes, strict=False)]
    return tuple((s, marked[i] if i < len(marked) else q, p) for i, (s, q, p) in enumerate(rows))


FOREWORD = (
    "We set out in this report what we found, what works and what has to change. Staff met us openly and we "
    "thank them for it. The quality of probation work has to be better than what we saw.",
    "Several of our recommendations will need help from outside the unit, and we will look at all of them again.",
)
