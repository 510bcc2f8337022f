"""Who may do what, worked out from the tables of steps: what `docs/permissions.md` prints. Plain Python.

Out of sight answers 404; in sight but not one's own to do answers 403. The tests hold a table written by hand against
this one, against every operation and against every page.
"""

from dataclasses import dataclass

from tracker.alerts.rules import ALERT_STEPS
from tracker.plans.rules import ACTION_STEPS, DATE_CHANGE_STEPS, FOLLOW_UP_STEPS, NOTE_STEPS, PLAN_STEPS

MAY, MAY_NOT, HIDDEN, SIGN_IN = "yes", "no", "hidden", "sign in"


@dataclass(frozen=True)
class Reader:
    """One column: a person, seen from the place whose work it is. ``sees``: the kinds of row in their sight."""

    words: str
    standing: frozenset[str]
    sees: frozenset[str]


def _reader(words, standing="", sees=""):
    return Reader(words, frozenset(filter(None, standing.split(", "))), frozenset(sees.split()))


_ALL = "work plan place alert limits"  # and what is restricted only with "restricted"
READERS = [
    _reader("Lead of the place", "lead", f"{_ALL} restricted view"),
    _reader("Lead of the level above", "lead above", f"{_ALL} restricted"),
    _reader("Lead of a level below", sees="view"),
    _reader("Lead elsewhere"),
    _reader("Viewer of the place", "viewer", f"{_ALL} view"),
    _reader("Viewer of the level above", "viewer above", _ALL),
    _reader("Viewer of a level below", sees="view"),
    _reader("Viewer elsewhere"),
    _reader("Contributor of the place", "contributor", "limits view"),
    _reader("Contributor of the level above", "contributor above", "limits"),
    _reader("Contributor of a level below", sees="view"),
    _reader("Contributor elsewhere"),
    _reader("Owner of the action", "contributor, owner, author", "work alert restricted limits view"),
    _reader("Helper with the action", "helper", "work"),
    _reader("Stand-in of the lead", "lead", f"{_ALL} restricted view"),
    _reader("Inspector, named on the alert", "inspector", f"{_ALL} restricted"),
    _reader("Inspector who worked on it", "inspector, worked on it", _ALL),
    _reader("Administrator", "administrator", _ALL),
    _reader("Somebody without a role"),
]


@dataclass(frozen=True)
class Deed:
    """One row. ``of``: the kind of row it is done to; "" when it is done to none. ``who`` None: all who see it."""

    name: str
    words: str
    of: str
    who: frozenset[str] | None
    barred: frozenset[str] = frozenset()


def _reads(name, words, of=""):
    return Deed(name, words, of, None)


def _by(name, words, who, of="", barred=""):
    return Deed(name, words, of, frozenset(who.split(", ")), frozenset(filter(None, [barred])))


def _steps(steps, of, **more):
    for name, step in steps.items():
        yield Deed(name, step.words[0].upper() + step.words[1:], of, step.who, frozenset(more.get(name, ())))


def _alert_steps():
    """The names begin with "alert_", so that they are not those of other lives."""
    for name, step in ALERT_STEPS.items():
        yield Deed(f"alert_{name}", _ALERT_WORDS.get(name, step.words[0].upper() + step.words[1:]), "alert", step.who)


_ALERT_WORDS = {
    "link_concerns": "Say which concerns of an alert an action answers",
    "respond": "Send the written response to an alert", "accept": "Accept the response to an alert",
    "return_response": "Return the response to an alert", "add_reading": "Enter a reading of an alert's measure",
    "hold_checkpoint": "Record a checkpoint of an alert", "agree_end": "Agree to the stand-down of an alert",
    "refuse_end": "Refuse the stand-down of an alert", "confirm_end": "Confirm the stand-down of an alert",
}  # fmt: skip
# Whoever worked on an action does not decide on it.
_WORKED = ("worked on it",)
DEEDS = [
    _reads("see_recommendation", "See what is done about a recommendation, and its timeline", "work"),
    *_steps(FOLLOW_UP_STEPS, "work"),
    Deed("note_recommendation", "Add a note to a recommendation", "work", NOTE_STEPS["follow_up"].who),
    _reads("see_action", "See an action, its evidence and its timeline", "work"),
    *_steps(ACTION_STEPS, "work", verify=_WORKED, send_back=_WORKED),
    Deed("note_action", "Add a note to an action", "work", NOTE_STEPS["action"].who),
    _by("replace_evidence", "Add a later version of evidence", "owner, helper, lead", "work"),
    _by("pause_action", "Pause passing an overdue action up", "lead above", "work"),
    _reads("see_date_change", "See a question about a date", "work"),
    *_steps(DATE_CHANGE_STEPS, "work"),
    _reads("see_plan", "See an action plan and its timeline", "plan"),
    *_steps(PLAN_STEPS, "plan"),
    _by("pause_plan", "Pause passing an overdue action plan up", "lead above", "plan"),
    _reads("see_place_timeline", "See the timeline of an organisation", "place"),
    _reads("see_alert", "See an organisational alert", "alert"),
    _reads("see_restricted_alert", "See an alert that is restricted", "restricted"),
    _by("raise_alert", "Raise an organisational alert", "inspector"),
    *_alert_steps(),
    _by("see_queue", "See the claims that wait for verification", "inspector"),
    _by("import_report", "Import, enter and correct reports", "inspector"),
    _reads("see_recurring", "See which recommendations recur, and how many are open"),
    _by("join_recommendations", "Say that recommendations say the same", "inspector"),
    _by("split_recommendation", "Say that a recommendation says something else", "inspector"),
    _by("undo_grouping", "Take back what was joined or split", "inspector"),
    _reads("see_figures", "See the figures of an organisation, and its ratings over time"),
    _by("enter_figure", "Enter a figure of a report", "inspector"),
    _by("take_back_figure", "Take a figure back", "inspector"),
    _by("set_plan_due", "Set when an action plan is due", "inspector"),
    _by("manage_people", "Add people, give roles, fill posts", "administrator"),
    _reads("see_limits", "See the limits of an organisation, and who set them", "limits"),
    _by("lift_stop", "Let mail go again to an address that it did not reach", "administrator"),
    _by("set_limit", "Set a limit", "administrator"),
    _by("unset_limit", "Take a limit back to what is inherited", "administrator"),
    _reads("make_calendar", "Have one's own dates as a calendar"),
    _reads("make_export", "Have a long list as a file, made while one goes on, and cancel it"),
    _reads("choose_mail", "Choose when one's own mail comes"),
    _by("release_mails", "Release mails that are held", "administrator"),
    _reads("save_view", "Save the filters of a list as a view, rename and delete it"),
    _reads("see_shared_view", "See a view that is shared within the place", "view"),
    _by("share_view", "Share one's own view within the place", "lead"),
    _by("unshare_view", "Stop sharing somebody else's view", "lead", "view"),
    _reads("follow_view", "Start with a shared view, or have its changes by mail", "view"),
    _reads("name_stand_in", "Name one's own stand-in"),
    _by("name_stand_in_of", "Name somebody else's stand-in", "administrator"),
    _reads("make_token", "Make an API token that acts as oneself, and revoke it"),
    _by("revoke_token_of", "Revoke somebody else's API token", "administrator"),
]


def cell(deed: Deed, reader: Reader) -> str:
    if deed.of and deed.of not in reader.sees:
        return HIDDEN
    if deed.who is None:
        return MAY
    return MAY if deed.who & reader.standing and not deed.barred & reader.standing else MAY_NOT


def table() -> dict[str, list[str]]:
    """{name of the deed: a cell for each of `READERS`, then for somebody who is not signed in}"""
    return {deed.name: [*(cell(deed, reader) for reader in READERS), SIGN_IN] for deed in DEEDS}


def page() -> str:
    """`docs/permissions.md`"""
    heads = [reader.words for reader in READERS]
    signs = {MAY: "yes", MAY_NOT: "–", HIDDEN: ""}
    rows = table()
    lines = [
        "# Who may do what",
        "",
        "Printed by `script/manage print_permissions` from the rules; a test holds it against a table written by",
        "hand, against every operation and against every page. “The place” is the organisation whose recommendation,",
        "action or plan it is. yes: may. –: sees it and may not (403). Empty: does not see it (404). Whoever is not",
        "signed in is sent to sign in. Whoever worked on an action does not verify it, and whoever submitted a plan",
        "or asked for a date does not decide on it; at HMPPS a second lead of HMPPS is the level above. An alert is",
        "stood down by three people: who asked does not agree, and neither of the two confirms.",
        "",
        "| | " + " | ".join(heads) + " |",
        "|---" * (len(heads) + 1) + "|",
    ]
    for deed in DEEDS:
        lines.append(f"| {deed.words} | " + " | ".join(signs[c] for c in rows[deed.name][:-1]) + " |")
    return "\n".join(lines) + "\n"
