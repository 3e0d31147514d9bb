"""test_import_office.py: workbooks, documents and pages through the real client and daemon; and files that mean harm."""
import json
import os
import resource
import struct
import subprocess
import sys
import zipfile

from harness import HEADWAY, case, check, has, main, same
from office import (HEAD, LINKS, MAIN, WORD, document, package, paragraph, relations, sheet, word_table, workbook)

COUNTS = ("rows", "new", "changed", "same")
PLAN = [["Workplan of the water group"], None, ["Country", "Activity", "Deadline", "Status", "Responsible"],
        ["KAZ", "1.1 Map the wells", (42735, 1), "completed", "Water board"],
        ["", "1.2 Repair the pumps", (42856, 3), "ongoing", "Two\nteams"],
        ["TJK", "2.1 Train the keepers", (43100, 1), "planned", "Ministry"]]
MERGED = '<mergeCells count="1"><mergeCell ref="A4:A5"/></mergeCells>'


def counts(summary):
    return tuple(summary[key] for key in COUNTS)


@case
def a_workbook_becomes_records_once(world):
    hub = world.hub("gtg-eca")
    path = world.write("plan.xlsx", workbook([("Plan", sheet(PLAN, MERGED)), ("Empty", sheet([])),
                                              ("More", sheet([["Title", "Due"], ["Second", "2018"]]))]))
    done = hub.json("import", path, "--group", "gtg-eca")
    same((counts(done)[0], done["problems"], done["lossless"]), (counts(done)[1], [], True))
    items = {i["title"]: i for i in hub.json("list")}
    same(sorted(items), ["Map the wells", "Repair the pumps", "Second", "Train the keepers"])
    same([items[t]["countries"] for t in ("Map the wells", "Repair the pumps", "Train the keepers")], [["KAZ"], ["KAZ"], ["TJK"]])
    same([items[t]["deadline"]["edtf"] for t in ("Map the wells", "Repair the pumps", "Second")], ["2016-12-31", "2017-05", "2018"])
    again = hub.json("import", path, "--group", "gtg-eca")
    same((again["new"], again["changed"]), (0, 0))


@case
def a_document_and_a_page_of_the_same_table_make_the_same_records(world):
    hub = world.hub("gtg-eca")
    rows = [["Country", "Activity", "Deadline", "Status"], ["KAZ", "Map the wells", "2016-12", "completed"],
            ["TJK", "Train the keepers", "2017-06", "ongoing"]]
    page = "<html><body><table>%s</table>" % "".join("<tr>" + "".join("<td>%s" % c for c in row) for row in rows)
    path = world.write("plan.docx", document(word_table(rows)))
    same(counts(hub.json("import", path, "--group", "gtg-eca", "--plan", "new:Both"))[1:], (2, 0, 0))
    plan = hub.json("plan", "list")[0]
    other = world.write("plan.html", page)
    same(counts(hub.json("import", other, "--group", "gtg-eca", "--plan", plan["id"]))[1:], (0, 0, 2))


@case
def a_problem_names_its_sheet(world):
    hub = world.hub("gtg-eca")
    path = world.write("bad.xlsx", workbook([("Plan", sheet([["Title", "Due"], ["Map", "2017"]])),
                                             ("Other", sheet([["Title", "Due"], ["", "2018"]]))]))
    done = json.loads(hub.run("import", path, "--group", "gtg-eca", "--json", code=4).out)
    same([(p["line"], p["column"]) for p in done["problems"]], [(2, "Other!Due")])


def stored(name, claimed, data=b""):
    """A zip file of one part that claims to unpack to so many bytes."""
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 0, 0, len(data), claimed, len(name), 0) + name + data
    central = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 8, 0, 0, 0, len(data), claimed, len(name), 0, 0, 0, 0, 0, 0) + name
    return local + central + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 1, 1, len(central), len(local), 0)


def book_with(part, level=zipfile.ZIP_DEFLATED):
    return package([("_rels/.rels", relations(("rId1", "officeDocument", "xl/workbook.xml"))),
                    ("xl/workbook.xml", '<workbook xmlns:r="%s"><sheets><sheet name="A" r:id="a"/></sheets></workbook>' % LINKS),
                    ("xl/_rels/workbook.xml.rels", relations(("a", "worksheet", "a.xml"), ("s", "sharedStrings", "s.xml"))),
                    ("xl/a.xml", part)], level)


def harmful():
    """(name, bytes, words of the message)"""
    good = workbook([("Plan", sheet(PLAN, MERGED))])
    rows = "".join("<row r='%d'><c t='str'><v>%d</v></c></row>" % (i, i * 7919 % 1000003) for i in range(1, 250000))
    cells = "".join("<c><v>%d</v></c>" % (i * 7919 % 1000003) for i in range(1000))
    yield "cut.xlsx", good[:len(good) // 2], ["damaged"]
    yield "no-end.xlsx", good[:-10], ["damaged"]
    yield "bomb.xlsx", book_with("<worksheet><sheetData>" + " " * (100 << 20)), ["unpacks to more than 200 times"]
    yield "large.xlsx", book_with("<worksheet><sheetData>" + "".join("<row><c><f>%s%s</f></c></row>" % ("a" * 2000, os.urandom(20).hex()) for _ in range(70000))), ["128 MiB"]
    yield "texts.xlsx", package([("_rels/.rels", relations(("rId1", "officeDocument", "xl/workbook.xml"))), ("xl/workbook.xml", "<w/>"),
        ("xl/_rels/workbook.xml.rels", relations(("s", "sharedStrings", "s.xml"))),
        ("xl/s.xml", "<sst>" + "".join("<si><t>%x</t></si>" % (i * 2654435761 % 2 ** 32) for i in range(4000010)))]), ["texts"]
    yield "rows.xlsx", book_with("<worksheet><sheetData>" + rows), ["101000 rows"]
    yield "cells.xlsx", book_with("<worksheet><sheetData>" + ("<row>" + cells + "</row>") * 4100), ["101000 rows or 4000000"]
    yield "laughs.xlsx", book_with('<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'), ["document type"]
    yield "outside.xlsx", book_with('<!DOCTYPE l SYSTEM "file:///etc/passwd"><worksheet/>'), ["document type"]
    yield "deep.xlsx", book_with("<worksheet>" + "<a>" * 1000000), ["64 deep"]
    yield "tag.xlsx", book_with('<worksheet a="' + os.urandom(4 << 20).hex() + '"/>'), ["1 MiB"]
    yield "names.xlsx", book_with("<worksheet>" + "".join("<n%d/>" % i for i in range(1000000))), ["kinds of elements"]
    yield "climbs.xlsx", package([("../../etc/cron.d/x", "x"), ("xl/workbook.xml", "<w/>")]), ["no office program"]
    yield "twice.xlsx", package([("xl/workbook.xml", "<w/>"), ("XL/Workbook.xml", "<w/>")]), ["two parts"]
    yield "claims.xlsx", stored(b"_rels/.rels", 0xFFFFFFF0, b"\x03\x00"), ["damaged"]
    yield "parts.xlsx", package([("p%d" % i, "") for i in range(10100)], zipfile.ZIP_STORED), ["parts"]
    yield "deep.docx", document("<w:tbl><w:tr><w:tc>" * 500), ["64 deep"]
    yield "old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), [".xlsx"]
    yield "open.ods", package([("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", "<a/>")]), ["OpenDocument"]
    yield "slides.pptx", package([("_rels/.rels", relations(("1", "officeDocument", "ppt/presentation.xml"))),
                                  ("ppt/presentation.xml", "<a/>")]), ["presentation"]
    yield "plain.zip", package([("readme.txt", "hello")]), ["zip file"]
    yield "tables.html", "<html>" + "<table><tr><td>a</table>" * 300000, ["tables"]
    yield "nested.html", "<html>" + "<table><tr><td>" * 300000, ["tables inside"]
    yield "line.html", "<html>" + "a" * 1000000, ["paragraph"]
    yield "endless.html", "<html><table>" + "<tr><td>a<td>b" * 400000, ["101000 rows"]


# What one client may use: address space, as the kernel counts it, and seconds of processor.
MEMORY, SECONDS = 640 << 20, 20


def bounded():
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    if not os.environ.get("SAN"):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


@case
def files_that_mean_harm_are_refused_with_one_sentence(world):
    hub = world.hub("gtg-eca")
    before = hub.export()
    for name, data, words in harmful():
        path = world.write(name, data)
        done = subprocess.run([HEADWAY, "--home", hub.home, "import", path, "--group", "gtg-eca"], capture_output=True, text=True,
                              preexec_fn=bounded)
        os.unlink(path)
        check(done.returncode in (1, 2, 4), name, "ended with", done.returncode, done.stderr)
        has(name + ": " + done.stderr, *words)
        same(done.stderr.count("\n"), 1, name + " said\n" + done.stderr)
    same(hub.export(), before, "something was imported")


@case
def every_truncation_of_a_workbook_is_refused_or_read_whole(world):
    hub = world.hub("gtg-eca")
    good = workbook([("Plan", sheet(PLAN, MERGED))])
    for n in range(0, len(good), 61):
        refused = hub.run("import", world.write("cut.xlsx", good[:n]), "--group", "gtg-eca", "--dry-run", code=None)
        check(refused.code in (1, 2, 4), n, refused.out, refused.err)


main()
