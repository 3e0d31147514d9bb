"""test_lint.py: advice on what was written. Every rule has a record that it finds and one that it leaves alone; every
command that is offered is typed as it stands, and settles what it was offered for."""
import json
import os
import shlex
import sqlite3
import subprocess

from harness import HEADWAY, Failed, case, check, has, main, same

DAY_MS = 86400000
# Nothing to say about these words: a date that is far, somebody who does it.
FINE = ("deadline=2150", "responsible=Ministry of Health")


def found(node, *filters):
    return node.json("lint", *filters)


def rules_of(node, record):
    return [f["rule"] for f in found(node) if f["id"] == record]


def one(node, record, rule):
    """The only finding of a rule about a record."""
    findings = [f for f in found(node) if (f["id"], f["rule"]) == (record, rule)]
    same(len(findings), 1, "%s: %s" % (rule, found(node)))
    same(set(findings[0]) >= {"id", "rule", "message", "fix"}, True)
    return findings[0]


def type_in(node, command):
    """A shell reads the command, as it would at a person's keyboard."""
    folder = os.path.dirname(HEADWAY)
    environment = dict(node.world.environment, HEADWAY_HOME=node.home, PATH=folder + ":" + os.environ["PATH"])
    done = subprocess.run(["sh", "-c", command], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed("%s -> %d\n%s%s" % (command, done.returncode, done.stdout, done.stderr))


def settles(node, record, rule, *others):
    """The rule finds the record and none of the others; its command, typed, ends that."""
    finding = one(node, record, rule)
    for other in others:
        check(rule not in rules_of(node, other), rule, "is said of", node.value(other, "title"))
    type_in(node, finding["fix"])
    check(rule not in rules_of(node, record), "still there after", finding["fix"])
    return finding


def plan(world):
    hub = world.hub("wg")
    hub.run("plan", "add", "--group", "wg", "Plan of works", "--code", "p")
    return hub


def add(hub, title, *fields, **how):
    return hub.add(title, *FINE, *fields, plan="p", **how)


@case
def a_sound_record_is_left_alone(world):
    hub = plan(world)
    add(hub, "Repair the pumps", "status=in-progress")
    add(hub, "Health of mothers", kind="objective")
    hub.add("Water for all", plan="p", kind="priority")
    add(hub, "Survey the wells", "status=completed", "completed_on=2024-05-02")
    add(hub, "Close the camp", "status=cancelled", "reason=The people went home")
    done = hub.run("lint")
    same((done.out, done.code), ("", 0))
    has(done.err, "Nothing to say")
    same(found(hub), [])


@case
def a_child_due_after_its_parent(world):
    hub = plan(world)
    top = hub.add("Train the staff", "deadline=2150-03", "responsible=A", plan="p")
    late = hub.add("Print the manual", "deadline=2150-04-01", "responsible=A", "parent=" + top, plan="p")
    same_month = hub.add("Choose the trainers", "deadline=2150-03-31", "responsible=A", "parent=" + top, plan="p")
    has(settles(hub, late, "child after parent", same_month, top)["message"], "2150-04-01", "Train the staff")


@case
def completed_although_a_comment_says_otherwise(world):
    hub = plan(world)
    sayings = ("The report is still pending at the ministry", "La signature est en attente", "Aún no se firmó el acta",
               "A assinatura está pendente", "Подпись ожидается в мае", "التوقيع قيد الانتظار", "Қол қою күтілуде")
    bad = [add(hub, "Report %d" % n, "status=completed", "completed_on=2024") for n in range(len(sayings))]
    good = add(hub, "Report", "status=completed", "completed_on=2024")
    hub.run("comment", good, "Nothing is pending any more; spending went as planned")
    working = add(hub, "Draft", "status=in progress")
    hub.run("comment", working, "Pending")
    for record, text in zip(bad, sayings):
        hub.run("comment", record, text)
        has(settles(hub, record, "completed but pending", good, working)["message"], text)
        same((hub.value(record, "status"), hub.value(record, "completed_on")), ("in progress", None))
    long = add(hub, "Law", "status=completed", "completed_on=2024")
    hub.run("comment", long, "The draft of 12.05.2024 was " + "read and " * 30 + "sent on. Its signature is pending. All are told")
    has(settles(hub, long, "completed but pending")["message"], "comment says: Its signature is pending")


@case
def completed_without_a_date(world):
    hub = plan(world)
    bad, good = add(hub, "Dig", "status=done"), add(hub, "Fill", "status=done", "completed_on=March 2024")
    settles(hub, bad, "completed without date", good)
    check(hub.value(bad, "completed_on")["edtf"] is not None)


@case
def overdue(world):
    hub = plan(world)
    late = hub.add("It's late: \"dig\"", "deadline=2016-12", "responsible=A", plan="p")
    done = hub.add("Dig", "deadline=2016-12", "responsible=A", "status=done", "completed_on=2016", plan="p")
    has(settles(hub, late, "overdue", done)["message"], "2016-12")


@case
def no_date(world):
    hub = plan(world)
    bad = hub.add("Dig", "responsible=A", plan="p")
    undecided = hub.add("Fill", "responsible=A", "deadline=TBD", plan="p")
    steady = hub.add("Water the trees", "responsible=A", "deadline=ongoing", plan="p")
    goal = hub.add("Water for all", plan="p", kind="objective")
    top = hub.add("Train", "deadline=2150", "responsible=A", plan="p")
    below = hub.add("Manual", "responsible=A", "parent=" + top, plan="p", kind="deliverable")
    settles(hub, bad, "no date", steady, goal, below)
    settles(hub, undecided, "no date", steady)


@case
def a_date_is_proposed_from_the_plan(world):
    hub = world.hub("wg")
    hub.run("plan", "add", "--group", "wg", "Long", "--code", "p", "--period", "2149-2150")
    bad = hub.add("Dig", "responsible=A", plan="p")
    has(one(hub, bad, "no date")["fix"], "deadline=2150-12-31")


@case
def nobody_responsible(world):
    hub = plan(world)
    bad = hub.add("Dig", "deadline=2150", plan="p")
    goal = hub.add("Water for all", plan="p", kind="objective")
    good = add(hub, "Fill")
    settles(hub, bad, "no responsible", good, goal)


@case
def given_up_without_a_reason(world):
    hub = plan(world)
    bad, told = add(hub, "Dig", "status=cancelled"), add(hub, "Fill", "status=no longer applicable")
    good = add(hub, "Plant", "status=cancelled", "reason=No seeds")
    hub.run("comment", told, "The river's course was moved\nby the flood")
    settles(hub, bad, "no reason", good)
    settles(hub, told, "no reason", good)
    same(hub.value(told, "reason"), "The river's course was moved by the flood")


def imported(world, hub, text, *more):
    hub.run("import", world.write("rows.csv", text), "--plan", "p", *more)
    return {i["title"]: i["id"] for i in hub.json("list")}


@case
def a_date_that_cannot_be_read(world):
    hub = plan(world)
    ids = imported(world, hub, "Action,Deadline,Responsible\nDig,after the harvest,A\nFill,05/06/2150,A\nPlant,2150,A\n")
    settles(hub, ids["Dig"], "unreadable date", ids["Plant"])
    same([c["text"] for c in hub.json("show", ids["Dig"])["comments"]], ["deadline was written: after the harvest"])
    has(settles(hub, ids["Fill"], "unreadable date", ids["Plant"])["message"], "two ways")
    same(hub.value(ids["Fill"], "deadline")["edtf"], "2150-06-05")


@case
def a_country_that_is_none(world):
    hub = plan(world)
    code, name, both = add(hub, "QZX: Dig"), add(hub, "Turkmenitsan: Fill"), add(hub, "KAZ/QZX: Plant")
    good = [add(hub, t) for t in ("WHO: Test the water", "KAZ: Sow", "Note: read this", "Step 1: begin", "ILO: Count")]
    settles(hub, code, "unknown country", *good)
    same(hub.value(code, "title"), "Dig")
    settles(hub, name, "unknown country")
    same((hub.value(name, "title"), hub.value(name, "countries")), ("Fill", ["TKM"]))
    settles(hub, both, "unknown country")
    check("KAZ" in hub.value(both, "countries"))


@case
def a_country_of_the_file_that_is_none(world):
    hub = plan(world)
    ids = imported(world, hub, "Action,Country,Responsible,Deadline\nDig,Atlantis,A,2150\nFill,Turkmenitsan,A,2150\n"
                   "Plant,Europe,A,2150\n")
    settles(hub, ids["Fill"], "unknown country", ids["Plant"])
    same(hub.value(ids["Fill"], "countries"), ["TKM"])
    type_in(hub, one(hub, ids["Dig"], "unknown country")["fix"])
    hub.run("set", hub.json("office", "show", "HQ")["id"], "countries=KAZ")
    settles(hub, ids["Dig"], "unknown country")
    same(hub.value(ids["Dig"], "countries"), ["KAZ"])


@case
def many_findings_are_counted_for_people(world):
    hub = plan(world)
    hub.run("import", world.write("rows.csv", "Action,Deadline\n" + "".join("Dig %d,2150\n" % n for n in range(25))),
            "--plan", "p")
    done = hub.run("lint")
    has(done.out, "No responsible (25)", "5 more")
    same(len([line for line in done.out.splitlines() if "headway set" in line]), 20)
    same([f["message"] for f in found(hub)][1:3], ['"Dig 1" has nobody responsible', '"Dig 2" has nobody responsible'])
    same(len(hub.run("lint", "--plain").out.splitlines()), 25)


@case
def placeholders(world):
    hub = plan(world)
    bad = {add(hub, "Workshops in XX countries"): "Workshops in countries",
           add(hub, "Print (?) the manual"): "Print the manual",
           add(hub, "Venue: TBD"): "Venue",
           add(hub, "Lieu à définir, avec le ministère"): "Lieu, avec le ministère",
           add(hub, "Meet ХХ leaders"): "Meet leaders",
           add(hub, "Hire ___ drivers"): "Hire drivers",
           add(hub, "[insert title] of the training"): "of the training"}
    empty = add(hub, "TBC")
    who = hub.add("Dig", "deadline=2150", "responsible=WHO,UNICEF (?)", plan="p")
    good = [add(hub, t) for t in ("Why is it dry?", "Box XXL", "Exxon", "Print TBDs", "Louis XIV", "Xx the dog")]
    for record, title in bad.items():
        settles(hub, record, "placeholder", *good)
        same(hub.value(record, "title"), title)
    settles(hub, who, "placeholder")
    same(sorted(hub.value(who, "responsible")), ["UNICEF", "WHO"])
    type_in(hub, one(hub, empty, "placeholder")["fix"])
    same(rules_of(hub, empty), [])


@case
def one_title_twice_in_a_plan(world):
    hub = plan(world)
    hub.run("plan", "add", "--group", "wg", "Other", "--code", "q")
    first, again = add(hub, "Dig the wells", "rank=1"), add(hub, "Dig  the WELLS", "rank=2")
    elsewhere = hub.add("Dig the wells", *FINE, plan="q")
    abroad = add(hub, "Dig the wells", "countries=KAZ")
    below = add(hub, "Dig the wells", "parent=" + first)
    has(settles(hub, again, "duplicate title", first, elsewhere, abroad, below)["fix"], "archive")


@case
def an_office_that_is_silent(world):
    hub = world.hub("wg")
    kaz, tkm = world.office(hub, "KAZ", "wg"), world.office(hub, "TKM", "wg")
    same(found(hub), [])
    for office in (kaz, tkm):
        office.stop()
    hub.stop()
    with sqlite3.connect(os.path.join(hub.home, "headway.db")) as db:  # nobody waits three weeks for a test
        db.execute("UPDATE heard SET heard = heard - ? WHERE office = 'KAZ'", (21 * DAY_MS,))
        db.execute("UPDATE admit SET received = received - ?", (21 * DAY_MS,))
    db.close()
    hub.start()
    findings = found(hub)
    same([f["rule"] for f in findings], ["silent office"])
    has(findings[0]["message"], "KAZ", "21 days", "7 days")
    type_in(hub, findings[0]["fix"])
    hub.run("set", findings[0]["id"], "cadence=30")
    same(found(hub), [], "it is to be heard once a month")


@case
def a_filter_narrows_it_and_an_old_plan_is_left_alone(world):
    hub = plan(world)
    hub.add("Dig", "countries=KAZ", plan="p")
    hub.add("Fill", "countries=TJK", plan="p")
    same({f["message"].split('"')[1] for f in found(hub, "country:KAZ")}, {"Dig"})
    same({f["message"].split('"')[1] for f in found(hub)}, {"Dig", "Fill"})
    hub.run("lint", "colour:blue", code=2)
    hub.run("set", hub.json("plan", "list")[0]["id"], "state=superseded")
    same(found(hub), [])


@case
def a_field_in_conflict_is_not_written_over(world):
    hub = world.hub("wg")
    hub.run("plan", "add", "--group", "wg", "Plan of works", "--code", "p")
    kaz = world.office(hub, "KAZ", "wg:coordinator")
    item = hub.add("Dig", "deadline=2150", "responsible=A", plan="p")
    kaz.sync()
    kaz.cut()
    hub.run("set", item, "deadline=2015")
    kaz.run("set", item, "deadline=2016")
    kaz.heal()
    world.converge(kaz)
    finding = one(hub, item, "overdue")
    same(finding["fix"], "headway conflicts")
    type_in(hub, finding["fix"])


@case
def people_and_programs_read_the_same(world):
    hub = plan(world)
    late = hub.add("Dig\nthe well", "deadline=2016", plan="p")
    findings = found(hub)
    same([f["rule"] for f in findings], ["overdue", "no responsible"])
    lines = hub.run("lint", "--plain").out.splitlines()
    same([line.split("\t")[:2] for line in lines], [["overdue", late], ["no responsible", late]])
    done = hub.run("lint")
    has(done.out, "Overdue (1)", "No responsible (1)", findings[0]["fix"], "Dig the well")
    has(done.err, "2 findings")
    same(json.loads(hub.run("lint", "--json").out), findings)
    has(hub.run("help", "lint").out, "headway lint plan:wg6-2019")
    has(hub.run("completion").out, "lint")


main()
