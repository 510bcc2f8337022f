"""The forms on the page of an action plan, and the filter of the list of plans. None saves anything."""

import datetime as dt
import re

import django_filters
from django import forms
from django.db.models import Q

from inspections.models import Organisation
from tracker.working_days import NO_DATE

from .filters import choice
from .forms import Seen, text_box
from .models import ActionPlan
from .rules import PLAN_STATES, SOON

UNSENT = ("draft", "sent_back")
DUE = [
    ("overdue", "Overdue"),
    (str(SOON), f"In the next {SOON} days"),
    ("45", "In the next 45 days"),
    ("none", "No date"),
]


class SignOffForm(Seen):
    comments = text_box(
        "Comments", required=False, rows=4,
        help_text="Whoever sent the plan reads this. To send it back, say what has to change.",
    )  # fmt: skip


class SendBackForm(SignOffForm):
    def clean(self):
        given = super().clean()
        if not given.get("comments", "").strip() and "comments" not in self.errors:
            self.add_error("comments", "Say what has to change before you can sign it off.")
        return given


class MoveField(forms.CharField):
    """The button that was pressed, "up 12 34"; cleans to (-1 or 1, id of the recommendation, id of the action)."""

    def clean(self, value):
        found = re.fullmatch(r"(up|down) (\d{1,18}) (\d{1,18})", super().clean(value))
        if not found:
            raise forms.ValidationError("Choose an action to move.")
        return -1 if found[1] == "up" else 1, int(found[2]), int(found[3])


class MoveForm(Seen):
    move = MoveField()


class PlanFilter(django_filters.FilterSet):
    """One query for the choices. ``waiting``: the plans that the reader is to sign off; ``today``."""

    waiting = choice("Waiting for", "by_waiting", [("me", "Your sign-off")])
    state = choice("State", "by_state", list(PLAN_STATES.items()))
    due = choice("Due", "by_due", DUE)
    organisation = choice("Organisation", "by_organisation")

    class Meta:
        model = ActionPlan
        fields = []

    def __init__(self, data, queryset, *, waiting, today):
        super().__init__(data, queryset)
        self.today, self.to_decide = today, waiting
        self.places = {place.slug: place for place in Organisation.objects.only("slug", "name", "short_name", "level")}
        self.filters["organisation"].extra["choices"] = [(p.slug, str(p)) for p in self.places.values()]

    def by_waiting(self, queryset, name, value):
        return queryset.filter(pk__in=self.to_decide.order_by().values("pk"))

    def by_state(self, queryset, name, value):
        return queryset.filter(state=value)

    def by_due(self, queryset, name, value):
        queryset = queryset.filter(state__in=UNSENT)
        if value == "none":
            return queryset.filter(due_by=NO_DATE)
        if value == "overdue":
            return queryset.filter(due_by__lt=self.today)
        return queryset.filter(Q(due_by__gte=self.today, due_by__lte=self.today + dt.timedelta(days=int(value))))

    def by_organisation(self, queryset, name, value):
        return queryset.filter(organisation=self.places[value].pk)

    def words(self) -> str:
        """The filters in force as the end of a sentence: " of HFKCW, sent back, overdue"."""
        given = self.form.cleaned_data if self.form.is_valid() else {}
        said = f" of {self.places[given['organisation']]}" if given.get("organisation") else ""
        if state := given.get("state"):
            said += f", {PLAN_STATES[state].lower()}"
        if due := given.get("due"):
            said += {"overdue": ", overdue", "none": ", with no date"}.get(due, f", due in the next {due} days")
        return said

    @property
    def only_waiting(self) -> bool:
        return self.form.is_valid() and self.form.cleaned_data.get("waiting") == "me"
