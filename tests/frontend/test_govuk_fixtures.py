"""The GOV.UK macros we use draw what the npm package of the same version says they should, fixture by fixture."""

import json
import re
from functools import cache

import pytest

from .markup import ROOT, meaning, modules, pages


def used() -> list[str]:
    """The components that our templates import."""
    found = set()
    for template in (ROOT / "templates").rglob("*.html"):
        found |= set(re.findall(r"govuk_frontend_jinja/components/([\w-]+)/", template.read_text("utf-8")))
    return sorted(found)


def fixtures(component: str) -> list[dict]:
    folder = modules() / "govuk-frontend" / "dist" / "govuk" / "components" / component
    return json.loads((folder / "fixtures.json").read_text("utf-8"))["fixtures"]


@cache
def macro(component: str):
    name = "govuk" + "".join(word.capitalize() for word in component.split("-"))
    return getattr(pages().get_template(f"govuk_frontend_jinja/components/{component}/macro.html").module, name)


def agrees(component: str, fixture: dict) -> bool:
    try:
        return meaning(macro(component)(fixture["options"])) == meaning(fixture["html"])
    except Exception:
        return False


@pytest.mark.parametrize("component", used())
def test_component_draws_its_fixtures(component):
    """All of them: 434 in all at 6.3.0. Should a later version differ on some, name each here with its reason."""
    assert [f["name"] for f in fixtures(component) if not agrees(component, f)] == []


@pytest.mark.parametrize(
    "other",
    [
        '<p class="b a" id="x">Two words</p>',
        '<p class="a b" id="y">Two words</p>',
        '<p class="a b" id="x">Two <b>words</b></p>',
        '<p class="a b" id="x" hidden>Two words</p>',
        '<div class="a b" id="x">Two words</div>',
    ],
)
def test_the_comparison_sees_a_difference(other):
    assert meaning('<p id="x" class="a b">\n Two\n words </p>') == meaning('<p class="a b" id="x">Two words</p>')
    assert meaning(other) != meaning('<p class="a b" id="x">Two words</p>')


def test_the_macros_follow_the_version_that_is_installed():
    package = json.loads((modules() / "govuk-frontend" / "package.json").read_text())
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]["govuk-frontend"]
    assert package["version"] == wanted == "6.3.0"
