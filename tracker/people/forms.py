"""Forms for people, roles and posts: plain forms; the operations save."""

from django import forms

from inspections.models import Organisation

from .models import Role, User


class OrganisationChoice(forms.ModelChoiceField):
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


class PostForm(forms.Form):
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
        User.objects.filter(is_active=True), required=False, empty_label="Nobody: the post is vacant"
    )
