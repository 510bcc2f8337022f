"""Django form fields drawn through the GOV.UK macros: right element, label, hint, error, and links that lead there."""

from datetime import date

import pytest
from bs4 import BeautifulSoup
from django import forms

from tracker.fields import PERSONAL_DATA

from .markup import pages


class Everything(forms.Form):
    done = forms.CharField(label="What has been done?", widget=forms.Textarea, max_length=2000, help_text="In short.")
    sure = forms.ChoiceField(
        label="How sure are you of the date?",
        choices=[("on", "On track"), ("off", "Off track")],
        widget=forms.RadioSelect,
    )
    due = forms.DateField(label="Target date", widget=forms.DateInput)
    owner = forms.ChoiceField(label="Owner", choices=[("", "Choose"), ("1", "Head of PDU")])
    told = forms.MultipleChoiceField(
        label="Who is told", choices=[("a", "A"), ("b", "B")], widget=forms.CheckboxSelectMultiple, required=False
    )
    checked = forms.BooleanField(label="I have checked the evidence")
    email = forms.EmailField(label="Email address")
    password = forms.CharField(label="Password", widget=forms.PasswordInput)
    evidence = forms.FileField(label="Evidence", required=False)
    days = forms.IntegerField(label="Days")
    note = forms.CharField(label="Note", required=False)
    key = forms.CharField(widget=forms.HiddenInput, initial="k1")


def draw(form, name, **options) -> BeautifulSoup:
    template = '{% from "parts/form.html" import field %}{{ field(form, name, **options) }}'
    return BeautifulSoup(pages().from_string(template).render(form=form, name=name, options=options), "html.parser")


def summary(form) -> BeautifulSoup:
    template = '{% from "parts/form.html" import error_summary %}{{ error_summary(form) }}'
    return BeautifulSoup(pages().from_string(template).render(form=form), "html.parser")


@pytest.mark.parametrize(
    "name, selector",
    [
        ("done", "textarea#id_done.govuk-js-character-count"),
        ("sure", "input#id_sure[type=radio][value=on]"),
        ("due", "input#id_due[type=text]"),
        ("owner", "select#id_owner option[value='1']"),
        ("told", "input#id_told-2[type=checkbox][value=b]"),
        ("checked", "input#id_checked[type=checkbox]"),
        ("email", "input#id_email[type=email][autocomplete=email]"),
        ("password", "input#id_password[type=password][autocomplete=current-password]"),
        ("evidence", "input#id_evidence[type=file]"),
        ("days", "input#id_days[type=text][inputmode=numeric]"),
        ("note", "input#id_note[type=text]"),
        ("key", "input#id_key[type=hidden][value=k1]"),
    ],
)
def test_each_widget_has_its_element(name, selector):
    assert draw(Everything(), name).select_one(selector)


def test_the_date_shows_how_to_type_it_and_what_was_typed():
    page = draw(Everything({"due": "30 Novembr"}), "due")
    assert page.select_one("#id_due-hint").text.strip() == "For example, 30 November 2026"
    assert page.select_one("#id_due")["value"] == "30 Novembr"
    assert "Enter a date such as 30 November 2026" in page.select_one("#id_due-error").text
    assert draw(Everything(initial={"due": date(2026, 11, 30)}), "due").input["value"] == "30 November 2026"


def test_what_was_typed_and_chosen_comes_back_escaped():
    form = Everything(
        {"done": "<b>&", "sure": "off", "told": ["b"], "owner": "1", "checked": "on", "password": "secret"}
    )
    assert draw(form, "done").textarea.text == "<b>&"
    assert [i["value"] for i in draw(form, "sure").select("input[checked]")] == ["off"]
    assert [i["value"] for i in draw(form, "told").select("input[checked]")] == ["b"]
    assert draw(form, "owner").select_one("option[selected]")["value"] == "1"
    assert draw(form, "checked").select_one("input[checked]")
    assert "secret" not in str(draw(form, "password"))


def test_optional_is_said_where_something_is_typed():
    assert draw(Everything(), "note").label.text.strip() == "Note (optional)"
    assert draw(Everything(), "note", optional=False).label.text.strip() == "Note"
    assert draw(Everything(), "told").legend.text.strip() == "Who is told"


def test_free_text_carries_the_warning_about_personal_data():
    hint = draw(Everything(), "done", warn=True).select_one("#id_done-hint").text
    assert hint.strip() == f"In short. {PERSONAL_DATA}"


def test_the_heading_of_a_page_can_be_its_question():
    assert draw(Everything(), "sure", heading="page").select_one("legend.govuk-fieldset__legend--l h1")
    assert draw(Everything(), "note", heading="page").select_one("h1 label.govuk-label--l")


def test_nothing_is_said_where_nothing_is_wrong():
    assert summary(Everything()).text.strip() == ""


def test_too_long_a_text_is_told_so_in_our_own_words():
    form = Everything({"done": "x" * 2001})
    said = "“What has been done?”: use at most 2,000 characters; there are 2,001 now"
    assert said in draw(form, "done").select_one("#id_done-error").text and said in summary(form).text


def test_every_error_leads_to_an_element_that_exists():
    form = Everything({})
    form.add_error(None, "Ben Hall was first.")
    found = summary(form)
    links = found.select("a")
    page = "".join(str(draw(form, name)) for name in form.fields)
    ids = {tag["id"] for tag in BeautifulSoup(page, "html.parser").select("input[id], select[id], textarea[id]")}
    assert {link["href"][1:] for link in links} <= ids
    assert len(links) == 8
    assert [link.text.strip() for link in links] == [
        "Answer “What has been done?”",
        "Answer “How sure are you of the date?”",
        "Enter target date",
        "Choose owner",
        "Tick “I have checked the evidence”",
        "Enter email address",
        "Enter password",
        "Enter days",
    ]
    assert "Ben Hall was first." in found.text


def test_two_forms_on_a_page_do_not_share_ids():
    form = Everything({}, prefix="second")
    assert draw(form, "sure").select_one("input#id_second-sure[name=second-sure]")
    assert "#id_second-sure" in [link["href"] for link in summary(form).select("a")]
