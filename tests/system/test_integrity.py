#!/usr/bin/env python3
"""test_integrity.py: a hub whose database was changed by hand sends what its offices did not write: the next office refuses it
and says in `status` and in its log whose change it is; what it had stays as it was."""
import os
import sqlite3

from harness import case, check, has, main, same, wait


def alliance(world):
    """KAZ's three changes are with the hub; UZB has joined and not come yet."""
    hub = world.hub("wg6")
    hub.run("plan", "add", "--group", "wg6", "Workplan", "--code", "p")
    kaz = world.office(hub, "KAZ", "wg6:coordinator")
    for n in range(3):
        kaz.add("Item %d" % n, plan="p")
        kaz.sync()
    uzb = world.office(hub, "UZB", "wg6:coordinator", start=False)
    hub.stop()
    return hub, kaz, uzb


def change(hub, *statements):
    db = sqlite3.connect(os.path.join(hub.home, "headway.db"))
    with db:
        ids = [row[0] for row in db.execute("SELECT s.id FROM segment s JOIN stream t ON s.id >> 40 = t.id JOIN journal_tip g ON "
                                            "t.journal = g.id WHERE g.code = 'wg6' AND t.incarnation != g.life ORDER BY s.id")]
        same(len(ids), 3)
        for statement in statements:
            db.execute(statement, {"first": ids[0], "second": ids[1], "third": ids[2]})
    db.close()
    hub.start()


def refused(uzb, *parts):
    uzb.start()
    said = wait("UZB says what is wrong", lambda: [l for l in uzb.log().splitlines() if parts[0] in l])
    has(said[0], *parts)
    shown = wait("status shows it", lambda: parts[0] in uzb.run("status").out and uzb.run("status").out)
    has(shown, *parts)
    same([r["title"] for r in uzb.records("item") if r["title"] == "Item 1"], [])
    uzb.verify()


@case
def a_segment_in_the_place_of_another(world):
    hub, kaz, uzb = alliance(world)
    change(hub, "UPDATE segment SET wire = (SELECT wire FROM segment WHERE id = :third) WHERE id = :second")
    refused(uzb, "KAZ.1/wg6:2", "another segment")
    found = hub.json("verify", code=1)["faults"]
    check(any(f["where"] == "KAZ.1/wg6:2" for f in found), found)


@case
def a_segment_with_a_changed_byte(world):
    hub, kaz, uzb = alliance(world)
    change(hub, "UPDATE segment SET wire = substr(wire, 1, length(wire) - 12) || x'00' || substr(wire, length(wire) - 10) "
                "WHERE id = :second")
    refused(uzb, "KAZ.1/wg6:2")
    found = hub.json("verify", code=1)["faults"]
    check(any(f["where"] == "KAZ.1/wg6:2" for f in found), found)


@case
def a_decision_with_a_changed_signature(world):
    hub, kaz, uzb = alliance(world)
    change(hub, "UPDATE journal SET signature = zeroblob(64) WHERE id = (SELECT max(id) FROM journal WHERE id < (SELECT max(id) "
                "FROM journal))")
    refused(uzb, "KAZ.1/wg6:2", "not signed by headquarters")


main()
