"""script/manage make_data --recommendations N --seed S"""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tracker.demonstration import bulk
from tracker.working_days import london_day


class Command(BaseCommand):
    help = "Add many invented recommendations, for measuring. Refused in production."

    def add_arguments(self, parser):
        parser.add_argument("--recommendations", type=int, required=True)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *, recommendations, seed, **options):
        if not settings.DEMO:
            raise CommandError("This adds invented people and work, so it runs only with DEMO=1.")
        now = timezone.now()
        made = bulk.make(recommendations, seed, today=london_day(now), at=now)
        self.stdout.write("Made " + ", ".join(f"{count:,} {kind}" for kind, count in made.items()) + ".")
