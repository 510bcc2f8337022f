import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from inspections import organisations
from tracker.published.operations import bring_in_organisations
from tracker.refusals import Refusal


class Command(BaseCommand):
    help = (
        "Brings in organisations from a CSV file with the columns region and pdu, and if you like region_code, "
        "pdu_code, short_name, aliases (parted by ;), valid_from and valid_to. Shows what is new and what changes; "
        "with any error nothing is changed. Nothing is ever deleted."
    )

    def add_arguments(self, parser):
        parser.add_argument("path", type=Path)
        parser.add_argument("--preview", action="store_true", help="only show what would change")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *, path, preview, yes, **options):
        try:
            rows, faults = organisations.read_csv(path.read_bytes())
        except OSError as fault:
            raise CommandError(f"{path}: {fault.strerror}.") from None
        plan = organisations.plan(rows, organisations.load())
        faults += plan.faults
        if faults:
            for fault in faults:
                self.stderr.write(str(fault))
            raise CommandError(f"{len(faults)} error{'' if len(faults) == 1 else 's'}: nothing was changed.")
        for place in plan.new:
            self.stdout.write(f"New {place.level}: {place.name}")
        for change in plan.changed:
            words = ", ".join(f"{name}: {value}" for name, value in change.after.items())
            self.stdout.write(f"Changed: {change.name} ({words})")
        self.stdout.write(f"{len(plan.new)} new, {len(plan.changed)} changed, {plan.same} as they are.")
        if preview or not (plan.new or plan.changed):
            return
        if not yes and sys.stdin.isatty() and input("Bring them in? [y/N] ").strip().lower() not in ("y", "yes"):
            self.stdout.write("Nothing was changed.")
            return
        try:
            done = bring_in_organisations(plan, by=None, at=timezone.now())
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from None
        self.stdout.write(f"Brought in: {done} organisations added or changed.")
