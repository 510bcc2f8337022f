"""A Django form field as a GOV.UK component: which one, and its parameters. Drawn by templates/parts/form.html."""

from django import forms
from django.forms.boundfield import BoundField
from django.utils.html import format_html_join

from .words import day

PERSONAL_DATA = "Do not enter the names or case numbers of people on probation."
DATE_HINT = "For example, 30 November 2026"
PASSED_ON = ("accept", "autocapitalize", "min", "max", "step", "list")  # and all data-...


def component(
    bound: BoundField,
    label: str = "",
    hint: str = "",
    width: str | int = "",
    rows: int = 5,
    count: int | bool | None = None,
    warn: bool = False,
    small: bool = False,
    inline: bool = False,
    heading: str = "",
    optional: bool | None = None,
    autocomplete: str = "",
    hide_label: bool = False,
) -> tuple[str, dict]:
    """The name of the component, and what its macro is given. The options are explained in parts/form.html."""
    field, widget = bound.field, bound.field.widget
    attrs = widget.attrs
    choosing = isinstance(widget, forms.CheckboxInput | forms.Select | forms.RadioSelect)
    text = str(label or bound.label)
    if optional or (optional is None and not choosing and not field.required):
        text += " (optional)"
    hint = str(hint or bound.help_text or (DATE_HINT if isinstance(widget, forms.DateInput) else ""))
    if warn:
        hint = f"{hint} {PERSONAL_DATA}".strip()
    size = "l" if heading == "page" else heading
    params = {
        "id": bound.auto_id,
        "idPrefix": bound.auto_id,
        "name": bound.html_name,
        "hint": {"text": hint} if hint else None,
        "errorMessage": {"html": lines(errors(bound))} if bound.errors else None,
    }
    if isinstance(widget, forms.RadioSelect):  # CheckboxSelectMultiple is one too
        kind = "checkboxes" if widget.allow_multiple_selected else "radios"
        classes = [f"govuk-{kind}--small"] * small + [f"govuk-{kind}--inline"] * inline
        named = "govuk-visually-hidden" if hide_label else f"govuk-fieldset__legend--{size or 's'}"
        legend = {"text": text, "classes": named, "isPageHeading": heading == "page"}
        return kind, params | {
            "fieldset": {"legend": legend},
            "classes": " ".join(classes),
            "items": [item(one) for one in choices(bound) if one["value"] not in ("", None)],
        }
    if isinstance(widget, forms.CheckboxInput):
        chosen = bound.subwidgets[0].data["attrs"].get("checked", False)
        only = {"value": "on", "text": text, "checked": chosen, "hint": params.pop("hint")}
        return "checkboxes", params | {"classes": "govuk-checkboxes--small" if small else "", "items": [only]}

    params["label"] = {
        "text": text,
        "isPageHeading": heading == "page",
        "classes": "govuk-visually-hidden" if hide_label else f"govuk-label--{size or 's'}",
    }
    params["attributes"] = {
        name: value for name, value in attrs.items() if name in PASSED_ON or name.startswith("data-")
    }
    params["autocomplete"] = autocomplete or attrs.get("autocomplete")
    params["inputmode"] = attrs.get("inputmode")
    params["spellcheck"] = {"true": True, "false": False}.get(str(attrs.get("spellcheck")).lower())
    params["classes"] = f"govuk-input--width-{width}" if width else ""
    if isinstance(widget, forms.Select):
        if widget.allow_multiple_selected:
            params["attributes"]["multiple"] = "multiple"
        return "select", params | {"classes": "", "items": [item(one) for one in choices(bound)]}
    if isinstance(widget, forms.FileInput):
        return "file", params
    if isinstance(widget, forms.PasswordInput):
        return "password", params
    value = bound.value()
    params["value"] = "" if value is None else value
    if isinstance(widget, forms.Textarea):
        limit = getattr(field, "max_length", None) if count is None else count
        params |= {"rows": attrs.get("rows") if attrs.get("rows") not in (None, "10") else rows, "classes": ""}
        return ("count", params | {"maxlength": limit, "threshold": 75}) if limit else ("textarea", params)
    if isinstance(widget, forms.DateInput):
        if value and not isinstance(value, str):
            params["value"] = day(value)
        params["classes"] = f"govuk-input--width-{width or 20}"
    elif isinstance(widget, forms.NumberInput):
        whole = isinstance(field, forms.IntegerField) and not isinstance(field, forms.FloatField | forms.DecimalField)
        params["inputmode"] = params["inputmode"] or ("numeric" if whole else "decimal")
        params["classes"] = f"govuk-input--width-{width or 5}"
    elif isinstance(widget, forms.EmailInput):
        params |= {"type": "email", "spellcheck": False, "autocomplete": params["autocomplete"] or "email"}
    elif isinstance(widget, forms.widgets.Input):
        params["type"] = widget.input_type
    return "input", params


def lines(texts: list[str]):
    return format_html_join("<br>", "{}", ([text] for text in texts))


def errors(bound: BoundField) -> list[str]:
    """What is wrong and how to mend it; where Django speaks by itself ("This field is
    required"), in words of the label."""
    label = str(bound.label)
    named = f"“{label}”" if label.endswith("?") else label[:1].lower() + label[1:]
    found = []
    for error in bound.errors.as_data():
        text = str(next(iter(error)))
        if error.code == "max_length" and text.startswith("Ensure this value"):
            text = (
                f"{named[:1].upper() + named[1:]}: use at most {error.params['limit_value']:,} characters; there are "
            )
            text += f"{error.params['show_value']:,} now"
        elif text == str(forms.Field.default_error_messages["required"]):
            text = missing(bound.field.widget, label, named)
        elif text == str(forms.DateField.default_error_messages["invalid"]):
            text = "Enter a date such as 30 November 2026"
        found.append(text)
    return found


def missing(widget: forms.Widget, label: str, named: str) -> str:
    if isinstance(widget, forms.CheckboxInput):
        return f"Tick “{label}”"
    if label.endswith("?"):
        return f"Answer {named}"
    if isinstance(widget, forms.Select | forms.RadioSelect | forms.FileInput):
        return f"Choose {named}"
    return f"Enter {named}"


def choices(bound: BoundField) -> list[dict]:
    return [one.data for one in bound.subwidgets]


def item(one: dict) -> dict:
    """One radio, checkbox or option; `hint` and `disabled` may stand in the attrs that the widget gives it."""
    return {
        "value": "" if one["value"] is None else str(one["value"]),
        "text": one["label"],
        "checked": one["selected"],
        "selected": one["selected"],
        "hint": {"text": one["attrs"]["hint"]} if one["attrs"].get("hint") else None,
        "disabled": bool(one["attrs"].get("disabled")),
    }
