"""What somebody who cannot see a PDF hears of it: its tags, read by another program than wrote them.

After PDF/UA-1, as far as a program can tell: `faults` says in words what is wrong.
"""

import io

import pikepdf
from pikepdf import Name

HEADINGS = ("H1", "H2", "H3", "H4", "H5", "H6")
SHOWS = {"Tj", "TJ", "'", '"', "Do", "sh"}


def kind(one) -> str:
    return str(one.get("/S", "")).lstrip("/")


def below(one):
    """Every element of the structure under ``one``, in reading order."""
    children = one.get("/K", [])
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            yield child
            yield from below(child)


def marks(one):
    """The numbers of the marked content under ``one`` itself."""
    children = one.get("/K", [])
    return [int(c) for c in (children if isinstance(children, pikepdf.Array) else [children]) if isinstance(c, int)]


def faults(made: bytes) -> list[str]:
    with pikepdf.open(io.BytesIO(made)) as file:
        return [*_of_the_file(file), *_of_the_structure(file), *_of_the_pages(file)]


def _of_the_file(file):
    root = file.Root
    if not root.get("/MarkInfo", {}).get("/Marked"):
        yield "it does not say that it is tagged"
    if not str(root.get("/Lang", "")).startswith("en"):
        yield "it does not say its language"
    if not root.get("/ViewerPreferences", {}).get("/DisplayDocTitle"):
        yield "the window shows the name of the file, not the title"
    with file.open_metadata() as said:
        if not said.get("dc:title"):
            yield "it has no title"
        if said.get("pdfuaid:part") != "1":
            yield "it does not say that it keeps to PDF/UA-1"


def _of_the_structure(file):
    if "/StructTreeRoot" not in file.Root:
        yield "it has no structure"
        return
    elements = list(below(file.Root.StructTreeRoot))
    level = 0
    for one in elements:
        name = kind(one)
        if name in HEADINGS:
            now = HEADINGS.index(name) + 1
            if now > level + 1:
                yield f"heading {now} follows heading {level}"
            level = now
        elif name == "Figure":
            if not str(one.get("/Alt", "")).strip():
                yield "a figure has no words for it"
            left, bottom, right, top = one.get("/A", {}).get("/BBox", [0, 0, 0, 0])
            page = one.Pg.MediaBox
            if not (0 <= left < right <= page[2] and 0 <= bottom < top <= page[3]):
                yield "a figure does not say where it is"
        elif name == "Table":
            yield from _of_a_table(one)
        elif name == "TH" and str(one.get("/A", {}).get("/Scope", "")) not in ("/Column", "/Row"):
            yield "the heading of a table does not say of what"
    if sum(kind(one) == "H1" for one in elements) != 1:
        yield "it has not one main heading"


def _of_a_table(table):
    rows = [one for one in below(table) if kind(one) == "TR"]
    cells = [[one for one in below(row) if kind(one) in ("TH", "TD")] for row in rows]
    headings = {str(one.get("/ID")) for row in cells for one in row if kind(one) == "TH"}
    if not headings:
        yield "a table has no headings"
    if len({len(row) for row in cells}) > 1:
        yield "a table has rows of different length"
    for one in (one for row in cells for one in row if kind(one) == "TD"):
        said = {str(name) for name in one.get("/A", {}).get("/Headers", [])}
        if not said or not said <= headings:
            yield "a cell is tied to no heading"


def _of_the_pages(file):
    told = {}
    for one in below(file.Root.StructTreeRoot) if "/StructTreeRoot" in file.Root else ():
        if "/Pg" in one:
            told.setdefault(one.Pg.objgen, set()).update(marks(one))
    for n, page in enumerate(file.pages, start=1):
        if "/StructParents" not in page.obj:
            yield f"page {n} is not tied to the structure"
        open_ones, unmarked, numbers = [], 0, set()
        for operands, operator in pikepdf.parse_content_stream(page):
            if str(operator) in ("BMC", "BDC"):
                open_ones.append(operands[0])
                if len(operands) > 1 and isinstance(operands[1], pikepdf.Dictionary) and "/MCID" in operands[1]:
                    numbers.add(int(operands[1].MCID))
            elif str(operator) == "EMC":
                open_ones.pop()
            elif str(operator) in SHOWS and not open_ones:
                unmarked += 1
        if unmarked:
            yield f"page {n} shows {unmarked} things that are neither told nor marked as decoration"
        if numbers - told.get(page.obj.objgen, set()):
            yield f"page {n} shows what the structure does not tell of"
        if lost := told.get(page.obj.objgen, set()) - numbers:
            yield f"the structure tells of {len(lost)} things that page {n} does not show"
        for font in page.obj.get("/Resources", {}).get("/Font", {}).values():
            of = font.DescendantFonts[0] if "/DescendantFonts" in font else font
            if not any(name in of.get("/FontDescriptor", {}) for name in ("/FontFile", "/FontFile2", "/FontFile3")):
                yield f"page {n} has a font that is not in the file"


__all__ = ["Name", "below", "faults", "kind"]
