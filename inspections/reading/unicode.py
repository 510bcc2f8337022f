"""Characters that must not reach a record, and white space."""

import re
import unicodedata

# C0 and C1 controls except tab, line feed, carriage return and form feed; halves of pairs; non-characters.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff\ufeff]")
_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200d\u200e\u200f\u2060-\u2064\u202a-\u202e\u2066-\u2069]")
_LIGATURES = re.compile("[\ufb00-\ufb06]")


def without_controls(text: str) -> str:
    return _CONTROLS.sub("", text)


def tidy(text: str) -> str:
    """One line of clean text: no control or invisible characters, ligatures spelt out, single spaces."""
    text = _INVISIBLE.sub("", _CONTROLS.sub("", text))
    text = _LIGATURES.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    return " ".join(text.split())
