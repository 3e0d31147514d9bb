"""test_json.py: records and tasks as JSON go out, are edited somewhere else, and come back to the right records."""
import json
import os
import shutil
import subprocess

from harness import ROOT, Skip, case, check, has, main, same

FORMS = ("jsonl", "json", "taskwarrior")
RUSSIAN, ARABIC = "Обучить сорок инспекторов труда", "تدريب المعلمين على السلامة"


def stocked(world):
    """What people really have: imported plans, conflicts, archived items, empty fields, a comment of 40,000 letters."""
    hub = world.hub("wg6")
    hub.run("plan", "add", "--group", "wg6", "Workplan", "--code", "p", "date_order=dmy")
    hub.run("plan", "add", "--group", "wg6", "خطة العمل", "--code", "q")
    for sample, plan in (("plan.csv", "p"), ("plan-fr.csv", "new:Plan"), ("tracker.txt", "new:Tracker")):
        hub.run("import", os.path.join(ROOT, "tests", "samples", sample), "--plan", plan, "--skip-bad")
    hub.first = hub.add("KAZ: 1.1 Not a prefix, <b>not</b> a mark", "number=1", "countries=KAZ,TKM", "responsible=UNICEF",
                        "deadline=05/06/2024", "status=Terminé", "progress=40", "description=- one\n- two ", plan="p")
    hub.dropped = hub.add("Cancelled", "status=cancelled", "reason=No money", plan="p")
    hub.run("set", hub.first, "references+=SDG:8.7", "themes=water supply,health")
    hub.run("set", hub.dropped, "themes=roads; bridges", "themes+=roads")
    hub.formula = hub.add("=SUM(A1:A9)", "number=1.10", "deadline=Q4 2024", "parent=" + hub.first, plan="p")
    hub.other = hub.add(RUSSIAN, "deadline=TBD", "status=on-hold", plan="q")
    hub.arabic = hub.add(ARABIC, "continues=" + hub.other, "responsible=A; b", plan="q")
    hub.gone = hub.add("Put away", "parent=" + hub.first, plan="p")
    hub.run("archive", hub.gone)
    hub.run("add", "member", "UNICEF", "--group", "wg6", "role=co-lead")
    hub.run("add", "meeting", "Quarterly meeting", "--group", "wg6", "date=2024-04-09", "place=Almaty")
    hub.run("comment", hub.first, "First: спасибо, شكرا; and\na second line")
    world.write("long.txt", ("Слово long words. " * 2300)[:40000])
    hub.run("comment", hub.other, "-F", "long.txt")
    return hub


def outcome(done):
    return done["new"], done["changed"], done["problems"], done["conflicts"]


def items(hub):
    return {r["id"]: r for r in hub.records("item")}


def moved(before, after):
    """{id: fields} of what is not as it was."""
    inner = {"source", "base", "status_label"}
    return {i: {k for k in after[i] if after[i][k] != before.get(i, {}).get(k)} - inner for i in after
            if after[i] != before.get(i) and {k for k in after[i] if after[i][k] != before.get(i, {}).get(k)} - inner}


def edited(hub, form, record, **fields):
    """Exports, changes members of one record as an editor of JSON would, and writes the file again."""
    name = "edited." + form
    hub.run("export", "--format", form, "-o", name)
    with open(hub.world.path(name), encoding="utf-8") as f:
        rows = [json.loads(line) for line in f] if form == "jsonl" else json.load(f)
    found = [r for r in rows if r.get("headwayid", r["id"] if "id" in r else "") == record]
    same(len(found), 1)
    for key, value in fields.items():
        if value is None and form == "taskwarrior":
            found[0].pop(key)
        else:
            found[0][key] = value
    rows.reverse()
    if form == "jsonl":
        return hub.world.write(name, "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows))
    return hub.world.write(name, json.dumps(rows, indent=1))


@case
def an_untouched_file_changes_nothing(world):
    hub = stocked(world)
    hub.office = world.office(hub, "KAZ", "wg6")
    world.converge(hub, hub.office)
    hub.office.cut()
    hub.run("set", hub.first, "reason=At headquarters")
    hub.office.run("set", hub.first, "reason=At the office")
    hub.office.heal()
    world.converge(hub, hub.office)
    check(hub.json("conflicts"), "no conflict to begin with")
    before, events = hub.export(), hub.status()["events"]
    for form in FORMS:
        hub.run("export", "--format", form, "-o", "all." + form)
        for _ in range(2):
            same(outcome(hub.json("import", "all." + form)), (0, 0, [], 0), form)
            same(hub.export(), before, form)
            same(hub.status()["events"], events, form + ": events were written although nothing changed")


@case
def one_edit_reaches_its_record_and_nothing_else(world):
    hub = stocked(world)
    edits = {"jsonl": [(hub.first, {"title": "New title"}, {"title"}), (hub.first, {"status": "cancelled"}, {"status"}),
                       (hub.first, {"responsible": ["UNICEF", "A; b, c"]}, {"responsible"}), (hub.gone, {"archived": False}, {"archived"})],
             "json": [(hub.other, {"deadline": "2025-03-04"}, {"deadline"}), (hub.formula, {"parent": None}, {"parent"}),
                      (hub.first, {"progress": None, "number": "7"}, {"progress", "number"})],
             "taskwarrior": [(hub.formula, {"description": "=SUM(B1:B9)"}, {"title"}),
                             (hub.other, {"status": "completed", "end": "20250304T120000Z"}, {"status", "completed_on"}),
                             (hub.first, {"due": None}, {"deadline"}), (hub.first, {"due": "20250405T120000Z"}, {"deadline"}),
                             (hub.first, {"tags": ["new", "KAZ", "water_supply"]}, {"countries", "themes"}),
                             (hub.arabic, {"project": "p"}, {"plan"}), (hub.arabic, {"start": "20250405T120000Z"}, {"status"})]}
    for form in FORMS:
        for record, members, fields in edits[form]:
            before = items(hub)
            done = hub.json("import", edited(hub, form, record, **members))
            same(outcome(done), (0, 1, [], 0), (form, members))
            same(moved(before, items(hub)), {record: fields}, (form, members))
            same(outcome(hub.json("import", "edited." + form)), (0, 0, [], 0), (form, members, "again"))
    after = items(hub)
    same((after[hub.other]["deadline"]["edtf"], after[hub.other]["completed_on"]["edtf"]), ("2025-03-04", "2025-03-04"))
    same((after[hub.first]["themes"], after[hub.first]["countries"]), (["new", "water supply"], ["KAZ"]))
    same(after[hub.first]["deadline"]["raw"], "2025-04-05")


@case
def the_reading_of_a_time_can_be_edited_alone(world):
    hub = stocked(world)
    time = dict(items(hub)[hub.first]["deadline"], edtf="2024-05-06")
    same(outcome(hub.json("import", edited(hub, "jsonl", hub.first, deadline=time))), (0, 1, [], 0))
    same(items(hub)[hub.first]["deadline"]["edtf"], "2024-05-06")


@case
def what_changed_here_meanwhile_stays_and_what_both_changed_is_a_conflict(world):
    hub = stocked(world)
    for form, key in (("jsonl", "title"), ("json", "title"), ("taskwarrior", "description")):
        members, mine = {key: "Of the file " + form}, "Of the office " + form
        path = edited(hub, form, hub.other, **members)
        hub.run("set", hub.other, "progress=%d" % len(form), "status=completed")
        same(outcome(hub.json("import", path)), (0, 1, [], 0), form)
        item = items(hub)[hub.other]
        same((item["title"], item["progress"], item["status"]), (members[key], len(form), "completed"), form)
        path = edited(hub, form, hub.arabic, **members)
        hub.run("set", hub.arabic, "title=" + mine)
        same(outcome(hub.json("import", path)), (0, 1, [], 1), form)
        same([(c["id"], c["field"], sorted(h["value"] for h in c["heads"])) for c in hub.json("conflicts")],
             [(hub.arabic, "title", [members[key], mine])], form)
        hub.run("resolve", hub.arabic, "title", "--take", "1")


@case
def another_headquarters_makes_the_same_records(world):
    hub = stocked(world)
    hub.run("export", "-o", "all.jsonl")
    there = world.hub("wg6", name="HQ2")
    done = there.json("import", world.path("all.jsonl"))
    same((done["changed"], done["problems"], done["plan"]), (0, [], None))
    has(json.dumps(done["notes"]), "who wrote what and when")
    kept = lambda node: {r["id"]: {k: v for k, v in r.items() if k not in ("source",)}
                         for r in node.records() if r["group"] != "directory"}
    here, there_now = kept(hub), kept(there)
    same(set(there_now), set(here))
    for record, row in here.items():
        same(there_now[record], row)
    same(done["new"], len(here))
    sources = {r["id"]: r["source"] for r in hub.records("item") if r["source"]}
    check(sources, "no item has a source")
    same({r["id"]: r["source"] for r in there.records("item") if r["id"] in sources}, sources)
    events = there.status()["events"]
    same(outcome(there.json("import", world.path("all.jsonl"))), (0, 0, [], 0))
    same(there.status()["events"], events)
    hub.run("export", "-o", "all.json")
    same(outcome(there.json("import", world.path("all.json"))), (0, 0, [], 0))


@case
def a_comment_is_only_added(world):
    hub = stocked(world)
    hub.run("export", "-o", "c.jsonl", "--kind", "comment")
    with open(world.path("c.jsonl"), encoding="utf-8") as f:
        rows = [json.loads(line) for line in f]
    changed = [dict(r, text="Something else") if r["on"] == hub.first else r for r in rows]
    world.write("c.jsonl", "".join(json.dumps(r) + "\n" for r in changed))
    problems = hub.run("import", "c.jsonl", "--json", code=4).json()["problems"]
    same(len(problems), 1)
    has(problems[0]["message"], "comments are only added")
    events = hub.status()["events"]
    hub.run("export", "--format", "taskwarrior", "-o", "t.json")
    with open(world.path("t.json"), encoding="utf-8") as f:
        tasks = json.load(f)
    for task in tasks:
        if task["headwayid"] == hub.first:
            task["annotations"].append({"entry": "20300101T000000Z", "description": "Said in Taskwarrior"})
    world.write("t.json", json.dumps(tasks))
    for new in (1, 0):
        same(outcome(hub.json("import", "t.json")), (0, new, [], 0))
    same(sorted(r["text"] for r in hub.records("comment") if r["on"] == hub.first),
         ["First: спасибо, شكرا; and\na second line", "Said in Taskwarrior"])
    same(hub.status()["events"], events + 1)


@case
def several_groups_in_one_file_are_asked_about(world):
    hub = world.hub("wg6", "other")
    hub.run("plan", "add", "--group", "wg6", "Workplan", "--code", "p")
    hub.run("plan", "add", "--group", "other", "Else", "--code", "e")
    here, there = hub.add("Here", plan="p"), hub.add("There", plan="e")
    hub.run("export", "-o", "all.jsonl")
    has(hub.run("import", "all.jsonl", code=2).err, "several groups", "--group")
    hub.run("export", "-o", "all.csv")
    has(hub.run("import", "all.csv", code=2).err, "several groups", "--group")
    done = hub.json("import", "all.jsonl", "--group", "other")
    same((done["rows"], outcome(done)), (2, (0, 0, [], 0)))
    has(json.dumps(done["notes"]), "2 rows of other groups are left out")
    same(len({here, there}), 2)


# Taskwarrior

def taskwarrior(world):
    if not shutil.which("task"):
        raise Skip("taskwarrior is not installed")
    home = world.path("task-home")
    os.makedirs(home)
    world.write("task-home/rc", "data.location=%s\nconfirmation=no\nhooks=no\n" % home)

    def task(*args, stdin=None):
        done = subprocess.run(["task", "rc:" + os.path.join(home, "rc")] + list(args), input=stdin, capture_output=True, text=True,
                              env=dict(os.environ, HOME=home, TZ="Asia/Almaty"))
        check(done.returncode == 0, "task", args, done.stderr, done.stdout)
        return done.stdout
    return task


@case
def tasks_of_others_become_items_once(world):
    task = taskwarrior(world)
    hub = world.hub("wg6")
    task("add", "project:Wells", "due:2024-11-12", "priority:H", "+water", "Survey: the \"wells\" in Аральск")
    task("1", "annotate", "Asked the ministry")
    task("add", "wait:2099-01-01", "Later")
    task("add", "Done one")
    task("3", "done")
    task("add", "Not any more")
    task("rc.confirmation=no", "description:Not any more", "delete")
    world.write("tasks.json", task("export"))
    done = hub.json("import", "tasks.json", "--plan", "new:Tasks")
    same((done["new"], done["problems"], done["lossless"]), (4, [], True))
    found = {r["title"]: r for r in hub.records("item")}
    first = found["Survey: the \"wells\" in Аральск"]
    same((first["status"], first["themes"]), ("not started", ["Wells", "water"]))
    same((first["deadline"]["edtf"] or "")[:7], "2024-11")
    same((found["Done one"]["status"], found["Not any more"]["status"], found["Later"]["status"]),
         ("completed", "cancelled", "not started"))
    check(found["Done one"]["completed_on"]["edtf"], found["Done one"])
    has(first["source"], "priority: H", "urgency", "uuid", "due: 20241111T")
    same([r["text"] for r in hub.records("comment")], ["Asked the ministry"])
    events = hub.status()["events"]
    same(outcome(hub.json("import", "tasks.json", "--plan", "Tasks")), (0, 0, [], 0))
    lines = "\n".join(json.dumps(t) + "," for t in json.loads(open(world.path("tasks.json")).read()))
    world.write("tasks.json", lines)
    same(outcome(hub.json("import", "tasks.json", "--plan", "Tasks")), (0, 0, [], 0), "one object a line")
    same(hub.status()["events"], events)


@case
def what_people_do_in_taskwarrior_comes_back(world):
    task = taskwarrior(world)
    hub = stocked(world)
    hub.run("export", "--format", "taskwarrior", "-o", "out.json")
    task("import", world.path("out.json"))
    world.write("back.json", task("export"))
    before, events = hub.export(), hub.status()["events"]
    same(outcome(hub.json("import", "back.json")), (0, 0, [], 0), "Taskwarrior kept everything")
    same((hub.export(), hub.status()["events"]), (before, events))
    was = items(hub)
    uuid = {t["headwayid"]: t["uuid"] for t in json.loads(task("export"))}
    task(uuid[hub.other], "done")
    task(uuid[hub.arabic], "modify", "due:2025-04-05", "+urgent")
    world.write("back.json", task("export"))
    same(outcome(hub.json("import", "back.json")), (0, 2, [], 0))
    now = items(hub)
    same(moved(was, now), {hub.other: {"status", "completed_on"}, hub.arabic: {"deadline", "themes"}})
    same((now[hub.other]["status"], now[hub.arabic]["themes"]), ("completed", ["urgent"]))


@case
def damaged_json_has_one_clear_error_with_its_place(world):
    hub = world.hub("wg6")
    good = '{"kind":"item","id":"n17gtxa1m382s36v","group":"wg6","title":"Да"}'
    for text, parts in (('[\n%s,\n{"kind":"item",\n "id" 7}]' % good, ("line 4", "column 7")),
                        ("[%s" % good, ("line 1", "cut short")),
                        (good + '\n{"kind":"item","id":"x', ("line 2",)),
                        ('[%s]\n[]' % good, ("line 2", "column 1")),
                        ('[{"kind":"item","id":"%s"}]' % ("x" * 1100000), ("larger than 1 MiB",)),
                        ('{"a":%s}' % ("[" * 40 + "]" * 40), ("nested more than 16",)),
                        ('{"a":%s' % ("[" * 500000), ("nested",)),
                        ('[{"name":"Wells","done":true}]', ("no record of Headway and no task", "CSV")),
                        ("[]", ("no record",)),
                        (good + '\n{"uuid":"1","description":"x","status":"pending"}', ("line 2", "a task among records")),
                        ('{"kind":"item","id":"a","id":"b"}', ("line 1", "duplicate"))):
        world.write("bad.json", text)
        done = hub.run("import", "bad.json", code=None)
        check(done.code in (1, 2), done)
        has(done.err, *parts)
        same(len(done.err.strip().splitlines()), 1, done.err)
    same(hub.records("item"), [])


@case
def a_file_without_hashes_is_a_record_all_the_same(world):
    hub = stocked(world)
    hub.run("export", "--outside", "-o", "outside.jsonl")
    before = hub.export()
    done = hub.json("import", "outside.jsonl")
    same(outcome(done), (0, 0, [], 0))
    same(hub.export(), before)


main()
