"""Our two MoJ macros draw what MoJ's own templates draw."""

import json
import os
import shutil
import subprocess

import pytest

from .markup import ROOT, meaning, modules, pages

WHEN = {"timestamp": "2026-11-20T10:42:00+00:00", "type": "datetime", "text": "20 November 2026 at 10:42am"}
TAGS = [
    {"href": "?a", "text": "Overdue"},
    {"href": "?b&c", "text": "<At risk>"},
]
SELECTED = {
    "heading": {"text": "Selected filters"},
    "clearLink": {"text": "Clear filters", "href": "?"},
    "categories": [
        {"heading": {"text": "State"}, "items": TAGS},
        {"heading": {"html": "<em>Owner</em>"}, "items": TAGS[:1]},
    ],
}
CASES = [
    ("timeline", "mojTimeline", {"items": []}),
    ("timeline", "mojTimeline", {"items": [{"label": {"text": "Opened"}, "datetime": WHEN, "text": "At intake"}]}),
    (
        "timeline",
        "mojTimeline",
        {
            "headingLevel": 3,
            "classes": "moj-timeline--full",
            "attributes": {"id": "what-happened"},
            "items": [
                {
                    "label": {"html": "Update <em>posted</em>"},
                    "byline": {"text": "Ben Hall & Priya Shah"},
                    "datetime": WHEN,
                    "html": "<p>Done.</p>",
                    "classes": "app-mine",
                    "attributes": {"id": "event-1"},
                },
                {
                    "label": {"text": "Sent <back>"},
                    "byline": {"html": "<b>B</b>"},
                    "datetime": WHEN,
                    "text": "Not <yet>",
                },
            ],
        },
    ),
    ("filter", "mojFilter", {"heading": {"text": "Filters"}, "optionsHtml": "<p>fields</p>", "submit": {}}),
    (
        "filter",
        "mojFilter",
        {
            "heading": {"html": "<em>Filters</em>"},
            "optionsHtml": "<p>fields</p>",
            "attributes": {"id": "filters"},
            "selectedFilters": SELECTED,
            "submit": {"text": "Show these", "attributes": {"data-x": "y"}},
        },
    ),
]


@pytest.fixture(scope="module")
def theirs() -> list[str]:
    path = os.pathsep.join([os.environ.get("PATH", ""), str(ROOT / ".venv" / "bin")])
    node = shutil.which("node", path=path)
    if node is None:
        pytest.fail("There is no node. Install requirements.txt: it brings one.")
    asked = [{"component": c, "macro": m, "params": p} for c, m, p in CASES]
    done = subprocess.run(
        [node, ROOT / "tests" / "frontend" / "draw_moj.js", modules()],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("number", range(len(CASES)))
def test_macro_draws_what_mojs_template_draws(theirs, number):
    component, macro, params = CASES[number]
    ours = pages().from_string(f'{{% from "parts/{component}.html" import {macro} %}}{{{{ {macro}(params) }}}}')
    assert meaning(ours.render(params=params)) == meaning(theirs[number])
