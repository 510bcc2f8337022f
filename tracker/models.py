"""The index of tables: every folder's models."""

from .clocks.models import Limit
from .journal.models import Event, Notice
from .people.models import Membership, Post, User
from .plans.models import Action, ActionPlan, FollowUp, Update
from .published.models import ImportDraft
from .reminders.models import Mail, Run

__all__ = [
    "Action",
    "ActionPlan",
    "Event",
    "FollowUp",
    "ImportDraft",
    "Limit",
    "Mail",
    "Membership",
    "Notice",
    "Post",
    "Run",
    "Update",
    "User",
]
