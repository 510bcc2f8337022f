"""What every page template can use: filters for dates and counts, addresses, the furniture around a page."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from itertools import groupby

import jinja2
from django.conf import settings
from django.contrib.messages import get_messages
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from markupsafe import Markup, escape

SERVICE_NAME = "Track inspection recommendations"
NO_DATE = date(9999, 12, 31)


def environment(**options):
    options["autoescape"] = jinja2.select_autoescape(["html"])  # never .txt: mails are plain text
    options["undefined"] = Missing
    options["trim_blocks"] = options["lstrip_blocks"] = True
    options["loader"] = jinja2.ChoiceLoader(
        [
            options["loader"],
            jinja2.PrefixLoader({"govuk_frontend_jinja": jinja2.PackageLoader("govuk_frontend_jinja")}),
        ]
    )
    env = jinja2.Environment(**options)
    env.filters.update(
        date=day,
        short_date=short_day,
        time=time_of_day,
        datetime=moment,
        month=month,
        plural=plural,
        days=lambda number: plural(number, "day"),
        verb=verb,
        linebreaks=linebreaks,
        relative_days=relative_days,
        iso=iso,
    )
    env.globals.update(
        url=url,
        static=static,
        this_page=this_page,
        # The GOV.UK macros are translated from Nunjucks, where these two are words of the language.
        undefined=jinja2.Undefined(),
        null=None,
        SERVICE_NAME=SERVICE_NAME,
        NO_DATE=NO_DATE,
    )
    return env


class Missing(jinja2.Undefined):
    """A name or attribute that does not exist is an error; a key left out of a dictionary is merely empty.

    The GOV.UK macros test keys of `params` that callers may leave out, and `caller`: they cannot run wholly
    strict.
    """

    def __new__(cls, hint=None, obj=jinja2.utils.missing, name=None, exc=jinja2.UndefinedError):
        kind = jinja2.Undefined if isinstance(obj, Mapping) or name == "caller" else jinja2.StrictUndefined
        return kind(hint, obj, name, exc)


# Dates and times, always as read in London


def local(value: datetime) -> datetime:
    return timezone.localtime(value) if timezone.is_aware(value) else value


def as_day(value: date) -> date:
    return local(value).date() if isinstance(value, datetime) else value


def day(value: date | None) -> str:
    """30 November 2026"""
    if value is None or as_day(value) == NO_DATE:
        return "no date"
    value = as_day(value)
    return f"{value.day} {value:%B %Y}"


def short_day(value: date | None) -> str:
    """30 Nov 2026"""
    if value is None or as_day(value) == NO_DATE:
        return "no date"
    value = as_day(value)
    return f"{value.day} {value:%b %Y}"


def month(value: date) -> str:
    """October 2022"""
    return f"{as_day(value):%B %Y}"


def time_of_day(value: datetime) -> str:
    """10:42am, midday, 11:59pm"""
    value = local(value)
    if value.minute == 0 and value.hour in (0, 12):
        return "midday" if value.hour else "midnight"
    return f"{value.hour % 12 or 12}:{value:%M}{'am' if value.hour < 12 else 'pm'}"


def moment(value: datetime) -> str:
    """30 November 2026 at 10:42am"""
    return f"{day(value)} at {time_of_day(value)}"


def iso(value: date) -> str:
    """For `<time datetime>`: 2026-11-30 or 2026-11-30T10:42:00+00:00"""
    return local(value).isoformat() if isinstance(value, datetime) else value.isoformat()


def relative_days(value: date, today: date) -> str:
    """today, tomorrow, in 4 days, yesterday, 12 days ago"""
    distance = (as_day(value) - today).days
    if abs(distance) <= 1:
        return {-1: "yesterday", 0: "today", 1: "tomorrow"}[distance]
    return f"in {plural(distance, 'day')}" if distance > 0 else f"{plural(-distance, 'day')} ago"


# Words


def plural(number: int, one: str, many: str = "") -> str:
    """1 action, 4 actions, 1,204 actions; give the plural where it is not an s: plural("reply", "replies")"""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def verb(number: int, one: str = "is", many: str = "are") -> str:
    """The word that agrees with a count: {{ n | plural("action") }} {{ n | verb }} overdue"""
    return one if number == 1 else many


def linebreaks(text: str) -> Markup:
    """What somebody typed, as paragraphs: a blank line starts a new one, a line break stays."""
    paragraphs = re.split(r"\n\s*\n", str(text).replace("\r\n", "\n").strip())
    return Markup("\n").join(
        Markup('<p class="govuk-body">{}</p>').format(Markup("<br>").join(map(escape, p.split("\n"))))
        for p in paragraphs
        if p.strip()
    )


# Addresses


def url(name: str, *args, **kwargs) -> str:
    return reverse(name, args=args or None, kwargs=kwargs or None)


def this_page(request, **changes) -> str:
    """The address of this page with some of its questions changed; None takes one out."""
    query = request.GET.copy()
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        elif isinstance(value, list | tuple):
            query.setlist(name, value)
        else:
            query[name] = value
    return f"{request.path}?{query.urlencode()}" if query else request.path


# What stands around every page


def furniture(request) -> dict:
    """Nothing here asks the database until a template does, and then no more than who is signed in."""
    return {"furniture": Furniture(request)}


class Furniture:
    service_name = SERVICE_NAME

    def __init__(self, request):
        self.request = request

    @property
    def demo(self) -> bool:
        return settings.DEMO

    @property
    def banner(self) -> str:
        """A sentence that some middleware put on the request for this reader to see."""
        return getattr(self.request, "banner", "") or ""

    @cached_property
    def user(self):
        """Who is signed in, or None."""
        user = getattr(self.request, "user", None)
        return user if user is not None and user.is_authenticated else None

    @property
    def navigation(self) -> list[dict]:
        if self.user is None:
            return []
        pages = [
            ("Your work", "/"),
            ("Recommendations", "/recommendations/"),
            ("Inspections", "/inspections/"),
            ("Organisations", "/organisations/"),
            ("Sent", "/sent/"),
        ]
        if self.user.access.is_administrator:
            pages.append(("People", "/people/"))
        return [self._item(text, href) for text, href in pages]

    def _item(self, text: str, href: str) -> dict:
        here = self.request.path
        return {
            "text": text,
            "href": href,
            "current": here == href,
            "active": href != "/" and here.startswith(href),
        }

    @property
    def messages(self) -> list[dict]:
        """One banner for each kind of message: {"kind": "success", "texts": [...]}."""
        said = sorted(get_messages(self.request), key=lambda m: (m.level_tag != "success", m.level_tag))
        return [
            {"kind": kind, "texts": [m.message for m in group]}
            for kind, group in groupby(said, key=lambda m: m.level_tag)
        ]
