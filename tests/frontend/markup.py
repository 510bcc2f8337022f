"""HTML compared by what it means: tags, attributes in any order, text with its white space folded."""

from functools import cache
from pathlib import Path

import jinja2
import pytest
from bs4 import BeautifulSoup, NavigableString, Tag
from bs4.element import PreformattedString

from tracker.jinja import environment

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "node_modules"


def modules() -> Path:
    if not (MODULES / "govuk-frontend").is_dir():
        pytest.fail("These tests compare with the npm packages: node_modules is missing. Run script/frontend.")
    return MODULES


@cache
def pages() -> jinja2.Environment:
    return environment(loader=jinja2.FileSystemLoader(ROOT / "templates"))


def meaning(html: str) -> list:
    """Nested lists of (tag, attributes, children) and folded texts."""
    return children(BeautifulSoup(html, "html.parser"))


def children(node: Tag) -> list:
    found = []
    for child in node.children:
        if isinstance(child, PreformattedString):
            continue
        if isinstance(child, NavigableString):
            if text := " ".join(child.split()):
                found.append(text)
        else:
            found.append((child.name, attributes(child), children(child)))
    return found


def attributes(tag: Tag) -> dict:
    return {name: " ".join(v) if isinstance(v, list) else " ".join(v.split()) for name, v in tag.attrs.items()}
