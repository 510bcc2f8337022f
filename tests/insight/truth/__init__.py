"""Labelled by hand: which recommendations say the same thing."""

import json
from itertools import combinations
from pathlib import Path

from django.conf import settings

HERE = Path(__file__).parent


def five() -> dict[str, tuple[str, str]]:
    """ "slug:number" to (wording, label) of the 63 recommendations of the five reports; labels from five.md."""
    found = {}
    for path in sorted((settings.BASE_DIR / "inspections" / "data" / "records").glob("*.json")):
        for one in json.loads(path.read_text(encoding="utf-8"))["recommendations"]:
            name = f"{path.stem}:{one['number']}"
            found[name] = (one["text"], name)
    groups = (HERE / "five.md").read_text(encoding="utf-8").split("\n## ")[0]
    for line in groups.splitlines():
        if line.startswith("- "):
            for name in line[2:].split():
                found[name] = (found[name][0], line)
    return found


def invented(name: str) -> dict[str, tuple[str, str]]:
    """Line to (wording, label) of practice.md, practice_more.md, practice_again.md or held_out.md."""
    found, label = {}, ""
    for number, line in enumerate((HERE / f"{name}.md").read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("## "):
            label = line
        elif line.startswith("- "):
            found[f"{name}.md:{number}"] = (line[2:], f"{number}" if label == "## Alone" else label)
    return found


def precision_and_recall(truth: dict[str, str], clusters) -> tuple[float, float]:
    """Over pairs. ``truth``: name to label; ``clusters``: lists of names."""
    same = {frozenset(pair) for pair in combinations(sorted(truth), 2) if truth[pair[0]] == truth[pair[1]]}
    said = {frozenset(pair) for cluster in clusters for pair in combinations(cluster, 2)}
    return len(same & said) / len(said), len(same & said) / len(same)
