"""The forms of a deed on many rows. Each carries which rows, and as which version they were seen."""

import re

from django import forms

from .bulk import MOST
from .forms import Once, OwnerField, TargetDateField, owner_value, owners_to_choose, text_box


class RowsField(forms.CharField):
    """ "17.3 18.1": ids with versions; cleans to {17: 3, 18: 1}."""

    widget = forms.HiddenInput

    def clean(self, value):
        value = super().clean(value)
        if not re.fullmatch(r"\d{1,18}\.\d{1,9}( \d{1,18}\.\d{1,9})*", value):
            raise forms.ValidationError("It is not clear any more which rows you selected. Select them again.")
        found = dict(tuple(map(int, pair.split("."))) for pair in value.split(" "))
        if len(found) > MOST:
            raise forms.ValidationError(f"At most {MOST} can be changed at once: {len(found)} are selected.")
        return found


def as_seen(rows) -> str:
    return " ".join(f"{row.pk}.{row.version}" for row in rows)


class RowsForm(Once):
    rows = RowsField(error_messages={"required": "Nothing is selected."})

    def how(self) -> dict:
        """What the operation is given besides the rows."""
        return {}

    def said(self) -> str:
        """The same for whoever reads the answer."""
        return ""

    def texts(self) -> list[str]:
        """What was typed, to be looked through for case numbers."""
        return []


class BulkAssignForm(RowsForm):
    owner = OwnerField(
        help_text="One accountable owner. Choose a post where you can: the work then stays when people move."
    )

    def offer(self, places) -> None:
        """Posts and people of each of ``places``, which come with their lines. Two queries for each place."""
        self.places: dict[str, set[int]] = {}
        groups: dict[str, list] = {}
        for place in places:
            for heading, ones in owners_to_choose(place):
                for one in ones:
                    value = owner_value(one)
                    if value not in self.places:
                        groups.setdefault(heading, []).append(one)
                    self.places.setdefault(value, set()).add(place.pk)
        self.fields["owner"].offer(list(groups.items()))

    def how(self):
        owner = self.cleaned_data["owner"]
        chosen = owner["owner_post"] or owner["owner_person"]
        return owner | {"places": self.places[owner_value(chosen)] if chosen else None}

    def said(self):
        owner = self.cleaned_data["owner"]
        return str(owner["owner_post"] or owner["owner_person"] or "nobody")


class BulkMoveForm(RowsForm):
    target = TargetDateField(
        label="What is the new date?", max_length=60, help_text="For example, 30 November 2027 or June 2027.",
        error_messages={"required": "Enter the new date."},
    )  # fmt: skip
    reason = text_box(
        "Why does the date move?", rows=3, error="Say why the date moves.",
        help_text="The first date stays on show beside the new one. Whoever decides reads this.",
    )  # fmt: skip

    def how(self):
        return {"target": self.cleaned_data["target"], "reason": self.cleaned_data["reason"]}

    def said(self):
        return self.cleaned_data["target"].wording

    def texts(self):
        return [self.cleaned_data["reason"]]


class BulkNoteForm(RowsForm):
    note = text_box("What is the note?", rows=4, error="Write the note.", help_text="It stays in the timeline of each.")

    def how(self):
        return {"text": self.cleaned_data["note"]}

    def said(self):
        return self.cleaned_data["note"]

    def texts(self):
        return [self.cleaned_data["note"]]


FORMS = {"assign": BulkAssignForm, "move": BulkMoveForm, "note": BulkNoteForm}
