"""Tokens, by which a program acts as the person who made them."""

from django.conf import settings
from django.db import models
from django.db.models import Q


def _person(related_name, **how):
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name=related_name, **how)


class ApiToken(models.Model):
    """Of its text only the hash is kept: it was shown once, to its person."""

    person = _person("api_tokens")
    name = models.CharField(max_length=100, help_text="What it is for")
    hash = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the text")
    made_at = models.DateTimeField()
    expires_on = models.DateField(help_text="the last day on which it works")
    last_used_on = models.DateField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = _person("+", null=True, blank=True)
    form_key = models.UUIDField(null=True, unique=True, help_text="a double click is one deed")

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="a_token_says_what_it_is_for", condition=~Q(name="")),
            models.CheckConstraint(
                name="a_token_is_revoked_by_somebody",
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.name}, of {self.person}"

    def works_on(self, day) -> bool:
        return self.revoked_at is None and day <= self.expires_on
