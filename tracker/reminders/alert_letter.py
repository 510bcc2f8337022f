"""The mail about one organisational alert: alone, and of a restricted one nothing but where it is."""

import datetime as dt
import textwrap
from dataclasses import dataclass

from django.conf import settings
from django.template import engines
from django.urls import reverse
from django.utils.dateformat import format as format_date
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from tracker.alerts.facts import Clock, clocks
from tracker.alerts.ladder import RUNGS, Duty, deadline
from tracker.alerts.models import AlertCase, Escalation
from tracker.words import time_of_day
from tracker.working_days import LONDON, london_day

from .digest import Letter
from .items import WIDTH, date_words
from .rules import ABOVE, ALERTS, HEAD, STAND_IN

BECAUSE = {
    HEAD: gettext_noop("You are told because you answer for %(place)s."),
    STAND_IN: gettext_noop("You are told because nobody nearer to %(place)s can be reached."),
    ABOVE: gettext_noop("You are told as the level above %(place)s."),
    "inspector": gettext_noop("You are told because you are named on it."),
}


@dataclass(frozen=True)
class Paragraphs:
    """What the mail says, in order; ``late`` and ``concerns`` as lists."""

    subject: str
    heading: str
    said: list[str]
    late: list[str]
    concerns: list[str]
    why: str
    link: str

    def wrapped(self, text: str, indent="") -> str:
        return textwrap.fill(
            text, WIDTH, initial_indent=indent, subsequent_indent=" " * len(indent), break_long_words=False,
            break_on_hyphens=False,
        )  # fmt: skip


def compose_alert(recipient, notice, told, now: dt.datetime) -> tuple[Letter, bool] | None:
    """(the mail, whether the alert is restricted) for one notice; None when the alert is gone, or is not for this
    reader to see."""
    recipient.acting_on = london_day(now)
    rows = AlertCase.objects.visible_to(recipient).filter(pk=notice.subject_id)
    case = rows.select_related("organisation__parent__parent").first()
    if case is None:
        return None
    context = {"alert": _paragraphs(case, notice, told, now), "name": recipient.name, "home": settings.BASE_URL + "/"}
    context["language"] = get_language()[:2]
    engine = engines["jinja2"]
    letter = Letter(
        subject=context["alert"].subject,
        text=engine.get_template("mail/alert.txt").render(context),
        html=engine.get_template("mail/alert.html").render(context),
        about=frozenset([("alertcase", case.pk)]),
    )
    return letter, case.restricted


def _paragraphs(case, notice, told, now) -> Paragraphs:
    step, place = ALERTS[notice.kind], str(case.organisation)
    link = settings.BASE_URL + reverse("alert", args=[case.pk])
    if case.restricted:
        subject = _("An organisational alert: %(place)s") % {"place": place}
        said = [_("It is restricted: sign in to read what it is about, and what is asked of you.")]
        return Paragraphs(subject[:200], subject, said, [], [], "", link)
    heading = _("%(what)s: organisational alert for %(place)s") % {"what": _(step.heading), "place": place}
    clock, today = clocks([case], now)[case.pk], london_day(now)
    late = [duty for duty in clock.duties() if duty.is_late(today)]
    return Paragraphs(
        subject=heading[:200],
        heading=heading,
        said=[_(step.do), *_next(clock, now)],
        late=[_late(duty) for duty in late] if notice.kind == "alert_rung" else [],
        concerns=[one.text for one in case.concerns.all()] if notice.kind == "alert_raised" else [],
        why=_because(case, notice, told, place),
        link=link,
    )


def _late(duty: Duty) -> str:
    if duty.kind == "worsened":
        since = {"what": _(duty.words), "day": date_words(duty.due + dt.timedelta(days=1))}
        return _("%(what)s: since %(day)s.") % since
    return _("%(what)s: was due by %(when)s.") % {"what": _(duty.words), "when": by(duty.due)}


def _next(clock: Clock, now) -> list[str]:
    """What is due next, and who is told if it is not done."""
    today = london_day(now)
    duty = min((one for one in clock.duties() if one.done_on is None and one.due >= today), default=None)
    rung = clock.next_up(now)[1]
    said = [_("Due next: %(what)s, by %(when)s.") % {"what": _(duty.words), "when": by(duty.due)}] if duty else []
    if rung:
        told = {"who": _(RUNGS[rung.name]), "day": date_words(rung.reached_on)}
        said.append(_("If nothing happens, the next to be told is: %(who)s, on %(day)s.") % told)
    return said


def by(due: dt.date) -> str:
    """ "11:59pm on Wednesday 3 August 2022" """
    at = deadline(due)
    day = format_date(at.astimezone(LONDON), "l j F Y")
    return _("%(time)s on %(day)s") % {"time": time_of_day(at), "day": day}


def _because(case, notice, told, place) -> str:
    as_head = _(BECAUSE[HEAD]) % {"place": place}
    if notice.kind != "alert_rung":
        return _(BECAUSE[told.role]) % {"place": place} if told.role in BECAUSE else as_head
    rows = Escalation.objects.filter(alert=case).select_related("post")
    row = next((one for one in rows if f"{one.occasion} {one.rung}" == notice.occasion), None)
    if row is None or row.post is None:
        return as_head
    said = _("You are told as %(post)s, %(place)s.") % {"post": row.post.title, "place": row.post.organisation}
    if row.passed_on_from:
        said += " " + _("It was passed on from: %(posts)s.") % {"posts": row.passed_on_from}
    return said
