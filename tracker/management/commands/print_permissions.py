from django.core.management.base import BaseCommand

from tracker import permissions


class Command(BaseCommand):
    help = "Prints docs/permissions.md: who may do what, from the rules."

    def handle(self, **options):
        self.stdout.write(permissions.page(), ending="")
