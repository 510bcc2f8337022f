"""What the journal says, in plain words: an event's deed, before and after in, a title and lines out. No ORM, no
request, no clock."""

import datetime as dt
import re

from tracker.words import day

HASH_SHOWN = 12  # it is read aloud sign by sign
GROUPS = {
    "answers": "Answers",
    "actions": "Actions",
    "updates": "Updates and notes",
    "dates": "Dates",
    "evidence": "Evidence",
    "verification": "Claims and verification",
    "plan": "Action plan",
    "course": "Opening and closing",
    "alert": "Organisational alert",
    "people": "Owners and people",
    "report": "Reports and organisations",
}
DEEDS = {  # deed: (title, group)
    "answered": ("Answered", "answers"),
    "action_added": ("Action added", "actions"),
    "action_changed": ("Action changed", "actions"),
    "action_cancelled": ("Action cancelled", "actions"),
    "actions_reordered": ("Order of actions changed", "actions"),
    "update_posted": ("Update posted", "updates"),
    "note_added": ("Note added", "updates"),
    "clock_started": ("Clock started", "dates"),
    "plan_due_set": ("Date of the action plan set", "dates"),
    "date_asked": ("Another date asked for", "dates"),
    "date_agreed": ("Another date agreed", "dates"),
    "date_refused": ("Another date refused", "dates"),
    "date_withdrawn": ("Question about another date taken back", "dates"),
    "date_moved": ("Date moved", "dates"),
    "moved": ("Date moved", "dates"),
    "limit_set": ("Limits set", "dates"),
    "limit_unset": ("Limit taken back to what is inherited", "dates"),
    "escalation_paused": ("Passing up paused", "dates"),
    "escalation_resumed": ("Passing up goes on", "dates"),
    "evidence_added": ("Evidence added", "evidence"),
    "evidence_replaced": ("Evidence replaced by a later version", "evidence"),
    "evidence_removed": ("Evidence removed", "evidence"),
    "evidence_scanned": ("Evidence scanned", "evidence"),
    "claimed": ("Completion claimed", "verification"),
    "verified": ("Verified", "verification"),
    "sent_back": ("Sent back", "verification"),
    "plan_opened": ("Action plan opened", "plan"),
    "plan_submitted": ("Action plan sent for sign-off", "plan"),
    "plan_taken_back": ("Action plan taken back", "plan"),
    "plan_signed_off": ("Action plan signed off", "plan"),
    "plan_sent_back": ("Action plan sent back", "plan"),
    "follow_up_opened": ("Recommendation opened", "course"),
    "follow_up_moved_away": ("Recommendation corrected: it is to another place", "course"),
    "follow_up_moved_here": ("Recommendation corrected: it is to this place", "course"),
    "follow_up_withdrawn": ("Recommendation withdrawn with its report", "course"),
    "closed": ("Closed: implemented", "course"),
    "closed_not_agreed": ("Closed: not agreed", "course"),
    "risk_accepted": ("Closed: risk accepted", "course"),
    "risk_review_due": ("Opened again: review of the accepted risk is due", "course"),
    "reopened": ("Opened again", "course"),
    "superseded": ("Superseded", "course"),
    "carried_forward": ("Carried forward to a later inspection", "course"),
    "alert_opened": ("Organisational alert opened", "alert"),
    "alert_published": ("Organisational alert published with the report", "alert"),
    "alert_unpublished": ("Organisational alert waits for its report again", "alert"),
    "alert_corrected": ("Organisational alert corrected", "alert"),
    "alert_taken_back": ("Organisational alert taken back with its report", "alert"),
    "concerns_linked": ("Concerns that an action answers changed", "alert"),
    "alert_raised": ("Organisational alert raised", "alert"),
    "alert_acknowledged": ("Acknowledged", "alert"),
    "alert_responded": ("Written response sent", "alert"),
    "alert_accepted": ("Response accepted", "alert"),
    "alert_returned": ("Response returned", "alert"),
    "alert_paused": ("Clocks paused", "alert"),
    "alert_clock_started": ("Clocks started", "alert"),
    "alert_circle_changed": ("Inspectors named on it changed", "alert"),
    "alert_withdrawn": ("Organisational alert withdrawn", "alert"),
    "alert_stood_down": ("Organisational alert stood down", "alert"),
    "alert_reopened": ("Organisational alert opened again", "alert"),
    "readings_added": ("Readings entered", "alert"),
    "checkpoint_held": ("Checkpoint held at the level above", "alert"),
    "end_asked": ("Stand-down asked for", "alert"),
    "end_agreed": ("Stand-down agreed to", "alert"),
    "end_refused": ("Stand-down refused", "alert"),
    "escalated": ("Escalated", "alert"),
    "tie_proposed": ("Tie to the organisational alert proposed", "alert"),
    "tie_not_proposed": ("Tie to the organisational alert no longer proposed", "alert"),
    "tie_confirmed": ("Tied to the organisational alert", "alert"),
    "tie_declined": ("Tie to the organisational alert declined", "alert"),
    "assigned": ("Owner changed", "people"),
    "external_named": ("Somebody outside named", "people"),
    "update_asked": ("Update asked of somebody outside", "updates"),
    "links_revoked": ("Link of somebody outside revoked", "people"),
    "account_given": ("Account given to somebody outside", "people"),
    "calendar_made": ("Calendar address made", "people"),
    "calendar_ended": ("Calendar address taken back", "people"),
    "export_asked": ("File of a list asked for", "people"),
    "export_cancelled": ("File of a list cancelled", "people"),
    "cover_named": ("Stand-in named", "people"),
    "cover_ended": ("Cover ended early", "people"),
    "person_added": ("Person added", "people"),
    "person_changed": ("Person's name changed", "people"),
    "person_switched_off": ("Account switched off", "people"),
    "person_switched_on": ("Account switched on", "people"),
    "address_stopped": ("Mail to this address stopped: it does not arrive", "people"),
    "stop_lifted": ("Mail goes to this address again", "people"),
    "token_made": ("API token made", "people"),
    "token_revoked": ("API token revoked", "people"),
    "role_given": ("Role given", "people"),
    "role_taken": ("Role taken away", "people"),
    "post_added": ("Post added", "people"),
    "post_on_ladder": ("Rung of a post on the ladder of alerts changed", "people"),
    "post_held": ("Post given to another holder", "people"),
    "inspection_imported": ("Report imported", "report"),
    "inspection_corrected": ("Report corrected", "report"),
    "inspection_withdrawn": ("Report withdrawn", "report"),
    "recommendations_joined": ("Joined: these recommendations say the same", "report"),
    "recommendation_split_off": ("Split off: says something else", "report"),
    "grouping_undone": ("Joining or splitting taken back", "report"),
    "import_started": ("Import started", "report"),
    "import_corrected": ("Import corrected", "report"),
    "import_confirmed": ("Import confirmed", "report"),
    "import_discarded": ("Import discarded", "report"),
    "import_undone": ("Import undone", "report"),
    "figure_entered": ("Figure of a report entered", "report"),
    "figure_taken_back": ("Figure taken back", "report"),
    "organisation_added": ("Organisation added", "report"),
    "organisation_changed": ("Organisation changed", "report"),
    "journal_sealed": ("Journal sealed", "report"),
    "preference_set": ("When mail comes changed", "people"),
    "view_saved": ("View saved", "people"),
    "view_renamed": ("Saved view renamed", "people"),
    "view_shared": ("Saved view shared", "people"),
    "view_unshared": ("Saved view no longer shared", "people"),
    "view_deleted": ("Saved view deleted", "people"),
    "view_subscribed": ("Mail of a saved view asked for", "people"),
    "view_unsubscribed": ("Mail of a saved view stopped", "people"),
    "views_unsubscribed": ("Mail of all saved views stopped", "people"),
    "start_page_chosen": ("Start page chosen", "people"),
    "mails_held": ("Mails held, so many at once", "report"),
    "mails_released": ("Held mails released", "report"),
}
LABELS = {
    "response": "Response",
    "response_text": "What will be done",
    "part_agreed": "Part agreed",
    "part_not_agreed": "Part not agreed",
    "reason": "Reason",
    "approver": "Approved by",
    "owner": "Owner",
    "owner_post": "Owner",
    "owner_person": "Owner",
    "helpers": "Helped by",
    "answers": "Answers",
    "waits_for": "Waits for",
    "waits_for_recommendations": "Waits for",
    "what": "Action",
    "success_measure": "How we will know",
    "due_by": "Date",
    "target_wording": "Date as written",
    "state": "State",
    "done": "Done",
    "confidence": "How sure of the date",
    "next": "Next",
    "comment": "Comment",
    "comments": "Comments",
    "judgement": "Judgement",
    "evidence": "Evidence",
    "name": "Name",
    "size": "Size in bytes",
    "sha256": f"SHA-256, the first {HASH_SHOWN} signs",
    "url": "Link",
    "scan": "Scan",
    "accepted_by": "Accepted by",
    "review_on": "Looked at again on",
    "successor": "Its place is taken by",
    "carried_to": "Goes on as",
    "stand_in": "Stand-in",
    "from": "From",
    "to": "To",
    "tie": "Tie",
    "concerns": "Concerns",
    "rung": "Rung",
    "covers": "Regions covered",
    "kind": "About",
    "required": "Required",
    "required_actions": "Required actions",
    "exit_plan": "Exit plan",
    "exception": "Exception",
    "said": "Read",
    "worsened": "Got worse",
    "text": "What was seen",
    "raised_on": "Clocks run from",
    "latest": "As far as",
    "note": "Note",
    "email": "E-mail",
    "address": "From the address",
    "works_for": "Works for",
    "outside": "Who",
}
_NOT_SAID = {
    "live", "target_precision", "number", "recommendation", "choices", "heads", "parent_id", "published",
    "resting_actions",
}  # fmt: skip
BY_THE_SERVICE = "the service"


def title_of(deed: str, before: dict, after: dict) -> str:
    if deed == "answered":
        return "Answer changed" if before.get("response") != "Awaiting response" else f"Answered: {after['response']}"
    if deed == "action_changed" and set(after) <= {"due_by", "target_wording", "target_precision", "reason"}:
        return "Date moved" if before.get("due_by") not in (None, "no date") else "Date set"
    if deed == "assigned" and not any(before.values()):
        return "Owner chosen"
    if deed == "carried_forward" and after.get("carried_to") == "nothing":
        return "No longer carried forward"
    return DEEDS[deed][0] if deed in DEEDS else deed.replace("_", " ").capitalize()


def lines_of(deed: str, before: dict, after: dict) -> list[str]:
    """What changed, a sentence each: "Date: from 30 June 2026 to 30 September 2026"."""
    if deed == "follow_up_opened":
        return [] if after.get("live") else ["Historic: no clock is running."]
    if {"owner_post", "owner_person"} & set(after):
        before, after = _one_owner(before), _one_owner(after)
    if "due_by" in after:
        before = {k: v for k, v in before.items() if k != "target_wording"}
        after = {k: v for k, v in after.items() if k != "target_wording"}
    if deed == "update_posted":
        before = {}
    if deed == "answered" and before.get("response") == "Awaiting response":
        before, after = {}, {k: v for k, v in after.items() if k != "response"}
    if not after:  # something ended: what it was
        before, after = {}, before
    lines = []
    for name, new in after.items():
        old = before.get(name)
        if name == "sha256":  # the page of the evidence holds the whole
            old, new = (old or "")[:HASH_SHOWN], (new or "")[:HASH_SHOWN]
        if name in _NOT_SAID or (new in (None, "") and old in (None, "")):
            continue
        label = LABELS.get(name, name.replace("_", " ").capitalize())
        if isinstance(new, list | dict) or isinstance(old, list | dict):
            lines.append(f"{label}: changed")
        elif old in (None, ""):
            lines.append(f"{label}: {_plain(new)}")
        elif new in (None, ""):
            lines.append(f"{label}: taken out; it was: {_plain(old)}")
        else:
            lines.append(f"{label}: from {_plain(old)} to {_plain(new)}")
    return lines


def _one_owner(side: dict) -> dict:
    kept = {k: v for k, v in side.items() if k not in ("owner_post", "owner_person")}
    return {"owner": side.get("owner_person") or side.get("owner_post") or "nobody"} | kept


def _plain(value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        try:
            return day(dt.date.fromisoformat(text))
        except ValueError:  # somebody typed it
            return text
    return text
