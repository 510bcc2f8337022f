"""How django-allauth is set for this service: no sign-up, mails through our own templates."""

from allauth.account.adapter import DefaultAccountAdapter


class Adapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        return False  # an administrator adds people; allauth leaves this open by default
