"""What the stories about reminders begin with."""

import datetime as dt

from tests import cast as people
from tracker.journal.models import Notice
from tracker.journal.operations import notify
from tracker.plans import operations as plans
from tracker.plans.models import Action, FollowUp
from tracker.plans.rules import TargetDate
from tracker.reminders import delivery, sweep
from tracker.working_days import LONDON, NO_DATE

NOW, TODAY = people.NOW, people.TODAY


def day(offset) -> TargetDate:
    """The date so many days from today; negative: past."""
    due = TODAY + dt.timedelta(days=offset)
    return TargetDate(due.isoformat(), "day", due)


def report(cast, organisation=None, **how):
    """A report with one recommendation, published so that its plan is not due for long."""
    how.setdefault("published", dt.date(2027, 6, 1))
    return people.inspection(organisation or cast.hfkcw, [(organisation or cast.hfkcw, 1)], **how)


def action(cast, due_in=10, *, follow_up=None, owner=None, post=None, what="Recruit two officers") -> Action:
    """An action of HFKCW, added by its head, and hers unless another owner is named. ``due_in`` None: no date."""
    return plans.add_action(
        follow_up or people.follow_up(report(cast), 1),
        what,
        owner_person=None if post else owner or cast.amira,
        owner_post=post,
        target=TargetDate("", "none", NO_DATE) if due_in is None else day(due_in),
        date_reason="It was under way already.",
        success_measure=f"The {Action.objects.count() + 1}. of these",  # the same words at once are the same action
        by=cast.amira,
        at=NOW,
    )


def london(day, clock="08:00") -> dt.datetime:
    """That time by the clock in London, in UTC: "20 November" 2026."""
    when = dt.datetime.strptime(f"{day} 2026 {clock}", "%d %B %Y %H:%M")
    return when.replace(tzinfo=LONDON).astimezone(dt.UTC)


def given(cast, at, who="omar", what="Recruit two officers"):
    """It is decided at that moment that somebody is told of an action that is theirs now."""
    owner = getattr(cast, who)
    follow_up = FollowUp.objects.first() or people.follow_up(report(cast), 1)
    step = action(cast, None, owner=owner, what=what, follow_up=follow_up)
    Notice.objects.filter(subject_kind="action", subject_id=step.pk).delete()
    notify(owner, "assigned", step, "given", at=at)
    return step


def run(at=NOW) -> delivery.Outcome:
    """`sweep --now`: decide, then send whatever the hour."""
    sweep.sweep(at)
    return send(at)


def send(at=NOW, **how) -> delivery.Outcome:
    """Send as `sweep --now` does."""
    return delivery.deliver(lambda: at, **({"at_once": True} | how))


def timetable(at) -> delivery.Outcome:
    """What the timetable does at that moment: decide, then send to those whose turn it is."""
    sweep.sweep(at)
    return delivery.deliver(lambda: at)


def later(**span):
    return NOW + dt.timedelta(**span)
