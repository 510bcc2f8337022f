"""How long finding the recommendations that say the same takes, on PostgreSQL: all anew, and when nothing has changed.

`script/bench recurring [N]`: N recommendations (5,000) of 13 to a report, hardly two with the same words. Prints
seconds and memory; fails when finding them anew takes more than 10 s.
"""

import datetime as dt
import os
import random
import resource
import sys
import time

SECONDS = 10
ASKS = ["improve", "ensure", "increase the use of", "provide training on", "review", "make sure that staff understand",
        "reduce delays in", "record more accurately", "ensure sufficient capacity for", "strengthen"]  # fmt: skip
MATTERS = [
    "management oversight of casework", "the assessment and management of risk of harm", "domestic abuse enquiries",
    "pre-sentence reports", "unpaid work placements", "resettlement before release", "services for women",
    "accredited programmes", "contact with victims", "the recruitment and retention of staff", "home visits",
    "commissioned rehabilitative services", "information sharing with children's services", "MAPPA referrals",
    "the caseloads of probation practitioners", "accommodation for people on probation", "sentence plans",
    "learning from serious further offences", "the induction of new staff", "data on ethnicity and diversity",
]  # fmt: skip
TAILS = ["", " in all cases", " so that people are kept safe", " with the police", " across the region",
         " within a year", " for young adults", " in rural offices", " to reduce reoffending"]  # fmt: skip


def main(count="5000"):
    os.environ["DATABASE_URL"] = os.environ["POSTGRESQL_URL"]
    os.environ["DJANGO_SETTINGS_MODULE"] = "tracker.settings"
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    call_command("migrate", verbosity=0)
    different = fill(int(count))
    from tracker.insight import recurring

    print(f"{int(count):,} recommendations, {different:,} different wordings")
    took = []
    for words in ("all anew", "nothing new"):
        began = time.perf_counter()
        outcome = recurring.find_groups(timezone.now())
        took.append(time.perf_counter() - began)
        print(f"{words}: {took[-1]:.2f} s. {outcome.sentence}", flush=True)
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most, the filling included")
    sys.exit(f"Over the budget of {SECONDS} s." if took[0] > SECONDS else 0)


def fill(count) -> int:
    from inspections.models import Inspection, Organisation, Recommendation

    rng = random.Random(7)
    top = Organisation.objects.create(level="hmpps", name="HMPPS", slug="hmpps")
    region = Organisation.objects.create(level="region", name="London", slug="london", parent=top)
    reports = -(-count // 13)
    places = Organisation.objects.bulk_create(
        Organisation(level="pdu", name=f"Place {n}", slug=f"place-{n}", parent=region) for n in range(reports)
    )
    visits = Inspection.objects.bulk_create(
        Inspection(organisation=place, slug=place.slug, published=dt.date(2022, 10, 1)) for place in places
    )
    made = []
    for n in range(count):
        visit = visits[n // 13]
        wording = f"{rng.choice(ASKS)} {rng.choice(MATTERS)} and {rng.choice(MATTERS)}{rng.choice(TAILS)}"
        if rng.random() < 0.5:
            wording += f" as agreed for {''.join(rng.choices('bcdflmnprstv', k=3))}aro"
        made.append(
            Recommendation(
                inspection=visit, group=1, number=n % 13 + 1, level="pdu", addressee_as_printed="The PDU",
                addressee=visit.organisation, wording=wording,
            )
        )  # fmt: skip
    Recommendation.objects.bulk_create(made, batch_size=1000)
    return len({one.wording for one in made})


if __name__ == "__main__":
    main(*sys.argv[1:])
