"""keys.py [N [M]]: a hub that knows N enrolled offices (3,000; alliance.c enters them) besides those at work:

    handshake   connect, CURVE, the question who that is, and the first byte, on loopback, the median; both sides' arithmetic
                included. Judged is the hub's processor time for one, which does not depend on what else runs: more than a
                millisecond above that with few keys, in the least of five tries, is too much.
    joining     `headway invite` and `headway join` of one more, most of it the check words; under 30 s.
    revoking    from `office revoke` being typed until a connection that is sending is gone; under 2 s.
    returning   M offices (2,000) come back after the hub was started again, each from an address of its own, spread as their own
                backoff spreads them: all are in session within a minute, at 64 KiB of memory each at most, and KAZ at work is
                in step again."""
import os
import resource
import sqlite3
import subprocess
import sys
import time

import siege
from attacks import connected
from harness import Failed, World, wait
from rogue import PROGRAM, Rogue

SHAKES = 200
DESCRIPTORS = 12000
EACH = 64 * 1024


def many_files():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, DESCRIPTORS), hard))


def row(name, good, text):
    print("%-12s %s  %s" % (name, "ok;" if good else "FAILED:", text), flush=True)
    return good


def shake(place):
    """Milliseconds: of the hub's processor, and by the clock; each the least of five tries."""
    pid, tries = place.hub.daemon.process.pid, []
    for _ in range(5):
        used = -siege.processor(pid)
        took = place.rogue().do("shakes", SHAKES)["done"]
        tries.append(((used + siege.processor(pid)) * 1e3 / SHAKES, took / 1e3))
    return tuple(min(values) for values in zip(*tries))


def shaking(place, n, few):
    many = shake(place)
    return row("handshake", 0 < many[1] and many[0] < few[0] + 1, "%.2f ms of the hub's processor with %d offices, %.2f ms with few; "
               "%.2f and %.2f ms by the clock" % (many[0], n, few[0], many[1], few[1]))


def joining(place, n):
    began = time.monotonic()
    path, _ = place.world.invite(place.hub, "LATE", "open")
    invited = time.monotonic() - began
    node = place.world.node("LATE")
    node.run("join", path, "--yes")
    took = time.monotonic() - began
    return row("joining", took < 30, "%.2f s to invite, %.2f s to join, with %d offices" % (invited, took - invited, n))


def revoking(place, n):
    rogue = Rogue(place.hub, place.other, "open", victim=place.good)
    try:
        began = rogue.do("session")
        if not began["done"]:
            return row("revoking", False, "no session: " + began["error"])
        rogue.start("steady", 200000)
        wait("it is in session", lambda: connected(place.hub, "REV"))
        typed = time.monotonic()
        place.hub.run("office", "revoke", "REV", "--reason", "in hostile hands")
        answered = time.monotonic() - typed
        rogue.end()  # it cannot send any more
        took = time.monotonic() - typed
        again = rogue.do("session")
        return row("revoking", took < 2 and not again["done"], "answered after %.2f s, the connection dead after %.2f s, with %d "
                   "offices; it comes back %s" % (answered, took, n, "in" if again["done"] else "to a shut door"))
    finally:
        rogue.close()


def directory(hub):
    """Where its journal is: what an office holds that was in step."""
    db = sqlite3.connect("file:%s?mode=ro" % os.path.join(hub.home, "headway.db"), uri=True)
    try:
        life, position, chain = db.execute("SELECT life, position, chain FROM journal_tip WHERE code = 'directory'").fetchone()
        return "%d:%s:%s" % (position, chain.hex(), life.hex())
    finally:
        db.close()


def again(hub, begin=lambda: None):
    hub.stop()
    begin()
    hub.start(limits=many_files, seconds=120)


def returning(place, m):
    hub, rogue = place.hub, place.rogue()
    rogue.do("return", m, directory(hub))  # the first time: now they have tokens
    again(hub)
    pid = hub.daemon.process.pid
    before, used = siege.memory(pid), siege.processor(pid)
    peak, began = siege.Peak(pid), time.monotonic()
    done = rogue.do("return", m, directory(hub))
    took, most, used = time.monotonic() - began, peak.end() - before, siege.processor(pid) - used
    said = "; ".join("%d x %s" % (n, text) for text, n in sorted(done["reasons"].items()))
    served = len([o for o in hub.status()["offices"] if o["connected"]])
    rounds = len(place.pulse.rounds)
    wait("the office at work is in step again", lambda: len(place.pulse.rounds) > rounds + 10, 60)
    good = done["done"] == m and took < 60 and most < 16 * 2 ** 20 + m * EACH and served >= m
    return row("returning", good, "%d of %d offices in session, %d connected; %s; memory %+.1f MB (%.0f kB each), %.1f s of "
               "processor time, load %.1f" % (done["done"], m, served, said, most / 2.0 ** 20, most / 1024.0 / m, used, os.getloadavg()[0]))


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    m = min(int(sys.argv[2]) if len(sys.argv) > 2 else 2000, n)
    world, place, good = World(), None, False
    try:
        many_files()
        place = siege.Siege(world, settings={"connects_per_second": 100000})
        few = shake(place)
        again(place.hub, lambda: subprocess.run([PROGRAM, "enter", place.hub.home, "open", "0", str(n)], check=True))
        good = all([shaking(place, n, few), joining(place, n), revoking(place, n), returning(place, m)])
        place.hub.verify()
    except (Failed, subprocess.CalledProcessError) as failed:
        print("not ok - %s\n%s" % (failed, world.logs()))
        good = False
    finally:
        if place:
            place.close()
        world.close()
    print("%s - %d offices" % ("ok" if good else "not ok", n))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
