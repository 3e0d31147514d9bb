"""office.py: workbooks and documents as office programs write them, made part by part, so that a test can plant what no
library would write. Python's standard library only."""
import io
import zipfile
from xml.sax.saxutils import escape, quoteattr

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELS = "http://schemas.openxmlformats.org/package/2006/relationships"


def package(parts, level=zipfile.ZIP_DEFLATED):
    """The bytes of a zip file of (name, text or bytes)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", level) as z:
        for name, what in parts:
            z.writestr(name, what)
    return out.getvalue()


def relations(*rows):
    """(id, type, target) or (id, type, target, "External")"""
    return HEAD + '<Relationships xmlns="%s">%s</Relationships>' % (RELS, "".join(
        '<Relationship Id="%s" Type="%s/%s" Target=%s%s/>' % (
            row[0], LINKS, row[1], quoteattr(row[2]), ' TargetMode="External"' if len(row) > 3 else "") for row in rows))


def column(n):
    letters = ""
    n += 1
    while n > 0:
        letters = chr(ord("A") + (n - 1) % 26) + letters
        n = (n - 1) // 26
    return letters


def cell(text, line, at):
    """A text, a number, or (number, style)."""
    place = "%s%d" % (column(at), line)
    if text is None or text == "":
        return ""
    if isinstance(text, tuple):
        return '<c r="%s" s="%d"><v>%s</v></c>' % (place, text[1], text[0])
    if isinstance(text, (int, float)):
        return '<c r="%s"><v>%s</v></c>' % (place, text)
    return '<c r="%s" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>' % (place, escape(text))


def sheet(rows, behind="", before=""):
    """The XML of a sheet of lists of cells; None for a row leaves it out."""
    lines = "".join('<row r="%d">%s</row>' % (i, "".join(cell(c, i, k) for k, c in enumerate(row)))
                    for i, row in enumerate(rows, 1) if row is not None)
    return HEAD + '<worksheet xmlns="%s" xmlns:r="%s">%s<sheetData>%s</sheetData>%s</worksheet>' % (
        MAIN, LINKS, before, lines, behind)


# Style 1 is a date, 2 a percentage, 3 a month, 4 has two decimals.
STYLES = HEAD + ('<styleSheet xmlns="%s"><numFmts count="1"><numFmt numFmtId="164" formatCode="[$-409]mmm\\ yyyy;@"/></numFmts>'
                 '<cellXfs count="5"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="9"/><xf numFmtId="164"/>'
                 '<xf numFmtId="2"/></cellXfs></styleSheet>' % MAIN)


def workbook(sheets, more=(), dates=""):
    """The bytes of a workbook of (name, XML of the sheet)."""
    listed = "".join('<sheet name=%s sheetId="%d" r:id="rId%d"/>' % (quoteattr(name), i, i)
                     for i, (name, _) in enumerate(sheets, 1))
    links = [("rId%d" % i, "worksheet", "worksheets/sheet%d.xml" % i) for i in range(1, len(sheets) + 1)]
    parts = [("_rels/.rels", relations(("rId1", "officeDocument", "xl/workbook.xml"))),
             ("xl/workbook.xml", HEAD + '<workbook xmlns="%s" xmlns:r="%s">%s<sheets>%s</sheets></workbook>' % (
                 MAIN, LINKS, dates, listed)),
             ("xl/_rels/workbook.xml.rels", relations(*links, ("rIdStyles", "styles", "styles.xml"))),
             ("xl/styles.xml", STYLES)]
    parts += [("xl/worksheets/sheet%d.xml" % i, xml) for i, (_, xml) in enumerate(sheets, 1)]
    return package(parts + list(more))


def document(body, more=(), links=()):
    """The bytes of a document with this inside its body."""
    return package([("_rels/.rels", relations(("rId1", "officeDocument", "word/document.xml"))),
                    ("word/document.xml", HEAD + '<w:document xmlns:w="%s" xmlns:r="%s"><w:body>%s</w:body></w:document>' % (
                        WORD, LINKS, body)),
                    ("word/_rels/document.xml.rels", relations(*links))] + list(more))


def paragraph(text, style=None, numbered=None):
    about = '<w:pStyle w:val="%s"/>' % style if style else ""
    about += '<w:numPr><w:ilvl w:val="%d"/><w:numId w:val="%d"/></w:numPr>' % numbered if numbered else ""
    return '<w:p>%s<w:r><w:t xml:space="preserve">%s</w:t></w:r></w:p>' % ("<w:pPr>%s</w:pPr>" % about if about else "", escape(text))


def word_table(rows):
    return "<w:tbl>%s</w:tbl>" % "".join("<w:tr>%s</w:tr>" % "".join(
        "<w:tc>%s</w:tc>" % (c if c.startswith("<w:") else paragraph(c)) for c in row) for row in rows)
