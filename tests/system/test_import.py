"""test_import.py: files as offices have them become records, once."""
import glob
import json
import os
import shutil

from harness import SAMPLES, SHARED, Skip, case, check, has, main, same

TRACKER, BROKEN = os.path.join(SAMPLES, "tracker.txt"), os.path.join(SAMPLES, "broken.csv")
COUNTS = ("rows", "new", "changed", "same")


def hub_alone(world):
    return world.hub("gtg-eca")


def counts(summary):
    return tuple(summary[key] for key in COUNTS)


@case
def the_tracker_is_read_whole(world):
    hub = hub_alone(world)
    done = hub.json("import", TRACKER, "--group", "gtg-eca")
    same(counts(done), (8, 8, 0, 0))
    same((done["problems"], done["lossless"], done["records"]["item"]), ([], True, 8))
    items = hub.json("list")
    same(len(items), 8)
    same(sorted(i["countries"][0] for i in items), ["KAZ"] * 4 + ["TJK"] * 2 + ["TKM"] * 2)
    same(sorted(i["status"] for i in items), ["completed"] * 7 + ["no longer applicable"])
    same({i["deadline"]["edtf"] for i in items}, {"2018-12", "2018-06", "2018-04"})
    check(all(i["responsible"] for i in items), "an item has nobody responsible")
    drill = [i for i in items if i["title"].startswith("Bring more agencies")][0]
    comments = hub.json("show", drill["id"])["comments"]
    same("\n".join(c["text"] for c in comments), "Nine agencies take part, four of them for the first time.\n"
         "The drill in Almaty was run “by the book”, and its notes were sent round.\n\n"
         "A second drill is planned with the railways’ own staff")


@case
def the_same_file_again_changes_nothing(world):
    hub = hub_alone(world)
    hub.run("import", TRACKER, "--group", "gtg-eca")
    before, events = hub.export(), hub.status()["events"]
    same(counts(hub.json("import", TRACKER, "--group", "gtg-eca")), (8, 0, 0, 8))
    same(hub.export(), before)
    same(hub.status()["events"], events, "events were written although nothing changed")


@case
def a_changed_row_changes_its_record_alone(world):
    hub = hub_alone(world)
    hub.run("import", TRACKER, "--group", "gtg-eca")
    text = open(TRACKER, encoding="utf-8").read()
    check(text.count("2018/06") == 1)
    path = world.write("tracker.txt", text.replace("2018/06", "2019/07"))
    same(counts(hub.json("import", path, "--group", "gtg-eca")), (8, 0, 1, 7))
    same(sorted(i["deadline"]["edtf"] for i in hub.json("list"))[-1], "2019-07")
    same(len(hub.json("list")), 8)


@case
def two_offices_import_the_same_file_while_both_are_offline(world):
    hub = hub_alone(world)
    kaz, tkm = world.office(hub, "KAZ", "gtg-eca:coordinator"), world.office(hub, "TKM", "gtg-eca:coordinator")
    kaz.cut()
    tkm.cut()
    for office in (kaz, tkm):
        same(counts(office.json("import", TRACKER, "--group", "gtg-eca")), (8, 8, 0, 0))
    kaz.heal()
    tkm.heal()
    world.converge(kaz, tkm)
    for node in (hub, kaz, tkm):
        same(len(node.json("list")), 8, node.name)
        same(len(node.json("plan", "list")), 1, node.name)
        same(node.json("conflicts"), [], node.name)
    same(kaz.export(), tkm.export())
    for item in kaz.json("list"):
        texts = [c["text"] for c in kaz.json("show", item["id"])["comments"]]
        same(len(texts), len(set(texts)), "a comment came twice")


@case
def a_file_with_bad_rows_imports_nothing(world):
    hub = hub_alone(world)
    before = hub.export()
    refused = hub.run("import", BROKEN, "--group", "gtg-eca", "--json", code=4)
    done = json.loads(refused.out)
    same(len(done["problems"]), 3)
    same(done["rows"], done["new"] + done["changed"] + done["same"] + 3)
    for problem in done["problems"]:
        check(problem["row"] > 0 and problem["line"] > 1 and problem["column"] and problem["message"], problem)
    same([p["line"] for p in done["problems"]], [3, 4, 5])
    same(hub.export(), before, "something was imported")
    same(hub.json("plan", "list"), [])
    shown = hub.run("import", BROKEN, "--group", "gtg-eca", code=4)
    has(shown.out + shown.err, "--skip-bad", "nothing", "Responsible")


@case
def skip_bad_imports_the_good_rows(world):
    hub = hub_alone(world)
    done = hub.json("import", BROKEN, "--group", "gtg-eca", "--skip-bad")
    same((done["new"], len(done["problems"])), (1, 3))
    same([i["title"] for i in hub.json("list")], ["Clean the wells"])


@case
def a_dry_run_writes_nothing_and_says_so(world):
    hub = hub_alone(world)
    before, events = hub.export(), hub.status()["events"]
    has(hub.run("import", TRACKER, "--group", "gtg-eca", "--dry-run").out, "8 rows: 8 new", "TAJ", "Nothing was written")
    same(counts(hub.json("import", TRACKER, "--group", "gtg-eca", "--dry-run")), (8, 8, 0, 0))
    same((hub.export(), hub.status()["events"]), (before, events))


@case
def plans_in_other_tongues_and_separators_are_read(world):
    hub = hub_alone(world)
    hub.run("plan", "add", "--group", "gtg-eca", "Both", "--code", "both")
    # Each row of workplan.tsv has a deliverable, which becomes a record of its own.
    for name, items in (("plan-fr.csv", 4), ("plan-es.csv", 4), ("workplan.tsv", 10)):
        done = hub.json("import", os.path.join(SAMPLES, name), "--plan", "both")
        same((done["records"]["item"], done["new"], done["problems"]), (items, done["rows"], []), name)
    statuses = [i["status"] for i in hub.json("list")]
    check(set(statuses) >= {"completed", "in progress", "not started", "on hold"}, statuses)


@case
def references_become_codes_and_keep_their_spelling(world):
    hub = hub_alone(world)
    path = world.write("refs.csv", "Action,References\nDig,SDG 6.1\n"
                       "Fill,\"SDGs 6.1, 6.2\"\nPlant,SDG:15.2\nTrain,ILO Convention n° 142 and the school act\n"
                       "Teach,Plan of the ministry\n")
    hub.json("import", path, "--group", "gtg-eca")
    got = {i["title"]: i for i in hub.records("item")}
    same({t: sorted(i["references"]) for t, i in got.items()},
         {"Dig": ["SDG:6.1"], "Fill": ["SDG:6.1", "SDG:6.2"], "Plant": ["SDG:15.2"],
          "Train": ["ILO Convention n° 142 and the school act", "ILO:C142"], "Teach": ["Plan of the ministry"]})
    has(got["Dig"]["source"], "SDG 6.1")
    has(got["Fill"]["source"], "SDGs 6.1", "6.2")
    check("SDG:15.2" not in got["Plant"]["source"], "nothing was respelt")
    same(counts(hub.json("import", path, "--group", "gtg-eca")), (5, 0, 0, 5))
    hub.run("set", got["Teach"]["id"], "references+=WHA Resolutions 61.17 and 70.15,SDG 3,4")
    same(sorted(hub.value(got["Teach"]["id"], "references")),
         ["Plan of the ministry", "SDG:3", "SDG:4", "WHA:61.17", "WHA:70.15"])
    hub.run("set", got["Teach"]["id"], "references-=sdg 3,WHA 70.15,plan of the ministry")
    same(sorted(hub.value(got["Teach"]["id"], "references")), ["SDG:4", "WHA:61.17"])


@case
def an_edit_made_since_is_not_undone_by_the_same_file(world):
    hub = hub_alone(world)
    hub.run("import", TRACKER, "--group", "gtg-eca")
    item = [i for i in hub.json("list") if i["title"].startswith("Host the autumn")][0]["id"]
    hub.run("set", item, "status=completed")
    hub.run("import", TRACKER, "--group", "gtg-eca", code=None)
    same(hub.value(item, "status"), "completed", "an old file took back a newer edit")


WELLS = """Action,Responsible,Deadline,Status
Dig the northern well,Water Board,2019-05,Planned
Dig the southern well,Water Board,2019-06,Planned
Train the pump keepers,Red Crescent,2019-07,Planned
"""


def wells(world, text=WELLS):
    return world.write("wells.csv", text)


def item(node, word):
    found = [i for i in node.json("list") if word in i["title"]]
    same(len(found), 1, word)
    return found[0]


@case
def what_the_file_and_people_both_changed_is_a_conflict(world):
    hub = hub_alone(world)
    hub.run("import", wells(world), "--group", "gtg-eca")
    hub.run("set", item(hub, "northern")["id"], "deadline=2019-09")
    changed = wells(world, WELLS.replace("2019-05", "2019-08").replace("Red Crescent", "Blue Cross"))
    done = hub.run("import", changed, "--group", "gtg-eca", code=0)
    has(done.out, "1 field changed both here and in the file", "headway conflicts")
    conflicts = hub.json("conflicts")
    same([(c["field"], len(c["heads"])) for c in conflicts], [("deadline", 2)])
    same(item(hub, "pump")["responsible"], ["Blue Cross"], "what only the file changed was not written")
    same(counts(hub.json("import", changed, "--group", "gtg-eca")), (3, 0, 0, 3))
    hub.run("undo")
    same(hub.json("conflicts"), [], "the import is one change, and undo takes it back")
    same(item(hub, "northern")["deadline"]["edtf"], "2019-09")


@case
def a_retitled_row_is_its_old_record_at_both_offices(world):
    hub = hub_alone(world)
    kaz, tkm = world.office(hub, "KAZ", "gtg-eca:coordinator"), world.office(hub, "TKM", "gtg-eca:coordinator")
    kaz.run("import", wells(world), "--group", "gtg-eca")
    world.converge(kaz, tkm)
    old = item(kaz, "northern")["id"]
    edited = wells(world, WELLS.replace("northern well", "northern well and line it"))
    for office in (kaz, tkm):
        office.cut()
        same(counts(office.json("import", edited, "--group", "gtg-eca")), (3, 0, 1, 2), office.name)
    for office in (kaz, tkm):
        office.heal()
    world.converge(kaz, tkm)
    for node in (hub, kaz, tkm):
        same(item(node, "line it")["id"], old, node.name)
        same((len(node.json("list")), node.json("conflicts")), (3, []), node.name)
    same(counts(kaz.json("import", edited, "--group", "gtg-eca")), (3, 0, 0, 3))


@case
def rows_that_left_the_file_are_put_away_when_told(world):
    hub = hub_alone(world)
    hub.run("import", wells(world), "--group", "gtg-eca")
    hub.run("set", item(hub, "pump")["id"], "status=completed")
    short = wells(world, "\n".join(WELLS.split("\n")[:2]) + "\n")
    told = hub.run("import", short, "--group", "gtg-eca")
    has(told.out, "2 items of the last import of this file are not in it any more", "--archive-missing")
    same(len(hub.json("list")), 3)
    has(hub.run("import", short, "--group", "gtg-eca", "--archive-missing", "--dry-run").out, "1 item no longer in the file would be")
    same(len(hub.json("list")), 3)
    done = hub.run("import", short, "--group", "gtg-eca", "--archive-missing")
    has(done.out, "1 item no longer in the file was put away", "Left as it is", "pump keepers", "changed here")
    same(sorted(i["title"] for i in hub.json("list")), ["Dig the northern well", "Train the pump keepers"])
    hub.run("import", wells(world), "--group", "gtg-eca")
    same(len(hub.json("list")), 3, "a row that came back is not there")


@case
def a_mapping_is_used_again_for_the_next_file_of_its_group(world):
    hub = hub_alone(world)
    odd = WELLS.replace("Responsible", "In whose hands")
    hub.run("import", world.write("first.csv", odd), "--group", "gtg-eca", "--map", "In whose hands=responsible")
    told = hub.run("import", world.write("second.csv", odd), "--group", "gtg-eca")
    has(told.out, "As at the last import", "in whose hands", "responsible")
    done = [i for i in hub.json("list") if i["responsible"]]
    same(len(done), 6)
    # What is typed now counts more.
    hub.run("import", world.write("third.csv", odd), "--group", "gtg-eca", "--map", "In whose hands=themes")
    same(len([i for i in hub.json("list") if hub.json("show", i["id"]).get("themes")]), 3)


@case
def rows_that_an_office_may_not_write_are_problems(world):
    hub = hub_alone(world)
    kaz, eye = world.office(hub, "KAZ", "gtg-eca:contributor:KAZ"), world.office(hub, "EYE", "gtg-eca:reader")
    refused = kaz.run("import", TRACKER, "--group", "gtg-eca", "--json", code=4)
    problems = json.loads(refused.out)["problems"]
    same(len(problems), 4)
    for problem in problems:
        has(problem["message"], "KAZ may not write records of T", "headquarters")
    same(kaz.json("list"), [])
    same(counts(kaz.json("import", TRACKER, "--group", "gtg-eca", "--skip-bad")), (8, 4, 0, 0))
    refused = eye.run("import", wells(world), "--group", "gtg-eca", "--json", code=4)
    same(len(json.loads(refused.out)["problems"]), 3)
    eye.run("import", wells(world), "--group", "gtg-eca", "--skip-bad", code=0)
    same(eye.status()["pending"], 0, "a reader wrote something")


@case
def a_file_that_is_none_is_refused_kindly(world):
    hub = hub_alone(world)
    for name, text in (("noise.csv", os.urandom(5000)), ("empty.csv", b""), ("one.csv", b"\n\n\n"), ("nul.csv", b"Action\0x\n1\n")):
        refused = hub.run("import", world.write(name, text), "--group", "gtg-eca", code=None)
        check(refused.code in (1, 2, 4), name, refused)
        check(refused.err.strip(), name, "no word of why")
    absent = hub.run("import", world.path("absent.csv"), "--group", "gtg-eca", code=None)
    check(absent.code in (1, 3), absent)
    same(hub.json("list"), [])
    near = hub.run("import", TRACKER, "--group", "gtg-eci", code=3)
    has(near.err, "gtg-eca")


@case
def an_outline_gives_records_of_every_kind_once(world):
    hub = hub_alone(world)
    path = os.path.join(SAMPLES, "outline-slides.txt")
    seen = hub.run("import", path, "--group", "gtg-eca", "--dry-run")
    has(seen.out, "Please look at line 9", "12 items", "3 participations", "1 group")
    done = hub.json("import", path, "--group", "gtg-eca")
    same((done["problems"], done["lossless"]), ([], True))
    same(done["records"], {"group": 1, "participation": 3, "item": 12, "resource": 4, "meeting": 2})
    check({"line": 15, "text": "the number 5 inside the text is read as that of the slide"} in done["notes"], done["notes"])
    records = hub.records()
    since = {r["country"]: r["since"] and r["since"]["edtf"] for r in records if r["kind"] == "participation"}
    same(since, {"BWA": "2021-10/..", "PER": "2022-02/..", "JOR": None})
    same({r["date"]["edtf"] for r in records if r["kind"] == "meeting"}, {"2021-11", "2022-03"})
    lamps = [i for i in hub.json("list") if i["title"].startswith("Convene")][0]
    same((lamps["type"], lamps["countries"], lamps["deadline"]["edtf"]), ("next step", ["PER"], "../2024-06"))
    same(hub.json("group", "show", "gtg-eca")["group_kind"], "network")
    before, events = hub.export(), hub.status()["events"]
    again = hub.json("import", path, "--group", "gtg-eca")
    same((again["new"], again["changed"]), (0, 0))
    same((hub.export(), hub.status()["events"]), (before, events))


@case
def the_first_users_outlines_are_read_as_they_are(world):
    wanted = {"000": {"group": 1, "item": 10}, "003": {"group": 1, "item": 18, "resource": 1},
              "004": {"group": 1, "participation": 7, "item": 33, "resource": 4, "meeting": 5}}
    hub = world.hub(*["group-" + number for number in wanted])
    for number, records in wanted.items():
        found = glob.glob(os.path.join(SHARED, "seeds", number + "_*"))
        if not found:
            raise Skip("no ../shared/seeds/%s_* on this machine" % number)
        done = hub.json("import", found[0], "--group", "group-" + number)
        same((done["records"], done["problems"], done["lossless"]), (records, [], True), number)
        again = hub.json("import", found[0], "--group", "group-" + number)
        same((again["new"], again["changed"]), (0, 0), number)


@case
def the_first_users_own_tracker_is_read_as_it_is(world):
    found = glob.glob(os.path.join(SHARED, "seeds", "002_*"))
    if not found:
        raise Skip("no ../shared/seeds/002_* on this machine")
    hub = hub_alone(world)
    path = world.path("seed.txt")
    shutil.copyfile(found[0], path)
    done = hub.json("import", path, "--group", "gtg-eca")
    same(counts(done), (8, 8, 0, 0))
    items = hub.json("list")
    same(sorted(i["status"] for i in items), ["completed"] * 7 + ["no longer applicable"])
    countries = {c for i in items for c in i["countries"]}
    check("TJK" in countries and "TAJ" not in countries, countries)
    check(all(i["responsible"] and i["deadline"]["edtf"] for i in items))
    text = open(path, encoding="utf-8-sig").read()
    squeezed = "".join(text.split())
    length = 0
    for item in items:
        check("".join(item["title"].split()) in squeezed, "a title that is not in the file:", item["title"])
        for comment in hub.json("show", item["id"])["comments"]:
            for paragraph in comment["text"].split("\n"):
                check(paragraph in text, "a paragraph that is not in the file byte by byte:", paragraph)
                length += len(paragraph)
    # The comments are most of that document: a lost paragraph would show.
    check(length > len(text) * 0.4, "comments have %d of %d characters" % (length, len(text)))
    same(counts(hub.json("import", path, "--group", "gtg-eca")), (8, 0, 0, 8))


@case
def a_group_that_has_a_name_is_not_renamed_by_a_page(world):
    hub = hub_alone(world)
    hub.run("group", "add", "roads", "--name", "The roads group")
    page = world.write("page.txt", "Network on safe roads\nThe purpose of the network is to make roads safe.\n"
                                   "Services\n• Advice to cities\n• Training of engineers\n")
    hub.run("import", page, "--group", "roads")
    group = [g for g in hub.json("group", "list") if g["code"] == "roads"][0]
    same(group["name"], "The roads group")
    has(hub.json("group", "show", "roads")["purpose"], "make roads safe")
    same(hub.json("conflicts"), [])
    same(counts(hub.json("import", page, "--group", "roads")), (3, 0, 0, 3))


@case
def an_import_after_its_undo_brings_its_plan_back(world):
    hub = hub_alone(world)
    hub.run("import", TRACKER, "--group", "gtg-eca")
    total = hub.json("report")["total"]["total"]
    hub.run("undo", "--yes")
    same(hub.json("report")["total"]["total"], 0)
    hub.run("import", TRACKER, "--group", "gtg-eca")
    same(hub.json("report")["total"]["total"], total)


@case
def the_first_users_workplan_is_read_as_it_is(world):
    found = glob.glob(os.path.join(SHARED, "seeds", "001_*"))
    if not found:
        raise Skip("no ../shared/seeds/001_* on this machine")
    hub = world.hub("wg6")
    done = hub.json("import", found[0], "--group", "wg6")
    same((done["records"], done["problems"], done["lossless"]), ({"member": 17, "plan": 1, "item": 28}, [], True))
    records = [json.loads(line) for line in hub.export().splitlines()]
    members = [(r["role"], r["organisation"], r["state"]) for r in records if r["kind"] == "member"]
    same(sorted(m for m in members if m[0] == "lead"), [("lead", "UN-Habitat", "proposed"), ("lead", "WHO", None)])
    same(sum(m[0] == "member" for m in members), 11)
    same(sum(m[0] == "contact" for m in members), 4)
    same([p["state"] for p in records if p["kind"] == "plan"], ["draft"])
    items = [r for r in records if r["kind"] == "item"]
    ids = {r["id"]: r for r in items}
    number = lambda r: ids[r["parent"]]["number"] if r["parent"] else None
    same({t: sum(r["type"] == t for r in items) for t in {r["type"] for r in items}},
         {"priority": 3, "activity": 11, "deliverable": 10, "engagement": 3, "resource need": 1})
    same(sorted(r["number"] for r in items if r["type"] == "priority"), ["1)", "2)", "3)"])
    same(sorted((number(r), r["number"]) for r in items if r["type"] == "activity"),
         sorted([("1)", "1.%d" % n) for n in range(1, 5)] + [("2)", "2.1"), ("2)", "2.2"), ("3)", "3.1"), ("3)", "3.2"),
                 ("3)", "3.3."), ("3)", "3.4"), ("3)", "3.5")]))
    # Two dates for the two deliverables of 1.4, and the date of its activity for each of the others.
    same(sorted((number(r), r["deadline"]["edtf"]) for r in items if r["type"] == "deliverable"),
         [("1.1", "2019-11-12"), ("1.2", "2019-11-25"), ("1.3", "2019-12-03"), ("1.4", "2019-12-16"), ("1.4", "2020-02~"),
          ("2.1", "2020-02"), ("3.1", "2020-03"), ("3.2", "2020-04"), ("3.4", "2020-05/2020-06"), ("3.5", "2020-07")])
    first = [r for r in items if r["number"] == "1)"][0]["references"]
    check({"SDG:3", "SDG:10.7", "GCM:15", "WHA:61.17", "WHA:70.15"} <= set(first), first)
    again = hub.json("import", found[0], "--group", "wg6")
    same((again["new"], again["changed"]), (0, 0))


main()
