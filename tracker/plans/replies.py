"""What every page with a deed says back: 403 for the wrong role; a refusal in the form, with everything that was typed;
who is told; a warning about the numbers of people on probation.
"""

from django.contrib import messages
from django.forms import MultipleChoiceField, Textarea
from django.views.decorators.http import require_http_methods

from tracker.refusals import AlreadyMoved, NotAllowed, Refusal

from . import guard, rules
from .differences import marked_words
from .forms import owner_label

read_or_post = require_http_methods(["GET", "HEAD", "POST"])


def may(request, row, deed, steps=rules.FOLLOW_UP_STEPS):
    """A form that nobody could send is not shown: 403 for the wrong role. The state is left to the operation."""
    follow_up = steps is rules.FOLLOW_UP_STEPS
    standing = (guard.standing_for_follow_up if follow_up else guard.standing_for_action)(row, request.user)
    may_step(request, row, steps[deed], standing, rules.FOLLOW_UP_STATES if follow_up else rules.ACTION_STATES)


def may_step(request, row, step, standing, states):
    """The same for a step and a standing that the page worked out itself."""
    if sentence := rules.why_not_allowed(step, standing):
        raise NotAllowed(sentence)
    if request.method != "POST" and (sentence := rules.why_not_now(step, row.state, states)):
        raise Refusal(sentence)


def refused(form, refusal, theirs=None):
    """Put the refusal into the form. When somebody was first: what they saved, beside what was typed here.

    Returns (status, conflict): conflict is None or what `conflict_panel` of parts/conflict.html shows.
    ``theirs``: makes {field name: text as saved now} out of the row as it is now.
    """
    if isinstance(refusal, NotAllowed):
        raise refusal
    if not isinstance(refusal, AlreadyMoved) or refusal.theirs is None or theirs is None:
        form.refuse(refusal.sentence)
        return 409, None
    form.refuse(refusal.sentence)
    # Sending the form again is now a decision made with theirs in view.
    form.data = form.data.copy()
    form.data["seen"] = str(refusal.theirs.version)
    fields = differing(form, theirs(refusal.theirs))
    return 409, {
        "sentence": refusal.sentence,
        "fields": [(form.fields[name].label, now, mine) for name, now, mine in fields],
        "marked": {form.fields[name].label: marked_words(now, mine) for name, now, mine in fields if _text(form, name)},
        "can_combine": any(_text(form, name) and now and mine for name, now, mine in fields),
        "combined": False,
    }


def combined(form, row, theirs) -> dict:
    """Nothing is saved: the form then holds theirs and mine in each text that differs, to be made into one.

    ``theirs`` as for `refused`; gives the conflict to show.
    """
    form.data = form.data.copy()
    for name, now, mine in differing(form, theirs(row)):
        if _text(form, name) and now and mine:
            form.data[name] = f"{now}\n\n{mine}"
    form.data["seen"] = str(row.version)
    sentence = "Both texts stand in the form below, theirs first. Make one of them and save it: nothing is saved yet."
    return {"sentence": sentence, "fields": [], "marked": {}, "can_combine": False, "combined": True}


def differing(form, theirs: dict) -> list[tuple[str, str, str]]:
    """(field name, theirs, mine) of what differs."""
    both = ((name, now.strip(), shown(form, name).strip()) for name, now in theirs.items() if name in form.fields)
    return [(name, now, mine) for name, now, mine in both if now.split() != mine.split()]


def _text(form, name) -> bool:
    return isinstance(form.fields[name].widget, Textarea)


def shown(form, name) -> str:
    """What was typed or chosen, as it is read."""
    field = form.fields[name]
    if isinstance(field, MultipleChoiceField):
        chosen = form.data.getlist(name)
        return "; ".join(str(label) for key, label in field.choices if key in chosen)
    value = form.data.get(name, "")
    for key, label in getattr(field, "choices", []):
        if isinstance(label, list | tuple):
            value = dict(label).get(value, value)
        elif key == value:
            return str(label)
    return str(value)


def owner_now(row) -> dict:
    owner = row.owner_person or row.owner_post
    return {"owner": owner_label(owner) if owner else "Nobody yet"}


def told(row, by) -> str:
    """Who will be told that they own this, as the end of the banner."""
    if not row.live:
        return "Nobody is told: its clock has not been started."
    if row.owner is None:
        return "Nobody is told: it has no owner who could be." if row.owner_words != "No owner" else "It has no owner."
    if row.owner.pk == by.pk:
        return "You own it."
    return f"{row.owner.name} will be told by e-mail."


def warn(request, *texts) -> None:
    if found := rules.case_numbers(*texts):
        messages.warning(
            request,
            f"What you saved seems to hold the number of a person on probation: {', '.join(found)}. "
            "Please take it out, or tell an administrator.",
        )


def name_of(follow_up) -> str:
    return f"recommendation {follow_up.recommendation.number} to {follow_up.addressee}"
