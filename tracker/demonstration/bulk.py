"""Many invented recommendations at once, skewed as real ones are: some places have far more than others, most work
is in progress, a tenth is late, a fifth has no date.
"""

import datetime as dt
import random

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Min

from inspections.models import Inspection, Organisation, Recommendation
from tracker.journal.operations import record_all
from tracker.people.models import Membership, Post, User
from tracker.plans.models import Action, ActionPlan, FollowUp, Update
from tracker.working_days import NO_DATE

PER_REPORT = 13
BATCH = 2000
VERBS = ["improve", "ensure", "strengthen", "review", "address", "make sure of", "develop", "increase"]
MATTERS = [
    "the quality of work to keep other people safe",
    "the effectiveness of management oversight of all casework",
    "staffing at every grade",
    "the arrangements for sharing information with the police and children's services",
    "the use of accredited programmes and structured interventions",
    "the quality of court reports",
    "the support for new staff and learners",
    "engagement with people on probation in planning their work",
]
DOES = ["Train", "Audit", "Recruit to", "Brief", "Publish guidance for", "Review with partners"]
WHOM = ["all case managers", "the vacant posts", "every team", "50 cases a month", "the senior officers"]


def places(rng) -> tuple[list[Organisation], list[Organisation], Organisation]:
    """(PDUs, regions, HMPPS): those that are there, filled up to 12 regions and 110 PDUs."""
    hmpps = Organisation.objects.filter(level="hmpps").first() or Organisation.objects.create(
        level="hmpps", name="HM Prison and Probation Service", short_name="HMPPS", slug="hmpps"
    )
    regions = list(Organisation.objects.filter(level="region"))
    regions += Organisation.objects.bulk_create(
        Organisation(level="region", name=f"Region {n}", slug=f"region-{n}", parent=hmpps)
        for n in range(len(regions), 12)
    )
    pdus = list(Organisation.objects.filter(level="pdu"))
    pdus += Organisation.objects.bulk_create(
        Organisation(level="pdu", name=f"Place {n}", slug=f"place-{n}", parent=rng.choice(regions))
        for n in range(len(pdus), 110)
    )
    return pdus, regions, hmpps


def people(rng, pdus, regions, hmpps, at) -> dict[int, tuple[Post, list[User]]]:
    """For each place its head's post and the people who own work there."""
    password = make_password(None)
    have = set(Post.objects.filter(head=True).values_list("organisation_id", flat=True))
    earlier = User.objects.filter(email__endswith="@bulk.example").count()  # of a run before this one
    found = {}
    for place in [hmpps, *regions, *pdus]:
        staff = User.objects.bulk_create(
            User(email=f"person-{earlier + n}.{place.slug}@bulk.example", first_name=f"Person {n}",
                 last_name=place.name[:90], added_at=at, password=password, demonstration=True)
            for n in range(rng.choice([3, 8, 20]))
        )  # fmt: skip
        Membership.objects.bulk_create(
            Membership(user=who, role="lead" if n == 0 else "contributor", organisation=place)
            for n, who in enumerate(staff)
        )
        title = {"hmpps": "Chief executive", "region": "Regional Probation Director", "pdu": "Head of PDU"}[place.level]
        if place.pk in have:
            post = Post.objects.get(organisation=place, head=True)
        else:
            post = Post.objects.create(organisation=place, title=title, role="lead", head=True, holder=staff[0])
        found[place.pk] = post, staff
    return found


@transaction.atomic
def make(recommendations: int, seed: int, *, today: dt.date, at: dt.datetime) -> dict[str, int]:
    """Add about ``recommendations`` of them with plans, actions, updates and their journal; returns counts by kind."""
    rng = random.Random(seed)
    pdus, regions, hmpps = places(rng)
    staff = people(rng, pdus, regions, hmpps, at)
    made = {"inspections": 0, "recommendations": 0, "actions": 0, "updates": 0, "events": 0}
    weights = [1 / (n + 20) for n in range(len(pdus))]
    earliest = Inspection.objects.aggregate(first=Min("fieldwork_month"))["first"] or today
    month = min(earliest, today).replace(day=1)
    used: set[tuple[int, dt.date]] = set()
    while made["recommendations"] < recommendations:
        reports = []
        for _ in range(min(150, (recommendations - made["recommendations"]) // PER_REPORT + 1)):
            place = rng.choices(pdus, weights)[0]
            # One inspection for each place and month: go back until one is free, however unlikely the year.
            fieldwork = month
            while (place.pk, fieldwork) in used or fieldwork == month:
                fieldwork = (fieldwork - dt.timedelta(days=1)).replace(day=1)
            used.add((place.pk, fieldwork))
            reports.append((place, fieldwork))
        _reports(rng, reports, staff, hmpps, today, at, made, recommendations)
    return made


def _reports(rng, reports, staff, hmpps, today, at, made, limit):
    parents = {place.pk: place.parent_id for place, _ in reports}
    regions = {o.pk: o for o in Organisation.objects.filter(pk__in=set(parents.values()))}
    inspections = Inspection.objects.bulk_create(
        Inspection(
            organisation=place, slug=f"bulk-{place.slug}-{fieldwork:%Y-%m}"[:100], fieldwork_month=fieldwork,
            title=f"An inspection of probation services in: {place.full_name}",
            published=(fieldwork + dt.timedelta(days=70)).replace(day=1), overall_rating="Requires improvement",
            score_points=9, score_out_of=27, demonstration=True,
        )
        for place, fieldwork in reports
    )  # fmt: skip
    recommendations, owners = [], []
    for inspection in inspections:
        region = regions[parents[inspection.organisation_id]]
        for number in range(1, PER_REPORT + 1):
            if made["recommendations"] + len(recommendations) >= limit:
                break
            group, addressee = (
                (1, inspection.organisation) if number <= 8 else (2, region) if number <= 11 else (3, hmpps)
            )
            recommendations.append(
                Recommendation(
                    inspection=inspection, group=group, number=number, level=addressee.level,
                    addressee_as_printed=addressee.full_name, addressee=addressee,
                    wording=f"{rng.choice(VERBS)} {rng.choice(MATTERS)} and {rng.choice(MATTERS)}",
                )
            )  # fmt: skip
            owners.append(addressee)
    Recommendation.objects.bulk_create(recommendations, batch_size=BATCH)
    keys = sorted({(r.inspection_id, r.addressee_id) for r in recommendations})
    plans = ActionPlan.objects.bulk_create(
        (ActionPlan(inspection_id=i, organisation_id=o, due_by=NO_DATE) for i, o in keys), batch_size=BATCH
    )
    plan_of = dict(zip(keys, plans, strict=True))
    follow_ups, work = [], []
    for recommendation in recommendations:
        post, members = staff[recommendation.addressee_id]
        answered = rng.random() < 0.85
        follow_up = FollowUp(
            recommendation=recommendation, plan=plan_of[recommendation.inspection_id, recommendation.addressee_id],
            addressee=recommendation.addressee, inspection=recommendation.inspection, live=True,
            state="open" if answered else "awaiting", response="agreed" if answered else "awaiting", owner_post=post,
        )  # fmt: skip
        steps = [_action(rng, follow_up, members, post, today, at) for _ in range(rng.choice([1, 2, 3]))]
        steps = steps if answered else []
        follow_up.next_due = min(
            (a.due_by for a in steps if a.state in ("not_started", "in_progress")), default=NO_DATE
        )
        follow_ups.append(follow_up)
        work.append(steps)
    FollowUp.objects.bulk_create(follow_ups, batch_size=BATCH)
    actions = Action.objects.bulk_create((a for steps in work for a in steps), batch_size=BATCH)
    through = Action.follow_ups.through
    through.objects.bulk_create(
        (
            through(action=action, followup=follow_up)
            for follow_up, steps in zip(follow_ups, work, strict=True)
            for action in steps
        ),
        batch_size=BATCH,
    )
    updates = Update.objects.bulk_create(
        (
            Update(
                action=a, by=a.owner_person or staff[a.organisation_id][1][0], 
                at=at - dt.timedelta(days=rng.randint(1, 90)),
                done="Two of four sessions were held.", confidence=rng.choice(["on_track", "on_track", "at_risk"]),
            )
            for a in actions
            if a.state != "not_started"
        ),
        batch_size=BATCH,
    )  # fmt: skip
    events = record_all(
        [_line("follow_up_opened", f, {"number": f.recommendation.number, "live": True}) for f in follow_ups]
        + [_line("action_added", a, {"what": a.what, "due_by": str(a.due_by)}) for a in actions],
        by=None, at=at,
    )  # fmt: skip
    for kind, rows in [
        ("inspections", inspections), ("recommendations", recommendations), ("actions", actions),
        ("updates", updates), ("events", events),
    ]:  # fmt: skip
        made[kind] += len(rows)


def _action(rng, follow_up, members, post, today, at) -> Action:
    late, dated = rng.random() < 0.12, rng.random() < 0.8
    days = -int(rng.expovariate(1 / 40)) - 1 if late else rng.randint(0, 400)
    due_by = today + dt.timedelta(days=days) if dated else NO_DATE
    by_post = rng.random() < 0.3
    return Action(
        plan=follow_up.plan, organisation=follow_up.addressee, what=f"{rng.choice(DOES)} {rng.choice(WHOM)}",
        owner_post=post if by_post else None, owner_person=None if by_post else rng.choice(members),
        state=rng.choice(["not_started", "in_progress", "in_progress"]),
        target_wording=due_by.isoformat() if dated else "", target_precision="day" if dated else "none",
        due_by=due_by, first_due_by=due_by, live=True, added_at=at,
    )  # fmt: skip


def _line(deed, row, after) -> dict:
    place = row.addressee if isinstance(row, FollowUp) else row.organisation
    return {"deed": deed, "subject": row, "organisation": place, "after": after, "demonstration": True}
