#!/usr/bin/env python3
"""test_history.py: an office that began a group with a snapshot reads in `log` what was before it: page by page from the hub, or
from a relay; the rows are those of headquarters. Without the hub it says what is missing."""
import base64
import json
import random

from harness import Cable, case, check, free_port, has, main, same, wait

PHONE = "call Aigul at home, +7 701 555 0199"


def busy(world, remarks=0):
    """Headquarters with a past, and an office that came after it."""
    hub = world.hub(start=False)
    hub.configure(snapshot_events=20)
    hub.start()
    for code in ("wg6", "wg7"):
        hub.run("group", "add", code, "--name", "Group " + code)
        hub.run("plan", "add", "--group", code, "Workplan", "--code", "plan-" + code)
    tkm = world.office(hub, "TKM", "wg6:coordinator")
    item = tkm.add("Train the focal points", plan="plan-wg6", author="jeren")
    tkm.run("comment", item, "Asked the ministry", author="jeren")
    tkm.run("set", item, "status=in-progress", "-m", "They agreed", author="jeren")
    tkm.run("set", item, "description=" + PHONE, author="jeren")
    for _ in range(remarks):
        tkm.run("comment", item, random.randbytes(500).hex())
    tkm.sync()
    other = hub.add("Print the leaflets", plan="plan-wg6")
    rows = "".join("Task %d,2030-01\n" % i for i in range(60))
    hub.run("import", world.write("t.csv", "Action,Deadline\n" + rows), "--group", "wg6", "--plan", "plan-wg6")
    for i in range(3):
        hub.run("set", item, "deadline=2031-0%d" % (i + 1))
        hub.run("set", other, "status=%s" % ("in-progress", "planned")[i % 2])
    hub.run("set", item, "status=done", author="maria")
    hub.run("backup", world.path("hub.backup"))  # a snapshot is of what a backup covers
    return hub, tkm, item, other


def late(world, hub, code="KAZ"):
    office = world.office(hub, code, "wg6:coordinator")
    check(office.sql("SELECT count(*) FROM chunk")[0][0] > 0, "it began with a snapshot")
    same(office.sql("SELECT count(*) FROM journal j JOIN journal_tip t ON t.id = j.id >> 40 WHERE t.code = 'wg6'")[0][0], 0)
    return office


def behind(world, kaz, tkm):
    """TKM serves from now on, and KAZ follows it."""
    key = base64.urlsafe_b64encode(tkm.sql("SELECT curve_key FROM office WHERE code = ?", tkm.name)[0][0]).decode().rstrip("=")
    tkm.sync()
    tkm.stop()
    tkm.port = free_port()
    tkm.configure(listen="tcp://127.0.0.1:%d" % tkm.port)
    tkm.start()
    kaz.stop()
    kaz.cable = Cable(tkm.port)
    world.cleanups.append(kaz.cable.close)
    kaz.configure(upstream="tcp://127.0.0.1:%d" % kaz.cable.port, upstream_key=key)
    kaz.start()
    wait("it is in session with the relay", lambda: kaz.status()["upstream"]["state"] == "connected")


def rows_of(node, *args):
    result = node.run("log", *args, "--json")
    return result.json(), result.err


def group_rows(node, *args):
    """Those of wg6: headquarters has other groups beside."""
    return [r for r in rows_of(node, "--limit", "100000", *args)[0] if "/wg6:" in r["event"]]


@case
def the_rows_of_a_record_are_those_of_headquarters(world):
    hub, tkm, item, _ = busy(world)
    kaz = late(world, hub)
    wanted, _ = rows_of(hub, item)
    check(len(wanted) >= 9 and any(r["comment"] == "They agreed" for r in wanted), wanted)
    got, said = rows_of(kaz, item)
    same(got, wanted)
    same(said, "")
    check(all(r["signature"] == "good" for r in got), got)
    kaz.run("set", item, "status=planned")
    kaz.sync()
    same(rows_of(kaz, item)[0], rows_of(hub, item)[0])
    for limit in range(1, 12):
        same(rows_of(kaz, item, "--limit", limit)[0], rows_of(hub, item, "--limit", limit)[0], limit)
    for choice in (["--author", "jeren"], ["--office", "TKM"], ["--field", "status"], ["--field", "comment"]):
        same(rows_of(kaz, item, *choice)[0], rows_of(hub, item, *choice)[0], choice)
    same(kaz.sql("SELECT count(*) FROM segment s JOIN stream t ON t.id = s.id >> 40 JOIN journal_tip j ON j.id = t.journal"
                 " WHERE j.code = 'wg6' AND t.sealed > 3")[0][0], 0, "nothing of it is stored")


@case
def a_group_comes_page_by_page(world):
    hub, tkm, _, _ = busy(world)
    kaz = late(world, hub)
    same(group_rows(kaz), group_rows(hub))
    kaz.run("log", "-o", "all.csv")
    with open(world.path("all.csv"), encoding="utf-8") as f:
        same(sum("/wg6:" in line for line in f), len(group_rows(hub)))
    made = kaz.add("Made here", plan="plan-wg6")
    kaz.cut()
    same(rows_of(kaz, made)[1], "", "it was made after the cut: nothing of it is elsewhere")
    same(rows_of(kaz, "--since", "2050-01-01")[1], "")


@case
def without_the_hub_it_says_what_is_missing(world):
    hub, tkm, item, _ = busy(world)
    kaz = late(world, hub)
    kaz.run("set", item, "status=planned")
    kaz.cut()
    told = kaz.run("log", item)
    has(told.out, "not started")
    has(told.err, "What was changed in wg6 before 20", "was not all fetched: the hub cannot be reached now", "try again later")
    rows, said = rows_of(kaz, item)
    same([r["after"] for r in rows], ["not started"])
    said = json.loads(said)
    same((said["older_elsewhere"], said["not_fetched"]), ("wg6", "the hub cannot be reached now"))
    same(kaz.run("log", item, "--quiet").err, "")
    kaz.heal()
    wait("it is back", lambda: kaz.status()["upstream"]["state"] == "connected")
    kaz.sync()
    same(rows_of(kaz, item)[0], rows_of(hub, item)[0])


@case
def what_was_taken_out_does_not_come(world):
    hub, tkm, item, _ = busy(world)
    event = [r for r in rows_of(hub, item)[0] if r["after"] == PHONE][0]["event"]
    hub.run("redact", event, "--reason", "a private number", "--yes", author="maria")
    hub.run("backup", world.path("second.backup"))
    kaz = late(world, hub)
    rows = group_rows(kaz)
    same(rows, group_rows(hub))
    check(PHONE not in json.dumps(rows) and PHONE.encode() not in kaz.bytes_on_disk())
    same([r["verdict"] for r in rows if r["event"] == event], ["redacted"])


@case
def a_relay_has_it_too(world):
    hub, tkm, item, _ = busy(world)
    kaz = late(world, hub)
    behind(world, kaz, tkm)
    hub.stop()  # the relay needs nobody for it
    got, said = rows_of(kaz, item)
    same((got, said), (rows_of(tkm, item)[0], ""))
    check(any(r["author"] == "jeren" and r["after"] == PHONE for r in got), got)
    same(group_rows(kaz), group_rows(tkm))


@case
def a_relay_that_has_not_got_it_says_so(world):
    hub, _, item, _ = busy(world)
    kaz, uzb = late(world, hub), late(world, hub, "UZB")
    behind(world, uzb, kaz)
    rows, said = rows_of(uzb, item)
    same((rows, json.loads(said)["not_fetched"]), ([], "the hub that this office follows does not hold it either"))


@case
def a_slow_link_brings_it_in_pieces(world):
    hub, tkm, item, _ = busy(world, remarks=30)
    for i in range(40):
        hub.run("comment", item, random.randbytes(4000).hex())
    hub.run("backup", world.path("second.backup"))
    kaz = late(world, hub)
    kaz.stop()
    kaz.start()  # the hub does not know yet what the link can do
    wait("it is back", lambda: kaz.status()["upstream"]["state"] == "connected")
    told = kaz.run("log", "--author", "nobody")
    has(told.err, "there is much of it", "headway log -o FILE.csv")
    check("No changes." not in told.err, "nobody knows that before all is fetched", told.err)
    same(kaz.run("log", "--author", "nobody", "--limit", "50").err, "No changes.\n")
    kaz.cable.weather(rate=320000)
    before = kaz.cable.carried("down")
    same(rows_of(kaz, item, "--limit", "1000")[0], rows_of(hub, item, "--limit", "1000")[0])
    check(kaz.cable.carried("down") - before > 14000, "it came from the hub")


main()
