"""test_durability.py: what the client was told is saved survives everything:
kill -9 at any moment, a disk that is full, a disk that refuses."""
import os
import random
import resource
import signal
import subprocess
import threading
import time

from disk import fill, integrity, move_to_small_disk, small_disk, use_up
from harness import Failed, case, check, has, main, same, wait

SEED = int(os.environ.get("SEED", "1"))
# Long enough for some forty kills, short enough for every run of the tests.
CHAOS_SECONDS = float(os.environ.get("CHAOS_SECONDS", "14"))


class Writer(threading.Thread):
    """Adds and edits without pause; remembers what it was told is saved."""

    def __init__(self, node, plan, stop):
        super().__init__(daemon=True)
        self.node, self.plan, self.stop_at = node, plan, stop
        self.saved, self.sets, self.tries, self.wrong = [], [], 0, []

    def run(self):
        record = None
        try:
            while time.monotonic() < self.stop_at:
                self.tries += 1
                title = "%s wrote %d" % (self.node.name, self.tries)
                done = self.node.run("add", "activity", title, "--plan", self.plan, "--json", code=None)
                if done.code == 0:
                    record = done.json()["records"][0]["id"]
                    self.saved.append((record, title))
                elif done.code not in (69, 1):
                    self.wrong.append(done)
                if record and self.tries % 3 == 0:
                    done = self.node.run("set", record, "progress=%d" % (self.tries % 101), "--json", code=None)
                    if done.code == 0:
                        self.sets.append((record, self.tries % 101))
        except Failed as error:
            self.wrong.append(error)


@case
def kill_9_of_hub_and_office_at_any_moment_loses_nothing_that_was_saved(world):
    chance = random.Random(SEED)
    hub = world.hub("wg6")
    hub.run("plan", "add", "--group", "wg6", "Workplan", "--code", "p")
    kaz, tkm = world.office(hub, "KAZ", "wg6:coordinator"), world.office(hub, "TKM", "wg6:coordinator")
    stop = time.monotonic() + CHAOS_SECONDS
    writers = [Writer(node, "p", stop) for node in (hub, kaz, tkm)]
    for writer in writers:
        writer.start()
    kills = 0
    while time.monotonic() < stop:
        victim = chance.choice((hub, kaz, kaz, hub, tkm))
        writers[0].join(chance.uniform(0.02, 0.5))  # not a wait for readiness: the moment of the kill is to be random
        victim.kill()
        kills += 1
        victim.start()
    for writer in writers:
        writer.join(60)
        check(not writer.is_alive(), "a client hangs")
        same([str(w) for w in writer.wrong], [])
    check(kills > 5 and sum(len(w.saved) for w in writers) > 30, "too little happened", kills, [len(w.saved) for w in writers])
    world.converge(kaz, tkm)
    same(kaz.export(), hub.export(), "KAZ and the hub differ (seed %d)" % SEED)
    same(kaz.export(), tkm.export(), "KAZ and TKM differ (seed %d)" % SEED)
    for node in (hub, kaz, tkm):
        held = {r["id"]: r for r in node.records("item")}
        for writer in writers:
            for record, title in writer.saved:
                check(record in held, node.name, "lost", title, "(seed %d)" % SEED)
                same(held[record]["title"], title)
            last = dict(writer.sets)
            for record, progress in last.items():
                same(held[record]["progress"], progress, "%s lost a set (seed %d)" % (node.name, SEED))
        same(node.json("conflicts"), [])
    same((kaz.status()["pending"], tkm.status()["pending"]), (0, 0))
    # A crash is no restore: nobody was taken for a clone.
    for office in ("KAZ", "TKM"):
        same([one["name"] for one in hub.json("office", "show", office)["incarnations"]], [office + ".1"])
    for node in (kaz, tkm, hub):
        same(node.stop(), 0)
        integrity(node)


@case
def kill_9_during_an_import_leaves_all_of_it_or_nothing(world):
    chance = random.Random(SEED)
    node = world.node("KAZ")
    node.run("init", "--name", "KAZ")
    node.start()
    node.run("group", "add", "wg6", "--name", "Group")
    rows = 3000
    text = "Action,Deadline\n" + "".join("Task number %d,2030-01\n" % i for i in range(rows))
    for attempt in range(6):
        path = world.write("plan%d.csv" % attempt, text)
        seen = {}
        client = threading.Thread(target=lambda: seen.update(r=node.run("import", path, "--group", "wg6", code=None)))
        client.start()
        client.join(chance.uniform(0.01, 0.35))
        node.kill()
        client.join(30)
        node.start()
        held = len(node.json("list", "plan:plan%d" % attempt)) if "plan%d" % attempt in [
            p["code"] for p in node.json("plan", "list")] else 0
        # More events than one transaction takes may be cut between transactions only when nothing was promised.
        if seen["r"].code == 0:
            same(held, rows, "saved and lost")
        else:
            check(held in (0, rows), "half imported: %d of %d rows" % (held, rows))
    node.stop()
    integrity(node)


def write_until_refused(node, most=4000):
    """Edits until one is not saved; the titles that were saved, and the refusal."""
    saved = []
    for i in range(most):
        title = "Line %d %s" % (i, "x" * 1500)
        done = node.run("add", "activity", title, "--plan", "p", "--json", code=None)
        if done.code != 0:
            return saved, done
        saved.append(done.json()["records"][0]["id"])
    raise Failed("the disk is full and still %d changes were saved" % most)


@case
def on_a_full_disk_a_change_is_not_saved_and_the_daemon_recovers(world):
    node = world.node("KAZ")
    small_disk(world, node, 6)
    node.run("init", "--name", "KAZ", code=None)
    if not os.path.exists(os.path.join(node.home, "headway.db")):
        # A mount point exists already, and init refuses that: make the home elsewhere and carry it in.
        other = world.node("KAZ")
        other.home = world.path("made")
        other.run("init", "--name", "KAZ")
        subprocess.run(["cp", "-a", other.home + "/.", node.home], check=True)
    node.start()
    node.run("group", "add", "wg6", "--name", "Group")
    node.run("plan", "add", "--group", "wg6", "Workplan", "--code", "p")
    ballast = fill(node)
    saved, refused = write_until_refused(node)
    same(refused.code, 1, refused)
    has(refused.err, "not saved", "disk")
    same(node.status()["node"], "KAZ", "the daemon is gone")
    same(len(node.records("item")), len(saved), "what was refused is there, or what was saved is not")
    node.run("add", "activity", "Still none", "--plan", "p", "description=" + "y" * 20000, code=1)
    os.unlink(ballast)
    node.run("add", "activity", "There is room again", "--plan", "p")
    same(len(node.records("item")), len(saved) + 1)
    same(node.stop(), 0)
    integrity(node)
    node.start()
    same(len(node.records("item")), len(saved) + 1, "saved, and lost at the restart")


@case
def a_daemon_starts_on_a_full_disk_or_says_why_not(world):
    node = world.node("KAZ")
    other = world.node("KAZ")
    other.home = world.path("made")
    other.run("init", "--name", "KAZ")
    small_disk(world, node, 4)
    subprocess.run(["cp", "-a", other.home + "/.", node.home], check=True)
    ballast = fill(node)
    node.start(ready=False)
    try:
        node.daemon.wait_ready(10)
    except Failed:
        has(node.daemon.text(), "disk")
        node.daemon.process.wait(10)
        node.stop()
        os.unlink(ballast)
        node.start()
    check(node.json("list") == [])


def told(node, reason, state="connected"):
    """What status tells of the hub when it is this, else None."""
    upstream = node.status()["upstream"]
    known = (upstream["reason"] or "", upstream["state"], bool(upstream["next_try"]))
    return upstream if known == (reason, state, bool(reason)) else None


@case
def an_office_whose_own_disk_is_full_names_its_own_disk(world):
    hub = world.hub("wg6")
    hub.run("plan", "add", "--group", "wg6", "Workplan", "--code", "p")
    kaz = world.office(hub, "KAZ", "wg6:coordinator")
    move_to_small_disk(world, kaz, 6)
    kaz.start()
    kaz.sync()
    ballast = fill(kaz)
    for i in range(30):
        hub.add("While KAZ is full %d" % i, "description=" + os.urandom(10000).hex(), plan="p")
    why = "this office's own disk is full: make room on the disk of " + kaz.home
    wait("it is told", lambda: told(kaz, why, "refused"))
    has(kaz.run("status").out, why)
    os.unlink(ballast)
    wait("it goes on", lambda: kaz.run("sync", "--wait", "5", code=None).code == 0, 45)
    same(hub.export(), kaz.export())
    integrity(kaz)


@case
def an_offices_changes_wait_while_the_hubs_disk_is_full(world):
    made = world.hub("wg6")
    made.run("plan", "add", "--group", "wg6", "Workplan", "--code", "p")
    kaz = world.office(made, "KAZ", "wg6:coordinator")
    made.stop()
    hub = world.node("HQ")
    hub.home, hub.port = world.path("small"), made.port
    small_disk(world, hub, 6)
    subprocess.run(["cp", "-a", made.home + "/.", hub.home], check=True)
    hub.start()
    kaz.sync()
    path, _ = world.invite(hub, "TKM", "wg6:coordinator")
    ballast = fill(hub)
    ids = [kaz.add("Waiting %d " % i + "z" * 60000, plan="p") for i in range(12)]
    ids += [kaz.add("Also waiting %d" % i, "description=" + os.urandom(15000).hex(), plan="p") for i in range(12)]
    same(kaz.run("sync", "--wait", "2", code=None).code, 4)
    check(kaz.status()["pending"] > 0)
    same(hub.status()["node"], "HQ", "the hub is gone")
    wait("the reason is told", lambda: told(kaz, "the hub cannot store now: its disk is full"))
    has(kaz.run("status").out, "connected", "the hub cannot store now: its disk is full; tried again at ")
    use_up(hub, "p")
    kaz.cut()
    kaz.heal()
    # A session needs a token, and that a commit: where even that has no room left, no session is opened.
    full = "the hub cannot store now: its disk is full"
    wait("why is told", lambda: kaz.run("sync", code=None) and (told(kaz, full) or told(kaz, full, "refused")))
    has(kaz.run("status").out, "the hub cannot store now: its disk is full; tried again at ")
    tkm = world.node("TKM")
    has(tkm.run("join", path, "--yes", code=None).err, "headquarters cannot store now: its disk is full: try again later")
    os.unlink(ballast)
    tkm.run("join", path, "--yes")
    wait("all is admitted once there is room", lambda: kaz.run("sync", "--wait", "5", code=None).code == 0, 45)
    check(told(kaz, ""), kaz.status()["upstream"])
    held = {r["id"] for r in hub.records("item")}
    check(set(ids) <= held, "lost", len(set(ids) - held))
    same(hub.export(), kaz.export())
    same(hub.stop(), 0)
    integrity(hub)


@case
def a_disk_that_refuses_to_write_does_not_end_the_daemon(world):
    def limited():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (600 * 1024, resource.RLIM_INFINITY))

    node = world.node("KAZ")
    node.run("init", "--name", "KAZ")
    node.start(limits=limited)
    node.run("group", "add", "wg6", "--name", "Group")
    node.run("plan", "add", "--group", "wg6", "Workplan", "--code", "p")
    saved, refused = write_until_refused(node)
    same(refused.code, 1, refused)
    has(refused.err, "not saved")
    same(len(node.records("item")), len(saved))
    resource.prlimit(node.daemon.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    node.run("add", "activity", "It writes again", "--plan", "p")
    same(len(node.records("item")), len(saved) + 1)
    same(node.stop(), 0)
    integrity(node)


main()
