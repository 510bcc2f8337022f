"""Small invented reports for the reading tests: places that do not exist, facts that the test chooses."""

from inspections.reading import read_lines, text
from inspections.reading.record import Reading, Record

FRONT = """\
HM Inspectorate of Probation

An inspection of probation services in:
Fenwick and Marsh PDU
The Probation Service – North West region

HM Inspectorate of Probation, March 2023

Acknowledgements

This inspection was led by HM Inspector Ada Lowe, supported by a team of inspectors.

ISBN 978-1-900000-01-4

Foreword

People on probation deserve better than what we saw.
"""

RATINGS = """\
Ratings

Fenwick and Marsh PDU
Fieldwork started January 2023

Score 5/27

Overall rating

Requires improvement

1. Organisational delivery

1.1 Leadership

Requires improvement

1.2 Staff

Inadequate

1.3 Services

Good

1.4 Information and facilities

Requires improvement

2. Court work and case supervision

2.1 Court work

Inadequate

2.2 Assessment

Inadequate

2.3 Planning

Inadequate

2.4 Implementation and delivery

Requires improvement

2.5 Reviewing

Inadequate
"""

RECOMMENDATIONS = """\
Recommendations

As a result of our inspection findings we have made a number of recommendations.

Fenwick and Marsh PDU should:

1. answer the telephone within three rings
2. keep the waiting room warm.

North West region should:

3. lend a second deputy.
"""

BACKGROUND = """\
Background

We conducted fieldwork in Fenwick and Marsh PDU over the period of a week, beginning 9 January 2023. We inspected 30
cases. We also conducted 21 interviews with probation practitioners.
"""


def report(
    front: str = FRONT,
    ratings: str = RATINGS,
    recommendations: str = RECOMMENDATIONS,
    background: str = BACKGROUND,
    more: str = "",
) -> str:
    """A whole report as text; any part can be exchanged."""
    return "\n".join((front, ratings, recommendations, background, more))


def reading(words: str) -> Reading:
    """Read a text as the service would."""
    return read_lines(text.to_lines(words.encode()))


def record(words: str) -> Record:
    """The record of a text that is not refused."""
    found = reading(words)
    assert found.record, found.refused
    return found.record
