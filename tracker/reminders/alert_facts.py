"""What the mails of alerts depend on, asked again at the moment of sending; in a fixed number of queries."""

import datetime as dt
from collections import defaultdict

from tracker.alerts.facts import clocks
from tracker.alerts.models import AlertCase, Escalation
from tracker.alerts.posts import Posts
from tracker.alerts.rules import OPEN_ALERT
from tracker.journal.models import Event
from tracker.working_days import LONDON, NO_DATE

from .rules import ALERTS, Matter

# The deed of which a kind speaks, where it has another name.
_DEEDS = {"alert_worsened": "readings_added"}


def alert_matters(ids, facts) -> dict[int, Matter]:
    """Alerts by id with the people that their notices are for. ``facts``: `reminders.facts.Facts` of the day."""
    cases = AlertCase.objects.filter(pk__in=ids).select_related("organisation__parent__parent")
    cases = list(cases.prefetch_related("inspectors"))
    people = _doers(ids)
    for case in cases:
        named = (person.pk for person in case.inspectors.all())
        people[case.pk]["inspector"] = tuple(pk for pk in sorted(named) if pk in facts.inspectors)
    for pk, rungs in _at_rungs(cases, facts.today).items():
        people[pk] |= rungs
    return {
        case.pk: Matter(
            "alert_raised", "alertcase", case.pk, NO_DATE, case.cycle, facts.lines[case.organisation_id], case.live,
            case.state in OPEN_ALERT, state=case.state, people=people[case.pk],
        )
        for case in cases
    }  # fmt: skip


def _doers(ids) -> dict[int, dict]:
    """{alert: {"doer " and the kind: who did it last}}"""
    kinds = defaultdict(list)
    for kind in ALERTS:
        kinds[_DEEDS.get(kind, kind)].append(kind)
    rows = Event.objects.filter(subject_kind="alertcase", subject_id__in=ids, deed__in=kinds, actor__isnull=False)
    found = defaultdict(dict)
    for alert, deed, actor in rows.order_by("at", "pk").values_list("subject_id", "deed", "actor_id"):
        for kind in kinds[deed]:
            found[alert][f"doer {kind}"] = (actor,)
    return found


def _at_rungs(cases, today) -> dict[int, dict[str, tuple]]:
    """{alert: {occasion of the notice: who answers at that rung now}} as long as anything that the post was told of
    still is late; empty where the post and all above it are vacant."""
    posts = Posts(today)
    now = dt.datetime.combine(today, dt.time(12), tzinfo=LONDON)
    late = {
        pk: {duty.occasion for duty in clock.duties() if duty.is_late(today)}
        for pk, clock in clocks(cases, now, posts).items()
    }
    rows = list(Escalation.objects.filter(alert__in=late).values_list("alert_id", "occasion", "rung", "post_id"))
    concerned = {(alert, post) for alert, occasion, _, post in rows if occasion in late[alert]}
    places = {case.pk: case.organisation for case in cases}
    found = defaultdict(dict)
    for alert, occasion, rung, post in rows:
        if (alert, post) in concerned:
            answering = posts.at(rung, places[alert])
            holder = answering and answering.post and answering.post.holder_id
            found[alert][f"{occasion} {rung}"] = (holder,) if holder else ()
    return found
