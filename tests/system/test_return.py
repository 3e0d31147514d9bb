"""test_return.py: a hub restored from a backup gets everything back that any
office still holds, and late comers bring the rest."""
import os
import shutil
import sqlite3
import struct

from harness import case, check, has, main, same, wait

BACKUP_MS = 1793527200000  # 2026-11-01 10:00 UTC


def titles(node):
    return sorted(r["title"] for r in node.records("item"))


def backup(hub):
    """A copy of the stopped hub's home."""
    hub.stop()
    copy = hub.home + ".backup"
    shutil.copytree(hub.home, copy)
    hub.start()
    return copy


def put_back(hub, copy, marked=True):
    """Puts the copy in place of the stopped hub's home; marked: as a restore does it."""
    shutil.rmtree(hub.home)
    shutil.copytree(copy, hub.home)
    if marked:
        db = sqlite3.connect(os.path.join(hub.home, "headway.db"))
        db.execute("INSERT INTO node(key, value) VALUES('restored', ?)", (struct.pack(">q", BACKUP_MS),))
        db.commit()
        db.close()


def settle(world, *offices):
    """Sessions end while new incarnations begin: wait until each is through."""
    for office in offices:
        wait("%s is in step" % office.name, lambda: office.run("sync", "--wait", "5", code=None).code == 0, seconds=60)
    world.converge(*offices)


def all_equal(hub, *offices):
    """The same rows everywhere, and everything held stands up to a second look."""
    for office in offices:
        same(office.export(), hub.export(), office.name)
    for node in (hub,) + offices:
        node.run("verify")


def make_refused(office, record):
    """A change that the gate refuses: a client checks it before it is saved, so it is changed in the stopped office's draft."""
    office.cut()
    office.run("set", record, "progress=50")
    office.stop()
    db = sqlite3.connect(os.path.join(office.home, "headway.db"))
    (name, body), = db.execute("SELECT id, body FROM draft ORDER BY id DESC LIMIT 1").fetchall()
    at = body.rindex(b"\x18\x32")  # 50 in CBOR
    db.execute("UPDATE draft SET body = ? WHERE id = ?", (body[:at] + b"\x18\xc8" + body[at + 2:], name))  # 200
    db.commit()
    db.close()
    office.heal()
    office.start()
    office.sync()
    same(office.status()["refused"], 1)


def three_offices(world):
    hub = world.hub("wg6")
    hub.run("plan", "add", "--group", "wg6", "Workplan", "--code", "p")
    offices = [world.office(hub, code, "wg6:coordinator") for code in ("KAZ", "TKM", "UZB")]
    items = [offices[0].add("Item %d" % i, plan="p") for i in (1, 2, 3)]
    world.converge(*offices)
    return hub, offices, items


@case
def a_restored_hub_gets_everything_back_from_the_offices(world):
    hub, (kaz, tkm, uzb), items = three_offices(world)
    copy = backup(hub)
    for node in (kaz, tkm, uzb, hub):
        node.add("By %s after the backup" % node.name, plan="p")
    kaz.run("set", items[0], "status=completed")
    tkm.run("set", items[1], "status=on-hold")
    hub.run("comment", items[2], "said at headquarters")
    hub.run("group", "add", "wg7", "--name", "Made after the backup")
    kgz = world.office(hub, "KGZ", "wg6:coordinator")
    kgz.add("By an office that joined after the backup", plan="p")
    settle(world, kaz, tkm, uzb, kgz)
    make_refused(kaz, items[2])
    settle(world, kaz, tkm, uzb, kgz)
    before = titles(hub)
    uzb.stop()
    hub.stop()
    put_back(hub, copy)
    hub.start()
    wait("all but one are heard", lambda: hub.status()["recovery"]["heard"] == 3)
    recovery = hub.status()["recovery"]
    same(recovery["text"], "this hub was restored from a backup of 2026-11-01 10:00; it takes back what the offices hold: "
                           "3 of 4 heard (waiting for UZB); until then nothing new is admitted")
    has(hub.run("status").out, "restored from a backup", "headway recovery end")
    has(hub.log(), "it takes back what the offices hold")
    same(titles(hub), before)
    hub.add("Written while recovering", plan="p")
    same(titles(kaz), before)
    uzb.start()
    wait("it is over", lambda: hub.status()["recovery"] is None)
    settle(world, kaz, tkm, uzb, kgz)
    same(titles(hub), sorted(before + ["Written while recovering"]))
    all_equal(hub, kaz, tkm, uzb, kgz)
    same(kaz.value(items[0], "status"), "completed")
    same(uzb.value(items[1], "status"), "on hold")
    check(hub.value(items[2], "progress") != 200)
    same(hub.run("recovery", "end", code=None).code != 0, True)
    check(any(row["code"] == "wg7" for row in kaz.json("group", "list")), "the group made after the backup is gone")
    for office in (kaz, tkm, uzb, kgz):
        office.add("Later by %s" % office.name, plan="p")
    settle(world, kaz, tkm, uzb, kgz)
    all_equal(hub, kaz, tkm, uzb, kgz)
    same(hub.json("conflicts"), [])
    same(hub.status()["incarnation"], "HQ.2")


@case
def an_office_that_comes_late_brings_what_only_it_held(world):
    hub, (kaz, tkm, uzb), items = three_offices(world)
    copy = backup(hub)
    kaz.cut()
    tkm.cut()
    hub.add("By headquarters, seen by UZB alone", plan="p")
    uzb.add("By UZB, admitted", plan="p")
    uzb.run("set", items[0], "status=completed")
    hub.run("set", items[1], "status=on-hold")
    make_refused(uzb, items[2])
    uzb.sync()
    uzb.cut()
    uzb.add("By UZB, not sent", plan="p")
    hub.stop()
    put_back(hub, copy)
    hub.start()
    kaz.heal()
    tkm.heal()
    kaz.add("By KAZ meanwhile", plan="p")
    wait("two are heard", lambda: hub.status()["recovery"]["heard"] == 2)
    has(hub.run("recovery", "end").out, "UZB")
    settle(world, kaz, tkm)
    kaz.run("set", items[1], "status=in-progress")
    settle(world, kaz, tkm)
    check("By UZB, admitted" not in titles(hub), titles(hub))
    uzb.heal()
    settle(world, uzb, kaz, tkm, uzb)
    for title in ("By headquarters, seen by UZB alone", "By UZB, admitted", "By UZB, not sent", "By KAZ meanwhile"):
        check(title in titles(kaz), title, titles(kaz))
    all_equal(hub, kaz, tkm, uzb)
    same(tkm.value(items[0], "status"), "completed")
    same(len(hub.json("conflicts")), 1)  # two wrote the same status without having seen each other
    check(hub.value(items[2], "progress") != 200, hub.value(items[2], "progress"))
    uzb.run("set", items[0], "status=on-hold")
    settle(world, uzb, kaz, tkm)
    all_equal(hub, kaz, tkm, uzb)
    same(kaz.value(items[0], "status"), "on hold")


@case
def a_hub_restored_by_the_command_recovers_even_when_it_is_killed(world):
    hub, (kaz, tkm, uzb), items = three_offices(world)
    hub.run("backup", world.path("hq.backup"))
    for office in (kaz, tkm, uzb):
        for i in range(20):
            office.add("%s %d" % (office.name, i), plan="p")
    world.converge(kaz, tkm, uzb)
    before = titles(hub)
    tkm.stop()
    hub.stop()
    hub.run("restore", world.path("hq.backup"))
    for _ in range(3):
        hub.start()
        hub.kill()
    hub.start()
    wait("two are heard", lambda: hub.status()["recovery"]["heard"] == 2)
    hub.kill()
    hub.start()
    same(hub.status()["recovery"]["waiting"], ["TKM"])
    tkm.start()
    wait("it is over", lambda: hub.status()["recovery"] is None)
    settle(world, kaz, tkm, uzb)
    same(titles(hub), before)
    all_equal(hub, kaz, tkm, uzb)
    same(hub.status()["incarnation"], "HQ.2")
    has(hub.run("status").out, "restored from a backup of 20", "HQ.2")


@case
def a_database_that_was_put_back_without_a_word_is_noticed(world):
    hub = world.hub("wg6", "wg7")
    for group in ("wg6", "wg7"):
        hub.run("plan", "add", "--group", group, "Workplan", "--code", "p" + group)
    kaz, tkm, uzb = offices = [world.office(hub, code, "wg6:coordinator", "wg7:coordinator") for code in ("KAZ", "TKM", "UZB")]
    item = kaz.add("Item", plan="pwg6")
    world.converge(*offices)
    copy = backup(hub)
    hub.run("group", "add", "wg8", "--name", "Lost by the hub")
    kaz.add("Lost by the hub", plan="pwg6")
    for group in ("wg6", "wg7"):
        hub.add("Lost by the hub, its own in " + group, plan="p" + group)
        hub.add("Lost by the hub, its second in " + group, plan="p" + group)
    world.converge(*offices)
    for office in offices:
        office.cut()
    hub.stop()
    put_back(hub, copy, marked=False)
    hub.start()
    for group in ("wg6", "wg7"):
        hub.add("Written by the hub before it noticed, in " + group, plan="p" + group)
    hub.run("set", item, "status=completed")
    hub.run("group", "add", "wg9", "--name", "Made before it noticed")
    for office in offices:
        office.heal()
    settle(world, *offices)
    same(len([t for t in titles(uzb) if t.startswith("Lost by the hub")]), 5)
    same(len([t for t in titles(uzb) if t.startswith("Written by the hub")]), 2)
    same(uzb.value(item, "status"), "completed")
    check(set(["wg8", "wg9"]) <= set(row["code"] for row in uzb.json("group", "list")), uzb.json("group", "list"))
    all_equal(hub, *offices)
    has(hub.log(), "put back to an earlier state")
    same(hub.status()["incarnation"], "HQ.2")
    kaz.run("set", item, "status=on-hold")
    hub.run("set", item, "progress=10")
    settle(world, *offices)
    all_equal(hub, *offices)
    same(hub.json("conflicts"), [])


@case
def a_restored_hub_without_offices_goes_on_at_once(world):
    hub = world.hub("wg6")
    hub.run("plan", "add", "--group", "wg6", "Workplan", "--code", "p")
    copy = backup(hub)
    hub.stop()
    put_back(hub, copy)
    hub.start()
    same(hub.status()["recovery"], None)
    same(hub.status()["incarnation"], "HQ.2")
    same(hub.status()["pending"], 0)
    kaz = world.office(hub, "KAZ", "wg6:coordinator")
    kaz.add("First", plan="p")
    world.converge(kaz)
    all_equal(hub, kaz)


main()
