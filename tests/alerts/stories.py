"""How the stories of alerts begin: raised by Ivy against HFKCW in August 2022, in London's summer time."""

import datetime as dt
from decimal import Decimal

from tests.cast import person, post
from tracker.alerts import answering, ending, escalating, monitoring, raising
from tracker.alerts.models import AlertCase
from tracker.alerts.operations import add_alert_action
from tracker.plans.models import Action
from tracker.plans.rules import read_target_date
from tracker.working_days import LONDON

CONCERNS = ["993 cases have no named practitioner", "234 cases have no next appointment"]
MEASURES = [
    ("Cases without a named practitioner", "cases", Decimal(0), "up", Decimal(993), None),
    ("Share of cases seen", "per cent", Decimal(95), "down", Decimal(60), dt.date(2022, 8, 1)),
]
END = read_target_date("30 September 2022")


def at(day, hour=10, minute=0, month=8, year=2022) -> dt.datetime:
    """A moment as London's clocks show it."""
    return dt.datetime(year, month, day, hour, minute, tzinfo=LONDON).astimezone(dt.UTC)


def fresh(case) -> AlertCase:
    """As a new request loads it."""
    return AlertCase.objects.select_related("organisation__parent__parent").get(pk=case.pk)


def raised(cast, moment, **how) -> AlertCase:
    given = {"concerns": CONCERNS, "measures": MEASURES, "required_text": "Allocate every case.", "by": cast.ivy} | how
    return fresh(raising.raise_alert(given.pop("organisation", cast.hfkcw), "unallocated", **given, at=moment))


def act_on(case, cast, moment=None, owner=None, concerns=None) -> list[Action]:
    """An action with owner and date for each concern."""
    moment = moment or case.raised_at + dt.timedelta(hours=1)
    return [
        add_alert_action(
            fresh(case), f"Allocate {concern.position}", organisation=cast.hfkcw, owner_person=owner or cast.omar,
            target=END, concerns=[concern], by=cast.amira, at=moment,
        )
        for concern in (concerns if concerns is not None else case.concerns.all())
    ]  # fmt: skip


def monitored(cast, moment, **how) -> AlertCase:
    """Raised, acknowledged, covered, responded and accepted at once."""
    case = raised(cast, moment, **how)
    answering.acknowledge(case, seen_version=1, by=cast.amira, at=moment)
    act_on(case, cast, moment)
    answering.respond(fresh(case), "We allocate.", seen_version=2, by=cast.amira, at=moment)
    answering.accept(fresh(case), seen_version=3, by=cast.ivy, at=moment)
    return fresh(case)


def read(case, value, day, *, by, moment, name="Cases without a named practitioner"):
    """One reading of a measure, ``day`` as a date."""
    new = monitoring.NewReading(case.measures.get(name=name), Decimal(value), day)
    return monitoring.add_readings(fresh(case), [new], by=by, at=moment)


def stood_down(case, cast, moment, exception="Not all is done, but people are safe.") -> AlertCase:
    case = fresh(case)
    ending.ask_end(case, "Weekly checks go on.", exception, seen_version=case.version, by=cast.amira, at=moment)
    ending.agree_end(fresh(case), seen_version=case.version, by=cast.rosa, at=moment)
    ending.confirm_end(fresh(case), seen_version=fresh(case).version, by=cast.idris, at=moment)
    return fresh(case)


def climb(moment):
    return escalating.climb(moment)


def ladder_of(cast) -> None:
    """The offices above the region: held by people of their own."""
    cast.area = post(cast.hmpps, "Area Executive Director", person("Arun", "Gale"))
    cast.chief = post(cast.hmpps, "Chief Probation Officer", person("Cora", "Lyle"))
    cast.executive = post(cast.hmpps, "Chief executive", person("Elin", "Mace"))
    for office, rung in (("area", "rung_area"), ("chief", "rung_chief_officer"), ("executive", "rung_chief_executive")):
        one = getattr(cast, office)
        one.rung = rung
        one.save()
    cast.area.covers.add(cast.london)
