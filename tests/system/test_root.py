"""test_root.py: `headway key rotate --root`: headquarters' root key hands over to a new one, and every office follows."""
import json, os, shutil

from harness import case, check, has, main, same, wait


def plan(node):
    node.run("plan", "add", "--group", "wg6", "Common", "--code", "common")
    return "common"


def secret(node, name="root.key"):
    with open(os.path.join(node.home, name), encoding="utf-8") as f:
        return f.read()


def hand_over(hub):
    before = hub.status()["root_key"], secret(hub)
    said = hub.json("key", "rotate", "--root")
    has(said["note"], "has handed over", "backup")
    now = hub.status()
    same(now["root_key"], said["root_key"])
    check(now["root_key"] != before[0] and secret(hub) != before[1], "there is a new key")
    same([n for n in os.listdir(hub.home) if n.startswith("root-next")], [])
    return now["root_key"]


def follows(node, root):
    same((node.name, node.status()["root_key"]), (node.name, root))
    node.verify()


@case
def the_root_hands_over_and_every_office_follows_whenever_it_comes(world):
    hub = world.hub("wg6")
    kaz, tjk = world.office(hub, "KAZ", "wg6"), world.office(hub, "TJK", "wg6")
    on_its_way, words = world.invite(hub, "UZB", "wg6")
    one = kaz.add("Before", plan=plan(kaz))
    world.converge(kaz, tjk)
    first = hub.status()["root_key"]
    same((kaz.status()["root_key"], kaz.status()["root_since"]), (first, None))
    tjk.cut()
    tjk.add("Written while away", plan="common")
    second = hand_over(hub)
    kaz.sync()
    follows(kaz, second)
    has(hub.run("status").out, "Root   %s-%s since" % (second[:4], second[4:8]))
    has(kaz.run("status").out, "Root   %s-%s since" % (second[:4], second[4:8]))
    hub.run("group", "add", "wg7")
    hub.run("grant", "KAZ", "wg7")
    hub.run("key", "rotate", "--overlap", 30)  # the other keys change by themselves, before or after
    third = hand_over(hub)
    for name in ("root.key", "root.handover"):
        same(os.stat(os.path.join(hub.home, name)).st_mode & 0o777, 0o600, name)
    check(first not in (second, third) and second != third)
    hub.stop()
    hub.start()
    hub.run("grant", "TJK", "wg7")
    tjk.heal()  # it was away for both
    tjk.sync()
    uzb = world.node("UZB")
    uzb.run("join", on_its_way, "--words", words)
    uzb.start()
    uzb.sync()
    kgz = world.office(hub, "KGZ", "wg6", start=False)  # by an invitation of after, which names the third
    same(len(kgz.sql("SELECT 1 FROM node WHERE key = 'root pinned'")), 1)
    kgz.start()
    kaz.run("set", one, "status=completed")
    world.converge(kaz, tjk, uzb, kgz)
    for node in (hub, kaz, tjk, uzb, kgz):
        follows(node, third)
        same(node.json("show", one)["status"], "completed")
        same(node.sql("SELECT 1 FROM node WHERE key = 'root pinned'"), [], node.name)
    same(kaz.export(), hub.export())
    has(kaz.run("key", "rotate", "--root", code=78).err, "headquarters alone")
    has(hub.run("key", "rotate", "--root", "--overlap", 3, code=2).err, "needs no overlap")


@case
def an_office_without_a_link_follows_by_a_bundle(world):
    hub = world.hub("wg6")
    kaz, tjk = world.office(hub, "KAZ", "wg6"), world.office(hub, "TJK", "wg6")
    plan(kaz)
    world.converge(kaz, tjk)
    tjk.cut()
    root = hand_over(hub)
    hub.run("group", "add", "wg7")
    hub.run("bundle", "--for", "TJK", "--all", "-o", world.path("stick"))
    found = tjk.json("verify", "--against", world.path("stick"))
    same(found["faults"], [], "it goes along the hand-over in the file")
    tjk.run("apply", world.path("stick"))
    follows(tjk, root)
    check(any(g["code"] == "wg7" for g in tjk.json("group", "list")))
    same(tjk.json("verify", "--against", world.path("stick"))["faults"], [])


@case
def a_hub_that_ends_between_the_commit_and_the_file_has_the_new_key(world):
    hub = world.hub("wg6")
    kaz = world.office(hub, "KAZ", "wg6")
    before = secret(hub)
    root = hand_over(hub)
    hub.kill()
    os.rename(os.path.join(hub.home, "root.key"), os.path.join(hub.home, "root-next.key"))
    os.rename(os.path.join(hub.home, "root.handover"), os.path.join(hub.home, "root-next.handover"))
    shutil.copy(os.path.join(hub.home, "root-next.key"), os.path.join(hub.home, "root.key"))
    with open(os.path.join(hub.home, "root.key"), "w", encoding="utf-8") as f:
        f.write(before)
    hub.start()
    same([n for n in os.listdir(hub.home) if n.startswith("root-next")], [])
    hub.run("group", "add", "wg7")
    kaz.sync()
    for node in (hub, kaz):
        follows(node, root)
    hand_over(hub)


@case
def a_new_key_that_is_not_in_its_place_yet_is_not_written_over(world):
    hub = world.hub("wg6")
    kaz = world.office(hub, "KAZ", "wg6")
    before = secret(hub)
    root = hand_over(hub)
    now, next_key = secret(hub), os.path.join(hub.home, "root-next.key")
    # As if the disk had been full after the commit; and it fails again when the next key is drawn.
    with open(os.path.join(hub.home, "root.key"), "w", encoding="utf-8") as f:
        f.write(before)
    os.rename(os.path.join(hub.home, "root.handover"), os.path.join(hub.home, "root-next.handover"))
    os.mkdir(next_key)
    has(hub.run("key", "rotate", "--root", code=1).err, "root-next.key")
    same(secret(hub), now)
    hub.kill()
    os.rmdir(next_key)
    hub.start()
    hub.run("group", "add", "wg7")
    kaz.sync()
    for node in (hub, kaz):
        follows(node, root)


def offices(hub):
    return [o["code"] for o in hub.json("office", "list")]


@case
def a_headquarters_from_a_backup_of_before_goes_on_with_the_key_that_counts(world):
    hub = world.hub("wg6")
    kaz = world.office(hub, "KAZ", "wg6")
    hub.run("backup", world.path("hub.backup"))
    root = hand_over(hub)
    world.invite(hub, "TJK", "wg6")
    kaz.sync()
    hub.stop()
    hub.run("restore", world.path("hub.backup"))
    hub.start()
    wait("KAZ hands the directory back", lambda: not hub.status()["recovery"])
    kaz.sync()
    check("TJK" in offices(hub))
    for node in (hub, kaz):
        follows(node, root)
    kaz.stop()  # and when nobody hands anything back
    hub.stop()
    hub.run("restore", world.path("hub.backup"))
    hub.start()
    hub.run("recovery", "end")
    follows(hub, root)
    hub.run("group", "add", "wg7")
    kaz.start()
    kaz.sync()
    follows(kaz, root)
    same(kaz.export(), hub.export())


@case
def a_new_machine_with_the_keys_of_before_is_told_and_offices_do_not_follow_it(world):
    hub = world.hub("wg6")
    kaz = world.office(hub, "KAZ", "wg6")
    passphrase = world.write("passphrase", "correct horse\n")
    hub.run("backup", world.path("old.backup"), "--keys", "--passphrase-file", passphrase)
    root = hand_over(hub)
    hub.run("backup", world.path("new.backup"), "--keys", "--passphrase-file", passphrase)
    kaz.sync()
    hub.stop()
    hub.home = world.path("hub-old")
    hub.run("restore", world.path("old.backup"), "--passphrase-file", passphrase)
    hub.start()
    hub.daemon.wait_line("root.key in this home is not the root key")
    check(hub.status()["recovery"], "it decides nothing")
    same(kaz.status()["root_key"], root)
    hub.stop()
    kaz.stop()  # the operator does not wait for it
    shutil.rmtree(hub.home)
    hub.run("restore", world.path("old.backup"), "--passphrase-file", passphrase)
    hub.start()
    hub.run("recovery", "end")
    kaz.start()
    kaz.daemon.wait_line("put its latest root.key in place")
    same(kaz.status()["root_key"], root)
    hub.stop()
    kaz.stop()
    hub.home = world.path("hub-new")
    hub.run("restore", world.path("new.backup"), "--passphrase-file", passphrase)
    hub.start()
    kaz.start()
    wait("KAZ hands the directory back", lambda: not hub.status()["recovery"])
    kaz.sync()
    for node in (hub, kaz):
        follows(node, root)


main()
