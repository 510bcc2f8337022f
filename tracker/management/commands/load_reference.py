from django.core.management.base import BaseCommand

from inspections import reference


class Command(BaseCommand):
    help = "Adds the organisations and frameworks that come with the service, where they are missing."

    def handle(self, verbosity, **options):
        added = reference.load()
        if not verbosity:
            return
        if any(added.values()):
            self.stdout.write(f"Added {added['organisations']} organisations and {added['frameworks']} frameworks.")
        else:
            self.stdout.write("All organisations and frameworks that come with the service are there already.")
