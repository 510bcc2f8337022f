"""``manage.py read_report [--format text|json|jsonl] PATH...``: show what is read in published reports."""

import io
import sys

from django.core.management.base import BaseCommand

from inspections.reading.command import FORMATS, read_report


class Command(BaseCommand):
    help = "Read published reports (PDF, Word, HTML, Markdown, text) and show the facts found. Saves nothing."
    requires_system_checks = ()

    def add_arguments(self, parser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH")
        parser.add_argument("--format", choices=FORMATS, default="text", dest="form")

    def handle(self, *, paths: list[str], form: str, **_) -> None:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(encoding="utf-8", errors="replace")
        code = read_report(paths, form, self.stdout, self.stderr)
        if code:
            sys.exit(code)
