"""The laws of the house, read off the syntax tree, so that nobody has to remember them (docs: README, "Tour")."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(
    p for p in [*ROOT.glob("tracker/**/*.py"), *ROOT.glob("inspections/**/*.py")] if "migrations" not in p.parts
)

# Each may import from those before it.
ORDER = [
    "working_days", "refusals", "journal", "people", "clocks", "plans", "alerts", "intake", "published", "saved",
    "reminders", "insight", "exports", "api", "demonstration", "tasks",
]  # fmt: skip
# Inside a folder likewise; "access" and "ladder" are rules by another name, "scope" belongs to the models.
WITHIN = ["rules", "models", "scope", "guard", "opening", "operations"]
# Draw pages or read requests: may look into any folder, and nothing but `urls` and each other look at them.
PAGES = ("views", "forms", "filters")
CLOCK = {
    "timezone.now", "timezone.localdate", "timezone.localtime", "datetime.now", "dt.datetime.now", "datetime.utcnow",
    "dt.date.today", "date.today", "time.time", "time.monotonic",
}  # fmt: skip
# "authentication" is where a request of the API begins, as a page's does in "middleware".
MAY_READ_THE_CLOCK = ("views", "tasks", "commands", "health", "middleware", "authentication", "admin")
WRITES = {
    "save", "create", "update", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create",
    "record", "notify", "notify_all",
}  # fmt: skip
SCOPED = {"FollowUp", "Action", "ActionPlan", "AlertCase", "Mail"}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def is_page(path: Path) -> bool:
    return any(word in path.stem for word in PAGES) and path.name != "filters_test.py"


def is_view(path: Path) -> bool:
    return "views" in path.stem


def is_rules(path: Path) -> bool:
    return path.name in ("rules.py", "access.py", "ladder.py", "working_days.py")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), name(path))


def imports(path: Path) -> list[tuple[str, list[str]]]:
    """(absolute module, names) of every import, also those inside functions."""
    package = ".".join(path.relative_to(ROOT).with_suffix("").parts[:-1])
    found = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found += [(alias.name, []) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            up = package.split(".")[: len(package.split(".")) - (node.level - 1)] if node.level else []
            module = ".".join([*up, node.module] if node.module else up)
            found.append((module, [alias.name for alias in node.names]))
    return found


def modules(path: Path) -> set[str]:
    """What is imported, each name also taken as a module: ``from tracker.people import views``."""
    return {m for module, names in imports(path) for m in [module, *(f"{module}.{n}" for n in names)]}


def calls(path: Path):
    """(dotted text of what is called, line) for every call."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


def folder(module_or_path) -> str | None:
    parts = (
        module_or_path.split(".")
        if isinstance(module_or_path, str)
        else module_or_path.relative_to(ROOT).with_suffix("").parts
    )
    return parts[1] if len(parts) > 1 and parts[0] == "tracker" else None


def test_there_is_something_to_check():
    assert len(FILES) > 40


@pytest.mark.parametrize("path", FILES, ids=name)
def test_the_shelf_does_not_know_the_tracker(path):
    if path.is_relative_to(ROOT / "inspections"):
        assert not [m for m in modules(path) if m.split(".")[0] == "tracker"]


@pytest.mark.parametrize("path", sorted(ROOT.glob("inspections/reading/**/*.py")), ids=name)
def test_reading_needs_no_django(path):
    assert not [m for m in modules(path) if m.split(".")[0] == "django" or m == "inspections.models"]


@pytest.mark.parametrize("path", [p for p in FILES if folder(p) in ORDER and not is_page(p)], ids=name)
def test_imports_run_one_way(path):
    own = folder(path)
    later = [
        m for m in modules(path)
        if (there := folder(m)) in ORDER and ORDER.index(there) > ORDER.index(own)
    ]  # fmt: skip
    assert not later, f"{name(path)} imports from a later folder"
    if path.stem in WITHIN:
        above = WITHIN[WITHIN.index(path.stem) + 1 :]
        assert not [m for m in modules(path) if folder(m) == own and m.split(".")[2:3] and m.split(".")[2] in above]


@pytest.mark.parametrize("path", FILES, ids=name)
def test_only_urls_imports_views(path):
    if path.name != "urls.py" and not is_view(path):
        assert not [m for m in modules(path) if m.startswith("tracker.") and "views" in m.split(".")[-1]]


@pytest.mark.parametrize("path", [p for p in FILES if is_rules(p)], ids=name)
def test_rules_are_plain_python(path):
    django = [m for m in modules(path) if m.split(".")[0] in ("django", "celery") or m.endswith(".models")]
    assert not django, "rules import no ORM and no request"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_only_views_tasks_and_commands_read_the_clock(path):
    if any(word in part for part in (path.stem, *path.parts) for word in MAY_READ_THE_CLOCK):
        return
    if path.is_relative_to(ROOT / "inspections" / "reading"):  # a child process measures its own time limit
        return
    read = [
        (ast.unparse(node), node.lineno)
        for node in ast.walk(tree(path))
        # localtime(at) only converts; without an argument it reads the clock
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in CLOCK
        and not (node.args and "local" in ast.unparse(node))
    ]
    assert not read, "time is an argument: `at` and `today`"


@pytest.mark.parametrize("path", [p for p in FILES if is_view(p)], ids=name)
def test_views_do_not_write(path):
    wrote = []
    for text, line in calls(path):
        if text.split(".")[-1] in WRITES and not text.startswith(("operations.", "hashlib.", "params.", "context.")):
            wrote.append((text, line))
    assert not wrote, "a view calls an operation"


@pytest.mark.parametrize("path", [p for p in FILES if is_page(p)], ids=name)
def test_pages_reach_rows_through_visible_to(path):
    reached = []
    for node in ast.walk(tree(path)):
        is_manager = isinstance(node, ast.Attribute) and node.attr == "objects"
        if is_manager and isinstance(node.value, ast.Name) and node.value.id in SCOPED:
            reached.append(node)
    ways = [
        node.attr for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.value in reached
    ]  # fmt: skip
    assert len(ways) == len(reached), "`objects` is never handed on"
    assert set(ways) <= {"visible_to"}


@pytest.mark.parametrize("path", [p for p in FILES if is_view(p)], ids=name)
def test_views_are_functions(path):
    classes = [n.name for n in ast.walk(tree(path)) if isinstance(n, ast.ClassDef) and n.name.endswith("View")]
    assert not classes


@pytest.mark.parametrize("path", FILES, ids=name)
def test_no_signals_and_no_drawers_for_odds_and_ends(path):
    assert path.stem not in ("utils", "helpers", "common", "misc")
    assert "common" not in path.parts
    assert not [m for m in modules(path) if "signals" in m.split(".")]


def test_the_index_of_tables_names_every_model():
    from django.apps import apps

    import tracker.models

    assert set(tracker.models.__all__) == {model.__name__ for model in apps.get_app_config("tracker").get_models()}


def test_no_model_form():
    for path in FILES:
        assert "ModelForm" not in path.read_text() or "ModelFormField" in path.read_text(), name(path)
