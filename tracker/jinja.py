"""What every page template can use: filters for dates and counts, addresses, the furniture around a page."""

from itertools import groupby

import jinja2
from django.conf import settings
from django.contrib.messages import get_messages
from django.templatetags.static import static
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext

from tracker.alerts.counting import COUNTED, open_alerts

from . import words
from .fields import PERSONAL_DATA, component, errors

SERVICE_NAME = "Track inspection recommendations"

TAGS = {  # every state word of the pages, and its colour
    "Overdue": "red",
    "Due soon": "yellow",
    "On track": "green",
    "At risk": "orange",
    "Off track": "red",
    "Awaiting response": "grey",
    "Claimed, not verified": "purple",
    "Verified": "green",
    "Sent back": "orange",
    "Not started": "grey",
    "In progress": "blue",
    "Draft": "grey",
    "Sent for sign-off": "purple",
    "Signed off": "green",
    "No date": "yellow",
    "No update": "yellow",
    "Cancelled": "grey",
    "Superseded": "grey",
    "Closed": "grey",
    "Closed: implemented": "grey",
    "Closed: not implemented": "grey",
    "Alert": "red",
}


def environment(**options):
    options["autoescape"] = jinja2.select_autoescape(["html"])  # never .txt: mails are plain text
    options["undefined"] = jinja2.StrictUndefined
    options["trim_blocks"] = options["lstrip_blocks"] = True
    options["loader"] = jinja2.ChoiceLoader([GovukLoader(), options["loader"]])
    options["extensions"] = ["jinja2.ext.i18n"]  # the mails' texts: Welsh is possible later
    env = jinja2.Environment(**options)
    env.install_gettext_callables(gettext, ngettext, newstyle=True)
    env.filters.update(
        date=words.day,
        short_date=words.short_day,
        month=words.month,
        published_on=words.published_on,
        time=words.time_of_day,
        datetime=words.moment,
        iso=words.iso,
        relative_days=words.relative_days,
        plural=words.plural,
        days=words.days,
        verb=words.verb,
        linebreaks=words.linebreaks,
    )
    env.globals.update(
        component=component,
        field_errors=errors,
        PERSONAL_DATA=PERSONAL_DATA,
        url=url,
        static=static,
        this_page=this_page,
        tag_class=tag_class,
        SERVICE_NAME=SERVICE_NAME,
        NO_DATE=words.NO_DATE,
    )
    return env


class GovukLoader(jinja2.BaseLoader):
    """The GOV.UK macros, under an environment of their own: they test parameters that a caller left out, so a
    missing one must be empty there, while in our own templates it is an error."""

    prefix = "govuk_frontend_jinja/"

    def __init__(self):
        self.lenient = jinja2.Environment(
            loader=jinja2.PrefixLoader({self.prefix.strip("/"): jinja2.PackageLoader("govuk_frontend_jinja")}),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )

    def load(self, environment, name, globals=None):
        if not name.startswith(self.prefix):
            raise jinja2.TemplateNotFound(name)
        return self.lenient.get_template(name)


def tag_class(state: str) -> str:
    if state not in TAGS:
        raise KeyError(f'"{state}" is not one of the states in tracker/jinja.py')
    return "" if TAGS[state] == "blue" else f"govuk-tag--{TAGS[state]}"


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
            ("Your work", "/your-work/"),
            ("Recommendations", "/recommendations/"),
            ("Inspections", "/inspections/"),
            (self._alerts(), "/alerts/"),
            ("Organisations", "/organisations/"),
            *([("Overview", "/overview/")] if not self.user.access.only_contributes else []),
            ("Sent", "/sent/"),
        ]
        if self.user.access.is_administrator:
            pages += [("People", "/people/"), ("Limits", "/limits/"), ("Timetable", "/timetable/")]
        return [self._item(text, href) for text, href in pages]

    def _alerts(self) -> str:
        """With the number of open ones that the reader may see."""
        count = open_alerts(self.user)
        if not count:
            return "Alerts"
        return f"Alerts ({count if count <= COUNTED else f'more than {COUNTED}'} open)"

    def _item(self, text: str, href: str) -> dict:
        here = self.request.path
        return {
            "text": text,
            "href": href,
            "current": here == href or (here == "/" and href == "/your-work/"),
            "active": here.startswith(href),
        }

    @property
    def messages(self) -> list[dict]:
        """One banner for each kind of message: {"kind": "success", "texts": [...]}."""
        said = sorted(get_messages(self.request), key=lambda m: (m.level_tag != "success", m.level_tag))
        return [
            {"kind": kind, "texts": [m.message for m in group]}
            for kind, group in groupby(said, key=lambda m: m.level_tag)
        ]
