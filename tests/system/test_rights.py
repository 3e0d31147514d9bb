"""test_rights.py: who may write what, with a real hub and real offices: refused before it is saved, refused on arrival, tried
again, and who gets no byte of what."""
import base64
import os
import pwd
import sqlite3
import subprocess
import threading

from harness import HEADWAY, Failed, Skip, case, check, free_port, has, main, same, wait

PLAN = "wg6-plan"


def alliance(world, *groups):
    """A hub with a plan in each group, and an item in wg6 for KAZ, TKM and for all."""
    hub = world.hub(*(groups or ("wg6",)))
    for group in groups or ("wg6",):
        hub.run("plan", "add", "--group", group, "Plan of " + group, "--code", group + "-plan")
    hub.ours = hub.add("For Kazakhstan", "countries=KAZ", "status=not started", plan=PLAN)
    hub.theirs = hub.add("For Turkmenistan", "countries=TKM", "status=not started", plan=PLAN)
    hub.everybody = hub.add("For everybody", "status=not started", plan=PLAN)
    return hub


def refused(node):
    return node.json("refused")


def reasons(node):
    return sorted((r["field"], r["reason"]) for r in refused(node))


def settle(*offices):
    """Up to the relay, up to headquarters, down everywhere."""
    for _ in range(3):
        for office in offices:
            wait("%s is in step" % office.name, lambda: office.run("sync", "--wait", "5", code=None).code == 0)


def agree(*nodes):
    first = nodes[0].export()
    for node in nodes[1:]:
        same(node.export(), first, "%s and %s differ" % (nodes[0].name, node.name))


# -- before it is saved


@case
def what_is_not_permitted_is_refused_before_it_is_saved(world):
    hub = alliance(world, "wg6", "wg7")
    kaz = world.office(hub, "KAZ", "wg6:contributor:KAZ", "wg7:coordinator")
    eye = world.office(hub, "EYE", "wg6:reader")
    for node, words, parts in (
            (kaz, ("set", hub.theirs, "status=completed"), ("may not write records of TKM in wg6", "comment on it", "headquarters")),
            (kaz, ("set", hub.everybody, "status=completed"), ("only those of KAZ", "headquarters")),
            (kaz, ("set", hub.ours, "countries+=TKM"), ("TKM", "only its own countries")),
            (kaz, ("archive", hub.theirs), ("records of TKM",)),
            (kaz, ("add", "activity", "No country", "--plan", PLAN), ("without a country", "responsible")),
            (kaz, ("add", "activity", "Theirs", "--plan", PLAN, "countries=TKM"), ("records of TKM",)),
            (kaz, ("set", PLAN, "title=Mine"), ("a plan that HQ made",)),
            (eye, ("set", hub.ours, "status=completed"), ("EYE may read wg6 but not write it", "headquarters")),
            (eye, ("comment", hub.ours, "I saw this"), ("may read wg6 but not write it",)),
            (eye, ("add", "activity", "New", "--plan", PLAN), ("may read wg6 but not write it",))):
        said = node.run(*words, code=77)
        has(said.err, *parts)
    same((kaz.status()["pending"], eye.status()["pending"]), (0, 0))
    # What is permitted goes through, and in the other group everything is.
    kaz.run("set", hub.ours, "status=completed", "-m", "done")
    kaz.run("comment", hub.theirs, "A word from next door")
    new = kaz.add("Ours", "countries=KAZ", plan=PLAN)
    led = kaz.add("Led by us", "responsible=KAZ, FAO", plan=PLAN)
    kaz.run("set", led, "status=in progress")
    kaz.run("set", kaz.add("Anything", plan="wg7-plan"), "countries=TKM")
    world.converge(kaz, eye)
    same((refused(kaz), kaz.status()["refused"]), ([], 0))
    for node in (hub, eye):
        same(node.value(hub.ours, "status"), "completed")
        same(node.value(new, "title"), "Ours")
        same(len(node.json("show", hub.theirs)["comments"]), 1)


@case
def a_record_too_large_for_one_event_is_judged_as_a_whole(world):
    hub = alliance(world)
    kaz = world.office(hub, "KAZ", "wg6:contributor:KAZ")
    long = ["title=" + "t" * 3900, "description=" + "d" * 31900, "reason=" + "r" * 3900,
            "references+=" + "a" * 3900, "references+=" + "b" * 3900, "references+=" + "c" * 3900,
            "references+=" + "e" * 3900, "references+=" + "f" * 3900, "references+=" + "g" * 3900]
    wide = kaz.add("Wide", *long, "countries=KAZ", plan=PLAN)
    kaz.sync()
    same(len({r["event"] for r in kaz.json("log", wide)}), 2, "it was to take two events")
    given = ["description=" + "D" * 31900, "reason=" + "R" * 3900] + [w.replace("+=", "-=") for w in long[3:]] + [
        "themes+=" + c * 490 for c in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"]
    kaz.run("set", wide, "countries-=KAZ", *given)
    kaz.sync()
    same(refused(kaz), [])
    same((hub.value(wide, "countries"), hub.value(wide, "references"), len(hub.value(wide, "themes"))), ([], [], 62))
    has(kaz.run("set", wide, "status=completed", code=77).err, "without a country")
    agree(hub, kaz)


# -- on arrival


@case
def each_refusal_on_arrival_puts_back_what_stood_there_and_disturbs_nothing_else(world):
    hub = alliance(world, "wg6", "wg7")
    kaz = world.office(hub, "KAZ", "wg6:coordinator", "wg7:coordinator")
    tkm = world.office(hub, "TKM", "wg6:coordinator")
    both = hub.add("For both", "countries=KAZ,TKM", "themes=water", plan=PLAN)
    clash = hub.add("To be settled", "countries=TKM", plan=PLAN)
    undone = kaz.add("Changed and taken back", "countries=TKM", "status=proposed", plan=PLAN)
    world.converge(kaz, tkm)
    kaz.run("set", undone, "status=on hold")
    kaz.cut()
    kaz.run("set", clash, "reason=ours")
    tkm.run("set", clash, "reason=theirs")
    tkm.sync()
    kaz.heal()
    world.converge(kaz, tkm)
    same(len(kaz.json("conflicts")), 1)
    before = {i: hub.json("show", i) for i in (hub.theirs, hub.everybody, both, clash, undone)}
    kaz.cut()
    hub.run("grant", "KAZ", "wg6:contributor:KAZ")
    # All of it is saved here: this office does not know yet.
    kaz.run("set", hub.theirs, "status=completed", "-m", "a remark stays")
    kaz.run("set", hub.theirs, "status=cancelled")
    kaz.run("set", hub.everybody, "title=Taken over")
    kaz.run("set", both, "countries-=TKM")
    kaz.run("set", both, "countries+=UZB", "themes-=water")
    kaz.run("set", both, "progress=40")
    kaz.run("resolve", clash, "reason", "--mine")
    kaz.run("undo", kaz.json("log", undone, "--field", "status")[0]["change"])
    kaz.run("set", hub.ours, "status=completed")
    nowhere = kaz.add("Of no country", plan=PLAN)
    other = kaz.add("In the other group", plan="wg7-plan")
    kaz.run("import", world.write("rows.csv", "Action,Country,Status\nDig wells,KAZ,completed\nBuild a dam,TKM,completed\n"),
            "--plan", PLAN)
    kaz.heal()
    world.converge(kaz, tkm)
    same(kaz.status()["pending"], 0)
    agree(hub, kaz)  # TKM does not have the other group
    for node in (hub, kaz, tkm):
        for i, was in before.items():
            now = node.json("show", i)
            same({k: now[k] for k in ("status", "title", "reason", "themes", "countries")},
                 {k: was[k] for k in ("status", "title", "reason", "themes", "countries")}, node.name + " " + was["title"])
        same(node.value(both, "progress"), 40)
        same(node.value(hub.ours, "status"), "completed")
        same(len(node.json("show", hub.theirs)["comments"]), 1)
        same(len(node.json("conflicts")), 1, "the refused resolve settled the conflict")
        titles = [i["title"] for i in node.json("list")]
        check("Dig wells" in titles and "Build a dam" not in titles and "Of no country" not in titles, titles)
        node.verify()
    kaz.run("show", nowhere, code=3)
    same(hub.value(other, "title"), "In the other group")
    told = refused(kaz)
    same(kaz.status()["refused"], len({r["event"] for r in told}))
    check(all(r["code"] == 2 and r["event"].startswith("KAZ.1/wg6:") for r in told), told)
    why = {(r["id"], r["field"]): r["reason"] for r in told}
    has(why[hub.theirs, "status"], "KAZ may not write records of TKM in wg6")
    has(why[hub.everybody, "title"], "without a country")
    has(why[both, "countries"], "may not add or take away")
    has(why[clash, "reason"], "records of TKM")
    has(why[undone, "status"], "records of TKM")
    same({r["value"] for r in told if r["id"] == hub.theirs}, {"completed", "cancelled"})
    rows = [r for r in hub.json("log", hub.theirs, "--field", "status") if r["office"] == "KAZ"]
    same([(r["verdict"], r["signature"]) for r in rows], [("refused", "good")] * 2)
    check(all(r["received"] for r in rows), rows)
    check(any("headway retry KAZ.1/wg6:" in t["command"] for t in kaz.json("todo")), "todo does not say retry")


@case
def a_refused_change_is_written_again_after_the_grant_was_widened(world):
    hub = alliance(world)
    kaz = world.office(hub, "KAZ", "wg6:coordinator")
    kaz.cut()
    hub.run("grant", "KAZ", "wg6:contributor:KAZ")
    kaz.run("set", hub.theirs, "status=completed")
    kaz.run("set", hub.everybody, "themes+=water", "title=Better")
    new = kaz.add("New one", "countries=TKM", plan=PLAN)
    kaz.run("set", new, "status=in progress")
    kaz.heal()
    kaz.sync()
    events = {}
    for row in refused(kaz):
        events.setdefault(row["id"], []).append(row["event"])
    same(set(events), {hub.theirs, hub.everybody, new})
    has(kaz.run("retry", events[hub.theirs][0], code=77).err, "records of TKM")
    has(kaz.run("retry", "KAZ.1/wg6:9999", code=3).err, "9999")
    has(kaz.run("retry", "nonsense", code=2).err, "KAZ.1/")
    has(kaz.run("retry", code=2).err, "--all")
    hub.run("grant", "KAZ", "wg6:coordinator")
    kaz.sync()
    hub.run("set", hub.everybody, "title=Changed meanwhile")
    kaz.sync()
    seen = kaz.run("retry", "--dry-run", events[hub.theirs][0])
    has(seen.out, "completed")
    same(kaz.status()["pending"], 0)
    kaz.run("retry", events[hub.theirs][0], author="Dana")
    left = kaz.run("retry", "--all", code=4)
    has(left.out + left.err, "changed since", "headway set")
    kaz.sync()
    same((hub.value(hub.theirs, "status"), hub.value(hub.everybody, "themes")), ("completed", ["water"]))
    same(hub.value(hub.everybody, "title"), "Changed meanwhile")
    same((hub.value(new, "title"), hub.value(new, "status"), hub.value(new, "countries")), ("New one", "in progress", ["TKM"]))
    rows = hub.json("log", hub.theirs, "--field", "status")
    same([(r["verdict"], r["author"]) for r in rows if r["office"] == "KAZ"][0], ("admitted", "Dana"))
    check(len([r for r in hub.json("log") if r["verdict"] == "refused"]) >= 4, "history was rewritten")
    same({r["field"] for r in refused(kaz)}, {"title", "themes"}, "what is left is one event")
    kaz.run("retry", events[hub.theirs][0])
    agree(hub, kaz)


@case
def changes_of_grants_while_writes_are_under_way_leave_all_replicas_alike(world):
    hub = alliance(world)
    kaz, eye = world.office(hub, "KAZ", "wg6:coordinator"), world.office(hub, "EYE", "wg6:reader")
    failed = []

    def write():
        try:
            for n in range(40):
                kaz.run("set", hub.theirs, "progress=%d" % (n + 1), code=None)
        except Failed as error:
            failed.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    for n in range(15):
        hub.run("grant", "KAZ", "wg6:contributor:KAZ" if n % 2 == 0 else "wg6:coordinator")
    writer.join()
    same(failed, [])
    world.converge(kaz, eye)
    agree(hub, kaz, eye)
    rows = [r for r in hub.json("log", hub.theirs, "--field", "progress") if r["office"] == "KAZ"]
    check({r["verdict"] for r in rows} <= {"admitted", "refused"}, rows)
    # Who was allowed when: what the gate's own journal says, in its order.
    grants = sorted((r["received"], r["after"]) for r in hub.json("log", "--field", "role") if r["office"] == "HQ")
    for row in rows:
        if any(t == row["received"] for t, _ in grants):
            continue  # in the same millisecond: the order is not in the times
        last = [role for t, role in grants if t < row["received"]][-1]
        same(row["verdict"], "admitted" if last == "coordinator" else "refused", row)
    admitted = [r for r in rows if r["verdict"] == "admitted"]
    same(kaz.value(hub.theirs, "progress"), int(admitted[0]["after"]) if admitted else None)


# -- reading


@case
def no_byte_of_a_group_goes_to_an_office_without_a_grant(world):
    hub = alliance(world, "wg6", "wg7")
    hub.add("Known to few xyzzy-seven", plan="wg7-plan")
    eye, tkm = world.office(hub, "EYE", "wg6:reader"), world.office(hub, "TKM", "wg7:contributor:TKM")
    world.converge(eye, tkm)
    same(eye.value(hub.ours, "title"), "For Kazakhstan")
    check(b"xyzzy-seven" not in eye.bytes_on_disk(), "a text of wg7 is on the disk of EYE")
    check(b"For Kazakhstan" not in tkm.bytes_on_disk(), "a text of wg6 is on the disk of TKM")
    same(sorted({r["group"] for r in eye.records() if "group" in r and r["kind"] == "item"}), ["wg6"])


@case
def when_a_grant_ends_the_office_keeps_what_it_has_and_is_told(world):
    hub = alliance(world, "wg6", "wg7")
    kaz = world.office(hub, "KAZ", "wg6:contributor:KAZ", "wg7:coordinator")
    tkm = world.office(hub, "TKM", "wg6:coordinator", "wg7:coordinator")
    kaz.cut()
    kaz.run("set", hub.ours, "status=in progress")
    hub.run("grant", "KAZ", "wg6", "--end")
    kaz.heal()
    wait("the office knows", lambda: kaz.status()["ended"])
    same(kaz.status()["ended"], [{"group": "wg6", "waiting": 1}])
    has(kaz.run("status").out, "wg6: the grant of this office has ended. What is here stays, and nothing new comes.",
        "1 change made before was not sent")
    hub.run("set", hub.ours, "title=Secret title")
    later = tkm.add("Later item", plan=PLAN)
    other = tkm.add("Other group", plan="wg7-plan")
    world.converge(tkm, kaz)
    same(kaz.value(other, "title"), "Other group")
    same(kaz.value(hub.ours, "status"), "in progress")
    kaz.run("show", later, code=3)
    check(b"Secret title" not in kaz.bytes_on_disk() and b"Later item" not in kaz.bytes_on_disk(), "something new came")
    has(kaz.run("set", hub.ours, "status=completed", code=77).err, "grant of KAZ in wg6 has ended", "headquarters")
    same(hub.value(hub.ours, "status"), "not started")
    hub.run("grant", "KAZ", "wg6:contributor:KAZ")
    wait("the gap is filled", lambda: kaz.run("show", later, code=None).code == 0)
    world.converge(kaz, tkm)
    same(kaz.status()["ended"], [])
    same((hub.value(hub.ours, "status"), kaz.value(hub.ours, "title")), ("in progress", "Secret title"))
    agree(hub, kaz, tkm)


@case
def a_grant_that_ends_under_a_session_stops_that_group_alone(world):
    hub = alliance(world, "wg6", "wg7")
    kaz = world.office(hub, "KAZ", "wg6:coordinator", "wg7:coordinator")
    stop = threading.Event()

    def write():
        n = 0
        while not stop.is_set():
            n += 1
            kaz.run("set", hub.ours, "progress=%d" % (n % 100), code=None)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        hub.run("grant", "KAZ", "wg6", "--end")
        wait("the office knows", lambda: kaz.status()["ended"])
        other = kaz.add("Goes on", plan="wg7-plan")
        wait("the other group goes on", lambda: hub.run("show", other, code=None).code == 0)
    finally:
        stop.set()
        writer.join()
    kaz.sync()
    hub.run("grant", "KAZ", "wg6:coordinator")
    wait("the grant is back", lambda: not kaz.status()["ended"])
    kaz.sync()
    agree(hub, kaz)


@case
def a_relay_passes_on_a_group_as_long_as_it_is_granted_it(world):
    hub = alliance(world, "wg6", "wg7")
    relay = world.office(hub, "REL", "wg6:reader", "wg7:reader")
    relay.stop()
    relay.port = free_port()
    relay.configure(listen="tcp://127.0.0.1:%d" % relay.port)
    relay.start()
    kaz = world.office(hub, "KAZ", "wg6:contributor:KAZ", "wg7:coordinator")
    key = hub.sql("SELECT curve_key FROM office WHERE code = 'REL'")[0][0]
    kaz.stop()
    kaz.configure(upstream="tcp://127.0.0.1:%d" % relay.port, upstream_key=base64.urlsafe_b64encode(key).decode().rstrip("="))
    kaz.start()
    settle(relay, kaz)
    kaz.run("set", hub.ours, "status=in progress")
    settle(relay, kaz)
    same(hub.value(hub.ours, "status"), "in progress")
    hub.run("grant", "REL", "wg6", "--end")
    relay.sync()
    later = hub.add("Not for the relay", plan=PLAN)
    other = kaz.add("Goes through", plan="wg7-plan")
    kaz.run("set", hub.ours, "status=completed")
    wait("the other group goes on", lambda: hub.run("show", other, code=None).code == 0)
    check(b"Not for the relay" not in relay.bytes_on_disk() + kaz.bytes_on_disk(), "a byte of wg6 went on")
    same((hub.value(hub.ours, "status"), kaz.status()["pending"]), ("in progress", 1))
    hub.run("grant", "REL", "wg6:reader")
    wait("it goes on", lambda: kaz.run("show", later, code=None).code == 0)
    settle(relay, kaz)
    same(hub.value(hub.ours, "status"), "completed")
    agree(hub, kaz, relay)


# -- who wrote it


@case
def the_author_is_the_user_whom_the_kernel_names(world):
    if os.getuid() != 0:
        raise Skip("only root can be somebody else")
    hub = alliance(world)
    nobody = pwd.getpwuid(65534).pw_name
    for path, mode in ((world.dir, 0o755), (hub.home, 0o755), (os.path.join(hub.home, "ctl.sock"), 0o666)):
        os.chmod(path, mode)

    def as_nobody(*args):
        done = subprocess.run([HEADWAY, "--home", hub.home, *args], capture_output=True, timeout=30, cwd="/",
                              env=world.environment, user=65534, group=65534, extra_groups=[])
        return done.returncode, (done.stdout + done.stderr).decode()

    code, said = as_nobody("set", hub.ours, "status=completed")
    same(code, 0, said)
    code, said = as_nobody("--author", "Minister", "set", hub.ours, "status=cancelled")
    same(code, 77, said)
    has(said, "--author", nobody)
    hub.run("set", hub.ours, "status=on hold", author="Aigul")
    rows = hub.json("log", hub.ours, "--field", "status")
    same([(r["author"], r["office"], r["before"], r["after"], r["signature"], r["verdict"]) for r in rows][:2],
         [("Aigul", "HQ", "completed", "on hold", "good", "admitted"),
          (nobody, "HQ", "not started", "completed", "good", "admitted")])
    check(all(r["when"] and r["received"] for r in rows), rows)


@case
def the_log_says_whether_a_signature_holds(world):
    hub = alliance(world)
    kaz = world.office(hub, "KAZ", "wg6:coordinator")
    kaz.run("set", hub.ours, "status=completed")
    kaz.sync()
    kaz.cut()
    kaz.run("set", hub.ours, "status=on hold")
    same([r["signature"] for r in kaz.json("log", hub.ours, "--field", "status")], ["unknown", "good", "good"])
    kaz.heal()
    kaz.sync()
    kaz.stop()
    with sqlite3.connect(os.path.join(kaz.home, "headway.db")) as db:  # another key for the same life
        rows = db.execute("SELECT id, wire FROM segment").fetchall()
        for number, wire in rows:
            spoilt = spoil_signature(wire)
            db.execute("UPDATE segment SET wire = ? WHERE id = ?", (spoilt, number))
    kaz.start()
    rows = kaz.json("log", hub.ours, "--field", "status")
    same({r["signature"] for r in rows}, {"bad"})
    has(kaz.run("log", hub.ours, "--field", "status").out, "bad signature")
    same({r["signature"] for r in hub.json("log", hub.ours, "--field", "status")}, {"good"})


def spoil_signature(wire):
    """The segment with one bit of its signature, the only byte string of 64, turned over."""
    at = wire.index(b"\x58\x40") + 2
    return wire[:at] + bytes([wire[at] ^ 1]) + wire[at + 1:]


main()
