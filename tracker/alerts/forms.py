"""The form with which a lead adds an action to an alert."""

from django import forms

from tracker.plans.forms import ActionForm, Seen

DECISIONS = ["confirm", "decline", "tie"]


class AlertActionForm(ActionForm):
    organisation = forms.ChoiceField(
        label="Whose action is it?", widget=forms.RadioSelect, error_messages={"required": "Choose whose action it is."}
    )
    concerns = forms.MultipleChoiceField(
        label="Which concerns does it answer?", required=False, widget=forms.CheckboxSelectMultiple
    )

    def offer(self, places, concerns, owners):
        """``places``: whose the action can be; ``concerns``: of the alert; ``owners``: (heading, ones) pairs."""
        self.fields["organisation"].choices = [(str(place.pk), place.full_name) for place in places]
        self.fields["concerns"].choices = [(str(one.pk), one.text) for one in concerns]
        self.fields["owner"].offer(owners)


class TieForm(Seen):
    decision = forms.ChoiceField(choices=[(one, one) for one in DECISIONS])


class CarryForm(Seen):
    later = forms.ChoiceField(
        label="Which recommendation carries it on?", widget=forms.RadioSelect,
        error_messages={"required": "Choose a recommendation, or that none carries it on."},
    )  # fmt: skip

    def offer(self, rows, now):
        """``rows``: later follow-ups, the most similar first; ``now``: the one chosen at present or None."""
        if now is not None and now not in rows:
            rows = [now, *rows]
        self.fields["later"].choices = [(str(one.pk), _named(one)) for one in rows] + [("none", "None of these")]


def _named(follow_up) -> str:
    month = follow_up.inspection.fieldwork_month
    visit = f", {month:%B %Y}" if month else ""
    recommendation = follow_up.recommendation
    return f"{recommendation.number} to {follow_up.addressee}{visit}: {recommendation.wording}"
