"""The forms of recommendations and actions. None saves anything: the operations do."""

import uuid

from django import forms

from tracker.people.models import Membership, Post
from tracker.working_days import NO_DATE

from .rules import CONFIDENCE, JUDGEMENTS, RESPONSES, read_target_date, response_problems, with_review

LONG = 10_000  # characters


class Once(forms.Form):
    """A form whose deed is done once, however often the button is pressed."""

    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, initial=None, **kwargs):
        super().__init__(*args, initial={"key": uuid.uuid4()} | (initial or {}), **kwargs)

    def refuse(self, sentence: str) -> None:
        """Show a refusal of the rules among the form's errors; what was typed stays."""
        self.add_error(None, sentence)


class Seen(Once):
    """A form on a row that somebody else may change meanwhile: it carries the version that was seen."""

    seen = forms.IntegerField(widget=forms.HiddenInput)


def text_box(label, *, required=True, help_text="", rows=5, error=""):
    return forms.CharField(
        label=label,
        required=required,
        help_text=help_text,
        max_length=LONG,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": error} if error else None,
    )


class AnswerForm(Seen):
    response = forms.ChoiceField(
        label="Do you agree with this recommendation?",
        choices=[(k, v) for k, v in RESPONSES.items() if k != "awaiting"],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose agreed, partly agreed or not agreed."},
    )
    response_text = text_box(
        "What will be done, how and by when?", required=False,
        help_text="The fourth column of the published action plan. Add each step as an action afterwards.",
    )  # fmt: skip
    part_agreed = text_box("Which part do you agree with?", required=False, rows=3)
    part_not_agreed = text_box(
        "Which part do you not agree with, and why?", required=False, rows=3,
        help_text="Commissioning, policy, operational or affordability reasons.",
    )  # fmt: skip
    reason = text_box("Why do you not agree?", required=False, rows=3)
    approver = forms.CharField(
        label="Who approved not agreeing?", required=False, max_length=200, help_text="Name and post."
    )

    def clean(self):
        given = super().clean()
        if "response" in given:
            problems = response_problems(
                given["response"], *(given.get(n, "") for n in ("part_agreed", "part_not_agreed", "reason", "approver"))
            )
            for name, sentence in problems.items():
                self.add_error(name, sentence)
        return given


class OwnerField(forms.ChoiceField):
    """A post or a person; cleans to {"owner_post": ..., "owner_person": ...}. Choices come with `offer`."""

    def __init__(self, **kwargs):
        super().__init__(label="Who owns it?", required=False, **kwargs)
        self.found = {}

    def offer(self, groups: list[tuple[str, list]]):
        """``groups``: (heading, posts or people) pairs."""
        self.found = {owner_value(one): one for _, ones in groups for one in ones}
        self.choices = [("", "Nobody yet")] + [
            (heading, [(owner_value(one), owner_label(one)) for one in ones]) for heading, ones in groups if ones
        ]

    def clean(self, value):
        value = super().clean(value)
        one = self.found.get(value)
        return {
            "owner_post": one if isinstance(one, Post) else None,
            "owner_person": one if one is not None and not isinstance(one, Post) else None,
        }


def owner_value(one) -> str:
    """ "post-3", "person-7", or "" for nobody."""
    if one is None:
        return ""
    return f"{'post' if isinstance(one, Post) else 'person'}-{one.pk}"


def owner_label(one) -> str:
    if isinstance(one, Post):
        return f"{one.title}, {one.organisation} ({one.holder.name if one.holder else 'vacant'})"
    return one.known_as


def owners_to_choose(organisation, now=None) -> list[tuple[str, list]]:
    """Who can own work of ``organisation``: its posts and people, the heads above it and the heads just below.

    ``now``: the post or person who owns it at present, offered even if they would not be otherwise. Two queries;
    ``organisation`` comes with its line.
    """
    above = organisation.line[1:]
    posts = Post.objects.filter(organisation_id=organisation.pk) | Post.objects.filter(
        organisation_id__in=above, head=True
    )
    posts = posts | Post.objects.filter(organisation__parent_id=organisation.pk, head=True)
    posts = list(posts.select_related("organisation", "holder"))
    members = Membership.objects.filter(
        organisation_id=organisation.pk, role__in=["lead", "contributor"], user__is_active=True
    ).select_related("user")
    people = {m.user_id: m.user for m in members}
    for post in posts:
        if post.organisation_id == organisation.pk and post.holder and post.holder.is_active:
            people[post.holder_id] = post.holder
    own = [p for p in posts if p.organisation_id == organisation.pk]
    higher = sorted((p for p in posts if p.organisation_id in above), key=lambda p: above.index(p.organisation_id))
    lower = [p for p in posts if p not in own and p not in higher]
    groups = [
        (f"Posts of {organisation}", own),
        (f"People of {organisation}", sorted(people.values(), key=lambda p: (p.last_name, p.first_name))),
        ("Levels above", higher),
        ("Levels below", lower),
    ]
    if now is not None and all(now not in ones for _, ones in groups):
        groups.insert(0, ("Owner now", [now]))
    return groups


def default_owner(groups):
    """The head's post, where there is one."""
    return next((one for _, ones in groups[:1] for one in ones if isinstance(one, Post) and one.head), None)


class AssignForm(Seen):
    owner = OwnerField(
        help_text="One accountable owner. Choose a post where you can: the work then stays when people move."
    )


class TargetDateField(forms.CharField):
    """A date as people write it; cleans to a `rules.TargetDate`."""

    def clean(self, value):
        value = super().clean(value)
        try:
            return read_target_date(value)
        except ValueError as fault:
            raise forms.ValidationError(str(fault)) from None


class ChosenField(forms.MultipleChoiceField):
    """Rows ticked among those offered; cleans to the rows themselves. Choices come with `offer`."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, label, **kwargs):
        super().__init__(label=label, required=False, **kwargs)
        self.rows = {}

    def offer(self, rows: list[tuple[str, str, object]]):
        """``rows``: (value, label, row) each."""
        self.rows = {value: row for value, _, row in rows}
        self.choices = [(value, label) for value, label, _ in rows]

    def clean(self, value):
        return [self.rows[one] for one in super().clean(value)]


class ReviewField(TargetDateField):
    """The day on which something ongoing is looked at again."""

    def __init__(self):
        super().__init__(
            label="When will it be looked at again?", required=False, max_length=60,
            help_text="Only when it is Ongoing. For example, 31 March 2027.",
        )  # fmt: skip


def reviewed(form, given) -> dict:
    """``given`` with the review date worked into ``target``; an error beside the field when it is missing."""
    target, review = given.get("target"), given.get("review")
    if target is not None and "review" not in form.errors and target.precision == "ongoing":
        if review is None or review.due_by == NO_DATE:
            form.add_error("review", "Say when it will be looked at again: that day is then its date.")
        else:
            given["target"] = with_review(target, review)
    return given


class ActionForm(Once):
    what = text_box("What will be done?", rows=4, error="Say what will be done.")
    owner = OwnerField(help_text="A post or a person. They are reminded, and may post updates.")
    target = TargetDateField(
        label="By when?", required=False, max_length=60,
        help_text="For example, 30 November 2026, June 2026 or Ongoing. Without a date nobody is reminded.",
    )  # fmt: skip
    success_measure = text_box("How will you know that it worked?", required=False, rows=2)


class PlanActionForm(ActionForm):
    review = ReviewField()
    date_reason = text_box("Why is this date already past?", required=False, rows=2, help_text="Only when it is.")
    helpers = ChosenField("Who helps?", help_text="They may post updates and add evidence. They are not reminded.")
    also = ChosenField("Which other recommendations does it also answer?")

    def clean(self):
        return reviewed(self, super().clean())


class EditActionForm(PlanActionForm, Seen):
    date_reason = text_box(
        "Why does the date move?", required=False, rows=2,
        help_text="Only when you change the date. The first date stays on show beside the new one.",
    )  # fmt: skip
    also = ChosenField("Which recommendations does it answer?")
    waits_for = ChosenField("Has something else to come first?")
    # Sent by hand without it, a form says nothing about helpers and links, and they stay as they are.
    links = forms.CharField(required=False, widget=forms.HiddenInput, initial="shown")

    def fix_date(self):
        """The date moves by asking only: take the questions about it out."""
        for name in ("target", "review", "date_reason"):
            del self.fields[name]


class AskDateForm(Seen):
    target = TargetDateField(
        label="Which date do you ask for?", max_length=60,
        help_text="For example, 30 November 2026, June 2026 or Ongoing.",
        error_messages={"required": "Enter the date that you ask for."},
    )  # fmt: skip
    review = ReviewField()
    reason = text_box(
        "Why does the date have to move?", rows=4, error="Say why the date has to move.",
        help_text="Whoever decides reads this, and it stays on show.",
    )  # fmt: skip

    def clean(self):
        return reviewed(self, super().clean())


class DecideDateForm(Once):
    decision = forms.ChoiceField(
        label="Do you agree to the new date?",
        choices=[("agree", "Agree: the date moves now"), ("refuse", "Refuse: the date stays")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose agree or refuse."},
    )
    comment = text_box("Comment", required=False, rows=3, help_text="When you refuse, say why the date has to stay.")

    def clean(self):
        given = super().clean()
        if given.get("decision") == "refuse" and not given.get("comment", "").strip():
            self.add_error("comment", "Say why the date has to stay.")
        return given


class ClaimForm(Seen):
    comment = text_box(
        "What was done, and how can it be seen?", rows=5, help_text="An inspector reads this and checks it.",
        error="Say what was done and how it can be seen: an inspector will check it.",
    )  # fmt: skip
    evidence = ChosenField("Which evidence proves it?", help_text="Evidence that proved an earlier claim is not here.")


class VerifyForm(Seen):
    outcome = forms.ChoiceField(
        label="What do you decide?",
        choices=[("verified", "Verified"), ("sent_back", "Send back")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose verified or send back."},
    )
    judgement = forms.ChoiceField(
        label="How much progress do you judge there is?",
        choices=list(JUDGEMENTS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how much progress you judge there is."},
    )
    reason = text_box(
        "Why?", required=False, rows=5, help_text="When you send it back, say what is lacking. The owner reads this."
    )

    def clean(self):
        given = super().clean()
        if given.get("outcome") == "sent_back" and not given.get("reason", "").strip():
            self.add_error("reason", "Say what is lacking, so that the owner knows what to do.")
        return given


class CancelForm(Seen):
    reason = text_box("Why is this action given up?", rows=4, error="Say why this action is cancelled.")


class UpdateForm(Once):
    done = text_box(
        "What has been done?", rows=4, error="Say what has been done. If nothing has, say so and why.",
        help_text="If nothing has, say so and why.",
    )  # fmt: skip
    confidence = forms.ChoiceField(
        label="How sure are you of the date?",
        choices=list(CONFIDENCE.items()),
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how sure you are of the date."},
    )
    next_step = text_box("What is next?", required=False, rows=2)
