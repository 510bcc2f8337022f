"""Pages of recommendations that say the same thing. The wordings were published, and how many are open is a number:
everyone signed in reads these. State and deeds of a place show only to who may see that place's work.
"""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import F, Prefetch, Q, Value
from django.db.models.functions import Coalesce
from django.forms import UUIDField
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from inspections.models import Recommendation
from tracker.lists import Sort, chips, page_of
from tracker.plans.models import FollowUp
from tracker.plans.replies import read_or_post, refused, warn
from tracker.refusals import Refusal
from tracker.words import month
from tracker.working_days import london_day

from . import recurring
from . import recurring_operations as operations
from .models import ChoicePart, Grouped, GroupingChoice, RecurringGroup
from .recurring_filters import RecurringFilter
from .recurring_forms import JoinForm, SplitForm
from .wording import in_common, terms_of

GROUP_SORTS = {
    "places": Sort("Said in most places", "places", descending=True),
    "newest": Sort("Said most recently", "last_said", descending=True),
}
MEMBER_SORTS = {
    "newest": Sort("Newest first", "said", descending=True),
    "oldest": Sort("Oldest first", "said"),
}
COMPARED = 300  # the newest recommendations, whose wording is compared when one is looked for
OFFERED = 10
CHOICES_SHOWN = 20
SPLIT_SHOWN = 200
PARTS = ("addressee", "inspection__organisation")


@require_safe
def recurring_list(request):
    today = london_day(timezone.now())
    found = RecurringFilter(request.GET, RecurringGroup.objects.filter(size__gt=0))
    page = page_of(request, found.qs, GROUP_SORTS)
    standings = recurring.standings([row.pk for row in page.rows], today)
    # One that was undone this minute is still listed, with nothing in it.
    page.rows[:] = [row for row in page.rows if row.pk in standings]
    for row in page.rows:
        row.standing = standings[row.pk]
    return render(request, "recurring/list.html", {"filter": found, "chips": chips(found), "page": page})


def group_for(pk) -> RecurringGroup:
    return get_object_or_404(RecurringGroup.objects.select_related("gone_to"), pk=pk)


@require_safe
def recurring_group(request, pk):
    today, user = london_day(timezone.now()), request.user
    group = group_for(pk)
    if group.size == 0 and group.gone_to_id:
        return redirect("recurring_group", group.gone_to_id)
    members = Recommendation.objects.filter(grouped__group=group).select_related(*PARTS)
    page = page_of(
        request, members.annotate(said=Coalesce("inspection__published", Value(recurring.UNDATED))), MEMBER_SORTS
    )
    seen = FollowUp.objects.visible_to(user).filter(recommendation__in=page.rows)
    seen = {row.recommendation_id: row for row in seen}
    for one in page.rows:
        one.seen = seen.get(one.pk)
    inspector = user.access.is_inspector
    context = {
        "group": group,
        "page": page,
        "standing": recurring.standings([group.pk], today).get(group.pk),
        "verified": recurring.verified_in(group, user),
        "choices": choices_about(group),
        "inspector": inspector,
        "today": today,
    }
    return render(request, "recurring/detail.html", context)


def choices_about(group) -> list[GroupingChoice]:
    """What people said about those that are in the group, newest first, each with how many it was about."""
    about = Q(parts__recommendation__in=Grouped.objects.filter(group=group).order_by().values("recommendation"))
    rows = GroupingChoice.objects.filter(about, undone_at=None).order_by("-pk").distinct().select_related("by")
    parts = ChoicePart.objects.select_related("recommendation__inspection__organisation").order_by("pk")
    return list(rows.prefetch_related(Prefetch("parts", parts))[:CHOICES_SHOWN])


def label_of(recommendation) -> str:
    """ "HFKCW, recommendation 3, October 2022: improve ..." """
    published = recommendation.inspection.published
    when = f", {month(published)}" if published else ""
    place, number = recommendation.addressee, recommendation.number
    return f"{place}, recommendation {number}{when}: {recommendation.wording}"


def sent_again(request) -> bool:
    """Whether the form was sent before: what it offered then is not offered any more."""
    field = UUIDField()
    try:
        return (
            request.method == "POST" and operations.choice_made_with(field.clean(request.POST.get("key"))) is not None
        )
    except ValidationError:
        return False


@read_or_post
def recurring_join(request, pk):
    """Say that a recommendation says the same as another, which is looked for by its words."""
    operations.require_inspector(request.user)
    if sent_again(request):
        return to_group_of(pk)
    rows = Recommendation.objects.select_related(*PARTS).annotate(group_id=F("grouped__group"))
    one = get_object_or_404(rows, pk=pk)
    text = request.GET.get("text", "").replace("\x00", "").strip()[:200]
    offered = others_like(rows, one, text)
    # What was offered when the form was drawn may have moved down since.
    if (posted := request.POST.get("other", "")).isdecimal() and len(posted) < 18:
        offered += rows.filter(pk=posted).exclude(pk__in=[one.pk, *(other.pk for other in offered)])
    form = JoinForm(request.POST or None, offered=[(other.pk, label_of(other)) for other in offered])
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        other = next(row for row in offered if row.pk == given["other"])
        try:
            operations.join_recommendations(
                one, other, given["reason"], by=request.user, at=timezone.now(), form_key=given["key"]
            )
        except Refusal as refusal:
            status, _ = refused(form, refusal)
        else:
            messages.success(request, "Joined. They stay together until an inspector takes that back.")
            warn(request, given["reason"])
            return to_group_of(one.pk)
    context = {"one": one, "form": form, "text": text, "offered": offered}
    return render(request, "recurring/join.html", context, status=status)


def others_like(rows, one, text) -> list[Recommendation]:
    """Recommendations of other groups, and those that are alone, the most similar first: one of each group."""
    found = rows.exclude(pk=one.pk).order_by("-pk")
    if one.group_id:
        found = found.exclude(pk__in=Grouped.objects.filter(group=one.group_id).order_by().values("recommendation"))
    for word in text.split():
        found = found.filter(wording__icontains=word)
    mine = terms_of(one.wording)
    alike = sorted(found[:COMPARED], key=lambda row: in_common(mine, terms_of(row.wording)), reverse=True)
    first = {}
    for row in alike:
        first.setdefault(row.group_id or f"alone {row.pk}", row)
    return list(first.values())[:OFFERED]


@read_or_post
def recurring_split(request, pk):
    operations.require_inspector(request.user)
    group = group_for(pk)
    if sent_again(request):
        return to_group(group)
    members = Recommendation.objects.filter(grouped__group=group).select_related(*PARTS)
    members = list(members.order_by(F("inspection__published").desc(nulls_last=True), "pk")[:SPLIT_SHOWN])
    form = SplitForm(request.POST or None, members=[(one.pk, label_of(one)) for one in members])
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        apart = [one for one in members if one.pk in given["apart"]]
        try:
            operations.split_recommendation(
                group, apart, given["reason"], by=request.user, at=timezone.now(), form_key=given["key"]
            )
        except Refusal as refusal:
            status, _ = refused(form, refusal)
        else:
            messages.success(request, "Split off. They stay apart until an inspector takes that back.")
            warn(request, given["reason"])
            return to_group(group_for(pk))
    return render(request, "recurring/split.html", {"group": group, "form": form}, status=status)


@require_POST
def recurring_undo(request, pk):
    operations.require_inspector(request.user)
    choice = get_object_or_404(GroupingChoice, pk=pk)
    operations.undo_grouping(choice, by=request.user, at=timezone.now())
    messages.success(request, "Taken back. The groups are found again within two minutes.")
    return to_group_of(*choice.parts.values_list("recommendation", flat=True))


def to_group(group):
    """The page of the group, or the list where it is gone."""
    return redirect("recurring_group", group.pk) if group.size or group.gone_to_id else redirect("recurring")


def to_group_of(*recommendations):
    member = Grouped.objects.filter(recommendation__in=recommendations).first()
    return redirect("recurring_group", member.group_id) if member else redirect("recurring")
