"""test_workbook.py: a workbook and other tables with everything that people really have go out, are edited cell by cell in the
files themselves, and come back. No program but unzip's format is needed."""
import csv
import io
import os
import re
import zipfile

from harness import ROOT, case, check, has, main, same

RUSSIAN, ARABIC = "Обучить сорок инспекторов труда", "تدريب المعلمين على السلامة"


def stocked(world):
    hub = world.hub("wg6")
    hub.run("plan", "add", "--group", "wg6", "Workplan", "--code", "p", "date_order=dmy")
    hub.run("plan", "add", "--group", "wg6", "خطة العمل", "--code", "q")
    for sample, plan in (("plan.csv", "p"), ("plan-fr.csv", "new:Plan"), ("tracker.txt", "new:Tracker")):
        hub.run("import", os.path.join(ROOT, "tests", "samples", sample), "--plan", plan, "--skip-bad")
    hub.first = hub.add("Ready to go", "number=1", "countries=KAZ,TKM", "responsible=UNICEF", "deadline=05/06/2024",
                        "status=Terminé", "progress=40", "description=- one\n- two", plan="p")
    hub.formula = hub.add("=SUM(A1:A9)", "number=1.10", "description='@x", "parent=" + hub.first, plan="p")
    hub.other = hub.add(RUSSIAN, "deadline=TBD", "status=on-hold", plan="q")
    hub.arabic = hub.add(ARABIC, "continues=" + hub.other, plan="q")
    hub.run("archive", hub.add("Put away", plan="p"))
    hub.run("add", "member", "UNICEF", "--group", "wg6", "role=co-lead")
    hub.run("add", "meeting", "Quarterly meeting", "--group", "wg6", "date=2024-04-09", "place=Almaty")
    hub.run("add", "resource", "Handbook", "--group", "wg6", "type=tool")
    hub.run("add", "participation", "KAZ", "--group", "wg6", "since=2019")
    hub.run("comment", hub.first, "First: спасибо, شكرا; and\na second line")
    hub.long = ("Слово long words. \n" * 2200)[:40000].strip()
    world.write("long.txt", hub.long)
    hub.run("comment", hub.other, "-F", "long.txt")
    return hub


def outcome(done):
    return done["new"], done["changed"], done["problems"], done["conflicts"]


def items(hub):
    return {r["id"]: r for r in hub.records("item")}


def moved(before, after):
    inner = {"source", "base", "status_label"}
    return {(i, k) for i in after for k in after[i] if k not in inner and after[i][k] != before.get(i, {}).get(k)}


def retype(hub, name, cells):
    """Gives each cell that says exactly `old` the text `new`, in the sheets of a workbook."""
    path = hub.world.path(name)
    with zipfile.ZipFile(path) as book:
        parts = {n: book.read(n) for n in book.namelist()}
    for old, new in cells.items():
        hits = 0
        for part in [n for n in parts if n.startswith("xl/worksheets/")]:
            text = parts[part].decode()
            found = len(re.findall(r"<t[^>]*>%s</t>" % re.escape(old), text))
            parts[part] = re.sub(r"(<t[^>]*>)%s</t>" % re.escape(old), lambda m: m.group(1) + new + "</t>", text).encode()
            hits += found
        same(hits, 1, "cells that say %r" % old)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for part, data in parts.items():
            book.writestr(part, data)
    return name


def add_row(hub, name, sheet_has, texts):
    """A row at the end of the sheet that holds a text, as {head: text}."""
    path = hub.world.path(name)
    with zipfile.ZipFile(path) as book:
        parts = {n: book.read(n) for n in book.namelist()}
    part = [n for n in parts if n.startswith("xl/worksheets/") and sheet_has.encode() in parts[n]][0]
    text = parts[part].decode()
    heads = dict((h, c) for c, h in re.findall(r'<c r="([A-Z]+)1"[^>]*><is><t[^>]*>([^<]*)</t>', text))
    last = max(int(n) for n in re.findall(r'<row r="(\d+)"', text)) + 1
    cells = "".join('<c r="%s%d" t="inlineStr"><is><t>%s</t></is></c>' % (heads[h], last, texts[h])
                    for h in sorted(texts, key=lambda h: (len(heads[h]), heads[h])))
    parts[part] = text.replace("</sheetData>", '<row r="%d">%s</row></sheetData>' % (last, cells)).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for n, data in parts.items():
            book.writestr(n, data)


def conflicted(world):
    hub = stocked(world)
    office = world.office(hub, "KAZ", "wg6")
    world.converge(hub, office)
    office.cut()
    hub.run("set", hub.first, "reason=At headquarters")
    office.run("set", hub.first, "reason=At the office")
    office.heal()
    world.converge(hub, office)
    check(hub.json("conflicts"), "no conflict to begin with")
    return hub


@case
def an_untouched_file_changes_nothing(world):
    hub = conflicted(world)
    before, events = hub.export(), hub.status()["events"]
    for form in ("csv", "tsv", "xlsx"):
        hub.run("export", "-o", "all." + form)
        for _ in range(2):
            done = hub.json("import", "all." + form)
            same((outcome(done), done["lossless"]), ((0, 0, [], 0), True), form)
            same((hub.export(), hub.status()["events"]), (before, events), form)
    for kind in ("member", "meeting", "resource", "participation", "plan", "comment"):
        hub.run("export", "-o", "kind.csv", "--kind", kind)
        same(outcome(hub.json("import", "kind.csv")), (0, 0, [], 0), kind)
    same((hub.export(), hub.status()["events"]), (before, events))


@case
def a_cell_of_a_workbook_reaches_its_field(world):
    hub = stocked(world)
    before = items(hub)
    hub.run("export", "-o", "all.xlsx")
    retype(hub, "all.xlsx", {ARABIC: "Обучить всех"})
    same(outcome(hub.json("import", "all.xlsx")), (0, 1, [], 0))
    same(moved(before, items(hub)), {(hub.arabic, "title")})
    same(outcome(hub.json("import", "all.xlsx")), (0, 0, [], 0))
    retype(hub, "all.xlsx", {"Quarterly meeting": "Yearly meeting", "Handbook": "Toolbox", "Workplan": "Plan of work", "co-lead": "lead"})
    same(outcome(hub.json("import", "all.xlsx")), (0, 4, [], 0))
    found = {r["kind"]: r for r in hub.records()}
    same((found["meeting"]["title"], found["resource"]["title"], found["member"]["role"]), ("Yearly meeting", "Toolbox", "lead"))
    has(str([p["title"] for p in hub.json("plan", "list")]), "Plan of work")


@case
def what_changed_here_meanwhile_stays_and_what_both_changed_is_a_conflict(world):
    hub = stocked(world)
    for form in ("csv", "tsv", "xlsx"):
        for both in (False, True):
            name, new = "edited." + form, "Of the file, %s, %s" % (form, both)
            hub.run("export", "-o", name)
            old = items(hub)[hub.arabic]["title"]
            if form == "xlsx":
                retype(hub, name, {old: new})
            else:
                delimiter = "," if form == "csv" else "\t"
                with open(world.path(name), encoding="utf-8-sig", newline="") as f:
                    rows = list(csv.reader(f, delimiter=delimiter))
                out = io.StringIO(newline="")
                csv.writer(out, delimiter=delimiter).writerows([[new if c == old else c for c in r] for r in rows])
                world.write(name, out.getvalue())
            hub.run("set", hub.arabic, *(["title=Of the office"] if both else ["progress=%d" % len(form), "status=completed"]))
            same(outcome(hub.json("import", name)), (0, 1, [], 1 if both else 0), name)
            item = items(hub)[hub.arabic]
            if both:
                same([(c["id"], c["field"], sorted(h["value"] for h in c["heads"])) for c in hub.json("conflicts")],
                     [(hub.arabic, "title", [new, "Of the office"])], name)
                hub.run("resolve", hub.arabic, "title", ARABIC + form)
            else:
                same((item["title"], item["progress"], item["status"]), (new, len(form), "completed"), name)


@case
def comments_of_a_workbook_are_added_and_never_changed(world):
    hub = stocked(world)
    hub.run("export", "-o", "all.xlsx")
    add_row(hub, "all.xlsx", ">Made by<", {"About": "1 Ready to go", "Text": "Typed in Excel"})
    for new in (1, 0):
        same(outcome(hub.json("import", "all.xlsx")), (new, 0, [], 0))
    comment = [r for r in hub.records("comment") if r["text"] == "Typed in Excel"]
    same([r["on"] for r in comment], [hub.first])
    add_row(hub, "all.xlsx", ">Made by<", {"About": "Nothing of the kind", "Text": "Lost"})
    has(hub.run("import", "all.xlsx", "--json", code=4).json()["problems"][0]["message"], "About")
    hub.run("export", "-o", "all.xlsx")
    retype(hub, "all.xlsx", {"Typed in Excel": "Typed again"})
    before = hub.export()
    has(hub.run("import", "all.xlsx", "--json", code=4).json()["problems"][0]["message"], "comments are only added")
    same(hub.export(), before)


@case
def a_long_text_is_put_together_again(world):
    hub = stocked(world)
    hub.run("export", "-o", "all.xlsx")
    comment = [r for r in hub.records("comment") if r["on"] == hub.other][0]
    same(comment["text"].strip(), hub.long)
    retype(hub, "all.xlsx", {"(too long for a cell: see the sheet Long texts)": "(see the sheet Long texts)"})
    before = hub.export()
    has(hub.run("import", "all.xlsx", "--json", code=4).json()["problems"][0]["message"], "comments are only added")
    hub.run("export", "-o", "all.xlsx")
    with zipfile.ZipFile(world.path("all.xlsx")) as book:
        sheets = "".join(book.read(n).decode() for n in book.namelist() if n.startswith("xl/worksheets/"))
    words = re.findall(r"Слово", sheets)
    same(len(words), hub.long.count("Слово"), "the pieces do not hold all of it")
    same((outcome(hub.json("import", "all.xlsx")), hub.export()), ((0, 0, [], 0), before))


main()
