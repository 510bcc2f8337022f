"""How django-allauth is set for this service: no sign-up, our own words."""

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages

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
