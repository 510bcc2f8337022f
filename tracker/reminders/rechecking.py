"""Asked again at the moment of sending: is a notice still true, and for whom? Reads only."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, replace

from tracker.working_days import london_day

from .facts import Facts
from .items import Due
from .rules import (
    GONE,
    NOTHING_TO_DO,
    PASSED_TO_OTHERS,
    REMINDERS,
    TOLD_ONCE,
    Matter,
    audience,
    for_kind,
    stage_now,
    who_is_told,
    why_no_longer,
    why_not_told,
)


class Known:
    """Places, people, cover and limits, for a run that writes thousands of mails and asks for all of them with each:
    read anew every few seconds. What a mail is about is read at its own moment."""

    LASTS = dt.timedelta(seconds=5)

    def __init__(self):
        self.forget()

    def forget(self):
        self._facts, self._read_at = None, None

    def at(self, now) -> Facts:
        if self._facts is None or self._facts.today != london_day(now) or now - self._read_at >= self.LASTS:
            self._facts, self._read_at = Facts(london_day(now)), now
        return self._facts

    def circumstances(self, notices, now) -> "Circumstances":
        """What these are about, as it is now: a few queries for each kind of subject, however many there are."""
        facts, about = self.at(now) if notices else None, defaultdict(list)
        for notice in notices:
            about[notice.subject_kind].append(notice)
        matters = {
            kind: facts.again(kind, {n.subject_id for n in its}, {n.kind for n in its}) for kind, its in about.items()
        }
        return Circumstances(facts, matters)


@dataclass(frozen=True)
class Circumstances:
    """``matters``: {kind: {id: matter}}; without a notice to ask about there are no facts."""

    facts: Facts | None
    matters: dict[str, dict[int, Matter]]


def recheck(notices, circumstances: Circumstances):
    """([(notice, told, matter)] that still are true, {why: [id]} of the others, and whom to tell of a step instead), by
    the same rules as the sweep's."""
    true, untrue, instead = [], defaultdict(list), []
    for notice in notices:
        matter = circumstances.matters[notice.subject_kind].get(notice.subject_id)
        why, told = _judge(notice, matter, circumstances.facts)
        if why is None:
            true.append((notice, next(one for one in told if one.recipient == notice.recipient_id), matter))
        else:
            untrue[why].append(notice.pk)
            instead += [(one.recipient, *saying_of(notice)) for one in told]
    return true, untrue, instead


def _judge(notice, matter, facts):
    """(why not or None, who is to be told) of one notice. Of a date the sweep tells whoever it is now by itself, unless
    that is said once only."""
    if matter is None:
        return GONE, []
    if notice.kind == "alert_rung":
        if notice.occasion not in matter.people:
            return NOTHING_TO_DO, []  # done since, or paused
        matter = replace(matter, people=matter.people | {"rung": matter.people[notice.occasion]})
    if notice.kind in TOLD_ONCE:
        why = why_not_told(notice.kind, notice.recipient_id, notice.occasion, matter, facts.circle)
        moved_on = why is None or why in PASSED_TO_OTHERS
        return why, audience(notice.kind, matter, facts.circle) if moved_on else []
    matter, limits, today = for_kind(matter, notice.kind), facts.limits(matter.line), facts.today
    why = why_no_longer(notice.recipient_id, notice.occasion, matter, today, limits, facts.circle)
    passed_on = why in PASSED_TO_OTHERS and REMINDERS[notice.kind].once
    if why is None or passed_on:
        return why, who_is_told(matter, stage_now(matter, today, limits), limits, facts.circle)
    return why, []


def saying_of(notice):
    return notice.kind, notice.subject_kind, notice.subject_id, notice.occasion


def merged(true) -> list[Due]:
    """Each subject once, whatever was decided about it."""
    subjects = defaultdict(list)
    for notice, told, _ in true:
        subjects[notice.subject_kind, notice.subject_id].append((notice.kind, told))
    return [Due(*subject, tuple(said)) for subject, said in subjects.items()]
