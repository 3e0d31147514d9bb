"""test_weather.py: links as offices have them: slow and narrow, silent while
they look open, broken in the midst of a frame; and disks that fill up."""
import os
import random

from disk import fill, integrity, move_to_small_disk
from harness import Failed, case, check, has, main, same, wait

SEED = int(os.environ.get("SEED", "1"))
# `make soak` asks for the long forms.
LONG = os.environ.get("SOAK", "") not in ("", "0")
# 64 kbit/s and 400 ms each way: a satellite telephone on a good day.
NARROW, FAR = 8000, 0.4
# So that a dead link is noticed while a person watches; the defaults are 10, 60 and 5 s.
SHORT = {"heartbeat_ms": 200, "timeout_ms": 1000, "handshake_ms": 1000}


def plan_at_a_hub(world, **conf):
    hub = world.hub("wg6")
    hub.run("plan", "add", "--group", "wg6", "Workplan", "--code", "p")
    return configured(hub, conf)


def configured(node, conf):
    if conf:
        node.stop()
        node.configure(**conf)
        node.start()
    return node


def office(world, hub, code, **conf):
    node = configured(world.office(hub, code, "wg6:coordinator"), conf)
    node.sync()
    return node


def sessions(node):
    return node.log().count("in session with the hub")


def table(world, name, rows, chance, noise):
    """A workplan with so many bytes in each row that do not pack."""
    text = "Action,Description,Deadline\n" + "".join("%s task %d,%s,2030-01\n" % (name, i, chance.randbytes(noise).hex())
                                                     for i in range(rows))
    return world.write(name + ".csv", text)


def not_connected(node):
    return wait("%s notices" % node.name, lambda: node.status()["upstream"]["state"] != "connected")


def all_hold(hub, *offices):
    """The same everywhere, nothing waits, and every signature and chain is good."""
    wanted = hub.export()
    for node in (hub,) + offices:
        same(node.export(), wanted, node.name)
        same(node.status()["pending"], 0, node.name)
        node.verify()


@case
def two_thousand_changes_each_way_cross_a_slow_link_in_one_session(world):
    hub = plan_at_a_hub(world)
    kaz, tkm = office(world, hub, "KAZ", heartbeat_ms=300), office(world, hub, "TKM")
    kaz.cut()
    chance = random.Random(SEED)
    for node, name in ((kaz, "up"), (tkm, "down")):
        path = table(world, name, 2000, chance, 400 if LONG else 1)
        node.run("import", path, "--group", "wg6", "--plan", "p")
    tkm.sync()
    before = sessions(kaz)
    kaz.cable.weather(delay=FAR, rate=NARROW)
    kaz.cable.splice()
    wait("it is connected over the slow link", lambda: kaz.status()["upstream"]["state"] == "connected")
    since = kaz.status()["upstream"]["since"]
    last = kaz.add("Written while the link is busy", plan="p")
    limit = 1200 if LONG else 150
    kaz.run("sync", "--wait", limit, seconds=limit + 10)
    tkm.sync()
    status = kaz.status()
    same((status["pending"], status["upstream"]["since"]), (0, since), "the session did not last")
    same(sessions(kaz) - before, 1, "sessions")
    carried = {way: kaz.cable.carried(way) for way in ("up", "down")}
    check(min(carried.values()) > 20000, "too little went over the link", carried)
    same(tkm.value(last, "title"), "Written while the link is busy")
    same(len(tkm.records("item")), 2 * 2000 + 1)
    all_hold(hub, kaz, tkm)


@case
def asking_for_a_sync_over_and_over_does_not_begin_the_connection_anew(world):
    hub = plan_at_a_hub(world)
    kaz = office(world, hub, "KAZ")
    kaz.cut()
    record = kaz.add("Somebody is impatient", plan="p")
    kaz.cable.weather(delay=FAR)
    kaz.cable.splice()
    # Each of these ends before a handshake over this link can.
    wait("a sync ends well", lambda: kaz.run("sync", "--wait", 1, code=None).code == 0)
    same(hub.value(record, "title"), "Somebody is impatient")


@case
def links_that_are_silent_up_or_down_or_both_ways_are_noticed_and_nothing_is_lost(world):
    hub = plan_at_a_hub(world, **SHORT)
    uzb = office(world, hub, "UZB")  # its link is good all the time
    silent = {office(world, hub, code, **SHORT): way for code, way in (("KAZ", "up"), ("TKM", "down"), ("TJK", None))}
    since = {node: node.status()["upstream"]["since"] for node in silent}
    for node, way in silent.items():
        node.cable.weather(way, lost=True)
    titles = {node: ["%s into the silence %d" % (node.name, i) for i in range(10)] for node in silent}
    for node in silent:
        for title in titles[node][:5]:
            node.add(title, plan="p")
    theirs = [uzb.add("Out of their reach %d" % i, plan="p") for i in range(5)]
    uzb.sync()  # nobody else is held up
    for node in silent:
        not_connected(node)
        for title in titles[node][5:]:
            node.add(title, plan="p")
    wait("the hub has ended the dead sessions",
         lambda: [o["code"] for o in hub.status()["offices"] if o["connected"]] == ["UZB"])
    for node in silent:
        # Once the tries fail as well, the reason is that of the last try.
        wait("%s names the silence" % node.name, lambda: "does not answer" in (node.status()["upstream"]["reason"] or ""))
        has(node.run("status").out, "connecting", "timed out: the other end accepts connections but does not answer",
            "10 changes wait")
        has(node.run("sync", "--wait", 1, code=4).err, "the hub cannot be reached; what is saved here is sent later")
    for node in silent:
        node.heal()
    world.converge(uzb, *silent)
    for node in silent:
        check(node.status()["upstream"]["since"] != since[node], node.name)
        check(all(node.value(r, "title") for r in theirs), node.name)
        same([one["name"] for one in hub.json("office", "show", node.name)["incarnations"]], [node.name + ".1"])
    all_hold(hub, uzb, *silent)
    written = sorted(title for some in titles.values() for title in some)
    same(sorted(r["title"] for r in hub.records("item") if "into the silence" in r["title"]), written)


@case
def an_idle_office_stays_in_session(world):
    """What its signs of life say of how long it may be silent has 16 bits at the other end: with more, 64 ms would be left of this."""
    hub = plan_at_a_hub(world)
    kaz = office(world, hub, "KAZ", heartbeat_ms=100, timeout_ms=65500)
    before, had = sessions(kaz), kaz.cable.carried("up")
    wait("some signs of life", lambda: sessions(kaz) > before or kaz.cable.carried("up") > had + 10 * 40)
    same(sessions(kaz), before)


@case
def a_stall_shorter_than_the_timeout_ends_no_session(world):
    hub = plan_at_a_hub(world)
    kaz = office(world, hub, "KAZ", heartbeat_ms=100)
    before = sessions(kaz)
    for _ in range(5 if LONG else 1):
        kaz.cable.weather(stalled=True)
        record = kaz.add("During the stall", plan="p")
        same(kaz.run("sync", "--wait", 1, code=4).code, 4)
        check(record not in [r["id"] for r in hub.records("item")], "it passed through a stalled link: a weak test")
        kaz.cable.weather(stalled=False)
        kaz.sync()
        same(hub.value(record, "title"), "During the stall")
    same(sessions(kaz), before)


@case
def a_link_cut_in_the_midst_of_frames_loses_nothing_and_doubles_nothing(world):
    chance = random.Random(SEED)
    hub = plan_at_a_hub(world)
    kaz, tkm = office(world, hub, "KAZ"), office(world, hub, "TKM")
    kaz.cable.snap(500, 120000)
    wanted, parts, rows = 200 if LONG else 20, 0, 300
    # Bulk both ways for as long as it takes; messages are of some 60 kB, so most breaks fall into one.
    while kaz.cable.snapped < wanted:
        parts += 1
        for node in (kaz, tkm):
            path = table(world, "%s-%d" % (node.name, parts), rows, chance, 200)
            node.run("import", path, "--group", "wg6", "--plan", "p")
        seen = kaz.cable.snapped
        wait("the link breaks, or all is across", lambda: kaz.cable.snapped > seen or kaz.status()["pending"] == 0)
    kaz.heal()
    world.converge(kaz, tkm)
    for node in (hub, kaz, tkm):
        titles = [r["title"] for r in node.records("item")]
        same((len(titles), len(set(titles))), (2 * parts * rows,) * 2, "%s (seed %d)" % (node.name, SEED))
    all_hold(hub, kaz, tkm)
    same(hub.status()["events"], kaz.status()["events"], "events")
    same([one["name"] for one in hub.json("office", "show", "KAZ")["incarnations"]], ["KAZ.1"])


@case
def a_refusing_hub_is_said_in_plain_words_and_found_again(world):
    hub = plan_at_a_hub(world)
    kaz = office(world, hub, "KAZ")
    kaz.cable.refuse()
    not_connected(kaz)
    record = kaz.add("For later", plan="p")
    wait("the reason is told", lambda: "connection refused" in kaz.run("status").out)
    kaz.heal()
    kaz.sync()
    same(hub.value(record, "title"), "For later")


def write_until_refused(node, saved, most=2000):
    """Adds until the client is told that it is not saved."""
    for i in range(most):
        done = node.run("add", "activity", "%s fills the disk %d" % (node.name, i), "description=" + "x" * 1500,
                        "--plan", "p", "--json", code=None)
        if done.code != 0:
            same(done.code, 1, done)
            has(done.err, "not saved", "disk")
            return
        saved.append(done.json()["records"][0]["id"])
    raise Failed("the disk is full and still %d changes were saved" % most)


def give_room(nodes, ballast):
    for path in ballast:
        os.unlink(path)
    if LONG:
        return
    # A hub that was full is asked again after half a minute; a new session asks at once.
    for node in nodes:
        node.cut()
        node.heal()


@case
def full_disks_at_the_hub_and_at_an_office_stop_nobody_else(world):
    hub = plan_at_a_hub(world)
    kaz, tkm = office(world, hub, "KAZ"), office(world, hub, "TKM")
    for node in (hub, kaz):
        move_to_small_disk(world, node, 12)
        node.start()
    world.converge(kaz, tkm)
    saved = []

    # The office's disk: its client is told, it hears nothing, the others go on.
    ballast = [fill(kaz)]
    write_until_refused(kaz, saved)
    saved += [tkm.add("While KAZ is full %d" % i, "description=" + os.urandom(10000).hex(), plan="p") for i in range(20)]
    saved.append(hub.add("The hub too", plan="p"))
    tkm.sync()
    same(len(kaz.json("list")), len(kaz.records("item")), "the daemon is gone")
    write_until_refused(kaz, saved)  # the log may have come round and have room for a few

    # The hub's as well: TKM writes on, and what it wrote waits.
    ballast.append(fill(hub))
    write_until_refused(hub, saved)
    saved += [tkm.add("While both are full %d" % i, "description=" + os.urandom(15000).hex(), plan="p") for i in range(20)]
    tkm.run("sync", "--wait", 1, code=4)
    check(tkm.status()["pending"] > 0)
    same((hub.status()["node"], kaz.status()["node"]), ("HQ", "KAZ"))

    has(kaz.run("status").out, "this office's own disk is full: make room on the disk of " + kaz.home)
    give_room((kaz, tkm), ballast)
    for office_ in (kaz, tkm, kaz):
        wait("%s is in step" % office_.name, lambda: office_.run("sync", "--wait", 5, code=None).code == 0, 60)
    for node in (hub, kaz, tkm):
        held = [r["id"] for r in node.records("item")]
        same(sorted(held), sorted(saved), "%s: what was saved, and nothing else" % node.name)
    all_hold(hub, kaz, tkm)
    same(kaz.json("conflicts"), [])
    for node in (kaz, tkm, hub):
        same(node.stop(), 0)
        integrity(node)


main()
