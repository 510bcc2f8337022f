"""Which recommendations say the same thing."""

import json

from django.core.management.base import BaseCommand
from django.utils import timezone

from tracker.insight import recurring


class Command(BaseCommand):
    help = (
        "Finds the recommendations that say the same, if anything changed since, and prints the groups: "
        "each recommendation as slug:number of its inspection, slug:group.number where numbers repeat."
    )

    def add_arguments(self, parser):
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args, format, **options):
        recurring.find_groups(timezone.now())
        groups = recurring.names_of_groups()
        if format == "json":
            self.stdout.write(json.dumps({"clusters": [names for names, _ in groups]}, indent=1))
            return
        for names, wording in groups:
            self.stdout.write(f"{len(names)} times: {wording}\n  {', '.join(names)}")
        self.stdout.write(f"{len(groups)} groups.")
