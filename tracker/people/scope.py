"""The one way in to a row: ``Model.objects.visible_to(user)``."""

from django.db import models
from django.db.models import Q

from inspections.models import Organisation


def organisations_of(user, *roles):
    """The places where ``user`` has one of ``roles``, with all below them; a subquery of ids.

    The few places of the roles themselves were read with the roles (`User.access`); what lies below them, and every
    row in scope, is left to the database.
    """
    places = {place for role, place, _ in user.access.roles if role in roles and place is not None}
    return Organisation.objects.filter(Q(pk__in=places) | Q(parent__in=places)).order_by().values("pk")


class Scoped(models.QuerySet):
    """A queryset of rows that not everyone may see. Subclasses say who does in ``in_scope_of``."""

    def visible_to(self, user):
        """The rows that ``user`` may see; none for somebody who is signed out or was switched off."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.access.sees_everything:
            return self.all()
        return self.in_scope_of(user)
