"""What differs between two texts, word by word, for whoever has to choose between them. Plain Python."""

import re
from difflib import SequenceMatcher

ALIKE = 0.3  # below that two texts have so little in common that marking each word tells nothing


def marked_words(theirs: str, mine: str) -> list[tuple[str, str]]:
    """What mine makes of theirs: ("same", text), ("out", text) and ("in", text) in reading order.

    Empty when one of the two is empty, they are the same, or they have hardly anything in common.
    """
    before, after = (re.findall(r"\S+\s*", text.strip()) for text in (theirs, mine))
    words = [[one.strip() for one in side] for side in (before, after)]
    matcher = SequenceMatcher(None, *words, autojunk=False)
    if not (before and after) or words[0] == words[1] or matcher.ratio() < ALIKE:
        return []
    found = []
    for kind, b1, b2, a1, a2 in matcher.get_opcodes():
        if kind == "equal":
            found.append(("same", "".join(after[a1:a2]).strip()))
            continue
        for name, part in (("out", before[b1:b2]), ("in", after[a1:a2])):
            if part:
                found.append((name, "".join(part).strip()))
    return found
