"""When mail comes: the page where the reader chooses, and the one-click address in a mail."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tracker.refusals import NotAllowed, Refusal
from tracker.secret_addresses import keep_secret
from tracker.words import moment

from .forms import PreferenceForm
from .preferences import SUMS_UP, read_stop, set_preference, stop
from .times import next_mail
from .turns import wish_for


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request):
    reader, now = request.user, timezone.now()
    wish = wish_for(reader)
    sums_up = any(role in SUMS_UP for role, _, _ in reader.access.roles)
    form = PreferenceForm(request.POST if request.method == "POST" else None, sums_up=sums_up, initial=vars(wish))
    if form.is_bound and form.is_valid():
        try:
            chosen = {"summary": wish.summary} | form.cleaned_data
            wish = set_preference(reader, **chosen, by=reader, at=now)
        except NotAllowed:
            raise
        except Refusal as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"Saved. The next mail comes on {moment(next_mail(wish, now))}, if there is any.")
            return redirect("preferences")
    context = {"form": form, "wish": wish, "next": next_mail(wish, now), "reader": reader, "sums_up": sums_up}
    return render(request, "preferences/page.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
@csrf_exempt  # mail programs post here (RFC 8058); the signature in the address is the proof
def unsubscribe(request, token):
    """A mail scanner that opens the address changes nothing: only the button, or a mail program's one click, does."""
    found = read_stop(token)
    if found is None:
        raise Http404
    person, what = found
    if request.method == "POST":
        stop(person, what, at=timezone.now())
    context = {"what": what, "stopped": request.method == "POST", "outside": person.external}
    return keep_secret(render(request, "preferences/unsubscribe.html", context))
