"""Find every alteration of the journal, and every removal from it."""

from django.core.management.base import BaseCommand, CommandError

from tracker.journal.verifying import verify


class Command(BaseCommand):
    help = (
        "Walks every chain of the journal and reports each event that was changed, removed or put in, and each end "
        "that was cut. Ends with 1 when there is a fault."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--expect", nargs="+", default=[], metavar="HASH",
            help="a hash that was mailed to administrators: it must still be in the journal, or the end was cut",
        )  # fmt: skip

    def handle(self, *args, expect, **options):
        report = verify(expect)
        for fault in report.faults:
            self.stdout.write(fault)
        if report.faults:
            raise CommandError(report.sentence, returncode=1)
        self.stdout.write(report.sentence)
