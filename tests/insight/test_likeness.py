"""Which recommendations say the same thing, held against labels by hand: the five reports, and invented ones."""

import pytest

from tests.insight.truth import five, invented, precision_and_recall
from tracker.insight.likeness import SAME, groups_of, likeness
from tracker.insight.wording import TABLE, stem, table, terms_of


def scored(labelled) -> tuple[float, float]:
    names = list(labelled)
    found = groups_of([(labelled[name][0], frozenset()) for name in names])
    clusters = [[names[position] for position in group] for group in found]
    return precision_and_recall({name: label for name, (_, label) in labelled.items()}, clusters)


def grouped(*sentences, together=(), apart=()):
    return groups_of([(text, frozenset()) for text in sentences], together, apart)


SKILLS = "ensure staff responsible for case management oversight have the skills, knowledge and time to undertake it"
SKILLS_TOO = (
    "ensure those who oversee cases have the knowledge, the skills and the time that management oversight takes"
)
OVERSIGHT = "improve the effectiveness of quality assurance and management oversight of all casework"
OVERSIGHT_TOO = "address the deficiencies in quality assurance and in management oversight of casework"
HOUSING = "improve access to settled accommodation"


def test_the_five_reports():
    labelled = five()
    assert len(labelled) == 63
    labels = [label for _, label in labelled.values()]
    assert sum(labels.count(label) > 1 for label in labels) == 48
    precision, recall = scored(labelled)
    assert precision > 0.9 and recall > 0.95


@pytest.mark.parametrize(
    ("name", "lines", "precision", "recall"),
    [
        ("practice", 89, 0.9, 0.9),
        ("practice_more", 129, 0.9, 0.85),
        ("practice_again", 85, 0.85, 0.8),
        ("held_out", 80, 0.9, 0.75),
    ],
)
def test_recommendations_of_other_reports(name, lines, precision, recall):
    labelled = invented(name)
    assert len(labelled) == lines
    measured = scored(labelled)
    assert measured[0] > precision and measured[1] > recall


def test_the_same_matter_with_another_ask_stays_apart():
    assert grouped(SKILLS, OVERSIGHT, SKILLS_TOO, OVERSIGHT_TOO) == [[0, 2], [1, 3]]
    assert likeness(SKILLS, SKILLS_TOO) > SAME > likeness(SKILLS, OVERSIGHT)


def test_the_name_of_a_place_says_nothing():
    staff = "ensure {} has sufficient staffing resources in place"
    named = [("Barking, Dagenham and Havering", "barking dagenham and havering"), ("Much Wenlock", "much wenlock")]
    found = groups_of([(staff.format(place), frozenset(words.split())) for place, words in named])
    assert found == [[0, 1]]
    assert terms_of(staff.format("Wenlock"), frozenset(["wenlock"])) == terms_of(staff.format("HFKCW"), {"hfkcw"})


def test_what_a_person_joined_is_one_and_what_a_person_split_is_two():
    assert grouped(OVERSIGHT, HOUSING, SKILLS, together=[(0, 1)]) == [[0, 1], [2]]
    assert grouped(OVERSIGHT, OVERSIGHT_TOO, apart=[(1, 0)]) == [[0], [1]]
    assert grouped(OVERSIGHT, OVERSIGHT, OVERSIGHT, apart=[(0, 1), (0, 2)]) == [[0], [1, 2]]
    # One that comes later goes to where it is nearest, and never bridges what was split.
    assert grouped(OVERSIGHT, OVERSIGHT_TOO, OVERSIGHT, apart=[(1, 0)]) in ([[0, 2], [1]], [[0], [1, 2]])
    assert grouped(OVERSIGHT, HOUSING, SKILLS, together=[(2, 1), (1, 0)]) == [[0, 1, 2]]


def test_the_order_in_which_they_come_does_not_matter():
    labelled = [text for text, _ in five().values()]
    one = {frozenset(labelled[i] for i in group) for group in grouped(*labelled)}
    labelled.reverse()
    other = {frozenset(labelled[i] for i in group) for group in grouped(*labelled)}
    assert one == other


def test_nothing_and_nothing_much():
    assert grouped() == []
    assert grouped("") == [[0]]
    assert grouped("improve it", "ensure that all is well") == [[0], [1]]


def test_an_expression_stands_for_its_term_however_it_ends():
    assert set(terms_of("the constabulary")) == set(terms_of("Metropolitan Police Service"))
    assert stem("supervising") == stem("supervised")


def test_the_table_is_in_order():
    kinds, names = set(), {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        assert len(line) <= 120
        if line and not line.startswith("#"):
            kind, weight, name = line.partition(":")[0].split(" ", 2)
            kinds.add(kind)
            assert names.setdefault(name, (kind, float(weight))) == (kind, float(weight)), f"{name} has two weights"
    assert kinds == {"matter", "ask", "light", "nothing"}
    assert sum(len(expressions) for expressions in table().values()) > 900
