"""Pages with a deed on an alert: each shows one form and calls one operation."""

from dataclasses import dataclass

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from tracker.journal.models import Notice
from tracker.people.models import Role, User
from tracker.plans import rules
from tracker.plans.forms import Seen
from tracker.plans.models import Action
from tracker.plans.replies import refused, warn
from tracker.plans.sentences import shortened
from tracker.plans.views import OWNER_PARTS
from tracker.refusals import NotAllowed, Refusal
from tracker.words import day, plural
from tracker.working_days import london_day

from . import answering, ending, monitoring, operations, raising
from .forms import (
    AskEndForm,
    CheckpointForm,
    CircleForm,
    ConcernsForm,
    DecideForm,
    PauseForm,
    ReadingsFileForm,
    ReadingsForm,
    ReasonForm,
    RespondForm,
    StartClockForm,
)
from .guard import standing_for_alert
from .models import AlertCase
from .rules import ALERT_STATES, ALERT_STEPS
from .views import alert_for, choices_at_the_end, read_or_post


@dataclass(frozen=True)
class Page:
    """What one of these pages says. ``then``: what follows, a sentence each. ``shown``: (label, text) above it."""

    title: str
    button: str
    then: tuple[str, ...] = ()
    shown: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    kind: str = ""  # of the button: "warning"


def _case(request, pk, *deeds) -> AlertCase:
    """The alert, for who may do one of these deeds to it: 404 out of sight, 403 in the wrong role, 409 too late."""
    case = alert_for(request.user, pk)
    standing = standing_for_alert(case, request.user)
    steps = [ALERT_STEPS[deed] for deed in deeds]
    refusals = [rules.why_not_allowed(step, standing) for step in steps]
    if all(refusals):
        raise NotAllowed(refusals[0])
    late = [rules.why_not_now(step, case.state, ALERT_STATES) for step in steps]
    if request.method != "POST" and all(late):
        raise Refusal(late[0])
    return case


def _answer(request, case, page, form, do, done, texts=("reason",), template="alerts/deed.html", **more):
    """Show the form; on a POST do the deed. ``do(given, at)`` calls the operation; ``done(given)``: the banner's words;
    ``texts``: the fields that are looked through for the numbers of people on probation."""
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        given, at = form.cleaned_data, timezone.now()
        try:
            do(given, at)
        except Refusal as refusal:
            status, conflict = refused(form, refusal, lambda theirs: {})
            if conflict:
                case = alert_for(request.user, case.pk)
        else:
            messages.success(request, f"{done(given)} {told(case, at)}".strip())
            warn(request, *(str(given.get(name) or "") for name in texts))
            return redirect("alert", case.pk)
    return render(request, template, {"case": case, "page": page, "form": form, **more}, status=status)


def told(case, at) -> str:
    """Who is told of what was done in this moment, as the end of the banner."""
    notices = Notice.objects.filter(subject_kind=case._meta.model_name, subject_id=case.pk, decided_at=at)
    names = sorted({notice.recipient.name for notice in notices.select_related("recipient")})
    if not names:
        return ""
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{listed} will be told by e-mail."


def _known(request, given, at) -> dict:
    return {"seen_version": given["seen"], "by": request.user, "at": at}


def _seen(request, form, case, **how):
    return form(request.POST or None, initial={"seen": case.version}, **how)


# --- The place answers, the inspector judges -----------------------------------------------------------------


@read_or_post
def acknowledge(request, pk):
    case = _case(request, pk, "acknowledge")
    page = Page(
        "Acknowledge this alert", "Acknowledge",
        ("Your name and the time stand on its page.",
         "Every concern then needs an action with an owner and a date, and the place sends its written response."),
        shown=(("What is required", case.required_text),) if case.required_text else (),
    )  # fmt: skip
    return _answer(
        request, case, page, _seen(request, Seen, case),
        lambda given, at: answering.acknowledge(case, **_known(request, given, at)),
        lambda given: f"Acknowledged: the organisational alert about {case.organisation}.",
    )  # fmt: skip


@read_or_post
def respond(request, pk):
    case = _case(request, pk, "respond")
    missing = answering.concerns_without_action(case) if case.state == "acknowledged" else []
    page = Page(
        "Send the written response", "Send the response",
        ("The inspectors named on the alert judge it: accepted, or returned with reasons.",),
        shown=tuple(
            (label, text)
            for label, text in (("Why it was returned", case.return_reason), ("What is required", case.required_text))
            if text
        ),
        missing=tuple(
            f"Concern {one.position} has no action with an owner and a date: {one.text}" for one in missing
        ),
    )  # fmt: skip
    form = RespondForm(request.POST or None, initial={"seen": case.version, "text": case.response_text})
    return _answer(
        request, case, page, form,
        lambda given, at: answering.respond(case, given["text"], **_known(request, given, at)),
        lambda given: f"Sent: the response to the organisational alert about {case.organisation}.", ("text",),
    )  # fmt: skip


@read_or_post
def judge(request, pk):
    case = _case(request, pk, "accept", "return_response")
    page = Page(
        "Judge the response", "Save the judgement",
        ("Accepted: all its actions are required, and readings and checkpoints are due from now on.",
         "Returned: the place answers again, by a shorter limit."),
        shown=_response(case, request.user),
    )  # fmt: skip
    form = _seen(
        request, DecideForm, case, question="Is the response good enough?", yes=("accept", "Accept it"),
        no=("return", "Return it, with reasons"), why="What does it lack?",
    )  # fmt: skip

    def do(given, at):
        if given["decision"] == "accept":
            answering.accept(case, **_known(request, given, at))
        else:
            answering.return_response(case, given["reason"], **_known(request, given, at))

    def done(given):
        word = "Accepted" if given["decision"] == "accept" else "Returned with reasons"
        return f"{word}: the response to the organisational alert about {case.organisation}."

    return _answer(request, case, page, form, do, done)


@read_or_post
def link_concerns(request, pk, action):
    """Which concerns an action of the alert answers; those that a report printed say it afterwards."""
    case = _case(request, pk, "link_concerns")
    rows = Action.objects.visible_to(request.user).select_related("alert__organisation__parent__parent", "organisation")
    row = get_object_or_404(rows, pk=action, alert=case)
    concerns = list(case.concerns.all())
    now = [str(one) for one in row.concerns.values_list("pk", flat=True)]
    page = Page(
        "Say which concerns an action answers", "Save",
        ("A concern that no action answers is named on the alert's page.",
         "Its owner and its date stay as they are. No e-mail is sent."),
        shown=(("Action", row.what),),
    )  # fmt: skip
    form = ConcernsForm(request.POST or None, concerns=concerns, initial={"seen": row.version, "concerns": now})

    def do(given, at):
        chosen = [one for one in concerns if str(one.pk) in given["concerns"]]
        operations.link_concerns(row, chosen, seen_version=given["seen"], by=request.user, at=at)

    return _answer(
        request, case, page, form, do,
        lambda given: f"Saved: “{shortened(row.what)}” answers {plural(len(given['concerns']), 'concern')}.", (),
    )  # fmt: skip


def _response(case, user) -> tuple:
    """What is judged: the text, and what will be done by whom and when."""
    acts = Action.objects.visible_to(user).filter(alert=case).exclude(state="cancelled").order_by("position", "pk")
    lines = []
    for act in acts.select_related("organisation", *OWNER_PARTS):
        when = f", by {day(act.due_by)}" if act.has_date else ", no date"
        lines.append(f"{act.what} ({act.owner_words}{when})")
    shown = [("The response", case.response_text), ("Its actions", "\n\n".join(lines))]
    return tuple((label, text) for label, text in shown if text)


# --- What is watched -----------------------------------------------------------------------------------------


def _measures(case) -> list:
    measures, latest = list(case.measures.all()), ending.latest_readings(case)
    for measure in measures:
        measure.latest = latest.get(measure.pk)
    return measures


def _entered(case, rows) -> str:
    """What the banner says of new readings."""
    worse = [row.measure.name for row in rows if row.worsened]
    said = f"{plural(len(rows), 'reading')} entered for the organisational alert about {case.organisation}."
    return said + (f" Worse beyond the margin: {', '.join(worse)}. The ladder climbs by itself." if worse else "")


@read_or_post
def add_readings(request, pk):
    case = _case(request, pk, "add_reading")
    measures = _measures(case)
    if not measures:
        raise Refusal("This alert has no measure that could be read.")
    form = ReadingsForm(request.POST or None, measures=measures, today=london_day(timezone.now()))
    made = []

    def do(given, at):
        made.extend(monitoring.add_readings(case, form.readings(), key=given["key"], by=request.user, at=at))

    notes = [form.names(one)[2] for one in measures]
    return _answer(
        request, case, Page("Enter readings", "Save the readings"), form, do, lambda given: _entered(case, made), notes,
        template="alerts/readings.html", measures=measures,
    )  # fmt: skip


@read_or_post
def readings_file(request, pk):
    case = _case(request, pk, "add_reading")
    measures = list(case.measures.all())
    form = ReadingsFileForm(request.POST or None, request.FILES or None)
    page, mistakes, status = Page("Enter readings from a file", "Read the file"), [], 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        given, at = form.cleaned_data, timezone.now()
        readings, mistakes = monitoring.read_file(given["file"].read(), measures, london_day(at))
        if mistakes:
            form.add_error("file", f"{plural(len(mistakes), 'mistake')} in the file. Nothing was saved.")
            status = 422
        else:
            try:
                made = monitoring.add_readings(case, readings, key=given["key"], by=request.user, at=at)
            except Refusal as refusal:
                status, _ = refused(form, refusal)
            else:
                messages.success(request, f"{_entered(case, made)} {told(case, at)}".strip())
                warn(request, *(row.note for row in made))
                return redirect("alert", case.pk)
    context = {"case": case, "page": page, "form": form, "measures": measures, "mistakes": mistakes}
    return render(request, "alerts/readings_file.html", context, status=status)


@read_or_post
def hold_checkpoint(request, pk):
    case = _case(request, pk, "hold_checkpoint")
    page = Page(
        "Record a checkpoint", "Record it",
        ("It says that the level above looked at the whole alert. The next one is due from this day on.",),
    )  # fmt: skip
    return _answer(
        request, case, page, CheckpointForm(request.POST or None),
        lambda given, at: monitoring.hold_checkpoint(case, given["text"], key=given["key"], by=request.user, at=at),
        lambda given: f"Checkpoint recorded: the organisational alert about {case.organisation}.", ("text",),
    )  # fmt: skip


# --- The end -------------------------------------------------------------------------------------------------


@read_or_post
def ask_end(request, pk):
    case = _case(request, pk, "ask_end")
    missing = ending.what_stands_in_the_way(case) if case.state == "monitoring" else []
    page = Page(
        "Ask for the stand-down", "Ask for it",
        ("A lead of a higher level agrees or refuses, then an inspector confirms or refuses: three people.",
         "Readings and checkpoints stay due until it is confirmed."),
        missing=tuple(missing),
    )  # fmt: skip
    form = _seen(request, AskEndForm, case)
    if not missing and not form.is_bound:
        del form.fields["exception"]
    return _answer(
        request, case, page, form,
        lambda given, at: ending.ask_end(case, given["exit_plan"], given["exception"], **_known(request, given, at)),
        lambda given: f"Asked for: the stand-down of the organisational alert about {case.organisation}.",
        ("exit_plan", "exception"),
    )  # fmt: skip


AT_THE_END = {
    "agree": ("Agree to the stand-down", "Agreed to"),
    "confirm": ("Confirm the stand-down", "Confirmed"),
    "refuse": ("Refuse it, with a reason", "Refused"),
}


@read_or_post
def decide_end(request, pk):
    case = _case(request, pk, "agree_end", "confirm_end", "refuse_end")
    may = {d for d in ("agree_end", "confirm_end", "refuse_end") if not _why_not(case, request.user, d)}
    choices = choices_at_the_end(case, request.user, may)
    if not choices and request.method != "POST":
        raise NotAllowed(ending.why_not_decided_by(case, request.user) or "Somebody else decides on it now.")
    shown = [("Exit plan", case.exit_plan), ("Why it can end although not all is done", case.exception)]
    if case.end_asked_by_id:
        shown.append(("Asked for by", f"{case.end_asked_by.name}, {day(case.end_asked_at)}"))
    if case.end_agreed_by_id:
        shown.append(("Agreed to by", f"{case.end_agreed_by.name}, {day(case.end_agreed_at)}"))
    page = Page(
        "Decide on the stand-down", "Save the decision",
        ("Refused, the alert goes on in monitoring." if choices == ["refuse"] else
         "Agreed to, an inspector confirms it. Refused, the alert goes on in monitoring." if "agree" in choices else
         "Confirmed, the alert is stood down. Refused, it goes on in monitoring.",),
        shown=tuple((label, text) for label, text in shown if text),
        missing=() if case.exception else tuple(ending.what_stands_in_the_way(case)),
    )  # fmt: skip
    yes = next((one for one in choices if one != "refuse"), "confirm" if "confirm_end" in may else "agree")
    form = _seen(
        request, DecideForm, case, question="What do you decide?", yes=(yes, AT_THE_END[yes][0]),
        no=("refuse", AT_THE_END["refuse"][0]), why="Why does the alert not end yet?",
    )  # fmt: skip
    if choices == ["refuse"] and not form.is_bound:
        form.fields["decision"].choices = [("refuse", AT_THE_END["refuse"][0])]

    def do(given, at):
        known = _known(request, given, at)
        if given["decision"] == "agree":
            ending.agree_end(case, **known)
        elif given["decision"] == "confirm":
            ending.confirm_end(case, **known)
        else:
            ending.refuse_end(case, given["reason"], **known)

    return _answer(
        request, case, page, form, do,
        lambda given: f"{AT_THE_END[given['decision']][1]}: the stand-down of the organisational alert about "
        f"{case.organisation}.",
    )  # fmt: skip


def _why_not(case, user, deed) -> str | None:
    step = ALERT_STEPS[deed]
    return rules.why_not_allowed(step, standing_for_alert(case, user)) or rules.why_not_now(
        step, case.state, ALERT_STATES
    )


@read_or_post
def reopen(request, pk):
    case = _case(request, pk, "reopen")
    page = Page(
        "Open this alert again", "Open it again",
        ("It goes on in monitoring, in a new cycle: readings and checkpoints are due from now on.",),
    )  # fmt: skip
    return _answer(
        request, case, page, _seen(request, ReasonForm, case),
        lambda given, at: ending.reopen(case, given["reason"], **_known(request, given, at)),
        lambda given: f"Open again: the organisational alert about {case.organisation}.",
    )  # fmt: skip


@read_or_post
def withdraw(request, pk):
    case = _case(request, pk, "withdraw")
    page = Page(
        "Withdraw this alert", "Withdraw it",
        ("For an alert that was raised in error. One that did its work is stood down instead.",
         "The record and your reason stay on show. No clock runs any more."),
        kind="warning",
    )  # fmt: skip
    return _answer(
        request, case, page, _seen(request, ReasonForm, case),
        lambda given, at: raising.withdraw(case, given["reason"], **_known(request, given, at)),
        lambda given: f"Withdrawn: the organisational alert about {case.organisation}.",
    )  # fmt: skip


# --- Its clocks and its circle -------------------------------------------------------------------------------


@read_or_post
def pause(request, pk):
    case = _case(request, pk, "pause")
    page = Page(
        "Pause the clocks", "Pause them",
        ("On these days no limit runs and no rung is reached. Your name, the reason and the days stand on its page.",),
    )  # fmt: skip
    return _answer(
        request, case, page, PauseForm(request.POST or None),
        lambda given, at: raising.pause(
            case, given["starts"], given["ends"], given["reason"], key=given["key"], by=request.user, at=at
        ),
        lambda given: f"Paused from {day(given['starts'])} to {day(given['ends'])}: the organisational alert about "
        f"{case.organisation}.",
    )  # fmt: skip


@read_or_post
def start_clock(request, pk):
    case = _case(request, pk, "start_clock")
    page = Page(
        "Start the clocks", "Start them",
        ("Its limits run from the day on which it was raised, so what was due long ago is late at once.",
         "Whoever is next on the ladder is told."),
    )  # fmt: skip
    return _answer(
        request, case, page, _seen(request, StartClockForm, case),
        lambda given, at: raising.start_clock(case, given["raised_on"], **_known(request, given, at)),
        lambda given: f"The clocks run from {day(given['raised_on'])}: the organisational alert about "
        f"{case.organisation}.", (),
    )  # fmt: skip


@read_or_post
def change_circle(request, pk):
    case = _case(request, pk, "change_circle")
    now = list(case.inspectors.all())
    people = User.objects.filter(is_active=True, memberships__role=Role.INSPECTOR).distinct()
    page = Page(
        "Change who is named on it", "Save",
        ("They are told when the place acknowledges, responds, or asks for the end.",
         "A restricted alert is read by the inspectors named on it and by no other. Who leaves yourself out cannot "
         "open it any more." if case.restricted else "Every inspector can read this alert."),
    )  # fmt: skip
    form = CircleForm(
        request.POST or None, people=people,
        initial={"seen": case.version, "inspectors": [str(one.pk) for one in now]},
    )  # fmt: skip

    def do(given, at):
        chosen = [one for one in people if str(one.pk) in given["inspectors"]]
        raising.change_circle(case, chosen, **_known(request, given, at))

    reply = _answer(
        request, case, page, form, do,
        lambda given: f"Changed: who is named on the organisational alert about {case.organisation}.", (),
    )  # fmt: skip
    if reply.status_code == 302 and not AlertCase.objects.visible_to(request.user).filter(pk=pk).exists():
        return redirect("alerts")
    return reply
