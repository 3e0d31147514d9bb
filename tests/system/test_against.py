#!/usr/bin/env python3
"""test_against.py: `headway verify --against FILE`: a bundle from elsewhere is the same as what is held here, or it is said what
is missing on which side, and what differs, by office and change."""
import shutil

from harness import case, check, has, main, same


def alliance(world):
    hub = world.hub("wg6")
    hub.run("plan", "add", "--group", "wg6", "Workplan", "--code", "p")
    kaz = world.office(hub, "KAZ", "wg6:coordinator")
    tkm = world.office(hub, "TKM", "wg6:coordinator")
    kaz.add("At KAZ", plan="p")
    tkm.add("At TKM", plan="p")
    world.converge(kaz, tkm)
    return hub, kaz, tkm


def bundle(world, node, name, *how):
    node.run("bundle", "--all", "--open", "-o", world.path(name), *how)
    return world.path(name)


@case
def the_same_is_said_to_be_the_same(world):
    hub, kaz, tkm = alliance(world)
    path = bundle(world, tkm, "tkm.bundle", "--for", "KAZ")
    found = kaz.json("verify", "--against", path)
    check(found["events"] > 3 and found["same"] == found["events"] and found["signature"] == "good", found)
    same((found["faults"], found["missing_here"], found["missing_there"]), ([], [], []))
    has(kaz.run("verify", "--against", path).out, "Made by TKM, signature good", "the same as here")
    everything = bundle(world, hub, "hub.bundle")
    same(kaz.json("verify", "--against", everything)["faults"], [])


@case
def what_either_side_lacks_is_named(world):
    hub, kaz, tkm = alliance(world)
    old = bundle(world, tkm, "old", "--for", "KAZ")
    kaz.cut()
    tkm.add("New at TKM", plan="p")
    tkm.sync()
    new = bundle(world, tkm, "new", "--for", "KAZ")
    kaz.add("New at KAZ", plan="p")
    kaz.run("bundle", "-o", world.path("seals"))
    found = kaz.json("verify", "--against", new)
    same(found["missing_here"], ["journal of wg6, entry 4", "TKM.1/wg6:2"])
    same(found["missing_there"], ["KAZ.1/wg6:2"])
    same(found["faults"], [])
    found = tkm.json("verify", "--against", old)
    same((found["missing_here"], found["missing_there"]), ([], ["journal of wg6, entry 4", "TKM.1/wg6:2"]))
    has(kaz.run("verify", "--against", new).out, "Missing here: TKM.1/wg6:2", "Not in the file: KAZ.1/wg6:2")


@case
def no_name_gets_two_contents_by_stick(world):
    # What a fork looks like here: tests/unit/test_bundle.c.
    hub, kaz, tkm = alliance(world)
    kaz.cut()
    kaz.stop()
    copy = world.path("copy")
    shutil.copytree(kaz.home, copy)
    kaz.start()
    kaz.add("The one", plan="p")
    kaz.add("The other", plan="p")
    path = bundle(world, kaz, "first")
    hub.run("apply", path)
    kaz.stop()
    shutil.rmtree(kaz.home)
    shutil.copytree(copy, kaz.home)
    kaz.start()
    kaz.add("Another one", plan="p")
    found = kaz.json("verify", "--against", path, code=0)
    same(len(found["missing_here"]), 1, found)
    second = bundle(world, kaz, "second")
    for node, file in ((kaz, path), (hub, second)):
        same(node.json("verify", "--against", file, code=0)["faults"], [], node.name)
    hub.run("apply", second)
    same(hub.json("verify", "--against", second, code=0)["missing_here"], [])
    hub.verify()


@case
def a_file_that_cannot_be_looked_at_is_refused(world):
    hub, kaz, tkm = alliance(world)
    hub.run("bundle", "--for", "TKM", "-o", world.path("sealed"))
    has(kaz.run("verify", "--against", world.path("sealed"), code=77).err, "office TKM")
    with open(bundle(world, tkm, "open", "--for", "KAZ"), "rb") as f:
        whole = f.read()
    has(kaz.run("verify", "--against", world.write("bad", whole[:-70] + b"x" + whole[-69:]), code=1).err, "damaged")
    kaz.run("verify", "--against", world.path("none"), code=3)


main()
