#!/usr/bin/env python3
"""test_redact.py: headquarters takes a text out: every replica that syncs lets go of it, whoever comes later never
gets it, the trace stays, everything still verifies, and what others wrote is as it was."""
import json

from harness import case, check, has, main, same

PHONE = "call Aigul at home, +7 701 555 0199"


def event_of(node, text):
    rows = [r for r in node.json("log") if text in ((r["after"] or "") + (r["comment"] or ""))]
    return [r for r in rows if r["field"] != "title"][0]["event"] if len(rows) > 1 else rows[0]["event"]


def alliance(world):
    hub = world.hub("wg6")
    hub.run("plan", "add", "--group", "wg6", "Workplan", "--code", "p")
    kaz = world.office(hub, "KAZ", "wg6:coordinator")
    tkm = world.office(hub, "TKM", "wg6:coordinator")
    item = kaz.add("Train the focal points", plan="p")
    kaz.run("set", item, "description=" + PHONE, author="aigul")
    kaz.run("comment", item, "Ask " + PHONE)
    kaz.run("set", item, "status=in-progress")
    world.converge(kaz, tkm)
    return hub, kaz, tkm, item


def holds(node, text=PHONE):
    return text in node.export().decode() or text in json.dumps(node.json("log"))


@case
def a_text_goes_everywhere_and_its_trace_stays(world):
    hub, kaz, tkm, item = alliance(world)
    later = world.office(hub, "UZB", "wg6:coordinator", start=False)
    for text in ("description", "comment"):
        rows = [r for r in hub.json("log") if PHONE in ((r["after"] or "") + (r["comment"] or ""))
                and (r["field"] == "description") == (text == "description")]
        said = hub.json("redact", rows[0]["event"], "--reason", "a private number", "--yes", author="maria")
        check(any(PHONE in v["value"] for v in said["values"]), said)
    check(not holds(hub))
    world.converge(kaz, tkm)
    later.start()
    later.sync()
    for node in (hub, kaz, tkm, later):
        check(not holds(node), node.name)
        same(export_wg6(node), export_wg6(hub), node.name)
        node.verify()
        rows = [r for r in node.json("log", item) if r["verdict"] == "redacted"]
        check(rows and all(r["reason"] == "redacted by maria at HQ because a private number" for r in rows), rows)
        check(all(r["signature"] == "good" and r["office"] == "KAZ" for r in rows), rows)
        has(node.run("log", item).out, "redacted by maria at HQ because a private number", "(taken out)")
        same(node.value(item, "status"), "in progress")
        for segment, in node.sql("SELECT wire FROM segment"):
            check(PHONE.encode() not in segment)
    kaz.run("set", item, "description=Ask the office")
    world.converge(kaz, tkm, later)
    same(tkm.value(item, "description"), "Ask the office")
    for node in (hub, kaz, tkm, later):
        node.stop()
        node.start()
        node.verify()
        check(not holds(node), node.name)
    # A bundle carries the redacted form too, and says why.
    hub.run("bundle", "--for", "KAZ", "--all", "-o", world.path("b"))
    same(kaz.json("apply", world.path("b"))["entries"], 0)


def export_wg6(node):
    return [line for line in node.export().splitlines() if json.loads(line).get("group") in ("wg6", "directory")]


@case
def the_same_text_elsewhere_is_told(world):
    hub, kaz, tkm, item = alliance(world)
    tkm.run("set", item, "description=other")
    world.converge(tkm, kaz)
    kaz.run("set", item, "description=" + PHONE)
    world.converge(kaz, tkm)
    first, second = [r["event"] for r in hub.json("log", item, "--field", "description") if r["after"] == PHONE]
    same(hub.json("redact", first, "--reason", "private", "--dry-run")["also"], [second])
    has(hub.run("redact", first, "--reason", "private", "--yes").out, "The same text stands in", second)
    same(hub.value(item, "description"), None)


@case
def only_headquarters_redacts_and_is_asked(world):
    hub, kaz, tkm, item = alliance(world)
    name = hub.json("log", item, "--field", "description")[0]["event"]
    has(kaz.run("redact", name, "--reason", "x", "--yes", code=77).err, "headquarters")
    has(hub.run("redact", name, "--reason", "x", code=4).err, "cannot be undone")
    hub.run("redact", name, code=2)
    hub.run("redact", "KAZ.1/wg6:9999", "--reason", "x", "--yes", code=3)
    hub.run("redact", "nonsense", "--reason", "x", "--yes", code=2)
    has(hub.run("redact", "HQ.1/directory:1", "--reason", "x", "--yes", code=77).err, "keys and grants")
    check(holds(hub))
    hub.run("redact", name, "--reason", "x", "--yes")
    has(hub.run("redact", name, "--reason", "x", "--yes", code=2).err, "already")


main()
