"""What the tags of a PDF from WeasyPrint lack, mended before it is written. A dictionary of pydyf is an object of the
file, bytes are a reference to one.

WeasyPrint ties each cell to its headings, which not every reader follows; measures a figure in pixels from the top; and
leaves a page number as text of which the structure knows nothing.
"""

POINT = 0.75  # of a pixel


def mend(document, file) -> None:
    """To be handed to ``write_pdf`` as its ``finisher``."""
    objects = {one.reference: one for one in file.objects if hasattr(one, "reference")}
    told = {}
    for one in _below(objects, file.catalog["StructTreeRoot"]):
        told.setdefault(one.get("Pg"), set()).update(kid for kid in one["K"] if isinstance(kid, int))
        if one["S"] == "/TH":
            above = objects[objects[one["P"]]["P"]]["S"]
            one["A"]["Scope"] = "/Column" if above == "/THead" else "/Row"
        elif one["S"] == "/Figure":
            height = objects[one["Pg"]]["MediaBox"][3]
            left, top, right, bottom = (side * POINT for side in one["A"]["BBox"])
            one["A"]["BBox"][:] = [left, height - bottom, right, height - top]
    for page in file.page_references:
        decoration(objects[objects[page]["Contents"]].stream, told.get(page, set()))


def _below(objects, reference):
    """Every element under the one that ``reference`` names."""
    for kid in objects[reference].get("K", ()):
        if isinstance(kid, bytes) and "S" in objects[kid]:
            yield objects[kid]
            yield from _below(objects, kid)


def decoration(stream: list, told: set[int]) -> None:
    """Marks as such what is drawn under a number that is not ``told``."""
    for n, part in enumerate(stream):
        if part == b"BDC" and stream[n - 1].get("MCID") not in told:
            stream[n - 2 : n + 1] = ["/Artifact", b"", b"BMC"]
