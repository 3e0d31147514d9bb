"""test_export.py: what other programs get: tables, workbooks, calendars, tasks. Each file is read with a reader that is
not ours, or with a strict little one below."""
import csv
import hashlib
import io
import json
import os
import re
import stat
import sys

from harness import Skip, case, check, has, main, same

FORMULA = '=HYPERLINK("http://example.org";"press here")'
RUSSIAN, ARABIC = "Обучить сорок инспекторов труда", "تدريب المعلمين على السلامة"
ID = re.compile("[0-9a-z]{16}$")


def stocked(world):
    """Two plans: one in English and Russian with everything awkward, one in Arabic; a member and a meeting."""
    hub = world.hub("wg6")
    hub.run("plan", "add", "--group", "wg6", "Workplan 2024", "--code", "p", "--period", "2024", "date_order=dmy")
    hub.run("plan", "add", "--group", "wg6", "خطة العمل", "--code", "ar")
    hub.first = hub.add("Write a handbook, \"short\"; in two parts", "number=1.2", "countries=KAZ,TKM",
                        "responsible=Ministry of Health (for roads)", "deadline=12/11/2024", "status=in-progress", "progress=40",
                        "themes=water; health", "references=SDG:8.7", "description=Line one\nline two", plan="p")
    hub.run("set", hub.first, "responsible+=UNICEF")
    hub.formula = hub.add(FORMULA, "number=1.10", "status=proposed", "deadline=Q4 2024", plan="p")
    hub.russian = hub.add(RUSSIAN, "number=2", "deadline=2024-03-05", "status=completed", "completed_on=2024-03-01", plan="p")
    hub.gone = hub.add("Not any more", "number=3", "status=cancelled", "reason=No money", plan="p")
    hub.arabic = hub.add(ARABIC, "countries=SEN", "deadline=TBD", "status=on-hold", plan="ar")
    hub.put_away = hub.add("Put away", "number=9", plan="p")
    hub.run("archive", hub.put_away)
    hub.run("comment", hub.first, "First: спасибо, شكرا; and\na second line", author="aigul")
    hub.run("comment", hub.first, "@second", author="aigul")
    hub.run("add", "member", "UNICEF", "--group", "wg6", "role=co-lead")
    hub.run("add", "meeting", "Quarterly meeting", "--group", "wg6", "date=2024-04-09", "place=Almaty")
    return hub


def base_hash(*texts):
    digest = hashlib.blake2b(digest_size=32)
    for text in texts:
        raw = text.encode()
        digest.update(len(raw).to_bytes(8, "little") + raw)
    return digest.hexdigest()[:8]


def table(hub, *args, form="csv", delimiter=","):
    raw = hub.run("export", "--format", form, *args).raw
    check(raw.startswith(b"\xef\xbb\xbf"), "no byte order mark")
    text = raw.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    check(text.endswith("\r\n") and "\r\r" not in text)
    return rows


def unguarded(cell):
    return cell[1:] if re.match(r"'+[=+\-@\t\r]", cell) else cell


@case
def csv_and_tsv_hold_every_item_with_its_id_and_base(world):
    hub = stocked(world)
    for form, delimiter in (("csv", ","), ("tsv", "\t")):
        rows = table(hub, form=form, delimiter=delimiter)
        heads = list(rows[0])
        same((heads[0], heads[-1]), ("id", "base"))
        check("source" not in heads and "archived" not in heads, heads)
        same([r["title"] for r in rows],
             [ARABIC, "Write a handbook, \"short\"; in two parts", "'" + FORMULA, RUSSIAN, "Not any more"],
             "not in the order of the plans and their numbers")
        first = {r["id"]: r for r in rows}[hub.first]
        same((first["plan"], first["countries"], first["deadline"], first["progress"], first["description"]),
             ("p", "KAZ; TKM", "12/11/2024", "40", "Line one\nline two"))
        for row in rows:
            check(ID.match(row["id"]), row["id"])
            known = dict(entry.split("=") for entry in row["base"].split())
            for name, cell in row.items():
                if name in ("id", "base", "group", "kind"):
                    continue
                sets = name in ("countries", "responsible", "themes", "references")
                parts = [p.strip() for p in cell.split(";")] if sets else [unguarded(cell)]
                wanted = base_hash(*parts) if cell else None
                same(known.get(name), wanted, "the hash of %s: %r" % (name, cell))


@case
def fields_choose_columns_between_id_and_base(world):
    hub = stocked(world)
    rows = table(hub, "plan:p", "--fields", "status,title")
    same(list(rows[0]), ["id", "status", "title", "base"])
    same({entry.split("=")[0] for entry in rows[0]["base"].split()}, {"status", "title"})
    same(hub.run("export", "--format", "csv", "--fields", "titel", code=2).out, "")
    has(hub.run("export", "--format", "xlsx", "-o", "x.xlsx", "--fields", "titel", code=2).err, "title")
    hub.run("export", "--format", "ics", "--fields", "title", code=2)


@case
def no_cell_is_a_formula_and_the_guard_can_be_taken_off(world):
    hub = stocked(world)
    awkward = ["=1+1", "+1", "-1", "@x", "'=1", "''+x", "'plain", "'", "1=1", "-"]
    for text in awkward:
        hub.add("x", "title=" + text, "description=" + text, plan="p")
    for form, delimiter in (("csv", ","), ("tsv", "\t")):
        cells = [r["title"] for r in table(hub, form=form, delimiter=delimiter)]
        check(not any(c[:1] in "=+-@\t\r" and c for c in cells), cells)
        check(set(awkward) <= {unguarded(c) for c in cells}, cells)


@case
def archived_records_stay_out_of_tables_unless_asked_for(world):
    hub = stocked(world)
    check(hub.put_away not in [r["id"] for r in table(hub)])
    same([r["id"] for r in table(hub, "archived:yes")], [hub.put_away])
    check(hub.put_away in [r["id"] for r in hub.records("item")], "jsonl is everything")


@case
def outside_tells_nothing_of_the_inside(world):
    hub = stocked(world)
    secret = [hub.first, "aigul", "спасибо", "Put away", "base"]
    same(list(table(hub, "--outside"))[0].get("id"), None)
    for form in ("csv", "tsv", "json", "jsonl", "ics", "taskwarrior"):
        text = hub.run("export", "--outside", "--format", form).out
        has(text, "handbook")
        for word in secret if form in ("csv", "tsv") else secret[1:-1]:
            check(word not in text, form, "tells", word)
        check("sign_key" not in text and '"source"' not in text, form, "has keys or sources")
    book = workbook(hub, "--outside")
    check("Comments" not in book.sheetnames, book.sheetnames)
    heads = [c.value for c in book["p"][1]]
    check("id" not in heads and "base" not in heads, heads)


@case
def json_and_jsonl_are_as_they_were(world):
    hub = stocked(world)
    lines = hub.export().decode().splitlines()
    check(not any("made_by" in json.loads(line) for line in lines), "jsonl holds replicated facts alone")
    same(len(json.loads(hub.run("export", "--format", "json").out)), len(lines))


# xlsx

def reader():
    """Debian's openpyxl, also for a python3 that is not Debian's: it is plain Python."""
    for place in ([], ["/usr/lib/python3/dist-packages"]):
        sys.path.extend(place)
        try:
            import openpyxl
            return openpyxl
        except ImportError:
            pass
    raise Skip("python3-openpyxl is not installed")


def workbook(hub, *args, name="x.xlsx"):
    openpyxl = reader()
    hub.run("export", "-o", name, *args)
    return openpyxl.load_workbook(hub.world.path(name))


def sheet_rows(sheet):
    rows = list(sheet.iter_rows(values_only=True))
    return [dict(zip(rows[0], row)) for row in rows[1:]]


@case
def a_workbook_has_a_sheet_for_each_plan_and_kind(world):
    hub = stocked(world)
    book = workbook(hub)
    same(book.sheetnames, ["ar", "p", "Members", "Plans", "Meetings", "Comments"])
    sheet = book["p"]
    rows = {r["id"]: r for r in sheet_rows(sheet)}
    first = rows[hub.first]
    same(first["Deadline"].isoformat(), "2024-11-12T00:00:00", "one day is a date")
    same(rows[hub.formula]["Deadline"], "Q4 2024", "what is no day stays as written")
    same(rows[hub.formula]["Title"], FORMULA)
    same({c.data_type for row in sheet.iter_rows() for c in row} - {"s", "n", "d", "inlineStr"}, set(), "a formula")
    same(first["Progress"], 40)
    same((first["Status"], first["Responsible"]), ("in progress", "UNICEF; Ministry of Health (for roads)"))
    known = dict(entry.split("=") for entry in first["base"].split())
    same(known["deadline"], base_hash("2024-11-12"), "the hash is of what the cell says")
    same(known["responsible"], base_hash("UNICEF", "Ministry of Health (for roads)"))
    same(sheet.freeze_panes, "A2")
    check(sheet.auto_filter.ref, "no filter")
    lists = {v.formula1 for v in sheet.data_validations.dataValidation}
    check(any("not started" in words for words in lists) and any("deliverable" in words for words in lists), lists)
    hidden = {c.value: sheet.column_dimensions[c.column_letter].hidden for c in sheet[1]}
    same((hidden["base"], hidden["Title"], hidden["id"]), (True, False, False))
    same(book["ar"].sheet_view.rightToLeft, True)
    check(not sheet.sheet_view.rightToLeft, "English is written from the right")
    same(sheet_rows(book["Members"])[0]["Organisation"], "UNICEF")
    same([(r["Made by"], r["Text"]) for r in sheet_rows(book["Comments"])],
         [("aigul", "First: спасибо, شكرا; and\na second line"), ("aigul", "@second")])


@case
def names_of_sheets_are_ones_that_excel_takes(world):
    hub = world.hub("wg6")
    titles = ["A plan / with: all [of] it? and * more \\ than thirty-one letters", "A plan / with: all [of] it? and * more \\ other",
              "'quoted'", "History", "Очень длинное название плана работы группы"]
    for i, title in enumerate(titles):
        hub.run("plan", "add", "--group", "wg6", title, "--code", "p%d" % i)
        plan = [p for p in hub.json("plan", "list") if p["title"] == title][0]["id"]
        hub.run("set", plan, "code=")  # by its id: "p2" may begin another record's
        hub.add("Something", plan=plan)
    names = workbook(hub).sheetnames
    same(len({n.lower() for n in names}), len(names), names)
    for name in names:
        check(0 < len(name) <= 31 and not set("[]:*?/\\") & set(name) and name.strip("'") == name, name)
        check(name.lower() != "history", name)


@case
def control_characters_and_what_looks_like_their_escape_come_through_a_workbook(world):
    hub = world.hub("wg6")
    hub.run("plan", "add", "--group", "wg6", "Plan", "--code", "p")
    hub.add("_x0041_ & <b> \x01\x1f", plan="p")
    book = workbook(hub)
    from openpyxl.utils.escape import unescape
    cell = sheet_rows(book["p"])[0]["Title"]
    same(unescape(cell), "_x0041_ & <b> \x01\x1f")


@case
def a_text_that_no_cell_holds_stands_on_a_sheet_of_its_own(world):
    hub = world.hub("wg6")
    hub.run("plan", "add", "--group", "wg6", "Plan", "--code", "p")
    item = hub.add("Talked about", plan="p")
    text = "".join("%d. Слово %d\n" % (i, i * 7) for i in range(2000))[:33500]
    world.write("long.txt", text)
    hub.run("comment", item, "-F", "long.txt")
    book = workbook(hub)
    has(sheet_rows(book["Comments"])[0]["Text"], "Long texts")
    pieces = sheet_rows(book["Long texts"])
    same([p["Part"] for p in pieces], list(range(1, len(pieces) + 1)))
    same("".join(p["Text"] for p in pieces).strip(), text.strip())


# ics: RFC 5545, as far as our files go, without mercy

LINE = re.compile(r'([A-Z0-9-]+)((?:;[A-Z-]+=(?:[^",;:]+|"[^"]*"))*):(.*)$', re.S)
TEXTS = {"SUMMARY", "DESCRIPTION", "X-HEADWAY-STATUS"}
UTC, DAY = re.compile(r"\d{8}T\d{6}Z$"), re.compile(r"\d{8}$")
VALUES = {"DTSTAMP": UTC, "CREATED": UTC, "LAST-MODIFIED": UTC, "COMPLETED": UTC, "DUE": DAY, "SEQUENCE": re.compile(r"\d{1,10}$"),
          "PERCENT-COMPLETE": re.compile(r"(\d\d?|100)$"), "STATUS": re.compile("NEEDS-ACTION|IN-PROCESS|COMPLETED|CANCELLED"),
          "TRIGGER": re.compile(r"-P\d+D(T\d+H)?$"), "ACTION": re.compile("DISPLAY$"), "UID": re.compile("[0-9a-z]{16}@headway$"),
          "RELATED-TO": re.compile("[0-9a-z]{16}@headway$")}
ONCE = {"UID", "DTSTAMP", "SUMMARY", "DESCRIPTION", "DUE", "STATUS", "COMPLETED", "SEQUENCE", "CREATED", "PERCENT-COMPLETE",
        "LAST-MODIFIED", "CLASS"}


def text_value(raw):
    check(not re.search(r"(?<!\\)(?:\\\\)*[,;]", re.sub(r"\\[\\,;nN]", "", raw)), "not escaped:", raw)
    check(not re.search(r"\\[^\\,;nN]", re.sub(r"\\\\", "", raw)), "no such escape:", raw)
    return re.sub(r"\\(.)", lambda m: "\n" if m.group(1) in "nN" else m.group(1), raw)


def calendar(raw):
    """The to-dos of a calendar, each {name: value, "alarms": [..]}; fails at whatever is not as the RFC has it."""
    check(raw.endswith(b"\r\n") and b"\n" not in raw.replace(b"\r\n", b""), "line ends")
    for line in raw.split(b"\r\n"):
        check(len(line) <= 75, "a line of", len(line))
        line.decode()  # folding cuts no letter
    text = raw.decode().replace("\r\n ", "").replace("\r\n\t", "")
    open_, todos = [], []
    for line in text.split("\r\n")[:-1]:
        check(not re.search("[\x00-\x08\x0b-\x1f\x7f]", line), "control characters", repr(line))
        found = LINE.match(line)
        check(found, "no content line:", line)
        name, parameters, value = found.groups()
        if name == "BEGIN":
            check({"VCALENDAR": 0, "VTODO": 1, "VALARM": 2}[value] == len(open_), "nesting of", value)
            open_.append((value, {"alarms": []}))
        elif name == "END":
            kind, seen = open_.pop()
            same(kind, value)
            ends = {"VCALENDAR": {"VERSION", "PRODID"}, "VTODO": {"UID", "DTSTAMP", "SUMMARY"},
                    "VALARM": {"ACTION", "TRIGGER", "DESCRIPTION"}}[kind]
            check(ends <= set(seen), kind, "lacks", ends - set(seen))
            if kind == "VTODO":
                todos.append(seen)
            elif kind == "VALARM":
                check("DUE" in open_[-1][1], "an alarm before nothing")
                open_[-1][1]["alarms"].append(seen)
        else:
            kind, seen = open_[-1]
            check(name not in seen or name not in ONCE, name, "twice")
            check(name not in VALUES or VALUES[name].match(value), name, "is", value)
            check(name != "DUE" or parameters == ";VALUE=DATE", "DUE", parameters)
            seen[name] = text_value(value) if name in TEXTS else value
    same(open_, [])
    same(len({t["UID"] for t in todos}), len(todos), "a UID twice")
    check(todos, "a calendar needs an entry")
    return {t["UID"].split("@")[0]: t for t in todos}


@case
def a_calendar_is_one_to_the_letter(world):
    hub = stocked(world)
    later = hub.add("Совещание " * 30 + "конец", "deadline=12/2099", "status=on-hold", plan="p")
    hub.run("set", hub.formula, "parent=" + hub.first)
    raw = hub.run("export", "--format", "ics").raw
    todos = calendar(raw)
    same(set(todos), {hub.first, hub.formula, hub.russian, hub.gone, hub.arabic, later})
    first, formula, russian = todos[hub.first], todos[hub.formula], todos[hub.russian]
    same((first["SUMMARY"], first["DUE"], first["STATUS"], first["PERCENT-COMPLETE"]),
         ("1.2 Write a handbook, \"short\"; in two parts", "20241112", "IN-PROCESS", "40"))
    has(first["DESCRIPTION"], "Line one\nline two", "Responsible: UNICEF; Ministry of Health (for roads)")
    same(first["CATEGORIES"], "KAZ,TKM,water\\; health")
    same((formula["DUE"], formula["STATUS"], formula["RELATED-TO"]), ("20241231", "NEEDS-ACTION", hub.first + "@headway"))
    same((russian["STATUS"], russian["COMPLETED"], russian["PERCENT-COMPLETE"]), ("COMPLETED", "20240301T120000Z", "100"))
    same((todos[hub.gone]["STATUS"], "DUE" in todos[hub.gone]), ("CANCELLED", False))
    check("DUE" not in todos[hub.arabic], "TBD is no day")
    same([len(t["alarms"]) for t in (first, russian, todos[hub.gone], todos[later])], [0, 0, 0, 1],
         "an alarm for what is open and still to come")
    same(todos[later]["SUMMARY"], "Совещание " * 30 + "конец")
    same(hub.run("export", "--format", "ics").raw, raw, "the same records, other bytes")
    hub.run("set", hub.first, "title=Another")
    again = calendar(hub.run("export", "--format", "ics").raw)[hub.first]
    check(int(again["SEQUENCE"]) >= int(first["SEQUENCE"]) and again["LAST-MODIFIED"] >= first["LAST-MODIFIED"], again)


@case
def a_calendar_without_entries_is_refused(world):
    hub = world.hub("wg6")
    result = hub.run("export", "-o", "none.ics", code=3)
    has(result.err, "no item")
    check(not os.path.exists(world.path("none.ics")))


# taskwarrior

@case
def taskwarrior_gets_tasks_that_it_can_import(world):
    hub = stocked(world)
    tasks = {t["headwayid"]: t for t in json.loads(hub.run("export", "--format", "taskwarrior").out)}
    stamp = re.compile(r"\d{8}T\d{6}Z$")
    for task in tasks.values():
        check(re.fullmatch("[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", task["uuid"]), task["uuid"])
        check(task["description"] and "\n" not in task["description"] and task["status"] in ("pending", "completed", "deleted"))
        check(task["status"] == "pending" or stamp.match(task["end"]), task)
        check(all(stamp.match(task[k]) for k in ("entry", "modified", "due") if k in task), task)
        own = {"uuid", "description", "status", "end", "due", "project", "entry", "modified", "tags", "annotations", "headwayid"}
        check(all(k.startswith("headway_") for k in set(task) - own), sorted(set(task) - own))
    same(len({t["uuid"] for t in tasks.values()}), len(tasks))
    first = tasks[hub.first]
    same((first["project"], first["due"], first["status"], first["headway_status"]),
         ("p", "20241112T120000Z", "pending", "in progress"))
    check({"KAZ", "TKM"} <= set(first["tags"]), first["tags"])
    same([a["description"] for a in first["annotations"]], ["First: спасибо, شكرا; and a second line", "@second"])
    same(len({a["entry"] for a in first["annotations"]}), 2, "two annotations of one second are one to Taskwarrior")
    same((tasks[hub.russian]["status"], tasks[hub.russian]["end"]), ("completed", "20240301T120000Z"))
    same((tasks[hub.gone]["status"], tasks[hub.gone]["headway_reason"]), ("deleted", "No money"))


# where it is written

@case
def a_file_appears_whole_or_not_at_all_and_its_ending_says_the_form(world):
    hub = stocked(world)
    for name, begin in (("a.csv", b"\xef\xbb\xbfid,"), ("a.tsv", b"\xef\xbb\xbfid\t"), ("a.json", b"["), ("a.jsonl", b"{"),
                        ("a.xlsx", b"PK"), ("a.ics", b"BEGIN:VCALENDAR\r\n"), ("A.CSV", b"\xef\xbb\xbfid,")):
        hub.run("export", "-o", name)
        with open(world.path(name), "rb") as f:
            check(f.read().startswith(begin), name)
    os.mkdir(world.path("folder.csv"))
    has(hub.run("export", "-o", "folder.csv", code=1).err, "directory")
    has(hub.run("export", "-o", "noidea.doc", code=2).err, "--format")
    has(hub.run("export", "-o", "nowhere/a.xlsx", code=1).err, "nowhere/a.xlsx")
    same(sorted(n for n in os.listdir(world.dir) if ".part" in n), [], "drafts are left behind")
    check(stat.S_ISDIR(os.stat(world.path("folder.csv")).st_mode))
    same(hub.run("export", "--format", "xlsx").raw[:2], b"PK", "to a pipe")
    if os.path.exists("/dev/full"):
        hub.run("export", "--format", "xlsx", "-o", "/dev/full", code=1)


main()
