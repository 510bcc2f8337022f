"""A report as a Word document with automatic numbers, real footnotes and, if wanted, tracked changes."""

import io
import re
import zipfile
from datetime import datetime
from typing import Any

from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Pt

from .inline import Notes, curl
from .layout import blocks, rating_rows
from .model import Break, Bullets, Contents, Gap, H, Numbered, P, RatingsPage, Report, Table, TitlePage

NS = nsdecls("w")
TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"


class Writer:
    def __init__(self, report: Report, *, tracked: bool, bold_headings: bool) -> None:
        self.report, self.tracked, self.bold_headings = report, tracked, bold_headings
        self.document = Document()
        self.document.core_properties.created = datetime(2023, 1, 1)
        self.document.core_properties.modified = datetime(2023, 1, 1)
        self.notes = Notes(report.curly)
        self.list: int | None = None
        self.footnotes: list[tuple[int, str]] = []
        numbering = self.document.part.numbering_part.element
        kind = '<w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/><w:lvlJc w:val="left"/>'
        level = f'<w:lvl w:ilvl="0"><w:start w:val="1"/>{kind}</w:lvl>'
        numbering.insert(0, parse_xml(f'<w:abstractNum {NS} w:abstractNumId="90">{level}</w:abstractNum>'))

    def number_list(self, first: int, restart: bool) -> int:
        """Numbers run on by themselves in one list; a list that starts again has an override."""
        if self.list is not None and not restart:
            return self.list
        self.list = 100 if self.list is None else self.list + 1
        start = f'<w:lvlOverride w:ilvl="0"><w:startOverride w:val="{first}"/></w:lvlOverride>'
        xml = f'<w:num {NS} w:numId="{self.list}"><w:abstractNumId w:val="90"/>{start}</w:num>'
        self.document.part.numbering_part.element.append(parse_xml(xml))
        return self.list

    def runs(self, paragraph: Any, text: str) -> Any:
        for kind, part in self.notes.runs(text):
            if kind == "mark":
                reference = f'<w:r {NS}><w:rPr><w:vertAlign w:val="superscript"/></w:rPr>'
                paragraph._p.append(parse_xml(f'{reference}<w:footnoteReference w:id="{part}"/></w:r>'))
            elif kind == "plain" and self.tracked and "Percentage" not in part:
                self.track(paragraph, part)
            else:
                paragraph.add_run(part).bold = kind == "bold" or None
        self.footnotes += self.notes.take()
        return paragraph

    def track(self, paragraph: Any, text: str) -> None:
        """Every word after 'and' was put in by a reviewer, who took another out before it."""
        who = 'w:author="A Reviewer" w:date="2023-01-02T03:04:05Z"'
        for i, piece in enumerate(re.split(r"(?<= and )(\w+)", text)):
            if i % 2:
                removed = f'<w:r><w:delText xml:space="preserve">never {10 + i} </w:delText></w:r>'
                paragraph._p.append(parse_xml(f'<w:del {NS} w:id="{900 + i}" {who}>{removed}</w:del>'))
                added = parse_xml(f'<w:ins {NS} w:id="{950 + i}" {who}><w:r><w:t/></w:r></w:ins>')
                added.find(qn("w:r")).find(qn("w:t")).text = piece
                paragraph._p.append(added)
            elif piece:
                paragraph.add_run(piece)

    def table(self, rows: list[tuple[str, ...]]) -> None:
        table = self.document.add_table(rows=0, cols=len(rows[0]), style="Table Grid")
        for row in rows:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                self.runs(cell.paragraphs[0], text)

    def block(self, block: object) -> None:
        document = self.document
        match block:
            case TitlePage(report):
                document.add_paragraph("HM Inspectorate of Probation")
                title = self.runs(document.add_paragraph(), report.kicker)
                title.add_run().add_break()
                self.runs(title, f"«{report.place}»")
                self.runs(document.add_paragraph(), report.region_line)
                self.runs(document.add_paragraph(), report.imprint)
            case Contents(entries):
                for text, page in entries:
                    self.runs(document.add_paragraph(), f"{text}\t{page}")
            case RatingsPage(report):
                self.runs(document.add_paragraph(), f"«{report.place}»")
                if report.ratings_note:
                    document.add_paragraph(report.ratings_note)
                document.add_paragraph(report.score_form.format(*report.score))
                self.table([("Overall rating", report.overall or ""), *rating_rows(report)])
            case H(3, text) if self.bold_headings:
                self.runs(document.add_paragraph(), f"«{text}»")
            case H(level, text):
                self.runs(document.add_paragraph(style=f"Heading {level}"), text)
            case P(text):
                self.runs(document.add_paragraph(), text)
            case Bullets(items):
                for text in items:
                    self.runs(document.add_paragraph(style="List Bullet"), text)
            case Numbered(items, restart):
                number = self.number_list(items[0][0], restart)
                for _, text in items:
                    paragraph = self.runs(document.add_paragraph(style="List Paragraph"), text)
                    properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
                    properties.get_or_add_ilvl().val = 0
                    properties.get_or_add_numId().val = number
                    paragraph.paragraph_format.left_indent = Pt(36)
            case Table(rows):
                self.table(list(rows))
            case Break():
                document.add_page_break()
            case Gap():
                pass

    def finish(self) -> bytes:
        footer = self.document.sections[0].footer.paragraphs[0]
        footer.add_run(curl(f"Inspection of probation services: {self.report.place}\t"))
        for xml in ('<w:fldChar w:fldCharType="begin"/>', "<w:instrText>PAGE</w:instrText>"):
            footer._p.append(parse_xml(f"<w:r {NS}>{xml}</w:r>"))
        footer._p.append(parse_xml(f'<w:r {NS}><w:fldChar w:fldCharType="end"/></w:r>'))
        if self.footnotes:
            package = self.document.part.package
            notes = parse_xml(f"<w:footnotes {NS}/>")
            for number, text in self.footnotes:
                mark = "<w:r><w:footnoteRef/></w:r>"
                note = parse_xml(f'<w:footnote {NS} w:id="{number}"><w:p>{mark}<w:r><w:t/></w:r></w:p></w:footnote>')
                note.find(f".//{qn('w:t')}").text = f" {text}"
                notes.append(note)
            from lxml import etree

            blob = etree.tostring(notes, xml_declaration=True, encoding="UTF-8", standalone=True)
            part = Part(PackURI("/word/footnotes.xml"), TYPE, blob, package)
            self.document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
        buffer = io.BytesIO()
        self.document.save(buffer)
        return _same_each_time(buffer.getvalue())


def _same_each_time(content: bytes) -> bytes:
    """The archive again, with one date for all its members."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            info = zipfile.ZipInfo(member.filename, (2023, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, old.read(member))
    return out.getvalue()


def docx(report: Report, *, tracked: bool = False, bold_headings: bool = False) -> bytes:
    writer = Writer(report, tracked=tracked, bold_headings=bold_headings)
    for block in blocks(report):
        writer.block(block)
    return writer.finish()
