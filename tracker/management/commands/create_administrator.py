"""script/manage create_administrator EMAIL"""

import getpass
import sys

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tracker.people.operations import create_administrator
from tracker.refusals import Refusal


class Command(BaseCommand):
    help = "Add the first administrator, who can then add everyone else on /people/."

    def add_arguments(self, parser):
        parser.add_argument("email")
        parser.add_argument("--first-name", default="")
        parser.add_argument("--last-name", default="")

    def handle(self, *, email, first_name, last_name, **options):
        password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        try:
            validate_password(password)
            person = create_administrator(email, first_name, last_name, password, at=timezone.now())
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from None
        self.stdout.write(f"{person.email} is an administrator and can sign in.")
