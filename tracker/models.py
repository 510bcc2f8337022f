"""The index of tables: every folder's models."""

from .alerts.models import AlertCase, AlertDraft, Checkpoint, Concern, Escalation, Measure, Pause, Reading
from .api.models import ApiToken
from .clocks.models import Limit
from .exports.models import CalendarFeed, Export
from .insight.models import ChoicePart, Grouped, GroupingChoice, GroupingState, RecurringGroup
from .journal.models import ChainHead, Event, Notice
from .people.models import Cover, Membership, Post, StoppedAddress, User
from .plans.models import (
    Action,
    ActionPlan,
    BulkDeed,
    Claim,
    DateChange,
    Evidence,
    FollowUp,
    Update,
    UpdateLink,
    Verification,
)
from .published.models import ImportDraft
from .reminders.models import Heartbeat, Hold, Mail, OverduePause, OverdueStep, Preference, Run
from .saved.models import SavedView, Subscription

__all__ = [
    "Action",
    "ActionPlan",
    "AlertCase",
    "AlertDraft",
    "ApiToken",
    "BulkDeed",
    "CalendarFeed",
    "ChainHead",
    "Checkpoint",
    "ChoicePart",
    "Claim",
    "Concern",
    "Cover",
    "DateChange",
    "Escalation",
    "Event",
    "Evidence",
    "Export",
    "FollowUp",
    "Grouped",
    "GroupingChoice",
    "GroupingState",
    "Heartbeat",
    "Hold",
    "ImportDraft",
    "Limit",
    "Mail",
    "Measure",
    "Membership",
    "Notice",
    "OverduePause",
    "OverdueStep",
    "Pause",
    "Post",
    "Preference",
    "Reading",
    "RecurringGroup",
    "Run",
    "SavedView",
    "StoppedAddress",
    "Subscription",
    "Update",
    "UpdateLink",
    "User",
    "Verification",
]
