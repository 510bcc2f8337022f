"""The forms of evidence, and how much of an uploaded file is taken in at all. None saves anything."""

from django import forms
from django.conf import settings
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler

from .evidence import too_large
from .file_kinds import size_words
from .forms import Once, text_box
from .rules import NoSuchDay, read_target_date, why_not_shown_of

AGAIN = "Choose the file again: it was not kept."


class OneFile(TemporaryFileUploadHandler):
    """Takes one file to the disk, and no more of it than is accepted; of a larger one only the size is kept.

    The rest of the form is read all the same, so that what was typed is not lost. ``request.too_large`` is then the
    sentence about it.
    """

    def __init__(self, request, field):
        super().__init__(request)
        self.wanted, self.taken, self.most = field, False, settings.EVIDENCE_MOST_BYTES

    def new_file(self, field_name, *args, **kwargs):
        if field_name != self.wanted or self.taken:
            raise SkipFile
        self.taken = True
        super().new_file(field_name, *args, **kwargs)

    def receive_data_chunk(self, raw_data, start):
        if start + len(raw_data) <= self.most:
            super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size):
        if file_size > self.most:
            self.file.close()
            self.request.too_large = too_large(self.file_name, file_size)
            return None
        taken = super().file_complete(file_size)
        del self.file  # or skipping what comes after it would close this one too
        return taken


class DayField(forms.CharField):
    """A day as people write it; cleans to a date, or None."""

    def clean(self, value):
        value = super().clean(value)
        try:
            found = read_target_date(value, like="30 June 2026")
        except NoSuchDay as fault:
            raise forms.ValidationError(str(fault)) from None
        except ValueError:
            found = None
        if found is None or found.precision not in ("day", "none"):
            raise forms.ValidationError(f'"{value}" is not a day. Write it like 30 June 2026.')
        return found.due_by if found.precision == "day" else None


class EvidenceForm(Once):
    file = forms.FileField(
        label="Choose a file", required=False, allow_empty_file=True,
        help_text="PDF, Word, Excel, PowerPoint, OpenDocument, PNG, JPEG, text, CSV or a saved e-mail.",
    )  # fmt: skip
    url = forms.CharField(
        label="Address", required=False, max_length=1000, help_text="It begins with https:// or http://",
        widget=forms.TextInput(attrs={"inputmode": "url", "autocapitalize": "none", "spellcheck": "false"}),
    )  # fmt: skip
    name = forms.CharField(label="What does it lead to?", required=False, max_length=200)
    note = forms.CharField(
        label="What does it show?", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    effective_on = DayField(
        label="Which day does it speak of?", required=False, max_length=60,
        help_text="For example, 30 June 2026: the day of the meeting or the count, not today.",
    )  # fmt: skip

    def __init__(self, *args, today, too_large="", **kwargs):
        super().__init__(*args, **kwargs)
        self.today, self.too_large = today, too_large
        self.fields["file"].help_text += f" At most {size_words(settings.EVIDENCE_MOST_BYTES)}."

    def clean_effective_on(self):
        on = self.cleaned_data["effective_on"]
        if sentence := why_not_shown_of(on, self.today):
            raise forms.ValidationError(sentence)
        return on

    def clean(self):
        given = super().clean()
        file, url = given.get("file"), given.get("url")
        if self.too_large:
            self.add_error("file", self.too_large)
        elif file and (url or given.get("name")):
            self.add_error("url", "Give either a file or a link, not both: take one out.")
        elif not file and not url and "url" not in self.errors and "file" not in self.errors:
            self.add_error("file", "Choose a file, or enter the address of a link.")
        elif url and not given.get("name"):
            self.add_error("name", "Say what the link leads to.")
        if self.errors:
            self._ask_for_the_file_again()
        return given

    def refuse(self, sentence):
        """What the rules say of a file or a link belongs beside it."""
        self.add_error("file" if self.files.get("file") else "url" if self.data.get("url") else None, sentence)
        self._ask_for_the_file_again()

    def _ask_for_the_file_again(self):
        if self.files.get("file") and "file" not in self.errors:
            self.add_error("file", AGAIN)


class RemoveForm(Once):
    reason = text_box("Why is it removed?", rows=3, error="Say why it is removed.")
