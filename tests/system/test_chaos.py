"""test_chaos.py: hub and offices are killed and their links go bad, while people
work at all of them; then the weather clears, and everything that anybody was
told is saved is everywhere, and all hold the same.

    SEED=7 CHAOS_SECONDS=300 tests/system/test_chaos.py"""
import os
import random
import threading
import time

from disk import integrity
from harness import Failed, case, check, main, same, wait
from storm import Storm

SEED = int(os.environ.get("SEED", "1"))
CHAOS_SECONDS = float(os.environ.get("CHAOS_SECONDS", "12"))
# After the storm, until all are in step: the slowest thing left is a connection found dead and made again.
HEALED = 180.0
# A dead link is noticed within a second, so that many are in a short run.
QUICK = {"heartbeat_ms": 200, "timeout_ms": 1000, "handshake_ms": 2000}
# What a client may say when its daemon is killed under it, or when a conflict is in the way.
MAY_FAIL = (69, 1, 4)


class Person(threading.Thread):
    """Works without pause, and writes down what was printed as saved."""

    def __init__(self, node, number, shared, stop_at):
        super().__init__(daemon=True)
        self.node, self.name, self.shared, self.stop_at = node, "%s-%d" % (node.name, number), shared, stop_at
        self.chance = random.Random("%d %s" % (SEED, self.name))
        self.mine, self.tries, self.wrong = [], 0, []
        self.facts = []     # (change, record, field): must be in every log
        self.titles = {}    # record: title
        self.values = {}    # own record: progress, where it is certain
        self.elements = []  # (record, element), added and never removed
        self.comments = []  # (record, text)
        self.imports = []   # (change, rows, titles)

    def run(self):
        deeds = (self.add, self.set, self.set, self.element, self.comment, self.shared_status, self.table, self.undo)
        try:
            while time.monotonic() < self.stop_at:
                self.tries += 1
                (self.chance.choice(deeds) if self.mine else self.add)()
        except Exception as error:  # shown by the test's thread
            self.wrong.append("%s: %s" % (self.name, error))

    def say(self, *words):
        """The answer when it was saved, else None."""
        done = self.node.run(*words, "--json", code=None)
        if done.code == 0:
            answer = done.json()
            change = answer["change"] if words[0] == "import" else answer
            if not change["saved"]:  # it is so already
                check(change["change"] is None and not change["records"], done)
                return answer
            self.facts += [(change["change"], r["id"], c["field"]) for r in change["records"] for c in r["changes"]]
            return answer
        if done.code not in MAY_FAIL:
            raise Failed(done)
        return None

    def add(self):
        title = "%s wrote %d" % (self.name, self.tries)
        answer = self.say("add", "activity", title, "--plan", "p")
        if answer:
            self.mine.append(answer["records"][0]["id"])
            self.titles[self.mine[-1]] = title

    def set(self, undo=False):
        record, value = self.chance.choice(self.mine), self.tries % 101
        before = self.values.pop(record, None)
        answer = self.say("set", record, "progress=%d" % value)
        if not answer:
            return
        self.values[record] = value
        if undo and answer["saved"] and before is not None:
            del self.values[record]
            if self.say("undo", answer["change"]):
                self.values[record] = before

    def undo(self):
        self.set(undo=True)

    def element(self):
        record, element = self.chance.choice(self.shared + self.mine[-3:]), "%s %d" % (self.name, self.tries)
        if self.say("set", record, "responsible+=" + element):
            self.elements.append((record, element))

    def comment(self):
        record, text = self.chance.choice(self.shared + self.mine), "%s remarks %d" % (self.name, self.tries)
        if self.say("comment", record, text):
            self.comments.append((record, text))

    def shared_status(self):
        self.say("set", self.chance.choice(self.shared), "status=" + self.chance.choice(("completed", "on-hold", "in-progress")))

    def table(self):
        titles = ["%s listed %d.%d" % (self.name, self.tries, i) for i in range(self.chance.randint(2, 12))]
        path = self.node.world.write("%s-%d.csv" % (self.name, self.tries),
                                     "Action,Deadline\n" + "".join("%s,2030-01\n" % t for t in titles))
        answer = self.say("import", path, "--group", "wg6", "--plan", "p")
        if answer:
            same(answer["new"], len(titles), path)
            self.imports.append((answer["change"]["change"], titles))


def everything_is_there(node, people):
    """Each change that anybody was told is saved, by its name in the log and by its value in the export."""
    log = node.json("log", "--limit", 1000000)
    facts = {(row["change"], row["id"], row["field"]) for row in log}
    changes = {row["change"] for row in log}
    rows = {r["id"]: r for r in node.records()}
    titles = [r.get("title") for r in rows.values()]
    held, remarks = set(titles), {(r["on"], r["text"]) for r in rows.values() if r["kind"] == "comment"}
    for p in people:
        lost = [f for f in p.facts if f not in facts]
        lost += [c for c, _ in p.imports if c not in changes]
        lost += [t for _, listed in p.imports for t in listed if t not in held]
        lost += [(r, t) for r, t in p.titles.items() if rows.get(r, {}).get("title") != t]
        lost += [(r, "progress", v) for r, v in p.values.items() if rows[r].get("progress") != v]
        lost += [(r, e) for r, e in p.elements if e not in rows[r]["responsible"]]
        lost += [c for c in p.comments if c not in remarks]
        same(lost, [], "%s does not hold what %s was told is saved" % (node.name, p.name))
    made = [t for t in titles if t and (" wrote " in t or " listed " in t)]
    same(len(made), len(set(made)), "%s holds something twice" % node.name)


def all_is_well(world, hub, offices, people):
    nodes = [hub] + offices
    for _ in range(2):
        for office in offices:
            wait("%s is in step again" % office.name, lambda: office.run("sync", "--wait", 5, code=None).code == 0, HEALED)
    exports = [node.export() for node in nodes]
    for node, export in zip(nodes, exports):
        same(export, exports[0], "%s and %s differ" % (node.name, hub.name))
        everything_is_there(node, people)
        same((node.status()["pending"], node.status()["refused"]), (0, 0), node.name)
        # Neither a crash nor a lost link is a restore: nobody was taken for a clone.
        same([one["name"] for one in hub.json("office", "show", node.name)["incarnations"]], [node.name + ".1"])
        node.verify()
    for node in offices + [hub]:
        same(node.stop(), 0, node.name)
        integrity(node)
    for node, export in zip(nodes, exports):
        node.start()
        same(node.export(), export, "%s after a restart" % node.name)
        node.verify()


@case
def after_any_weather_all_hold_the_same_and_nothing_that_was_saved_is_missing(world):
    hub = world.hub("wg6")
    hub.configure(**QUICK)
    hub.stop()
    hub.start()
    hub.run("plan", "add", "--group", "wg6", "Workplan", "--code", "p")
    offices = [world.office(hub, code, "wg6:coordinator") for code in ("KAZ", "TKM", "TJK")]
    shared = [hub.add("Everybody's %d" % i, plan="p") for i in range(4)]
    for number, office in enumerate(offices):
        office.configure(**QUICK)
        office.stop()
        office.start()
        office.sync()
        office.cable.chance.seed("%d %d" % (SEED, number))
    stop = time.monotonic() + CHAOS_SECONDS
    people = [Person(node, number, shared, stop) for number, node in enumerate([hub, offices[0]] + offices)]
    storm = Storm(SEED, hub, offices, stop, time.monotonic)
    try:
        for person in people:
            person.start()
        storm.rage()
        for person in people:
            person.join(120)
            check(not person.is_alive(), "a client hangs at", person.name)
            same(person.wrong, [])
        storm.calm()
        done = [len(p.facts) for p in people]
        check(storm.kills > CHAOS_SECONDS / 10 and min(done) > CHAOS_SECONDS / 4, "too little happened", storm.kills, done)
        all_is_well(world, hub, offices, people)
    except Failed as error:
        raise Failed("%s\nThe same decisions again: SEED=%d CHAOS_SECONDS=%g B=%s python3 %s\n%s" % (
            error, SEED, CHAOS_SECONDS, os.environ.get("B", "build"), "tests/system/test_chaos.py",
            "\n".join(storm.story[-60:])))
    print("# seed %d: %d kills, %d misfortunes, %d breaks; %d changes saved" % (
        SEED, storm.kills, len(storm.story), sum(o.cable.snapped for o in offices),
        sum(len(p.facts) + len(p.comments) + len(p.imports) for p in people)))


main()
