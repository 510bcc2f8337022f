"""How django-allauth is set for this service: no sign-up, our own words."""

import logging

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.forms import ResetPasswordForm
from django.contrib import messages

log = logging.getLogger(__name__)

SAID = {
    "account/messages/password_changed.txt": "Your password is changed.",
    "account/messages/password_set.txt": "Your password is set.",
}


class Adapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        return False  # an administrator adds people; allauth leaves this open by default

    def add_message(self, request, level, message_template=None, message_context=None, extra_tags="", message=None):
        if message_template in SAID:  # signing in and out show for themselves
            messages.success(request, SAID[message_template])


class Backend(AuthenticationBackend):
    """Somebody outside has no session either, however they came by one."""

    def user_can_authenticate(self, user):
        return super().user_can_authenticate(user) and not user.external


class PasswordLinkForm(ResetPasswordForm):
    """Asked for somebody outside it answers as for a stranger: the same page, and no mail."""

    def clean_email(self):
        email = super().clean_email()
        self.users = [user for user in self.users if not user.external]
        return email


def send_password_link(request, email: str) -> bool:
    """Mail the link by which somebody chooses a password; False when the mail server did not take it."""
    form = PasswordLinkForm({"email": email})
    if not form.is_valid():
        return False
    try:
        form.save(request)
    except OSError:  # the person is added all the same, and can ask for the link on the sign-in page
        log.exception("The password link for %s could not be sent", email)
        return False
    return True
