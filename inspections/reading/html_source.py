"""An HTML file as a parsed page: its encoding found, its end never lost."""

import re
from functools import partial

from bs4 import BeautifulSoup
from bs4.builder import LXMLTreeBuilder
from lxml import etree

from .unicode import without_controls


def decoded(data: bytes | str) -> str:
    if isinstance(data, str):
        return without_controls(data)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return without_controls(data.decode("utf-16", "replace"))
    try:
        # Bytes that are valid UTF-8 are UTF-8, whatever an old template's meta element says.
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        named = re.search(rb"""(?:charset|encoding)\s*=\s*["']?([\w.:-]+)""", data[:4096], re.I)
        try:
            text = data.decode(named[1].decode() if named else "cp1252", "replace")
        except LookupError:
            text = data.decode("cp1252", "replace")
        if named and named[1].lower() in (b"utf-8", b"utf8", b"iso-8859-1", b"latin-1", b"us-ascii"):
            text = data.decode("cp1252", "replace")  # browsers read these as Windows-1252 too
    return without_controls(text)


def parsed(text: str) -> BeautifulSoup:
    # huge_tree: without it libxml2 stops at 256 nested elements and the rest of the page is silently lost.
    # Conditional comments of Word hide nothing but its list markers, which are wanted.
    text = re.sub(r"<!\[(?:if[^\]]*|endif)\]>", "", text, flags=re.I)
    text = re.sub(r"<\?xml[^>]*\?>", "", text[:200], flags=re.I) + text[200:]
    return BeautifulSoup(text, builder=LXMLTreeBuilder(parser=partial(etree.HTMLParser, huge_tree=True)))
