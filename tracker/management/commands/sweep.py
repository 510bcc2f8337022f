"""Decide who is to be reminded of what, as the timetable does every two minutes."""


from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tracker.people.models import User
from tracker.reminders import delivery, sweep
from tracker.reminders.runs import run_job


class Command(BaseCommand):
    help = "Decides who is to be reminded of what is due by now. The worker then sends the mails, or --now does."

    def add_arguments(self, parser):
        parser.add_argument("--now", action="store_true", help="send the mails at once too")
        parser.add_argument("--dry-run", action="store_true", help="only print who would be told what")
        parser.add_argument("--release", action="store_true", help="with --now: however many people get a mail")

    def handle(self, *args, now, dry_run, release, **options):
        if dry_run and (now or release):
            raise CommandError("--dry-run changes nothing; leave out --now and --release.")
        if release and not now:
            raise CommandError("--release goes with --now.")
        if dry_run:
            return self.preview()
        decided = run_job("sweep by hand", lambda: sweep.sweep(timezone.now()), timezone.now)
        self.stdout.write(decided.sentence)
        if not now:
            self.stdout.write("The worker sends the mails within two minutes; --now sends them at once.")
            return None
        sent = run_job(
            "deliver by hand",
            lambda: delivery.deliver(timezone.now, at_once=True, release=release),
            timezone.now,
        )
        self.stdout.write(sent.sentence)
        return None

    def preview(self):
        """One line for each notice that a sweep would decide now."""
        outcome = sweep.Outcome()
        for batch in sweep.decide(timezone.now(), outcome):
            sayings = batch.new + batch.revived
            people = User.objects.in_bulk({saying.recipient for saying in sayings})
            for saying in sayings:
                who = people[saying.recipient]
                self.stdout.write(
                    f"{who.name} <{who.email}>: {saying.kind} {saying.subject_kind} {saying.subject_id}, "
                    f"{saying.occasion} ({saying.role})"
                )
            outcome.decided += len(sayings)
            outcome.superseded += len(batch.replaced)
        self.stdout.write(f"Nothing was changed. It would be: {outcome.sentence}")
