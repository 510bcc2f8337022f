"""Asking for another date, and deciding on it."""

from django.contrib import messages
from django.db.models import Q
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tracker.lists import Sort, page_of
from tracker.refusals import NotAllowed, Refusal
from tracker.words import day, verb
from tracker.working_days import london_day

from . import dates, guard, rules
from .action_views import may_decide_date, who_decides
from .forms import AskDateForm, DecideDateForm
from .models import Action, DateChange
from .replies import may, read_or_post, refused, warn
from .sentences import shortened
from .views import action_for, possible_on

DATE_SORTS = {"oldest": Sort("Oldest first", "asked_at"), "newest": Sort("Newest first", "asked_at", descending=True)}
SHOWN = 20  # of one's own questions


@read_or_post
def ask_date(request, pk):
    row = action_for(request.user, pk)
    may(request, row, "ask_date", rules.ACTION_STEPS)
    if request.method != "POST" and not row.has_date:
        raise Refusal("This action has no date yet. Change the action to give it one.")
    form = AskDateForm(request.POST or None, initial={"seen": row.version})
    status, conflict = (422 if form.errors else 200), None

    def theirs(one):
        return {"target": one.target_wording or day(one.due_by)}

    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            change = dates.ask_date(
                row, given["target"], given["reason"], key=given["key"], seen_version=given["seen"], by=request.user,
                at=timezone.now(),
            )  # fmt: skip
        except Refusal as refusal:
            status, conflict = refused(form, refusal, theirs)
        else:
            messages.success(request, _asked(change, row))
            warn(request, given["reason"])
            return redirect("action", pk)
    row.slip = rules.slip_words(row.times_moved, row.slip_days)
    context = {
        "action": row,
        "form": form,
        "conflict": conflict,
        "decider": who_decides(row.organisation),
        "question": row.date_changes.filter(state="asked").select_related("asked_by").first(),
        "may": possible_on(row, request.user),
    }
    return render(request, "actions/ask_date.html", context, status=status)


def _asked(change, row) -> str:
    if change.state == "agreed":
        return (
            f"The date of “{shortened(row.what)}” is now {day(change.new_due_by)}. It moved at once. No e-mail is sent."
        )
    whom = who_decides(row.organisation)
    return f"Asked for {day(change.new_due_by)}: “{shortened(row.what)}”. The date stays until {whom} decides."


@read_or_post
def decide_date(request, pk):
    """Read by everybody who may see the action; decided by the level above, taken back by the place itself."""
    change = DateChange.objects.select_related("asked_by", "decided_by").filter(pk=pk).first()
    if change is None:
        raise Http404
    row = change.action = action_for(request.user, change.action_id)
    decides = may_decide_date(change, row, request.user)
    takes_back = change.state == "asked" and bool(
        guard.standing_for_action(row, request.user) & rules.DATE_CHANGE_STEPS["withdraw_date"].who
    )
    form, status = DecideDateForm(), 200
    if request.method == "POST" and request.POST.get("decision") == "withdraw":
        return _withdraw(request, change, row)
    if request.method == "POST":
        if not decides and change.state == "asked":
            _may_not_decide(change, row, request.user)
        form = DecideDateForm(request.POST)
        status = 200 if form.is_valid() else 422
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        deed = dates.agree_date if given["decision"] == "agree" else dates.refuse_date
        try:
            change = deed(change, given["comment"], by=request.user, at=timezone.now())
        except Refusal as refusal:
            status, _ = refused(form, refusal)
            change = DateChange.objects.select_related("asked_by", "decided_by").get(pk=pk)
            row = change.action = action_for(request.user, change.action_id)
            decides = may_decide_date(change, row, request.user)
            takes_back = takes_back and change.state == "asked"
        else:
            messages.success(request, f"{_decided(change, row)} {_told(change, row, request.user)}".strip())
            warn(request, given["comment"])
            return redirect("dates")
    row.slip = rules.slip_words(row.times_moved, row.slip_days)
    moved = row.times_moved + 1
    context = {
        "change": change,
        "action": row,
        "form": form,
        "decides": decides,
        "takes_back": takes_back,
        "decider": who_decides(row.organisation),
        "would_be": rules.slip_words(moved, (change.new_due_by - row.first_due_by).days),
        "moved_since": change.state == "asked" and change.old_due_by != row.due_by,
    }
    return render(request, "actions/date.html", context, status=status)


def _may_not_decide(change, row, user):
    standing = guard.standing_above(row.organisation, user, change.asked_by)
    sentence = rules.why_not_allowed(rules.DATE_CHANGE_STEPS["agree_date"], standing)
    raise NotAllowed(sentence or "You cannot decide on a date that you asked for yourself.")


def _withdraw(request, change, row):
    dates.withdraw_date(change, by=request.user, at=timezone.now())
    messages.success(
        request, f"Taken back: another date for “{shortened(row.what)}”. It stays {day(row.due_by)}. No e-mail is sent."
    )
    return redirect("action", row.pk)


def _decided(change, row) -> str:
    if change.state == "agreed":
        return f"Agreed: “{shortened(row.what)}” is now due by {day(change.new_due_by)}."
    return f"Refused: “{shortened(row.what)}” stays due by {day(change.old_due_by)}."


def _told(change, row, by) -> str:
    people = {person.pk: person for person in (change.asked_by, row.owner) if person is not None}
    names = sorted(p.name for p in people.values() if p.is_active and p.pk != by.pk)
    return f"{' and '.join(names)} will be told by e-mail." if names and row.live else ""


@require_safe
def date_changes(request):
    """What the reader decides, the oldest first; and what they asked for themselves."""
    user = request.user
    if not user.access.is_lead:
        raise NotAllowed("Only a lead asks for dates, and a lead of the level above decides.")
    today = london_day(timezone.now())
    seen = Action.objects.visible_to(user).order_by().values("pk")
    open_ones = DateChange.objects.filter(state="asked", action__in=seen).select_related(
        "asked_by", "action__organisation__parent__parent"
    )
    led = [place for role, place, _ in user.access.roles if role == "lead"]
    below = Q(organisation__parent__in=led) | Q(organisation__parent__parent__in=led)
    second = Q(organisation__in=led, organisation__level="hmpps")
    page = page_of(request, open_ones.filter(below | second).exclude(asked_by__in=user.acts_for), DATE_SORTS)
    mine = open_ones.filter(Q(asked_by__in=user.acts_for) | Q(organisation__in=led)).order_by("asked_at", "pk")
    mine = [one for one in mine[:SHOWN] if one.pk not in {row.pk for row in page.rows}]
    for change in [*page.rows, *mine]:
        act = change.action
        change.days = (today - london_day(change.asked_at)).days
        change.would_be = rules.slip_words(act.times_moved + 1, (change.new_due_by - act.first_due_by).days)
    count = page.count_words("date")
    context = {
        "page": page,
        "mine": mine,
        "sentence": f"{count} {verb(page.count, 'waits', 'wait')} for your decision" if page.count else
                    "No date waits for your decision",
        "today": today,
    }  # fmt: skip
    return render(request, "actions/dates.html", context)
