"""An invented report on Lambeth that the reader reads without a doubt, and records made from it."""

from dataclasses import replace

from inspections.reading.record import Fieldwork, Month, Pdu, Recommendation, Record, Score, Standard

REPORT = """\
# An inspection of probation services in: Lambeth PDU

The Probation Service – London region

HM Inspectorate of Probation, October 2026

## Foreword

We inspected Lambeth PDU. Fieldwork took place in the week beginning 3 August 2026. We inspected 30 cases.

## Ratings

| Lambeth PDU | Score | 3/27 |
|---|---|---|
| Overall rating | Inadequate | |
| 1. Organisational delivery | | |
| 1.1 Leadership | Requires improvement | |
| 1.2 Staff | Inadequate | |
| 1.3 Services | Requires improvement | |
| 1.4 Information and facilities | Requires improvement | |
| 2. Court work and case supervision | | |
| 2.1 Court work | Inadequate | |
| 2.2 Assessment | Inadequate | |
| 2.3 Planning | Inadequate | |
| 2.4 Implementation and delivery | Inadequate | |
| 2.5 Reviewing | Inadequate | |

## Recommendations

As a result of our inspection findings we have made the following recommendations.

**Lambeth PDU should:**

1. improve the quality of work to assess, plan for, manage and review risk of harm
2. engage with people on probation to inform service delivery

**London region should:**

3. ensure priorities are clearly communicated and understood by practitioners

**HM Prison and Probation Service (HMPPS) should:**

4. consider incentives to improve recruitment and staff retention

## Background

The PDU has three offices.
"""
RECOMMENDATIONS = (
    Recommendation(
        1, 1, "pdu", "Lambeth PDU", "improve the quality of work to assess, plan for and manage risk of harm"
    ),
    Recommendation(2, 1, "pdu", "Lambeth PDU", "engage with people on probation to inform service delivery"),
    Recommendation(3, 2, "region", "London region", "ensure priorities are clearly communicated and understood"),
    Recommendation(4, 3, "hmpps", "HMPPS", "consider incentives to improve recruitment and staff retention"),
)
LAMBETH = Record(
    title="An inspection of probation services in: Lambeth PDU",
    pdu=Pdu("Lambeth"),
    region="London",
    published=Month(2026, 10),
    isbn=None,
    lead_inspector="Wendy Stone",
    fieldwork=Fieldwork("2026-08", "2026-08-03", None),
    cases_inspected=30,
    practitioner_interviews=None,
    score=Score(3, 27),
    overall_rating="Inadequate",
    standards=(Standard("1.1", "Leadership", "Inadequate"), Standard("1.2", "Staff", "Good")),
    key_questions=(),
    recommendations=RECOMMENDATIONS,
    organisational_alert=None,
    ppf_status=None,
)


def reworded(number: int, text: str, record: Record = LAMBETH) -> Record:
    return replace(
        record,
        recommendations=tuple(replace(r, text=text) if r.number == number else r for r in record.recommendations),
    )
