"""The one way in to a row: ``Model.objects.visible_to(user)``."""

from django.db import models
from django.db.models import Q

from inspections.models import Organisation

from .models import Membership, Post


def organisations_of(user, *roles):
    """The places where ``user`` has one of ``roles``, with all below them; a subquery, never a list of ids."""
    member = Membership.objects.filter(user=user, role__in=roles).values("organisation")
    posts = Post.objects.filter(holder=user, role__in=roles)
    return (
        Organisation.objects.filter(
            Q(pk__in=member)
            | Q(pk__in=posts.values("organisation"))
            | Q(pk__in=posts.values("covers"))
            | Q(parent__in=member)
            | Q(parent__in=posts.values("organisation"))
            | Q(parent__in=posts.values("covers"))
        )
        .order_by()
        .values("pk")
    )


class Scoped(models.QuerySet):
    """A queryset of rows that not everyone may see. Subclasses say who does in ``in_scope_of``."""

    def visible_to(self, user):
        """The rows that ``user`` may see; none for somebody who is signed out or was switched off."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.access.sees_everything:
            return self.all()
        return self.in_scope_of(user)
