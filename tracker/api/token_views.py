"""The tokens of the reader; for an administrator also those of somebody else, to revoke them."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tracker.people.models import User
from tracker.people.operations import require_administrator
from tracker.refusals import NotAllowed, Refusal
from tracker.working_days import london_day

from . import operations
from .forms import TokenForm

SHOWN = 30


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request):
    return _tokens(request, request.user, "tokens")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens_of(request, pk):
    require_administrator(request.user)
    return _tokens(request, get_object_or_404(User, pk=pk), "tokens_of", pk)


def _tokens(request, who, *here):
    """Each small form posts here with the name of its deed."""
    now, deed = timezone.now(), request.POST.get("deed", "")
    mine = who.pk == request.user.pk
    if deed == "revoke":
        given = request.POST.get("token", "")
        token = get_object_or_404(who.api_tokens, pk=given if given.isdecimal() and len(given) < 19 else 0)
        operations.revoke_token(token, by=request.user, at=now)
        messages.success(request, f"Revoked: “{token.name}”. It opens nothing any more.")
        return redirect(*here)
    if request.method == "POST" and not mine:
        raise NotAllowed("Everybody makes their own tokens.")
    form, made, text = TokenForm(request.POST if request.method == "POST" else None), None, None
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        try:
            made, text = operations.make_token(given["name"], given["days"], key=given["key"], by=request.user, at=now)
        except Refusal as refusal:
            form.refuse(refusal.sentence)
        else:
            form = TokenForm()
    today = london_day(now)
    rows = list(who.api_tokens.all()[:SHOWN])
    context = {
        "who": who, "mine": mine, "form": form, "made": made, "text": text, "today": today,
        "tokens": [(row, row.works_on(today)) for row in rows],
    }  # fmt: skip
    return render(request, "api/tokens.html", context, status=422 if form.errors else 200)
