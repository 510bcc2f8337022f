"""Pages of saved views: all of the reader's, one of them with its deeds, and the way from it to its list."""

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from inspections.models import Organisation
from tracker.plans.replies import read_or_post, refused, warn
from tracker.refusals import Refusal
from tracker.working_days import london_day

from . import operations
from .asking import LISTS, address, in_words, lost
from .forms import RenameForm, SaveForm, ShareForm
from .models import SavedView, Subscription
from .rules import possible


def _views_of(reader):
    """What the reader may see, each with what hangs on it for them."""
    return SavedView.objects.visible_to(reader).annotate(
        is_mailed=Exists(Subscription.objects.filter(person=reader, view=OuterRef("pk"))),
    ).select_related("owner", "shared_with__parent__parent")  # fmt: skip


def _places() -> list[Organisation]:
    return list(Organisation.objects.only("slug", "name", "short_name", "level", "parent_id"))


def _named(views, places):
    names = {place.slug: str(place) for place in places}
    for view in views:
        view.said = in_words(view, names)
    return views


@require_safe
def views(request):
    """Everything that the reader saved, then what is shared with them."""
    found = _named(list(_views_of(request.user)), _places())
    mine = [view for view in found if view.owner_id == request.user.pk]
    shared = [view for view in found if view.owner_id != request.user.pk]
    context = {"mine": mine, "shared": shared, "start": request.user.start_view_id}
    return render(request, "views/list.html", context)


@require_POST
def save_view(request):
    """From the form on a list. What is wrong with it is shown on a page of its own, with what was typed."""
    form, status = SaveForm(request.POST), 422
    if form.is_valid():
        given = form.cleaned_data
        try:
            view = operations.save_view(
                given["name"], given["list"], given["query"], key=given["key"], by=request.user, at=timezone.now()
            )
        except Refusal as refusal:
            status, _ = refused(form, refusal)
        else:
            messages.success(request, f"Saved as “{view.name}”. It is listed above the filters.")
            warn(request, view.name)
            return redirect(address(view))
    page = request.POST.get("list", "")
    back = (LISTS[page].words, page) if page in LISTS else None
    return render(request, "views/save.html", {"form": form, "back": back}, status=status)


def _view_for(reader, pk) -> SavedView:
    return get_object_or_404(_views_of(reader), pk=pk)


@require_safe
def open_view(request, pk):
    """To the list. A view that the list no longer understands would show other rows than were asked for, and so it is
    said instead."""
    view = _view_for(request.user, pk)
    listing = LISTS[view.list]
    if lost(listing.asked(view.query, request.user, london_day(timezone.now())), listing.sorts):
        return redirect("saved_view", pk)
    return redirect(address(view))


@read_or_post
def saved_view(request, pk):
    """One view. Each small form posts here with the name of its deed."""
    deed = request.POST.get("deed", "")
    if deed == "delete" and operations.was_deleted_by(pk, request.user):
        return redirect("views")
    view, now = _view_for(request.user, pk), timezone.now()
    may = possible(view.shared_with_id is not None, operations.standing_for(view, request.user))
    mine, places = view.owner_id == request.user.pk, _places()
    led = {place for role, place, _ in request.user.access.roles if role == "lead"} if mine else ()
    led = [place for place in places if place.pk in led]
    rename = RenameForm(request.POST if deed == "rename" else None, initial={"name": view.name}, auto_id="rename_%s")
    share = ShareForm(
        request.POST if deed == "share" else None, places=led, auto_id="share_%s",
        initial={"place": led[0].pk} if len(led) == 1 else None,
    )  # fmt: skip
    status, form = 200, {"rename": rename, "share": share}.get(deed)
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            said = _do(request, deed, view, form, now)
        except Refusal as refusal:
            if form is None:
                raise
            status, _ = refused(form, refusal)
        else:
            messages.success(request, said)
            warn(request, request.POST.get("name", ""))
            return redirect("views") if deed == "delete" else redirect("saved_view", pk)
    elif request.method == "POST":
        status = 422
    listing = LISTS[view.list]
    gone = lost(listing.asked(view.query, request.user, london_day(now)), listing.sorts)
    (view,) = _named([view], places)
    context = {
        "view": view, "mine": mine, "may": may, "gone": gone, "rename": rename, "share": share,
        "may_share": bool(led) and view.shared_with_id is None, "form": form or rename,
        "start": request.user.start_view_id,
    }  # fmt: skip
    return render(request, "views/detail.html", context, status=status)


def _do(request, deed, view, form, now) -> str:
    """One deed, and what is said of it."""
    how = {"by": request.user, "at": now}
    if deed == "rename":
        return f"Renamed to “{operations.rename_view(view, form.cleaned_data['name'], **how).name}”."
    if deed == "share":
        place = Organisation.objects.select_related("parent__parent").get(pk=form.cleaned_data["place"])
        operations.share_view(view, place, **how)
        return f"Shared within {place}: its people and those of the levels below find it, each with their own rows."
    if deed == "unshare":
        operations.unshare_view(view, **how)
        return "Not shared any more."
    if deed == "delete":
        operations.delete_view(view, **how)
        return f"Deleted: “{view.name}”."
    if deed == "start":
        operations.choose_start(view, **how)
        return "This is your start page now. Your work is one click away."
    if deed == "no_start":
        operations.choose_start(None, **how)
        return "You start with Your work again."
    if deed == "subscribe":
        operations.subscribe(view, **how)
        return "You get a mail of what changed here, once a week. When nothing changed, there is none."
    if deed == "unsubscribe":
        operations.unsubscribe(view, **how)
        return "You get no mail of this view any more."
    raise Http404
