"""Saved views: who may do what with one, and how many there may be. Plain Python."""

from tracker.plans.rules import Step

MOST_OWN = 40  # views of one person
MOST_SHARED = 40  # views shared within one organisation
MOST_ROWS = 2_000  # of a view whose changes are mailed: all of them are held against the week before
LONGEST_NAME = 60
LONGEST_QUESTION = 1_000

STATES = {"private", "shared"}
_ANY, _OWNER = frozenset(STATES), frozenset({"owner"})
# "lead": of the organisation within which it is, or is to be, shared.
VIEW_STEPS = {
    "rename": Step("rename", "rename this view", _ANY, None, _OWNER),
    "delete": Step("delete", "delete this view", _ANY, None, _OWNER),
    "share": Step("share", "share this view", frozenset({"private"}), "shared", frozenset({"lead"})),
    "unshare": Step(
        "unshare", "stop sharing this view", frozenset({"shared"}), "private", frozenset({"lead", "owner"})
    ),
}
WHO = {
    "rename": "whoever saved it",
    "delete": "whoever saved it",
    "share": "a lead of the organisation",
    "unshare": "whoever saved it or a lead of the organisation",
}


def why_not_allowed(deed: str, standing: frozenset[str]) -> str | None:
    """A sentence when somebody with this standing may not do it; None when they may."""
    step = VIEW_STEPS[deed]
    return None if standing & step.who else f"You cannot {step.words}: only {WHO[deed]} can."


def possible(shared: bool, standing: frozenset[str]) -> set[str]:
    """The deeds on a view that somebody with this standing may do now."""
    state = "shared" if shared else "private"
    return {name for name, step in VIEW_STEPS.items() if state in step.from_ and standing & step.who}
