"""Decide who is to be reminded of what, as the timetable does every two minutes."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tracker.reminders import brake, delivery, sweep
from tracker.reminders.preview import preview
from tracker.reminders.runs import run_job
from tracker.words import moment, plural


class Command(BaseCommand):
    help = "Decides who is to be reminded of what is due by now. The worker then sends the mails, or --now does."

    def add_arguments(self, parser):
        parser.add_argument("--now", action="store_true", help="send the mails too, whatever the hour and the day")
        parser.add_argument("--dry-run", action="store_true", help="only print who would get what by --now")
        parser.add_argument(
            "--release", action="store_true", help="with --now: however many mails there are, and those that are held"
        )

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
            self.stdout.write("The worker sends each person theirs at their hour; --now sends all at once.")
            return None
        sent = run_job(
            "deliver by hand",
            lambda: delivery.deliver(timezone.now, at_once=True, release=release),
            timezone.now,
        )
        self.stdout.write(sent.sentence)
        return None

    def preview(self):
        """One line for each mail that `--now` would send."""
        now = timezone.now()
        found = preview(now, at_once=True)
        for mail in found.mails:
            notices = plural(mail.count, "notice")
            self.stdout.write(f"{mail.person.name} <{mail.person.email}>: {notices}, {mail.subject(now)}")
        self.stdout.write(f"Nothing was changed. It would be: {found.words}.")
        if held := brake.open_hold():
            self.stdout.write(f"Held since {moment(held.held_at)}: {brake.why_held(held.mails, held.usual)}")
        elif found.would_be_held:
            why = brake.why_held(found.news, found.usual)
            self.stdout.write(f"All of it would be held until an administrator has looked: {why}")
