"""A report as a web page: a clean one, and one saved by a word processor."""

from html import escape

from .inline import Notes
from .layout import blocks, rating_rows
from .model import Break, Bullets, Contents, Gap, H, Numbered, P, RatingsPage, Report, Table, TitlePage


def html(report: Report) -> bytes:
    notes = Notes(report.curly)
    marks = {"bold": "<strong>{}</strong>", "mark": '<sup><a href="#note-{0}">{0}</a></sup>'}

    def line(text: str) -> str:
        return "".join(marks.get(k, "{}").format(escape(t, quote=False)) for k, t in notes.runs(text))

    def rows(table: list[tuple[str, ...]], head: bool = True) -> list[str]:
        out = ["<table>"]
        for i, row in enumerate(table):
            tag = "th" if head and not i else "td"
            out.append("<tr>" + "".join(f"<{tag}>{line(cell)}</{tag}>" for cell in row) + "</tr>")
        return [*out, "</table>"]

    out = ["<!doctype html>", '<html lang="en">', "<head>", '<meta charset="utf-8">']
    out += [f"<title>{line(report.place)}</title>", "<style>td { padding: 4px }</style>", "</head>", "<body>"]
    out += ['<nav><ul><li><a href="/">Home</a></li><li>Recommendations and replies</li></ul></nav>', "<main>"]
    for block in blocks(report):
        match block:
            case TitlePage(report):
                out += [f"<h1>{line(report.kicker)}<br><b>{line(report.place)}</b></h1>"]
                out += [f"<p>{line(report.region_line)}</p>", f"<p>{line(report.imprint)}</p>"]
            case Contents(entries):
                out += ["<ul>", *(f"<li><a href='#p{n}'>{line(t)}</a> <span>{n}</span></li>" for t, n in entries)]
                out.append("</ul>")
            case RatingsPage(report):
                note = f"<br>\n{report.ratings_note}" if report.ratings_note else ""
                out.append(f"<p><strong>{line(report.place)}</strong>{note}</p>")
                out.append(f"<p>{report.score_form.format(*report.score)}</p>")
                out += rows([("Overall rating", report.overall or ""), *rating_rows(report)], head=False)
            case H(level, text):
                out.append(f"<h{level + 1}>{line(text)}</h{level + 1}>")
            case P(text):
                out.append(f"<p>{line(text)}</p>")
            case Bullets(items):
                out += ["<ul>", *(f"  <li>{line(text)}</li>" for text in items), "</ul>"]
            case Numbered(items):
                first = items[0][0]
                out.append("<ol>" if first == 1 else f'<ol start="{first}">')
                out += [*(f"  <li><p>{line(text)}</p></li>" for _, text in items), "</ol>"]
            case Table(table):
                out += rows(list(table))
            case Break() | Gap():
                out.append("")
    out += ["</main>", '<section role="doc-endnotes">']
    out += [f'<p id="note-{n}"><sup>{n}</sup> {escape(text)}</p>' for n, text in notes.take()]
    out += ["</section>", "</body>", "</html>"]
    return "\n".join(out).encode()


WORD_HEAD = """<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"
xmlns:w="urn:schemas-microsoft-com:office:word" xmlns="http://www.w3.org/TR/REC-html40">
<head><meta http-equiv=Content-Type content="text/html; charset=windows-1252">
<!--[if gte mso 9]><xml><w:WordDocument><w:View>Print</w:View></w:WordDocument></xml><![endif]-->
<style><!-- p.MsoNormal {margin:0cm; font-size:11.0pt;} @list l0 {mso-list-id:1;} --></style>
</head><body lang=EN-GB><div class=WordSection1>"""


def word_html(report: Report) -> bytes:
    """Lists are paragraphs whose number is text, words are cut over source lines, bytes are windows-1252."""
    notes = Notes(report.curly)
    marks = {
        "bold": "<b>{}</b>",
        "mark": "<a href='#_ftn{0}' name='_ftnref{0}'><span class=MsoFootnoteReference>[{0}]</span></a>",
    }

    def line(text: str) -> str:
        runs = "".join(marks.get(k, "{}").format(escape(t, quote=False)) for k, t in notes.runs(text))
        words, out, used = runs.split(" "), "", 0
        for word in words:
            out += ("\n" if used > 70 else " ") * bool(out) + word
            used = len(word) if used > 70 else used + len(word) + 1
        return out

    def para(text: str, style: str = "MsoNormal") -> str:
        return f"<p class={style}><span lang=EN-GB>{text}<o:p></o:p></span></p>"

    def item(mark: str, text: str) -> str:
        space = "<span style='font:7.0pt \"Times New Roman\"'>&nbsp;&nbsp;&nbsp; </span>"
        ignore = f"<![if !supportLists]><span style='mso-list:Ignore'>{mark}{space}</span><![endif]>"
        style = "style='margin-left:36.0pt;text-indent:-18.0pt;mso-list:l0 level1 lfo1'"
        return f"<p class=MsoListParagraph {style}>{ignore}{text}<o:p></o:p></p>"

    def table(rows: list[tuple[str, ...]]) -> list[str]:
        out = ["<table class=MsoTableGrid border=1 cellspacing=0 cellpadding=0>"]
        for row in rows:
            out.append(" <tr>" + "".join(f"<td width=300 valign=top>{para(line(c))}</td>" for c in row) + "</tr>")
        return [*out, "</table>"]

    out = [WORD_HEAD]
    for block in blocks(report):
        match block:
            case TitlePage(report):
                out += [para(line(report.kicker)), para(f"<b>{line(report.place)}</b>"), para(line(report.region_line))]
                out.append(para(line(report.imprint)))
            case Contents(entries):
                tab = "<span style='mso-tab-count:1 dotted'>..... </span>"
                out += [para(f"<a href='#_Toc{n}'>{line(t)}{tab}{n}</a>", "MsoToc1") for t, n in entries]
            case RatingsPage(report):
                out.append(para(f"<b>{line(report.place)}</b>"))
                out += [para(report.ratings_note)] * bool(report.ratings_note)
                out.append(para(report.score_form.format(*report.score)))
                out += table([("Overall rating", report.overall or ""), *rating_rows(report)])
            case H(3, text):
                out.append(para(f"<b>{line(text)}</b>"))
            case H(level, text):
                out.append(f"<h{level}><a name='_Toc'></a><span lang=EN-GB>{line(text)}</span></h{level}>")
            case P(text):
                out += [para(line(text)), para("&nbsp;")]
            case Bullets(items):
                out += [item("<span style='font-family:Symbol'>·</span>", line(text)) for text in items]
            case Numbered(items):
                out += [item(f"{n}.", line(text)) for n, text in items]
            case Table(rows):
                out += table(list(rows))
            case Break() | Gap():
                out.append("<br clear=all style='page-break-before:always'>")
    out += ["</div>", "<div style='mso-element:footnote-list'><![if !supportFootnotes]><br clear=all><hr><![endif]>"]
    for n, text in notes.take():
        back = f"<a href='#_ftnref{n}' name='_ftn{n}'><span class=MsoFootnoteReference>[{n}]</span></a>"
        out.append(
            f"<div style='mso-element:footnote' id=ftn{n}><p class=MsoFootnoteText>{back} {escape(text)}</p></div>"
        )
    out.append("</div></body></html>")
    return "\n".join(out).encode("cp1252", "xmlcharrefreplace")
