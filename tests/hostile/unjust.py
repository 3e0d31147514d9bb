"""unjust.py [N]: a thousand events that may not be written, from an office that has joined and has a grant in one group.

Of each kind the reason is checked, where it is told (ERROR and the end of the session, ERROR of one stream, a verdict in the
journal), and that nothing of it is shown; the office KAZ works all the while. A stamp of 2090 is no refusal: the event is
admitted under the time of its arrival. Limits of sessions are lifted, since most kinds end one each time."""
import sys

import siege
from harness import Failed, World, check, wait

# Each kind: how many, what must be said of every one of them, and whether it ends in the journal as a verdict.
KINDS = [
    ("group", 100, "ERROR", "has no grant in group secret"),
    ("carried", 100, "ERROR", "has no grant in group wg6"),
    ("redacted", 60, "ERROR", "came without its text"),
    ("directory", 100, "ERROR", "has no grant in group directory"),
    ("country", 120, "REFUSED", "may not write"),
    ("none", 80, "REFUSED", "without a country"),
    ("author", 100, "ERROR", "SIGNATURE: "),
    ("signature", 100, "ERROR", "SIGNATURE: "),
    ("gap", 100, "ERROR", "came before event"),
    ("last", 100, "ERROR", "CORRUPT"),
    ("million", 100, "ERROR", "CORRUPT"),
    ("long", 100, "REFUSED", "over the limit"),
    ("stamp", 100, "RECLOCKED", "its clock was more than five minutes ahead"),
]


def judge(rogue, name, n, how, why):
    done = rogue.do("events", n, name)
    wrong = {text: times for text, times in done["reasons"].items() if not text.startswith(how) or why not in text}
    print("  %s: %d of kind %s: %s" % ("not ok" if wrong or done["done"] != n else "ok", done["done"], name,
                                     "; ".join("%d x %s" % (t, s) for s, t in sorted(done["reasons"].items()))), flush=True)
    check(not done["leaked"], name, "bytes of another group came")
    return not wrong and done["done"] == n


def refused_of(hub, office):
    return [r for r in hub.json("log", "--office", office, "--limit", "1000") if r["verdict"] == "refused"]


def by_stick(place, n):
    """An office that is away writes what it may; its grant changes; a stick takes it to KAZ, which carries it up, added late."""
    hub, good, away = place.hub, place.good, place.other
    away.start()
    away.sync()
    away.cut()
    for i in range(n):
        away.add("Written away %d" % i, "countries=KGZ", plan="plan-open")
    hub.run("grant", "REV", "open:contributor:TJK")
    path = place.world.path("away.bundle")
    away.run("bundle", "--open", "-o", path)
    taken = good.json("apply", path)
    wait("KAZ has carried it up", lambda: len({r["event"] for r in refused_of(hub, "REV")}) >= n)
    good.sync()
    told = refused_of(hub, "REV")
    why = {r["reason"] for r in told}
    shown = [r for node in (hub, good) for r in node.records("item") if (r.get("title") or "").startswith("Written away")]
    away.heal()
    away.sync()
    mine = away.json("refused")
    wrong = len({r["event"] for r in told}) != n or len({r["event"] for r in mine}) != n or shown or \
        not all("may not write" in reason for reason in why)
    print("  %s: %d of kind bundle: %d x %s; told to their office: %d; taken at KAZ: %d; shown: %d" % (
        "not ok" if wrong else "ok", n, len({r["event"] for r in told}), "; ".join(sorted(why)),
        len({r["event"] for r in mine}), taken["events"], len(shown)), flush=True)
    return not wrong


def redaction(place):
    """An office redacts nothing, its own least of all."""
    name = [r["event"] for r in place.good.json("log", "--office", "KAZ")][0]
    said = place.good.run("redact", name, "--reason", "none", "--yes", code=77)
    print("  ok: 1 of kind redact: %s" % said.err.strip().splitlines()[-1], flush=True)


def main():
    share = float(sys.argv[1]) / 1000 if len(sys.argv) > 1 else 1.0
    world, place, good = World(), None, True
    try:
        place = siege.Siege(world, settings={"hellos_per_minute": 1000000, "connects_per_second": 100000})
        before = place.hub.export("group:secret")
        shown = {r["id"] for r in place.hub.records("item")}
        rogue, total = place.rogue(), 0
        for name, n, how, why in KINDS:
            n = max(2, int(n * share))
            good = judge(rogue, name, n, how, why) and good
            total += n
        good = by_stick(place, max(2, int(40 * share))) and good
        redaction(place)
        total += max(2, int(40 * share)) + 1
        rogue.close()
        check(place.hub.daemon.process.poll() is None, "the hub has ended")
        check(place.hub.export("group:secret") == before, "the group secret has changed")
        new = [r for r in place.hub.records("item") if r["id"] not in shown and r["group"] != "open"]
        check(not new, "records in other groups:", new)
        long = [r for r in place.hub.records("item") if len(r.get("title") or "") > 1000]
        check(not long, "a refused title is shown")
        rounds = len(place.pulse.rounds)
        wait("the office goes on", lambda: len(place.pulse.rounds) > rounds + 20)
        check(not place.pulse.failed, place.pulse.failed[:1])
        place.pulse.close()
        place.good.sync()
        check(place.good.export("group:wg6") == place.hub.export("group:wg6"), "the office and the hub differ")
        place.hub.verify()
        place.good.verify()
        print("ok - %d events that may not be written; the office did %d rounds" % (total, len(place.pulse.rounds)))
    except Failed as failed:
        print("not ok - %s\n%s" % (failed, world.logs()))
        good = False
    finally:
        if place:
            place.close()
        world.close()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
