"""People outside: a lead names them and sees their links; they post updates by the link in their mail."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tracker.how_often import network_of, too_often
from tracker.people.models import User
from tracker.refusals import NotAllowed, Refusal
from tracker.secret_addresses import keep_secret
from tracker.working_days import london_day

from . import external, rules
from .external_forms import AboutPersonForm, ExternalForm
from .forms import LONG, UpdateForm
from .replies import may, owner_now, read_or_post, refused
from .sentences import shortened
from .views import action_for

# In five minutes: what one network may try without a link that works, and send; what one person may send.
MOST_UNKNOWN, MOST_OF_NETWORK, MOST_OF_PERSON = 30, 30, 10


# --- For leads ----------------------------------------------------------------------------------------------------


@read_or_post
def name_external(request, pk):
    row = action_for(request.user, pk)
    may(request, row, "name_external", rules.ACTION_STEPS)
    form = ExternalForm(request.POST or None, initial={"seen": row.version, "part": "owner"})
    status, conflict = (422 if form.errors else 200), None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            row, person = external.name_external(
                row, given["first_name"], given["last_name"], given["works_for"], given["email"],
                helps=given["part"] == "helper", seen_version=given["seen"], by=request.user, at=timezone.now(),
            )  # fmt: skip
        except Refusal as refusal:
            status, conflict = refused(form, refusal, owner_now)
        else:
            does = "helps with" if given["part"] == "helper" else "now owns"
            told = f"They get a mail at {person.email} with a link to update it." if row.live else (
                "Nobody is told: its clock has not been started."
            )  # fmt: skip
            messages.success(request, f"{person.known_as} {does} “{shortened(row.what)}”. {told}")
            return redirect("action", pk)
    context = {"action": row, "form": form, "conflict": conflict}
    return render(request, "external/name.html", context, status=status)


@require_POST
def ask_external(request, pk):
    row, person, key = _about_person(request, pk, "ask_external")
    external.ask_external(row, person, key=key, by=request.user, at=timezone.now())
    messages.success(request, f"{person.name} is asked for an update. The mail holds a new link.")
    return redirect("action", pk)


@require_POST
def revoke_links(request, pk):
    row, person, _ = _about_person(request, pk, "revoke_links")
    external.revoke_links(row, person, by=request.user, at=timezone.now())
    messages.success(request, f"Revoked: no link that {person.name} had for this action works any more.")
    return redirect("action", pk)


def _about_person(request, pk, deed):
    row = action_for(request.user, pk)
    may(request, row, deed, rules.ACTION_STEPS)
    form = AboutPersonForm(request.POST)
    if not form.is_valid():
        raise Refusal("This page was too old. Open the action again.")
    person = get_object_or_404(User, pk=form.cleaned_data["person"], external=True)
    return row, person, form.cleaned_data["key"]


# --- For the person outside ---------------------------------------------------------------------------------------


# Whoever may post is told from the address alone and no cookie counts, so no other site can make a browser post in
# somebody's name. The check would refuse every browser: where no referrer is sent, the origin is "null".
@csrf_exempt
@login_not_required
@read_or_post
def update_by_link(request, token):
    """Reading changes nothing, however often a mail scanner does it."""
    return keep_secret(_update_by_link(request, token, timezone.now()))


def _update_by_link(request, token, now):
    network = network_of(request)
    if too_often("unknown link", network, MOST_UNKNOWN, now, count=False):
        return _closed(request, "often")
    found = external.opened(token, now)
    if found.state in ("unknown", "dead"):
        too_often("unknown link", network, MOST_UNKNOWN, now)
    if request.method != "POST":
        return _form_page(request, found, UpdateForm(), now) if found.works else _closed(request, found.state, found)
    if found.link and _posts_too_often(found.link.person, network, now):
        return _closed(request, "often")
    if not found.works:
        return _closed(request, found.state, found)
    form = UpdateForm(request.POST)
    if not form.is_valid():
        return _form_page(request, found, form, now, status=422)
    given = form.cleaned_data
    try:
        external.post_by_link(
            token, given["done"], confidence=given["confidence"], next_step=given["next_step"], key=given["key"], at=now
        )
    except external.LinkIsOver as over:
        return _closed(request, over.opened.state, over.opened)
    except NotAllowed:
        raise Http404 from None
    except Refusal as refusal:
        status, _ = refused(form, refusal)
        return _form_page(request, found, form, now, status=status)
    messages.success(request, "Your update is saved. Thank you.")
    if numbers := rules.case_numbers(given["done"], given["next_step"]):
        messages.warning(
            request,
            f"What you saved seems to hold the number of a person on probation: {', '.join(numbers)}. "
            "Please tell whoever asked you.",
        )
    return redirect("update_by_link", token)


def _posts_too_often(person, network, now) -> bool:
    much = too_often("update by person", str(person.pk), MOST_OF_PERSON, now)
    return too_often("update by network", network, MOST_OF_NETWORK, now) or much


def _form_page(request, found, form, now, status=200):
    context = {
        "action": found.action,
        "person": found.link.person,
        "until": found.link.expires_at,
        "contact": external.contact_for(found.action.organisation),
        "updates": external.own_updates(found.link),
        "form": form,
        "today": london_day(now),
    }
    return render(request, "external/update.html", context, status=status)


_STATUS = {"unknown": 404, "dead": 404, "elsewhere": 200, "over": 200, "often": 429}


def _closed(request, state, found=None):
    """One answer for a link that never was, has expired or was revoked: who holds none learns nothing. Whoever posted
    gets back what they typed and, where the link did work once, reads whom to write to."""
    posted, typed = request.method == "POST", {}
    if posted:
        labels = {name: field.label for name, field in UpdateForm.base_fields.items() if name != "key"}
        chosen = dict(rules.CONFIDENCE)
        typed = {label: chosen.get(text, text) for name, label in labels.items() if (text := request.POST.get(name))}
    known = found and found.link and (posted or state != "dead")
    context = {
        "state": "dead" if state == "unknown" else state,
        "over": found.action.state if state == "over" else "",
        "contact": external.contact_for(found.action.organisation) if known else None,
        "typed": {label: text[:LONG] for label, text in typed.items()},
    }
    status = 409 if posted and state not in ("unknown", "often") else _STATUS[state]
    return render(request, "external/closed.html", context, status=status)
