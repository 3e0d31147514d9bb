"""test_keys.py: a hub that has moved, and new keys for an office and for the hub itself."""
import os, re, shutil, sqlite3

from cable import Cable
from harness import case, check, free_port, has, main, same, wait


def conf(node, key):
    with open(os.path.join(node.home, "headway.conf"), encoding="utf-8") as f:
        return re.search(r'^%s\s*=\s*"(.*)"' % key, f.read(), re.M).group(1)


def plan(node):
    node.run("plan", "add", "--group", "wg6", "Common", "--code", "common")
    return "common"


@case
def the_hub_moved_and_the_office_follows_without_a_restart(world):
    hub = world.hub("wg6")
    kaz = world.office(hub, "KAZ", "wg6")
    one = kaz.add("Before", plan=plan(kaz))
    kaz.sync()
    other = Cable(hub.port)
    world.cleanups.append(other.close)
    moved = kaz.json("upstream", "tcp://127.0.0.1:%d" % other.port)
    same((moved["tried"], moved["address"]), (True, "tcp://127.0.0.1:%d" % other.port))
    kaz.cable.refuse()
    kaz.run("set", one, "status=completed")
    kaz.sync()
    same(hub.json("show", one)["status"], "completed")
    same(kaz.status()["upstream"]["address"], moved["address"])
    same(kaz.status()["incarnation"], "KAZ.1", "the same hub is no reason for another life")
    same(conf(kaz, "upstream"), moved["address"])
    kaz.stop()
    kaz.start()
    kaz.sync()


@case
def another_hub_at_the_new_address_is_refused_and_nothing_changes(world):
    hub, foreign = world.hub("wg6"), world.hub("wg6", name="OTHER")
    kaz = world.office(hub, "KAZ", "wg6")
    before = conf(kaz, "upstream")
    refused = kaz.run("upstream", "tcp://127.0.0.1:%d" % foreign.port, code=1)
    key = conf(kaz, "upstream_key")
    has(refused.err, "another key", key[:4] + "-" + key[4:8], "Nothing was changed", "headway status")
    has(hub.run("status").out, key[:4] + "-" + key[4:8])
    check(key[:4] + "-" + key[4:8] not in foreign.run("status").out)
    silent = kaz.run("upstream", "tcp://127.0.0.1:%d" % free_port(), code=1)
    has(silent.err, "cannot be reached", "--yes")
    same(conf(kaz, "upstream"), before)
    kaz.sync()
    has(kaz.run("upstream", "hq.example.org", code=78).err, "tcp://")
    has(hub.run("upstream", "tcp://127.0.0.1:1", code=78).err, "follows no hub")
    kaz.run("upstream", "tcp://127.0.0.1:%d" % free_port(), "--yes")
    kaz.run("upstream", before)
    kaz.sync()


def state(node):
    return node.status()["upstream"]["state"]


def copy_of(world, node, name):
    """The home as a thief has it."""
    copy = world.node(node.name)
    copy.home = world.path(name)
    shutil.copytree(node.home, copy.home, ignore=shutil.ignore_patterns("ctl.sock", "lock"))
    return copy


def lives(hub, code):
    return {l["name"]: l for l in hub.json("office", "show", code)["incarnations"]}


@case
def an_office_gets_new_keys_while_it_works_and_the_old_ones_are_refused(world):
    hub = world.hub("wg6")
    kaz, tjk = world.office(hub, "KAZ", "wg6"), world.office(hub, "TJK", "wg6")
    one = kaz.add("Before", plan=plan(kaz))
    world.converge(kaz, tjk)
    kaz.stop()
    thief = copy_of(world, kaz, "stolen")
    kaz.start()
    kaz.sync()
    before = hub.json("office", "show", "KAZ")["curve_key"]
    has(kaz.run("key", "rotate").out, "new keys")
    wait("it goes on with them", lambda: kaz.status()["incarnation"] == "KAZ.2")
    kaz.run("set", one, "status=completed")
    kaz.sync()
    same(hub.json("show", one)["status"], "completed")
    same(kaz.status()["incarnation_reason"], "rotation")
    after = hub.json("office", "show", "KAZ")["curve_key"]
    check(before != after == kaz.status()["curve_key"])
    has(lives(hub, "KAZ")["KAZ.1"]["ended"], "changed its keys")
    for name in os.listdir(kaz.home):
        if name.endswith(".key"):
            same(os.stat(os.path.join(kaz.home, name)).st_mode & 0o777, 0o600, name)
    check("curve-next.key" not in os.listdir(kaz.home))
    thief.add("Forged", plan="common") if thief.start() else None
    wait("the old keys are shut out", lambda: state(thief) == "refused")
    has(thief.status()["upstream"]["reason"], "shut")
    thief.stop()
    kaz.stop()
    kaz.start()
    kaz.sync()
    same(kaz.status()["incarnation"], "KAZ.2")
    world.converge(kaz, tjk)
    same(kaz.export(), hub.export())
    for node in (hub, kaz, tjk):
        node.verify()


@case
def a_new_key_that_is_not_in_its_place_yet_is_not_written_over(world):
    hub = world.hub("wg6")
    kaz = world.office(hub, "KAZ", "wg6")
    path, next_key = (os.path.join(kaz.home, name) for name in ("curve.key", "curve-next.key"))
    def held():
        with open(path, encoding="utf-8") as f:
            return f.read()
    before = held()
    kaz.run("key", "rotate")
    wait("it goes on with them", lambda: kaz.status()["incarnation"] == "KAZ.2")
    kaz.sync()
    now = held()
    check(now != before)
    # As if the disk had been full after the commit; and it fails again when the next key is drawn.
    with open(path, "w", encoding="utf-8") as f:
        f.write(before)
    os.mkdir(next_key)
    has(kaz.run("key", "rotate", code=1).err, "curve-next.key")
    same(held(), now)
    kaz.kill()
    os.rmdir(next_key)
    kaz.start()
    kaz.sync()
    same(kaz.status()["incarnation"], "KAZ.2")


@case
def keys_that_are_drawn_without_a_link_wait_for_it_and_nothing_is_lost(world):
    hub = world.hub("wg6")
    kaz = world.office(hub, "KAZ", "wg6")
    one = kaz.add("Before", plan=plan(kaz))
    kaz.sync()
    kaz.cut()
    kaz.run("key", "rotate")
    kaz.run("set", one, "status=completed")
    same(kaz.status()["incarnation"], "KAZ.1")
    kaz.kill()
    kaz.start()
    kaz.heal()
    wait("it goes over", lambda: kaz.status()["incarnation"] == "KAZ.2")
    kaz.sync()
    same(hub.json("show", one)["status"], "completed")
    kaz.run("key", "rotate")
    wait("and again", lambda: kaz.status()["incarnation"] == "KAZ.3")
    kaz.run("set", one, "progress=50")
    kaz.sync()
    same(hub.json("show", one)["progress"], 50)
    same(hub.export(), kaz.export())


@case
def an_office_behind_a_relay_gets_new_keys(world):
    hub = world.hub("wg6")
    relay = world.office(hub, "REG", "wg6", start=False)
    port = free_port()
    relay.configure(listen="tcp://127.0.0.1:%d" % port)
    relay.start()
    kaz = world.office(hub, "KAZ", "wg6", start=False)
    kaz.configure(upstream="tcp://127.0.0.1:%d" % port, upstream_key=hub.json("office", "show", "REG")["curve_key"])
    relay.sync()
    kaz.start()
    kaz.run("sync", "--wait", 30)
    one = kaz.add("Through the relay", plan=plan(kaz))
    kaz.sync()
    life = kaz.status()["incarnation"]
    kaz.run("key", "rotate")
    wait("it goes over", lambda: kaz.status()["incarnation"] != life)
    kaz.run("set", one, "status=completed")
    kaz.sync()
    same(hub.json("show", one)["status"], "completed")
    same(hub.json("office", "show", "KAZ")["curve_key"], kaz.status()["curve_key"])
    relay.sync()
    kaz.run("set", one, "progress=50")
    kaz.sync()
    same(hub.json("show", one)["progress"], 50)


def the_day_comes(hub):
    """The day on which the announced key counts, brought forward while the hub is down."""
    hub.stop()
    with sqlite3.connect(os.path.join(hub.home, "headway.db")) as db:
        same(db.execute("UPDATE node SET value = ? WHERE key = 'switch'", ((1).to_bytes(8, "big"),)).rowcount, 1)
    db.close()
    hub.start()
    hub.daemon.wait_line("new key from now on")


def behind(world, relay, hub, code):
    """An office that follows the relay from its second session on."""
    node = world.office(hub, code, "wg6", start=False)
    node.cable = Cable(relay.port)
    world.cleanups.append(node.cable.close)
    node.configure(upstream="tcp://127.0.0.1:%d" % node.cable.port, upstream_key=relay.status()["curve_key"])
    relay.sync()
    node.start()
    node.sync()
    return node


@case
def a_relay_gets_new_keys_and_the_offices_behind_it_follow(world):
    hub = world.hub("wg6")
    relay = world.office(hub, "REG", "wg6", start=False)
    relay.port = free_port()
    relay.configure(listen="tcp://127.0.0.1:%d" % relay.port)
    relay.start()
    kaz, tjk, uzb = (behind(world, relay, hub, code) for code in ("KAZ", "TJK", "UZB"))
    one = kaz.add("Before", plan=plan(kaz))
    world.converge(kaz, relay, tjk, uzb)
    old, lives_before = relay.status()["curve_key"], [n.status()["incarnation"] for n in (kaz, tjk, uzb)]
    tjk.stop()
    uzb.stop()
    relay.run("key", "rotate", "--overlap", 30)
    wait("the relay goes over", lambda: relay.status()["incarnation"] == "REG.2")
    wait("and is heard with it", lambda: hub.json("office", "show", "REG")["curve_key"] not in (None, old))
    new = hub.json("office", "show", "REG")["curve_key"]
    same(relay.status()["curve_key"], old, "offices still know it by this one")
    has(relay.run("status").out, "a new one counts from")
    has(relay.run("key", "rotate", code=77).err, "former key")
    kaz.run("set", one, "status=completed")
    kaz.sync()
    relay.sync()
    same(hub.json("show", one)["status"], "completed")
    relay.stop()  # a restart forgets nothing
    relay.start()
    tjk.start()  # was away, and has the former key only
    tjk.sync()
    same(tjk.json("show", one)["status"], "completed")
    hub.run("bundle", "-o", world.path("sealed"), "--for", "KAZ")  # nothing of this depends on the link
    tjk.add("On a stick", plan="common")
    tjk.run("bundle", "-o", world.path("up"))  # sealed for the relay as TJK knows it
    relay.run("apply", world.path("up"))
    the_day_comes(relay)
    same(relay.status()["curve_key"], new)
    check("curve-former.key" not in os.listdir(relay.home))
    for node in (kaz, tjk):
        node.sync()
        same((node.name, conf(node, "upstream_key")), (node.name, new))
    uzb.start()  # away for all of it
    wait("it is told", lambda: "key is not the one" in (uzb.status()["upstream"]["reason"] or ""))
    relay.run("bundle", "--for", "UZB", "-o", world.path("stick"))
    uzb.run("apply", world.path("stick"))
    uzb.sync()
    same(conf(uzb, "upstream_key"), new)
    world.converge(kaz, tjk, uzb, relay)
    same([n.status()["incarnation"] for n in (kaz, tjk, uzb)], lives_before, "the same relay is no reason for another life")
    for node in (relay, kaz, tjk, uzb):
        same(node.export(), hub.export(), node.name)
        node.verify()


@case
def headquarters_gets_new_keys_and_every_office_follows_by_itself(world):
    hub = world.hub("wg6")
    kaz, tjk, uzb = (world.office(hub, code, "wg6") for code in ("KAZ", "TJK", "UZB"))
    one = kaz.add("Before", plan=plan(kaz))
    world.converge(kaz, tjk, uzb)
    old = hub.status()["curve_key"]
    uzb.stop()
    said = hub.json("key", "rotate", "--overlap", 30)
    check(said["switch"], said)
    same(hub.status()["incarnation"], "HQ.2")
    same(hub.status()["curve_key"], old, "offices that come meanwhile still know this one")
    has(hub.run("status").out, "a new one counts from")
    has(hub.run("key", "rotate", code=77).err, "already")
    has(lives(hub, "HQ")["HQ.1"]["ended"], "headquarters changed its keys")
    two = hub.add("Signed by the new life", plan="common")
    kaz.run("set", one, "status=completed")
    world.converge(kaz, tjk)
    same(tjk.json("show", two)["title"], "Signed by the new life")
    tjk.stop()  # it has heard; UZB has not
    uzb.start()
    uzb.sync()
    uzb.stop()
    the_day_comes(hub)
    new = hub.status()["curve_key"]
    check(new != old)
    for node in (kaz, tjk, uzb):
        if not node.daemon:
            node.start()
        node.sync()
        same((node.name, conf(node, "upstream_key")), (node.name, new))
        same(node.status()["incarnation"], node.name + ".1", "the same hub is no reason for another life")
    three = tjk.add("After", plan="common")
    world.converge(tjk, kaz, uzb)
    same(hub.json("show", three)["title"], "After")
    for node in (hub, kaz, tjk, uzb):
        same(node.export(), hub.export(), node.name)
        node.verify()
    for node in (kaz, tjk, uzb, hub):
        node.stop()
    for node in (hub, kaz):
        node.start()
    kaz.sync()
    late = world.office(hub, "KGZ", "wg6")
    same(late.json("show", three)["title"], "After")
    late.verify()


@case
def with_no_overlap_who_is_in_session_follows_and_who_was_away_is_told(world):
    hub = world.hub("wg6")
    kaz, tjk = world.office(hub, "KAZ", "wg6"), world.office(hub, "TJK", "wg6")
    one = kaz.add("Before", plan=plan(kaz))
    world.converge(kaz, tjk)
    tjk.stop()
    old = hub.status()["curve_key"]
    hub.run("key", "rotate", "--overlap", 0)
    wait("the hub has changed over", lambda: hub.status()["curve_key"] != old)
    kaz.run("set", one, "status=completed")
    kaz.sync()
    kaz.stop()
    kaz.start()
    kaz.sync()
    same(conf(kaz, "upstream_key"), hub.status()["curve_key"])
    tjk.start()
    wait("it is told", lambda: "key is not the one" in (tjk.status()["upstream"]["reason"] or ""))
    path = world.path("again.invite")
    hub.run("invite", "TJK", "--replace", "-o", path)
    again = world.node("TJK")
    again.home = world.path("tjk-new")
    again.run("join", path, "--yes")
    again.start()
    again.sync()
    same(again.json("show", one)["status"], "completed")


@case
def who_was_away_longer_than_the_overlap_follows_by_a_file(world):
    """The directory in it announces the key under the root's signature: neither invitation nor another life is needed."""
    hub = world.hub("wg6")
    kaz, tjk = world.office(hub, "KAZ", "wg6"), world.office(hub, "TJK", "wg6")
    one = kaz.add("Before", plan=plan(kaz))
    world.converge(kaz, tjk)
    tjk.stop()
    old = hub.status()["curve_key"]
    hub.run("key", "rotate", "--overlap", 0)
    wait("the hub has changed over", lambda: hub.status()["curve_key"] != old)
    hub.run("key", "rotate", "--root")
    tjk.start()
    two = tjk.add("Written while nobody answers", plan="common")
    wait("it is told", lambda: "key is not the one" in (tjk.status()["upstream"]["reason"] or ""))
    has(tjk.status()["upstream"]["reason"], "headway bundle --for TJK", "headway apply")
    hub.run("bundle", "--for", "TJK", "-o", world.path("stick"))
    tjk.run("apply", world.path("stick"))
    wait("it is in session", lambda: state(tjk) == "connected")
    tjk.sync()
    same(conf(tjk, "upstream_key"), hub.status()["curve_key"])
    same(tjk.status()["incarnation"], "TJK.1")
    same(hub.json("show", two)["title"], "Written while nobody answers")
    kaz.run("set", one, "status=completed")
    world.converge(kaz, tjk)
    same(tjk.export(), hub.export())


main()
