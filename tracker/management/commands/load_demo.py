"""script/manage load_demo"""

from django.conf import settings
from django.core.mail import get_connection
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from tracker.alerts.escalating import climb
from tracker.demonstration import load
from tracker.reminders.delivery import deliver
from tracker.reminders.sweep import sweep


class Command(BaseCommand):
    help = "Load the demonstration: five real reports, invented people and work. Once; refused in production."

    def handle(self, **options):
        if not settings.DEMO:
            raise CommandError("Demonstration accounts have a known password, so this runs only with DEMO=1.")
        if load.is_loaded():
            self.stdout.write("The demonstration is already loaded.")
            return
        # The mails of past days lie in the ledger as sent; nobody is to get them now.
        nowhere = get_connection("django.core.mail.backends.dummy.EmailBackend")

        def send(at):
            deliver(lambda: at, connection=nowhere)

        def night(at):
            climb(at)
            sweep(at)
            send(at)

        with transaction.atomic():  # all of it or nothing: half a story would never be completed
            load.load(timezone.now(), settings.DEMO_PASSWORD, night, send)
        self.stdout.write("The demonstration is loaded.")
