from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tracker.published import operations
from tracker.refusals import Refusal


class Command(BaseCommand):
    help = "Imports an inspection report (PDF, Word, HTML, Markdown or text), as the page does."

    def add_arguments(self, parser):
        parser.add_argument("path", type=Path)
        clock = parser.add_mutually_exclusive_group()
        clock.add_argument("--live", action="store_true", default=None, help="clocks run from now on")
        clock.add_argument("--historic", action="store_false", dest="live", help="no clock, no notice")
        parser.add_argument("--add-pdu", action="store_true", help="add the inspected PDU if it is not known")

    def handle(self, *, path, live, add_pdu, **options):
        try:
            data = path.read_bytes()
        except OSError as fault:
            raise CommandError(f"{path}: {fault.strerror}.") from None
        try:
            draft, taken = operations.import_file(
                data, path.name, live=live, add_pdu=add_pdu, at=timezone.now(), today=timezone.localdate()
            )
        except Refusal as refusal:
            raise CommandError(f"{path}: {refusal.sentence}") from None
        for problem in draft.problems:
            self.stdout.write(f"Needs your eye: {problem['text']} ({problem['where']})")
        self.stdout.write(said(draft.inspection, taken))


def said(inspection, taken) -> str:
    if taken is None or not taken.changed:
        return f"{inspection} was already imported: nothing changed. /inspections/{inspection.slug}/"
    verb = "Imported" if taken.created else "Corrected"
    return f"{verb} {inspection}: {taken.opened} recommendations opened. /inspections/{inspection.slug}/"
