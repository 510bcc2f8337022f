"""Forms for people, roles, posts and cover: plain forms; the operations save."""

import uuid

from django import forms
from django.db.models.functions import Lower

from inspections.models import Organisation
from tracker.words import DAY_FORMATS

from .models import RUNG_POSTS, Role, User


class OrganisationChoice(forms.ModelChoiceField):
    def label_from_instance(self, place):
        return place.full_name


class OrganisationsChoice(forms.ModelMultipleChoiceField):
    def label_from_instance(self, place):
        return place.full_name


def organisations():
    return Organisation.objects.filter(valid_to__isnull=True).order_by("level", "name")


class PersonForm(forms.Form):
    first_name = forms.CharField(max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    last_name = forms.CharField(max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"}))


class NewPersonForm(PersonForm):
    email = forms.EmailField(label="Email address", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(choices=Role.choices, widget=forms.RadioSelect)
    organisation = OrganisationChoice(
        organisations(), required=False, empty_label="Choose one, except for inspectors and administrators"
    )


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices, widget=forms.RadioSelect)
    organisation = OrganisationChoice(
        organisations(), required=False, empty_label="Choose one, except for inspectors and administrators"
    )


NO_RUNG = "none"


class LadderForm(forms.Form):
    """Which rung of the ladder of alerts a post is, where it is not the head of the place or of its region."""

    rung = forms.ChoiceField(
        label="Rung of the ladder of alerts", required=False, widget=forms.RadioSelect,
        choices=[*RUNG_POSTS.items(), (NO_RUNG, "None of these")], initial=NO_RUNG,
        help_text="The heads of the organisation and of its region are on the ladder by themselves.",
    )  # fmt: skip
    covers = OrganisationsChoice(
        organisations().filter(level="region"), label="Regions that it covers", required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Only for an Area Executive Director of HMPPS. Whoever holds the post has its role there too.",
    )  # fmt: skip

    def clean_rung(self):
        return self.cleaned_data["rung"].removeprefix(NO_RUNG)


class PostForm(LadderForm):
    organisation = OrganisationChoice(organisations(), empty_label="Choose one")
    title = forms.CharField(max_length=100, help_text="For example, Head of PDU or Regional Probation Director")
    role = forms.ChoiceField(
        choices=[(r.value, r.label) for r in (Role.LEAD, Role.CONTRIBUTOR, Role.VIEWER)],
        widget=forms.RadioSelect,
        initial=Role.LEAD,
        label="What whoever holds it may do",
    )
    head = forms.BooleanField(required=False, label="This post answers for the organisation")


class HolderForm(forms.Form):
    holder = forms.ModelChoiceField(
        User.objects.filter(is_active=True, external=False), required=False, empty_label="Nobody: the post is vacant"
    )


def day_field(label):
    return forms.DateField(label=label, input_formats=DAY_FORMATS)


class CoverForm(forms.Form):
    """Who stands in, and on which days. ``people``: a queryset of those to choose from; it is asked once."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    stand_in = forms.ChoiceField(
        label="Who stands in?", error_messages={"required": "Choose who stands in."},
        help_text="People of the same organisation, of the levels above it and of the next below.",
    )  # fmt: skip
    starts = day_field("First day")
    ends = day_field("Last day")

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, initial={"key": uuid.uuid4()}, **kwargs)
        self.people = {str(p.pk): p for p in people.order_by(Lower("last_name"), Lower("first_name"), "pk")}
        self.fields["stand_in"].choices = [("", "Choose one"), *((pk, p.name) for pk, p in self.people.items())]

    def clean_stand_in(self):
        return self.people[self.cleaned_data["stand_in"]]
