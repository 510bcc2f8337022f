"""Who is here and what they may do: administrators only. And who stands in for whom: everybody for themselves."""

from django.contrib import messages
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from tracker.journal.models import Event
from tracker.lists import Sort, page_of
from tracker.refusals import NotAllowed, Refusal
from tracker.words import day
from tracker.working_days import london_day

from . import operations
from .forms import NO_RUNG, CoverForm, HolderForm, LadderForm, NewPersonForm, PersonForm, PostForm, RoleForm
from .models import RUNG_POSTS, Cover, Membership, Post, StoppedAddress, User
from .sign_in import send_password_link

PEOPLE_SORTS = {"newest": Sort("Newest first", "pk", descending=True), "oldest": Sort("Oldest first", "pk")}


@require_safe
def people(request):
    operations.require_administrator(request.user)
    outside = bool(request.GET.get("outside"))
    rows = User.objects.filter(external=outside).prefetch_related(
        Prefetch("memberships", Membership.objects.select_related("organisation")),
        Prefetch("posts", Post.objects.select_related("organisation")),
    )
    wanted = request.GET.get("name", "").strip()
    for word in wanted.split()[:5]:
        rows = rows.filter(first_name__icontains=word) | rows.filter(last_name__icontains=word) | rows.filter(
            email__icontains=word
        )  # fmt: skip
    vacant = [] if outside else Post.objects.filter(holder=None).select_related("organisation")[:20]
    context = {"page": page_of(request, rows, PEOPLE_SORTS), "name": wanted, "vacant": vacant, "outside": outside}
    return render(request, "people/people.html", context)


def new_person(request):
    operations.require_administrator(request.user)
    form = NewPersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        new = form.cleaned_data
        try:
            person = operations.invite(
                new["email"], new["first_name"], new["last_name"], new["role"], new["organisation"],
                by=request.user, at=timezone.now(),
            )  # fmt: skip
        except Refusal as refusal:
            form.add_error(None, refusal.sentence)
        else:
            if send_password_link(request, person.email):
                messages.success(
                    request, f"{person.name} is added. They get an email with a link to choose a password."
                )
            else:
                messages.warning(
                    request,
                    f"{person.name} is added, but the email could not be sent. Ask them to press "
                    "“I do not know my password” on the sign-in page.",
                )
            return redirect("person", person.pk)
    return render(request, "people/new_person.html", {"form": form}, status=_status(form))


def person(request, pk):
    """Name, roles and posts of one person; each small form posts here with the name of its deed."""
    operations.require_administrator(request.user)
    who = get_object_or_404(User.objects.prefetch_related("memberships__organisation", "posts__organisation"), pk=pk)
    deed = request.POST.get("deed", "")
    name_form = PersonForm(request.POST if deed == "name" else None, initial={
        "first_name": who.first_name, "last_name": who.last_name,
    })  # fmt: skip
    role_form = RoleForm(request.POST if deed == "role" else None)
    form = {"name": name_form, "role": role_form}.get(deed)
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            said = _change(request, who, deed, form)
        except Refusal as refusal:
            if form is None:
                raise
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, said)
            return redirect("person", pk)
    context = {
        "who": who, "name_form": name_form, "role_form": role_form, "form": form or role_form,
        "stopped": StoppedAddress.objects.filter(address=who.email.lower(), lifted_at=None).first(),
        "events": Event.objects.about(who).select_related("actor")[:20],
    }  # fmt: skip
    return render(request, "people/person.html", context, status=_status(form))


def _change(request, who, deed, form) -> str:
    deeds = {"by": request.user, "at": timezone.now()}
    if deed == "name":
        operations.change_person(who, form.cleaned_data["first_name"], form.cleaned_data["last_name"], **deeds)
        return "The name is changed."
    if deed == "role":
        given = operations.give_role(who, form.cleaned_data["role"], form.cleaned_data["organisation"], **deeds)
        return f"{given}."
    if deed == "account":
        operations.give_account(who, **deeds)
        by_link = "they choose a password by “I do not know my password”"
        return f"{who.name} has an account now. Give them a role; {by_link}."
    if deed == "lift":
        operations.lift_stop(who, **deeds)
        return f"Mail goes to {who.email} again."
    if deed == "off":
        operations.switch_off(who, **deeds)
        return f"{who.name}'s account is switched off. Posts they held are vacant, and their work shows as unowned."
    if deed == "on":
        operations.switch_on(who, **deeds)
        return f"{who.name}'s account is in use again."
    membership = request.POST.get("membership", "")
    membership = get_object_or_404(Membership, user=who, pk=membership if membership.isdecimal() else 0)
    operations.take_role(membership, **deeds)
    return f"Taken: {membership}."


@require_safe
def posts(request):
    operations.require_administrator(request.user)
    rows = Post.objects.select_related("organisation", "holder")
    if request.GET.get("vacant"):
        rows = rows.filter(holder=None)
    context = {"page": page_of(request, rows, PEOPLE_SORTS), "only_vacant": bool(request.GET.get("vacant"))}
    return render(request, "people/posts.html", context)


def new_post(request):
    operations.require_administrator(request.user)
    form = PostForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        new = form.cleaned_data
        now = timezone.now()
        try:
            made = operations.add_post(
                new["organisation"], new["title"], new["role"], head=new["head"], rung=new["rung"],
                covers=new["covers"], vacant_since=london_day(now), by=request.user, at=now,
            )  # fmt: skip
        except Refusal as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"{made} is added. It is vacant: choose who holds it.")
            return redirect("post", made.pk)
    return render(request, "people/new_post.html", {"form": form}, status=_status(form))


def post(request, pk):
    operations.require_administrator(request.user)
    office = get_object_or_404(Post.objects.select_related("organisation", "holder"), pk=pk)
    on_ladder = request.POST.get("deed") == "ladder"
    form = HolderForm(None if on_ladder else request.POST or None, initial={"holder": office.holder_id})
    ladder = LadderForm(
        request.POST if on_ladder else None,
        initial={"rung": office.rung or NO_RUNG, "covers": [place.pk for place in office.covers.all()]},
    )
    posted = ladder if on_ladder else form
    if request.method == "POST" and posted.is_valid():
        given, now = posted.cleaned_data, timezone.now()
        try:
            if on_ladder:
                operations.place_on_ladder(office, given["rung"], given["covers"], by=request.user, at=now)
                said = f"{office}: {RUNG_POSTS.get(office.rung, 'no rung')} on the ladder of alerts."
            else:
                operations.hold_post(office, given["holder"], by=request.user, at=now)
                holder = given["holder"].name if given["holder"] else "vacant"
                said = f"{office}: {holder}. The work of the post stays with it."
        except Refusal as refusal:
            posted.add_error(None, refusal.sentence)
        else:
            messages.success(request, said)
            return redirect("post", pk)
    context = {
        "office": office, "holder_form": form, "ladder_form": ladder, "form": posted,
        "events": Event.objects.about(office).select_related("actor")[:20],
    }  # fmt: skip
    return render(request, "people/post.html", context, status=_status(posted))


COVERS_SHOWN = 20


@require_http_methods(["GET", "HEAD", "POST"])
def cover(request):
    """Who stands in for the reader, and for whom the reader stands in."""
    return _cover(request, request.user, "cover")


@require_http_methods(["GET", "HEAD", "POST"])
def cover_of(request, pk):
    """The same for somebody else, who may be ill: administrators."""
    operations.require_administrator(request.user)
    return _cover(request, get_object_or_404(User, pk=pk), "cover_of", pk)


def _cover(request, who, *here):
    """Each small form posts here with the name of its deed."""
    now = timezone.now()
    deed = request.POST.get("deed", "")
    form = CoverForm(request.POST if deed == "name" else None, people=operations.stand_ins_for(who))
    try:
        if deed == "end":
            ended = request.POST.get("cover", "")
            ended = get_object_or_404(Cover, person=who, pk=ended if ended.isdecimal() and len(ended) < 19 else 0)
            operations.end_cover(ended, by=request.user, at=now)
            messages.success(request, f"{ended.stand_in.name} does not stand in any more. {_own_again(request, who)}")
            return redirect(*here)
        if form.is_bound and form.is_valid():
            new = form.cleaned_data
            named = operations.name_stand_in(
                who, new["stand_in"], new["starts"], new["ends"], key=new["key"], by=request.user, at=now
            )
            told = "" if named.stand_in_id == request.user.pk else " They will be told by e-mail."
            days = f"from {day(named.starts)} to {day(named.ends)}"
            messages.success(request, f"{named.stand_in.name} stands in {days}.{told}")
            return redirect(*here)
    except NotAllowed:
        raise
    except Refusal as refusal:
        form.add_error(None, refusal.sentence)
    today = london_day(now)
    covers = list(who.covers.filter(ended_at=None, ends__gte=today).select_related("stand_in").order_by("starts"))
    stands_in = Cover.objects.from_day(today).filter(stand_in=who).select_related("person").order_by("starts", "pk")
    context = {
        "who": who, "mine": who.pk == request.user.pk, "form": form, "today": today,
        "now": next((c for c in covers if c.starts <= today), None), "covers": covers[:COVERS_SHOWN],
        "stands_in": stands_in[:COVERS_SHOWN],
    }  # fmt: skip
    return render(request, "people/cover.html", context, status=_status(form))


def _own_again(request, who) -> str:
    return f"Mail goes to {'you' if who.pk == request.user.pk else who.name} again."


def _status(form) -> int:
    return 422 if form is not None and form.is_bound and form.errors else 200
