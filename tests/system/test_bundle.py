#!/usr/bin/env python3
"""test_bundle.py: changes by stick and mail: an office that has no network for months is, after bundle and
apply both ways, what it would be had it been connected; what is cut, changed, foreign or sealed for another is refused and
changes nothing. No stick forks anything, whatever was restored or copied."""
import json
import os
import shutil
import struct

from harness import case, check, has, main, same


def alliance(world):
    """A hub and two offices in step; KAZ then has no network."""
    hub = world.hub("wg6", "other")
    hub.run("plan", "add", "--group", "wg6", "Workplan", "--code", "p")
    hub.run("plan", "add", "--group", "other", "Theirs", "--code", "q")
    kaz = world.office(hub, "KAZ", "wg6:coordinator")
    tkm = world.office(hub, "TKM", "wg6:coordinator", "other:coordinator")
    for n in range(3):
        kaz.add("Item %d" % n, plan="p")
    world.converge(kaz, tkm)
    kaz.cut()
    return hub, kaz, tkm


def export(node, *groups):
    """What the node shows of these groups, byte for byte."""
    lines = node.export().splitlines(keepends=True)
    return b"".join(l for l in lines if json.loads(l).get("group") in groups)


def carry(world, origin, target, *how, code=0):
    path = world.path("%s-%s.bundle" % (origin.name, target.name))
    origin.run("bundle", "-o", path, *how)
    return target.json("apply", path) if code == 0 else target.run("apply", path, code=code)


def groups_in(path):
    """Of which groups an open bundle has journals: their codes stand at the beginning of each message."""
    with open(path, "rb") as f:
        whole = f.read()
    at, codes = 17, set()
    frame = b"x"
    while frame:
        n = struct.unpack(">I", whole[at:at + 4])[0]
        frame, at = whole[at + 4:at + 4 + n], at + 4 + n
        codes |= {code for code in (b"directory", b"wg6", b"other") if code in frame[:16]}
    return codes


@case
def an_office_without_network_is_as_if_connected(world):
    hub, kaz, tkm = alliance(world)
    items = {r["title"]: r["id"] for r in kaz.records("item")}
    for month in range(3):
        kaz.run("set", items["Item 0"], "status=in-progress", "-m", "month %d" % month)
        kaz.add("Written away %d" % month, plan="p", author="aigul")
        tkm.run("set", items["Item 1"], "progress=%d" % (10 * month + 10))
        tkm.add("Meanwhile %d" % month, plan="p")
        tkm.add("Not for KAZ %d" % month, plan="q")
        tkm.sync()
        up = carry(world, kaz, hub)
        check(up["events"] > 0 and up["waiting"] == 0 and not up["left"], up)
        down = carry(world, hub, kaz, "--for", "KAZ")
        check(down["entries"] > 0 and down["waiting"] == 0 and not down["left"], down)
        tkm.sync()
        same(kaz.status()["pending"], 0)
        same(export(kaz, "wg6", "directory"), export(hub, "wg6", "directory"))
        same(export(kaz, "wg6", "directory"), export(tkm, "wg6", "directory"))
        check(b"Not for KAZ" not in kaz.export() and b"Not for KAZ" in hub.export())
    again = carry(world, hub, kaz, "--for", "KAZ", "--all")
    same((again["entries"], again["events"]), (0, 0))
    kaz.heal()
    kaz.sync()
    same(kaz.status()["incarnation"], "KAZ.1")
    same(export(kaz, "wg6", "directory"), export(hub, "wg6", "directory"))
    for node in (hub, kaz, tkm):
        node.verify()


@case
def a_bundle_holds_what_the_other_side_lacks_and_no_more(world):
    hub, kaz, tkm = alliance(world)
    kaz.add("One", plan="p")
    first = kaz.json("bundle", "-o", world.path("a"))
    same((first["events"], first["entries"]), (1, 0))
    check(kaz.json("bundle", "--all", "-o", world.path("b"))["entries"] > 2)
    hub.run("apply", world.path("a"))
    lacks = hub.json("bundle", "--for", "KAZ", "-o", world.path("c"))
    same((lacks["entries"], lacks["events"]), (1, 0))
    kaz.run("apply", world.path("c"))
    same(kaz.json("bundle", "-o", world.path("d"))["events"], 0)
    same(oct(os.stat(world.path("a")).st_mode & 0o777), "0o600")
    same([n for n in os.listdir(hub.home) if n.startswith("incoming") or n.endswith(".part")], [])


@case
def bundles_come_twice_and_in_any_order(world):
    hub, kaz, tkm = alliance(world)
    paths = []
    for n in range(4):
        tkm.add("At TKM %d" % n, plan="p")
        tkm.sync()
        paths.append(world.path("down%d" % n))
        hub.run("bundle", "--for", "KAZ", "-o", paths[-1])
        kaz.add("At KAZ %d" % n, plan="p")
        kaz.run("bundle", "-o", world.path("up%d" % n))
    # KAZ's own bundles each hold all that is not admitted; the hub's all that KAZ is not known to have.
    hub.run("apply", world.path("up3"))
    same(hub.json("apply", world.path("up1"))["events"], 0)
    hub.run("bundle", "--for", "KAZ", "-o", world.path("late"))
    tkm.add("The last", plan="p")
    tkm.sync()
    # That KAZ has `late` is not known here: its next word would say so.
    shutil.copy(world.path("late"), world.path("late2"))
    for path in [paths[2], paths[0], world.path("late"), paths[1], paths[2], world.path("late2")]:
        kaz.run("apply", path)
    kaz.run("bundle", "-o", world.path("word"))
    hub.run("apply", world.path("word"))
    short = hub.json("bundle", "--for", "KAZ", "-o", world.path("last"))
    same(short["entries"], 1)
    tkm.add("After the last", plan="p")
    tkm.sync()
    # As if KAZ had that one already: the bundle after it begins behind it.
    spare = world.path("spare")
    shutil.copytree(kaz.home, spare, ignore=shutil.ignore_patterns("ctl.sock"))
    kaz.run("apply", world.path("last"))
    kaz.run("bundle", "-o", world.path("word2"))
    hub.run("apply", world.path("word2"))
    hub.run("bundle", "--for", "KAZ", "-o", world.path("next"))
    kaz.stop()
    shutil.rmtree(kaz.home)
    shutil.copytree(spare, kaz.home)
    kaz.start()
    waits = kaz.json("apply", world.path("next"))
    check(waits["waiting"] == 1 and waits["entries"] == 0, waits)
    same(kaz.json("apply", world.path("next"))["waiting"], 1)
    done = kaz.json("apply", world.path("last"))
    same((done["waiting"], done["entries"]), (0, 2))
    same(export(kaz, "wg6", "directory"), export(hub, "wg6", "directory"))
    kaz.verify()


@case
def a_damaged_file_changes_nothing(world):
    hub, kaz, tkm = alliance(world)
    kaz.add("New", plan="p")
    kaz.run("bundle", "-o", world.path("good"))
    kaz.run("bundle", "--open", "-o", world.path("open"))
    before = hub.export()
    for name in ("good", "open"):
        with open(world.path(name), "rb") as f:
            whole = f.read()
        for n in (0, 5, 20, 100, len(whole) // 2, len(whole) - 1):
            said = hub.run("apply", world.write("cut", whole[:n]), code=1).err
            check("cut" in said or "not a bundle" in said, said)
        for at in range(17, len(whole), max(1, len(whole) // 25)):
            changed = whole[:at] + bytes([whole[at] ^ 0x20]) + whole[at + 1:]
            said = hub.run("apply", world.write("changed", changed), code=1).err
            check("damaged" in said or "cut" in said or "changed" in said or "not signed" in said, said)
        has(hub.run("apply", world.write("longer", whole + b"x"), code=1).err, "longer")
    has(hub.run("apply", world.write("other", whole.replace(b"bundle 1", b"bundle 9", 1)), code=1).err, "another version")
    has(hub.run("apply", world.path("nothing"), code=3).err, "cannot read")
    same(hub.export(), before)
    hub.run("apply", world.path("good"))
    check(hub.export() != before)


@case
def a_lost_stick_shows_nothing(world):
    hub, kaz, tkm = alliance(world)
    kaz.add("Aktau shelter list", plan="p")
    kaz.run("bundle", "--all", "-o", world.path("sealed"))
    kaz.run("bundle", "--all", "--open", "-o", world.path("open"))
    said = tkm.run("apply", world.path("sealed"), code=77).err
    has(said, "sealed for")
    hub.run("bundle", "--for", "KAZ", "--all", "-o", world.path("for-kaz"))
    has(tkm.run("apply", world.path("for-kaz"), code=77).err, "office KAZ")
    for name in ("sealed", "for-kaz"):
        with open(world.path(name), "rb") as f:
            whole = f.read()
        check(b"wg6" not in whole and b"gtg" not in whole, name)
    with open(world.path("open"), "rb") as f:
        check(b"wg6" in f.read())
    hub.run("apply", world.path("sealed"))
    kaz.run("apply", world.path("for-kaz"))


@case
def nobody_gets_another_groups_bytes(world):
    hub, kaz, tkm = alliance(world)
    tkm.add("Not for KAZ", plan="q")
    tkm.sync()
    hub.run("bundle", "-o", world.path("everything"))
    found = kaz.json("apply", world.path("everything"))
    has(" ".join(found["left"]), "other", "no grant")
    hub.run("bundle", "--for", "KAZ", "--all", "--open", "-o", world.path("for-kaz"))
    same(groups_in(world.path("for-kaz")), {b"directory", b"wg6"})
    same(groups_in(world.path("everything")), {b"directory", b"wg6", b"other"})
    check(b"Not for KAZ" not in kaz.export())
    kaz.run("apply", world.path("for-kaz"))
    kaz.verify()


def titles(node):
    return sorted(r["title"] for r in node.records("item"))


def away(world):
    """An office that knows its hub by sticks alone: what it has sent, it had sent before it was cut off."""
    hub, kaz, tkm = alliance(world)
    kaz.stop()
    kaz.start()
    return hub, kaz


@case
def an_office_restored_without_network_goes_on_by_sticks(world):
    hub, kaz = away(world)
    kaz.run("backup", world.path("kaz.backup"))
    kaz.add("On a stick, and lost here", plan="p")
    carry(world, kaz, hub)
    kaz.stop()
    kaz.run("restore", world.path("kaz.backup"))
    kaz.start()
    kaz.add("Under the same number", plan="p")
    carry(world, kaz, hub)
    has(" ".join(titles(hub)), "On a stick, and lost here", "Under the same number")
    carry(world, hub, kaz, "--for", "KAZ")
    same(export(kaz, "wg6"), export(hub, "wg6"))
    has(kaz.run("status").out, "restored")
    kaz.heal()
    world.converge(kaz)
    same(export(kaz, "wg6"), export(hub, "wg6"))
    kaz.verify()
    hub.verify()


@case
def a_restored_office_learns_from_a_bundle_that_it_was_put_back(world):
    hub, kaz, tkm = alliance(world)
    kaz.run("backup", world.path("kaz.backup"))
    kaz.add("On a stick, and lost here", plan="p")
    carry(world, kaz, hub)
    kaz.stop()
    kaz.run("restore", world.path("kaz.backup"))
    kaz.start()
    kaz.add("Not sent yet", plan="p")
    carry(world, hub, kaz, "--for", "KAZ")
    has(" ".join(titles(kaz)), "On a stick, and lost here", "Not sent yet")
    has(json.dumps(kaz.status()), "a bundle held changes of this office that were not here")
    carry(world, kaz, hub)
    same(export(kaz, "wg6"), export(hub, "wg6"))
    kaz.verify()


@case
def two_copies_of_an_office_both_send_sticks(world):
    hub, kaz = away(world)
    kaz.add("Before the copy", plan="p")
    kaz.stop()
    copy = world.node("KAZ-copy")
    shutil.copytree(kaz.home, copy.home, dirs_exist_ok=True)
    copy.name = kaz.name
    for node in (kaz, copy):
        node.start()
        node.add("Written in " + os.path.basename(node.home), plan="p")
        carry(world, node, hub)
    same(titles(hub).count("Before the copy"), 1)
    has(" ".join(titles(hub)), "Written in kaz", "Written in kaz-copy")
    for node in (kaz, copy):
        carry(world, hub, node, "--for", "KAZ", "--all")
        same(export(node, "wg6"), export(hub, "wg6"))


@case
def a_stick_that_is_lost_costs_nothing(world):
    hub, kaz = away(world)
    for n in range(3):
        kaz.add("Written in week %d" % n, plan="p")
        kaz.run("bundle", "-o", world.path("week%d" % n))
        kaz.stop()
        kaz.start()
    hub.run("apply", world.path("week2"))
    has(" ".join(titles(hub)), "week 0", "week 1", "week 2")
    hub.run("apply", world.path("week0"))  # found again
    same(len(titles(hub)), 6)
    carry(world, hub, kaz, "--for", "KAZ")
    same(export(kaz, "wg6"), export(hub, "wg6"))
    same(kaz.status()["pending"], 0)


@case
def another_headquarters_is_refused(world):
    hub, kaz, tkm = alliance(world)
    theirs = world.hub("wg6", name="XHQ")
    theirs.run("bundle", "-o", world.path("theirs"))
    has(kaz.run("apply", world.path("theirs"), code=77).err, "another headquarters")
    alone = world.node("SOLO")
    alone.run("init", "--name", "SOLO")
    alone.start()
    has(alone.run("bundle", "-o", world.path("none"), code=78).err, "not joined")
    check(not os.path.exists(world.path("none")) and not os.path.exists(world.path("none.part")))


main()
