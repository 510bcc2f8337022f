"""Who sends a token acts as its person, with what that person may do on London's today. A session opens nothing here,
and so no form of another site can either."""

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed

from tracker.working_days import london_day

from .operations import note_use, token_with


class BearerToken(BaseAuthentication):
    def authenticate_header(self, request):
        return 'Bearer realm="api"'

    def authenticate(self, request):
        kind, _, text = request.headers.get("Authorization", "").partition(" ")
        if kind.casefold() != "bearer":
            return None
        today = london_day(timezone.now())
        token = token_with(text.strip())
        if token is None:
            raise AuthenticationFailed("There is no such token.")
        if not token.person.is_active or token.person.external:
            raise AuthenticationFailed("The account of this token is switched off.")
        if token.revoked_at is not None:
            raise AuthenticationFailed("This token was revoked.")
        if not token.works_on(today):
            raise AuthenticationFailed("This token has expired.")
        note_use(token, today)
        token.person.acting_on = today
        return token.person, token
