"""test_recovery.py: a restored backup and a copied home are noticed and go on as
new incarnations; nothing of either life is lost."""
import os
import shutil
import sqlite3

from harness import case, check, has, main, same, wait


def office_with_two_items(world):
    hub = world.hub("wg6")
    hub.run("plan", "add", "--group", "wg6", "Workplan", "--code", "p")
    kaz, tkm = world.office(hub, "KAZ", "wg6:coordinator"), world.office(hub, "TKM", "wg6:coordinator")
    items = [kaz.add("Item %d" % i, plan="p") for i in (1, 2)]
    world.converge(kaz, tkm)
    return hub, kaz, tkm, items


def titles(node):
    return sorted(r["title"] for r in node.records("item"))


def lives(hub, office):
    return sorted(one["name"] for one in hub.json("office", "show", office)["incarnations"])


def settle(world, *offices):
    """A session may end once more while a new incarnation begins: wait until each is through."""
    for office in offices:
        wait("%s is in step" % office.name, lambda: office.run("sync", "--wait", "5", code=None).code == 0, seconds=60)
    world.converge(*offices)


def reasons(hub, office):
    """Why each incarnation began, as the directory has it."""
    return [life["reason"] for life in sorted(hub.json("office", "show", office)["incarnations"], key=lambda l: l["name"])]


@case
def a_restored_backup_gets_back_what_it_had_sent_and_goes_on(world):
    hub, kaz, tkm, items = office_with_two_items(world)
    kaz.stop()
    backup = kaz.home + ".backup"
    shutil.copytree(kaz.home, backup)
    kaz.start()
    kaz.add("Sent after the backup", plan="p")
    kaz.run("set", items[0], "status=completed")
    world.converge(kaz, tkm)
    kaz.stop()
    shutil.rmtree(kaz.home)
    shutil.copytree(backup, kaz.home)
    kaz.start()
    kaz.add("Written after the restore", plan="p")
    settle(world, kaz, tkm)
    same(kaz.value(items[0], "status"), "completed")
    same(titles(tkm), sorted(["Item 1", "Item 2", "Sent after the backup", "Written after the restore"]))
    same(kaz.export(), hub.export())
    same(kaz.export(), tkm.export())
    same(lives(hub, "KAZ"), ["KAZ.1", "KAZ.2"])
    same(kaz.status()["incarnation"], "KAZ.2")
    # The files were copied by hand: nobody but the hub can tell, and it cannot tell this from a copy.
    same(reasons(tkm, "KAZ"), ["first", "clone"])
    same(kaz.status()["incarnation_reason"], "clone")
    has(kaz.run("status").out, "KAZ.2 (clone: ")
    told = [one["text"] for one in kaz.status()["incidents"]]
    same(len(told), 1)
    check("goes on as KAZ.2" in told[0] and "nothing was lost" in told[0], told[0])
    check(told[0] in " ".join(kaz.run("status").out.split()), "status says what happened")
    kaz.run("set", items[0], "status=on-hold")  # what it got back can be written on, without a conflict
    world.converge(kaz, tkm)
    same(tkm.value(items[0], "status"), "on hold")
    same(tkm.json("conflicts"), [])


@case
def an_office_restored_by_the_command_says_so(world):
    hub, kaz, tkm, items = office_with_two_items(world)
    kaz.run("backup", world.path("kaz.backup"))
    kaz.add("After the backup", plan="p")
    kaz.sync()
    kaz.stop()
    kaz.run("restore", world.path("kaz.backup"))
    kaz.start()
    settle(world, kaz, tkm)
    same(reasons(tkm, "KAZ"), ["first", "restored"])
    same(kaz.status()["incarnation_reason"], "restored")
    same(tkm.status()["incarnation_reason"], "first")
    copy = world.node("COPY")
    kaz.stop()
    shutil.copytree(kaz.home, copy.home)
    kaz.start()
    kaz.sync()
    copy.start(ready=False)
    copy.daemon.wait_line("ready KAZ")
    settle(world, copy, tkm)
    same(reasons(tkm, "KAZ"), ["first", "restored", "clone"])


@case
def a_restored_backup_keeps_what_it_had_not_sent(world):
    hub, kaz, tkm, items = office_with_two_items(world)
    kaz.cut()
    kaz.run("set", items[1], "status=in-progress", "-m", "not sent yet")
    kaz.add("Not sent yet", plan="p")
    kaz.stop()
    backup = kaz.home + ".backup"
    shutil.copytree(kaz.home, backup)
    kaz.heal()
    kaz.start()
    kaz.add("Later", plan="p")
    world.converge(kaz, tkm)
    kaz.stop()
    shutil.rmtree(kaz.home)
    shutil.copytree(backup, kaz.home)
    kaz.start()
    settle(world, kaz, tkm)
    same(tkm.value(items[1], "status"), "in progress")
    check(set(["Not sent yet", "Later"]) <= set(titles(tkm)), titles(tkm))
    same(kaz.export(), hub.export())
    same(kaz.export(), tkm.export())
    same(tkm.json("conflicts"), [])


@case
def a_copied_home_becomes_a_second_incarnation_and_both_lives_keep_their_edits(world):
    hub, kaz, tkm, items = office_with_two_items(world)
    kaz.cut()
    kaz.run("comment", items[0], "a draft that both have")
    kaz.stop()
    copy = world.node("COPY")
    shutil.copytree(kaz.home, copy.home)
    kaz.start()
    copy.start(ready=False)
    copy.daemon.wait_line("ready KAZ")
    kaz.add("By the original", plan="p")
    copy.add("By the copy", plan="p")
    copy.run("set", items[1], "status=on-hold")
    kaz.heal()
    settle(world, kaz, copy, kaz, tkm)
    check(set(["By the original", "By the copy"]) <= set(titles(tkm)), titles(tkm))
    same(tkm.value(items[1], "status"), "on hold")
    same(len(tkm.json("show", items[0])["comments"]), 1)
    for node in (kaz, copy, tkm):
        same(node.export(), hub.export(), node.name)
    same(lives(hub, "KAZ"), ["KAZ.1", "KAZ.2"])
    same(reasons(hub, "KAZ"), ["first", "clone"])
    check("new incarnation" in kaz.log() + copy.log(), "neither says what happened")


@case
def an_incarnation_that_nobody_vouches_for_is_refused(world):
    hub, kaz, tkm, items = office_with_two_items(world)
    kaz.stop()
    db = sqlite3.connect(os.path.join(kaz.home, "headway.db"))
    db.execute("UPDATE node SET value = randomblob(8) WHERE key = 'incarnation'")
    db.commit()
    db.close()
    kaz.start()
    wait("KAZ is refused", lambda: kaz.status()["upstream"]["state"] == "refused")
    check("incarnation" in kaz.status()["upstream"]["reason"], kaz.status()["upstream"]["reason"])
    tkm.sync()
    same(lives(hub, "KAZ"), ["KAZ.1"])


main()
