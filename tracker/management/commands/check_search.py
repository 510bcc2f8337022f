"""Hold the index of the search against the rows, and make it anew."""

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from tracker.insight import search_index


class Command(BaseCommand):
    help = "Says where the index of the search is not what the rows say. Ends with 1 when there is a fault."

    def add_arguments(self, parser):
        parser.add_argument("--rebuild", action="store_true", help="make the index anew from the rows first")

    def handle(self, *args, rebuild, **options):
        if rebuild:
            with transaction.atomic():
                search_index.install(connection)
        faults = search_index.faults(connection)
        for fault in faults:
            self.stdout.write(fault)
        if faults:
            raise CommandError("Run check_search --rebuild.", returncode=1)
        self.stdout.write("The search finds what the rows say.")
