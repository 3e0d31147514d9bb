"""test_relay.py: an office that serves other offices: what is written behind it goes up and comes down, whatever
happens to the relay in between."""
import base64
import os
import re
import shutil
import sqlite3
import struct

from harness import Cable, case, check, free_port, has, main, same, wait


def key_of(hub, code):
    """The CURVE key that the directory has for an office, as headway.conf wants it."""
    blob = hub.sql("SELECT curve_key FROM office WHERE code = ?", code)[0][0]
    return base64.urlsafe_b64encode(blob).decode().rstrip("=")


def key_followed(office):
    """The key of the hub that an office follows."""
    with open(os.path.join(office.home, "headway.conf"), encoding="utf-8") as f:
        return re.search(r'^upstream_key\s*=\s*"(.*)"', f.read(), re.M).group(1)


def serve(relay, hub):
    """Makes a running office a relay."""
    relay.stop()
    relay.port = free_port()
    relay.key = key_of(hub, relay.name)
    relay.configure(listen="tcp://127.0.0.1:%d" % relay.port)
    relay.start()
    return relay


def move(office, to, key, start=True):
    """The office follows another hub from now on, by a cable of its own."""
    office.stop()
    office.cable = Cable(to.port)
    office.world.cleanups.append(office.cable.close)
    office.configure(upstream="tcp://127.0.0.1:%d" % office.cable.port, upstream_key=key)
    if start:
        office.start()
    return office


def in_step(office):
    wait("%s is in step" % office.name, lambda: office.run("sync", "--wait", "5", code=None).code == 0, seconds=60)


def settle(*offices):
    """Three rounds: up to the relay, up to headquarters, down everywhere."""
    for _ in range(3):
        for office in offices:
            in_step(office)


def alike(hub, *offices):
    for office in offices:
        same(office.export(), hub.export(), "%s and %s" % (office.name, hub.name))


def region(world, *grants):
    """Headquarters, the relay REL, KAZ and TKM behind it, SEN at headquarters; three items."""
    grants = grants or ("wg6:coordinator",)
    hub = world.hub(*sorted({grant.split(":")[0] for grant in grants}))
    hub.run("plan", "add", "--group", "wg6", "Workplan", "--code", "p")
    rel, kaz, tkm, sen = (world.office(hub, code, *grants) for code in ("REL", "KAZ", "TKM", "SEN"))
    serve(rel, hub)
    for office in (kaz, tkm):
        move(office, rel, rel.key)
    items = [hub.add("Item %d" % i, plan="p") for i in (1, 2, 3)]
    settle(rel, kaz, tkm, sen)
    return hub, rel, kaz, tkm, sen, items


def titles(node):
    return sorted(r["title"] for r in node.records("item"))


def seen(node):
    return {o["code"]: (o["connected"], o["behind"]) for o in node.status()["offices"]}


@case
def edits_behind_a_relay_and_at_the_hub_reach_everybody(world):
    hub, rel, kaz, tkm, sen, items = region(world)
    kaz.run("set", items[0], "status=completed")
    tkm.run("set", items[1], "progress=40")
    rel.add("By the relay", plan="p")
    sen.add("By the other", plan="p")
    hub.run("comment", items[2], "from headquarters")
    settle(kaz, tkm, rel, sen)
    alike(hub, rel, kaz, tkm, sen)
    same(sen.value(items[0], "status"), "completed")
    same(kaz.value(items[1], "progress"), 40)
    check("By the other" in titles(kaz) and "By the relay" in titles(kaz), titles(kaz))
    same(rel.status()["carried"], 0)
    # What an office has applied of live changes it tells once a second.
    wait("the relay knows them up to date", lambda: [seen(rel)[code] for code in ("KAZ", "TKM")] == [(True, 0)] * 2)
    wait("and so the hub", lambda: seen(hub)["SEN"] == (True, 0))
    same(seen(hub)["KAZ"], (False, None))  # who is behind a relay, its relay knows
    has(rel.run("status").out, "hub, office, relay")


@case
def a_conflict_between_an_office_behind_the_relay_and_one_at_the_hub_is_seen_everywhere(world):
    hub, rel, kaz, tkm, sen, items = region(world)
    rel.cut()
    kaz.run("set", items[0], "status=completed")
    sen.run("set", items[0], "status=on-hold")
    tkm.run("set", items[1], "progress=10")
    kaz.run("set", items[1], "progress=20")
    in_step(sen)
    rel.heal()
    settle(kaz, tkm, rel, sen)
    alike(hub, rel, kaz, tkm, sen)
    for node in (hub, rel, kaz, tkm, sen):
        same(len(node.json("conflicts")), 2, node.name)


def carried(rel):
    return rel.status()["carried"]


@case
def what_a_cut_and_killed_relay_has_taken_arrives_when_it_is_back(world):
    hub, rel, kaz, tkm, sen, items = region(world)
    rel.cut()
    for i in range(5):
        kaz.add("Kazakh %d" % i, plan="p")
        tkm.add("Turkmen %d" % i, plan="p")
    kaz.run("set", items[0], "progress=70")
    wait("the relay holds them", lambda: carried(rel) == 11)
    has(rel.run("status").out, "11 changes wait of the offices served here")
    check("Kazakh 0" not in titles(rel), "what no gate has judged is shown at the relay")
    check("Turkmen 0" not in titles(kaz), "what no gate has judged has come down")
    rel.run("verify")
    rel.kill()
    for node in (kaz, tkm):  # what they sent is safe at the relay: they need not be there
        node.stop()
    rel.heal()
    rel.start()
    wait("headquarters has them", lambda: len(titles(hub)) == 13)
    wait("none is left to carry", lambda: carried(rel) == 0)
    kaz.start()
    tkm.start()
    settle(kaz, tkm, rel, sen)
    alike(hub, rel, kaz, tkm, sen)
    same(sen.value(items[0], "progress"), 70)


@case
def what_a_lost_machine_left_at_a_relay_is_kept_and_told(world):
    hub, rel, kaz, tkm, sen, items = region(world)
    rel.cut()
    kaz.add("Never at headquarters", plan="p")
    kaz.run("set", items[0], "progress=70")
    wait("the relay holds them", lambda: carried(rel) == 2)
    kaz.kill()
    hub.run("invite", "KAZ", "--replace", "-o", world.path("kaz.new"))
    new = world.node("KAZ2")
    new.run("join", world.path("kaz.new"), "--yes")
    same(rel.status()["orphans"], [])
    rel.heal()
    wait("the relay has heard of it", lambda: rel.status()["orphans"])
    (left,) = rel.status()["orphans"]
    same((left["incarnation"], left["groups"], left["changes"]), ("KAZ.2", ["wg6"], 2))
    same(carried(rel), 0)
    has(rel.log(), "2 changes of KAZ.2 in wg6 were taken here")
    has(rel.run("status").out, "ask KAZ to type them again")
    settle(rel, sen)
    rel.stop()
    rel.start()
    in_step(rel)
    has(rel.status()["incidents"][0]["text"], "2 changes of KAZ.2")
    same(rel.status()["orphans"], [left])
    check("Never at headquarters" not in titles(hub), "it was admitted under a life that had ended")
    rel.run("verify")


@case
def a_relay_killed_again_and_again_loses_nothing(world):
    hub, rel, kaz, tkm, sen, items = region(world)
    wanted = set(titles(hub))
    for i in range(5):
        for office in (kaz, tkm, rel, sen):
            office.add("%s %d" % (office.name, i), plan="p")
            wanted.add("%s %d" % (office.name, i))
        rel.kill()
        kaz.run("set", items[i % 3], "reason=round %d" % i)
        rel.start()
    settle(kaz, tkm, rel, sen)
    alike(hub, rel, kaz, tkm, sen)
    same(titles(hub), sorted(wanted))


@case
def an_office_moves_to_the_hub_and_back_with_what_it_has_not_sent(world):
    hub, rel, kaz, tkm, sen, items = region(world)
    hub_key = key_followed(sen)
    rel.cut()
    kaz.add("Sent to the relay alone", plan="p")
    kaz.run("set", items[0], "status=completed")
    wait("the relay holds it", lambda: carried(rel) == 2)
    kaz.cut()
    kaz.add("Not sent", plan="p")
    kaz.run("comment", items[1], "not sent either")
    move(kaz, hub, hub_key)
    settle(kaz, sen)
    check({"Sent to the relay alone", "Not sent"} <= set(titles(sen)), titles(sen))
    same(sen.value(items[0], "status"), "completed")
    kaz.add("Sent to the hub", plan="p")
    settle(kaz, sen)
    kaz.cut()
    kaz.add("Not sent to the hub", plan="p")
    move(kaz, rel, rel.key, start=False)
    kaz.start()  # the relay is still cut off and behind: nothing is known of the new incarnation yet
    wait("it is told to wait", lambda: "new incarnation" in (kaz.status()["upstream"]["reason"] or "") or
         kaz.status()["upstream"]["state"] == "refused")
    rel.heal()
    settle(rel, kaz, tkm, sen)
    alike(hub, rel, kaz, tkm, sen)
    same(sorted(t for t in titles(hub) if t[:3] in ("Sen", "Not")),
         ["Not sent", "Not sent to the hub", "Sent to the hub", "Sent to the relay alone"])
    same(len(hub.json("show", items[1])["comments"]), 1)
    same(hub.json("conflicts"), [])
    kaz.run("set", items[0], "status=on-hold")
    settle(kaz, sen)
    same(sen.value(items[0], "status"), "on hold")
    same(hub.json("conflicts"), [])


@case
def a_group_that_the_relay_is_not_granted_does_not_pass_through_it(world):
    hub, rel, kaz, tkm, sen, items = region(world)
    hub.run("group", "add", "secret", "--name", "Secret")
    hub.run("plan", "add", "--group", "secret", "Other plan", "--code", "s")
    aze = world.office(hub, "AZE", "wg6", "secret")
    aze.add("For few eyes", plan="s")
    aze.sync()
    move(aze, rel, rel.key)
    settle(aze)
    aze.add("Stays until the office is at the hub again", plan="s")
    aze.add("Goes up", plan="p")
    settle(aze, sen)
    check("Goes up" in titles(sen), titles(sen))
    check(b"few eyes" not in rel.bytes_on_disk(), "the relay holds a group that it is not granted")
    move(aze, hub, key_followed(sen))
    settle(aze)
    has(" ".join(titles(hub)), "Stays until the office is at the hub again", "For few eyes")


def keep(*nodes):
    """A backup of stopped nodes."""
    for node in nodes:
        shutil.copytree(node.home, node.home + ".backup")


def restore(*nodes):
    for node in nodes:
        shutil.rmtree(node.home)
        shutil.copytree(node.home + ".backup", node.home)


@case
def an_office_behind_the_relay_is_restored_from_a_backup(world):
    hub, rel, kaz, tkm, sen, items = region(world)
    kaz.stop()
    keep(kaz)
    kaz.start()
    kaz.add("After the backup", plan="p")
    settle(kaz)
    kaz.stop()
    restore(kaz)
    rel.cut()
    kaz.start()
    kaz.add("After the restore", plan="p")
    wait("it waits for headquarters", lambda: "headquarters" in (kaz.status()["upstream"]["reason"] or ""))
    rel.heal()
    settle(kaz, tkm, rel, sen)
    alike(hub, rel, kaz, tkm, sen)
    check({"After the backup", "After the restore"} <= set(titles(sen)), titles(sen))


@case
def a_relay_is_restored_from_a_backup(world):
    hub, rel, kaz, tkm, sen, items = region(world)
    rel.stop()
    keep(rel)
    rel.start()
    kaz.add("After the backup", plan="p")
    settle(kaz)
    rel.cut()
    kaz.add("Held by the relay alone", plan="p")
    kaz.run("set", items[0], "status=completed")
    wait("the relay holds it", lambda: carried(rel) == 2)
    rel.stop()
    restore(rel)
    rel.start()
    rel.add("By the restored relay", plan="p")
    rel.heal()
    settle(rel, kaz, tkm, sen)
    alike(hub, rel, kaz, tkm, sen)
    check({"After the backup", "Held by the relay alone", "By the restored relay"} <= set(titles(sen)), titles(sen))
    same(sen.value(items[0], "status"), "completed")
    same(sen.json("conflicts"), [])


@case
def a_relay_and_its_office_restored_together_fork_and_keep_both_lives(world):
    hub, rel, kaz, tkm, sen, items = region(world)
    kaz.stop()
    rel.stop()
    keep(kaz, rel)
    rel.start()
    kaz.start()
    kaz.add("After the backup", plan="p")
    settle(kaz, sen)
    for node in (kaz, rel, tkm):
        node.stop()
    restore(kaz, rel)
    rel.cable.cut()
    rel.start()
    kaz.start()
    tkm.start()
    kaz.add("After the restore", plan="p")  # the same number, and nobody here who could know
    wait("the relay holds it", lambda: carried(rel) == 1)
    tkm.add("Behind the same relay", plan="p")
    rel.heal()
    settle(rel, kaz, tkm, sen)
    alike(hub, rel, kaz, tkm, sen)
    check({"After the backup", "After the restore", "Behind the same relay"} <= set(titles(sen)), titles(sen))
    same(carried(rel), 0)
    for node in (hub, rel, kaz, tkm, sen):
        node.run("verify")


@case
def changes_go_up_through_two_relays(world):
    hub, rel, kaz, tkm, sen, items = region(world)
    serve(tkm, hub)
    move(kaz, tkm, tkm.key)
    settle(kaz)
    tkm.cut()
    kaz.add("From far away", plan="p")
    wait("the first relay holds it", lambda: carried(tkm) == 1)
    tkm.heal()
    settle(kaz, tkm, rel, sen)
    alike(hub, rel, kaz, tkm, sen)
    check("From far away" in titles(sen), titles(sen))


def put_back(hub, copy):
    """The stopped hub's home is replaced, as a restore does it."""
    shutil.rmtree(hub.home)
    shutil.copytree(copy, hub.home)
    db = sqlite3.connect(os.path.join(hub.home, "headway.db"))
    db.execute("INSERT INTO node(key, value) VALUES('restored', ?)", (struct.pack(">q", 1793527200000),))
    db.commit()
    db.close()


@case
def a_restored_hub_does_not_wait_for_offices_for_which_a_relay_speaks(world):
    hub, rel, kaz, tkm, sen, items = region(world)
    hub.stop()
    shutil.copytree(hub.home, hub.home + ".backup")
    hub.start()
    kaz.add("By KAZ, lost by the hub", plan="p")
    settle(kaz, rel, tkm, sen)
    kaz.add("By KAZ, not admitted", plan="p")
    hub.stop()
    tkm.stop()
    sen.stop()
    put_back(hub, hub.home + ".backup")
    hub.start()
    wait("the relay is heard, and with it those behind it", lambda: hub.status()["recovery"]["heard"] == 3)
    same(hub.status()["recovery"]["waiting"], ["SEN"])  # follows headquarters itself
    check("By KAZ, lost by the hub" in titles(hub), titles(hub))
    sen.start()
    wait("it is over", lambda: hub.status()["recovery"] is None)
    tkm.start()
    settle(rel, kaz, tkm, sen)
    check(set(["By KAZ, lost by the hub", "By KAZ, not admitted"]) <= set(titles(sen)), titles(sen))
    alike(hub, rel, kaz, tkm, sen)


@case
def who_has_left_a_relay_is_waited_for(world):
    hub, rel, kaz, tkm, sen, items = region(world)
    move(kaz, hub, key_followed(sen))
    settle(rel, kaz, tkm, sen)
    hub.stop()
    shutil.copytree(hub.home, hub.home + ".backup")
    kaz.stop()
    sen.stop()
    put_back(hub, hub.home + ".backup")
    rel.stop()
    rel.start()
    hub.start()
    wait("the relay and TKM are heard", lambda: hub.status()["recovery"]["heard"] == 2)
    same(hub.status()["recovery"]["waiting"], ["KAZ", "SEN"])
    kaz.start()
    sen.start()
    wait("it is over", lambda: hub.status()["recovery"] is None)
    settle(rel, kaz, tkm, sen)
    alike(hub, rel, kaz, tkm, sen)


main()
