"""test_roundtrip.py: a table goes out, is edited somewhere else, and comes back to the right records."""
import csv
import io
import os
import sys

from harness import Skip, case, check, has, main, same

FORMULA = "=SUM(A1:A9)"


def stocked(world):
    hub = world.hub("wg6")
    hub.run("plan", "add", "--group", "wg6", "Workplan", "--code", "p", "date_order=dmy")
    hub.run("plan", "add", "--group", "wg6", "Other plan", "--code", "q", "date_order=dmy")
    hub.first = hub.add("KAZ: 1.1 Not a prefix, <b>not</b> a mark", "number=1", "countries=KAZ,TKM", "responsible=UNICEF",
                        "deadline=12/11/2024", "status=in-progress", "progress=40", "description=- one\n- two", plan="p")
    hub.run("set", hub.first, "references+=SDG:8.7", "themes=water; health")
    hub.formula = hub.add(FORMULA, "number=1.10", "deadline=Q4 2024", "parent=" + hub.first, plan="p")
    hub.other = hub.add("Совещание", "deadline=05/06/2024", "status=completed", plan="q")
    hub.run("add", "member", "UNICEF", "--group", "wg6", "role=co-lead")
    hub.run("comment", hub.first, "A remark")
    return hub


def unchanged(hub, path, rows):
    before, events = hub.export(), hub.status()["events"]
    done = hub.json("import", path)
    same((done["rows"], done["new"], done["changed"], done["same"], done["problems"]), (rows, 0, 0, rows, []))
    same(hub.export(), before)
    same(hub.status()["events"], events, "events were written although nothing changed")


def edited(hub, edit, *args, form="csv"):
    """Exports, lets `edit(rows)` change the list of dicts, and writes it as a spreadsheet would."""
    name = "t." + form
    hub.run("export", "-o", name, *args)
    delimiter = "\t" if form == "tsv" else ","
    with open(hub.world.path(name), encoding="utf-8-sig", newline="") as f:
        rows = list(csv.DictReader(f, delimiter=delimiter))
    heads = list(rows[0])
    edit(rows)
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, heads, delimiter=";", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return hub.world.write(name, "\ufeff" + out.getvalue())


def row_of(rows, record):
    return [r for r in rows if r["id"] == record][0]


@case
def an_untouched_table_changes_nothing(world):
    hub = stocked(world)
    for form in ("csv", "tsv"):
        hub.run("export", "-o", "all." + form)
        unchanged(hub, "all." + form, 3)
        unchanged(hub, "all." + form, 3)
    unchanged(hub, edited(hub, lambda rows: rows.reverse()), 3)
    hub.run("export", "-o", "few.csv", "plan:p", "--fields", "title,status")
    unchanged(hub, "few.csv", 2)
    hub.run("export", "-o", "members.csv", "--kind", "member")
    unchanged(hub, "members.csv", 1)


@case
def an_edit_reaches_its_record_and_nothing_else(world):
    hub = stocked(world)
    before = {r["id"]: r for r in hub.records("item")}

    def edit(rows):
        row_of(rows, hub.first)["status"] = "Completed"
        row_of(rows, hub.first)["responsible"] = "UNICEF; Ministry of Health, labour branch"
        row_of(rows, hub.formula)["title"] = "'=SUM(B1:B9)"
        row_of(rows, hub.other)["deadline"] = "30/06/2024"
    done = hub.json("import", edited(hub, edit))
    same((done["new"], done["changed"], done["problems"]), (0, 3, []))
    after = {r["id"]: r for r in hub.records("item")}
    same(after[hub.first]["status"], "completed")
    check("Ministry of Health, labour branch" in after[hub.first]["responsible"], after[hub.first]["responsible"])
    same(after[hub.formula]["title"], "=SUM(B1:B9)")
    same(after[hub.other]["deadline"]["edtf"], "2024-06-30")
    for record, fields in ((hub.first, {"status", "responsible"}), (hub.formula, {"title"}), (hub.other, {"deadline"})):
        moved = {k for k in after[record] if after[record][k] != before[record][k]} - {"source", "status_label", "base"}
        same(moved, fields)
    same(hub.json("conflicts"), [])


@case
def what_changed_here_meanwhile_stays_and_what_both_changed_is_a_conflict(world):
    hub = stocked(world)

    def edit(rows):
        row_of(rows, hub.first)["status"] = "completed"
        row_of(rows, hub.first)["number"] = "7"
        hub.run("set", hub.first, "status=on-hold", "title=New title")
    hub.run("import", edited(hub, edit))
    item = [r for r in hub.records("item") if r["id"] == hub.first][0]
    same((item["title"], item["number"]), ("New title", "7"))
    same([(c["id"], c["field"], sorted(h["value"] for h in c["heads"])) for c in hub.json("conflicts")],
         [(hub.first, "status", ["completed", "on hold"])])


@case
def a_cell_emptied_is_cleared_and_a_row_without_an_id_is_new(world):
    hub = stocked(world)

    def edit(rows):
        row_of(rows, hub.first)["progress"] = ""
        row_of(rows, hub.first)["countries"] = ""
        row_of(rows, hub.formula)["parent"] = ""
        rows.append({"title": "Added in Excel", "countries": "UZB", "deadline": "2025", "plan": "q"})
    done = hub.json("import", edited(hub, edit))
    same((done["new"], done["changed"], done["problems"]), (1, 2, []))
    items = {r["id"]: r for r in hub.records("item")}
    same((items[hub.first]["progress"], items[hub.first]["countries"]), (None, []))
    same(items[hub.formula]["parent"], None)
    new = [r for r in items.values() if r["title"] == "Added in Excel"][0]
    same((new["countries"], new["plan"], new["type"]), (["UZB"], items[hub.other]["plan"], "activity"))


@case
def a_workbook_edited_in_a_spreadsheet_comes_back(world):
    for place in ([], ["/usr/lib/python3/dist-packages"]):
        sys.path.extend(place)
        try:
            import openpyxl
            break
        except ImportError:
            openpyxl = None
    if not openpyxl:
        raise Skip("python3-openpyxl is not installed")
    hub = stocked(world)
    hub.run("export", "-o", "all.xlsx")
    unchanged(hub, "all.xlsx", 7)  # with a member, two plans and a comment
    book = openpyxl.load_workbook(world.path("all.xlsx"))
    sheet = book["p"]
    columns = {cell.value: cell.column for cell in sheet[1]}
    for line in range(2, sheet.max_row + 1):
        if sheet.cell(line, columns["id"]).value == hub.first:
            sheet.cell(line, columns["Status"]).value = "completed"
            sheet.cell(line, columns["Progress"]).value = None
            sheet.cell(line, columns["Deadline"]).value = sheet.cell(line, columns["Deadline"]).value.replace(day=13)
    book["q"].cell(book["q"].max_row + 1, columns["Title"]).value = "Added in Excel"
    book.save(world.path("edited.xlsx"))
    done = hub.json("import", "edited.xlsx")
    same((done["new"], done["changed"], done["problems"]), (1, 1, []))
    items = {r["id"]: r for r in hub.records("item")}
    first = items[hub.first]
    same((first["status"], first["deadline"]["edtf"], first["progress"]), ("completed", "2024-11-13", None))
    new = [r for r in items.values() if r["title"] == "Added in Excel"][0]
    same(new["plan"], items[hub.other]["plan"], "a row belongs to the plan of its neighbours")


@case
def a_tracker_with_heads_of_those_names_is_not_taken_for_ours(world):
    hub = world.hub("wg6")
    path = world.write("wells.csv", "ID,Title,Status,Base\n1,Survey the wells,Done,Almaty\n2,Clean the wells,Planned,a=b\n")
    same(hub.json("import", path, "--plan", "new:Wells")["new"], 2)
    same(sorted(r["title"] for r in hub.records("item")), ["Clean the wells", "Survey the wells"])


@case
def an_id_that_is_none_is_a_problem_and_nothing_is_written(world):
    hub = stocked(world)
    before = hub.export()

    def edit(rows):
        rows[0]["id"] = "12"
        rows[1]["title"] = "Else"
    path = edited(hub, edit)
    problems = hub.run("import", path, "--json", code=4).json()["problems"]
    same([(p["value"], "id" in p["message"]) for p in problems], [("12", True)])
    same(hub.export(), before)


main()
