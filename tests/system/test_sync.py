"""test_sync.py: what is written at one office reaches all that may have it,
however long it was cut off; what two offices write at once is kept."""
import os
import shlex
import shutil
import subprocess

from harness import Failed, Skip, case, check, has, main, same, wait


def two_offices(world):
    """A hub with one plan, and two offices that may write all of it."""
    hub = world.hub("wg6")
    hub.run("plan", "add", "--group", "wg6", "Workplan", "--code", "p")
    kaz, tkm = world.office(hub, "KAZ", "wg6:coordinator"), world.office(hub, "TKM", "wg6:coordinator")
    return hub, kaz, tkm


def written_apart(world, *assignments):
    """One record, and the field written at both offices while neither hears of the other."""
    hub, kaz, tkm = two_offices(world)
    record = kaz.add("A thing to do", plan="p")
    world.converge(kaz, tkm)
    kaz.cut()
    tkm.cut()
    kaz.run("set", record, assignments[0])
    tkm.run("set", record, assignments[1])
    kaz.heal()
    tkm.heal()
    world.converge(kaz, tkm)
    return hub, kaz, tkm, record


@case
def an_edit_reaches_the_gate_and_every_granted_office_and_no_byte_goes_elsewhere(world):
    hub = world.hub("open", "closed")
    for group in ("open", "closed"):
        hub.run("plan", "add", "--group", group, "Plan of " + group, "--code", group)
    kaz = world.office(hub, "KAZ", "open:coordinator", "closed:coordinator")
    tkm = world.office(hub, "TKM", "open:coordinator", "closed:coordinator")
    sen = world.office(hub, "SEN", "open:coordinator")
    secret = "Xylograph-0b7d51"  # no other text has it
    hidden = kaz.add(secret, "description=" + secret * 3, plan="closed")
    seen = [office.add("From " + office.name, plan="open") for office in (kaz, tkm, sen)]
    world.converge(kaz, tkm, sen)
    for node in (hub, kaz, tkm, sen):
        for record in seen:
            check(node.value(record, "title").startswith("From "), node.name)
    for node in (hub, kaz, tkm):
        same(node.value(hidden, "title"), secret, node.name)
    sen.run("show", hidden, code=3)
    same([r for r in sen.records() if r["group"] == "closed"], [])
    check(secret.encode() in kaz.bytes_on_disk(), "the marker is not plain in an office that has it: a weak test")
    check(secret.encode() not in sen.bytes_on_disk(), "the closed group's text is on SEN's disk")
    check(hidden.encode() not in sen.bytes_on_disk(), "the closed group's ids are on SEN's disk")
    same(sen.sql("SELECT position FROM journal_tip WHERE code = 'closed'") or [(0,)], [(0,)])
    same(kaz.export(), tkm.export())
    same(kaz.export(), hub.export())
    same(sen.export("group:open"), kaz.export("group:open"))


@case
def an_office_that_was_away_catches_up_and_brings_its_own(world):
    hub, kaz, tkm = two_offices(world)
    shared = kaz.add("Everybody's", plan="p")
    world.converge(kaz, tkm)
    kaz.cut()
    mine = [kaz.add("Written offline %d" % i, "number=%d" % i, plan="p") for i in range(40)]
    for i in range(40):
        kaz.run("set", mine[i], "progress=%d" % (i * 2), "countries+=KAZ")
    theirs = [tkm.add("Written meanwhile %d" % i, plan="p") for i in range(40)]
    tkm.run("comment", shared, "A remark\nof two lines")
    status = kaz.status()
    check(status["pending"] >= 80, "pending", status["pending"])
    kaz.stop()  # the office closes for the night, still cut off
    kaz.start()
    same(kaz.status()["pending"], status["pending"], "a restart lost or made changes")
    kaz.heal()
    world.converge(kaz, tkm)
    same(kaz.status()["pending"], 0)
    for node in (hub, tkm):
        same(node.value(mine[39], "progress"), 78, node.name)
    check(all(kaz.value(r, "title") for r in theirs))
    same([c["text"] for c in kaz.json("show", shared)["comments"]], ["A remark\nof two lines"])
    same(kaz.export(), tkm.export())
    same(kaz.export(), hub.export())


@case
def the_hub_may_be_away_as_well(world):
    hub, kaz, tkm = two_offices(world)
    hub.stop()
    one, two = kaz.add("While the hub was away", plan="p"), tkm.add("This too", plan="p")
    has(kaz.run("set", one, "status=in-progress").out, "Saved here", "wait", "headway undo")
    same(kaz.run("sync", "--wait", "1", code=4).code, 4)
    hub.start()
    world.converge(kaz, tkm)
    same(tkm.value(one, "status"), "in progress")
    same(kaz.value(two, "title"), "This too")
    same(kaz.export(), tkm.export())


@case
def a_live_change_arrives_without_being_asked_for(world):
    _, kaz, tkm = two_offices(world)
    record = kaz.add("Live", plan="p")
    wait("it is at the other office", lambda: tkm.run("show", record, code=None).code == 0, 10)


@case
def a_late_grant_brings_the_group_that_was_there_before(world):
    hub, kaz, _ = two_offices(world)
    record = kaz.add("Older than the office", plan="p")
    kaz.sync()
    sen = world.office(hub, "SEN", "wg6")
    same(sen.value(record, "title"), "Older than the office")
    same(sen.export(), kaz.export())


@case
def two_offices_write_one_field_and_both_show_the_same_value_and_a_conflict(world):
    hub, kaz, tkm, record = written_apart(world, "status=completed", "status=on-hold")
    conflicts = [node.json("conflicts") for node in (hub, kaz, tkm)]
    for one in conflicts:
        same([(c["id"], c["field"]) for c in one], [(record, "status")])
        same(sorted((h["office"], h["value"]) for h in one[0]["heads"]), [("KAZ", "completed"), ("TKM", "on hold")])
        shown = one[0]["heads"][one[0]["shown"] - 1]["value"]
        same(shown, kaz.value(record, "status"), "`shown` names another head")
    same(kaz.value(record, "status"), "on hold", "the later write is not shown")
    same(tkm.value(record, "status"), "on hold")
    same(kaz.json("show", record)["conflicts"], 1)
    same(kaz.status()["conflicts"], 1)
    has(kaz.run("todo").out, "resolve")
    refused = kaz.run("set", record, "status=cancelled", code=4)
    has(refused.err, "resolve")
    same(kaz.export(), tkm.export())
    same(kaz.export(), hub.export())


@case
def resolve_mine_takes_what_this_office_wrote(world):
    hub, kaz, tkm, record = written_apart(world, "status=completed", "status=on-hold")
    kaz.run("resolve", record, "status", "--mine")
    world.converge(kaz, tkm)
    for node in (hub, kaz, tkm):
        same(node.value(record, "status"), "completed", node.name)
        same(node.json("conflicts"), [], node.name)
    kaz.run("set", record, "status=in-progress")


@case
def resolve_theirs_takes_what_the_other_wrote(world):
    hub, kaz, tkm, record = written_apart(world, "deadline=2019-12", "deadline=2020-01")
    kaz.run("resolve", record, "deadline", "--theirs")
    world.converge(kaz, tkm)
    for node in (hub, kaz, tkm):
        same(node.value(record, "deadline")["raw"], "2020-01", node.name)
        same(node.json("conflicts"), [], node.name)


@case
def resolve_takes_a_numbered_head_or_a_new_value(world):
    hub, kaz, tkm, record = written_apart(world, "title=One title", "title=Another title")
    heads = hub.json("conflicts")[0]["heads"]
    wrong = hub.run("resolve", record, "title", "--take", "9", code=None)
    check(wrong.code in (2, 3, 4), wrong)
    mine = hub.run("resolve", record, "title", "--mine", code=4)  # the hub wrote none of them
    has(mine.out + mine.err, "One title", "Another title")
    hub.run("resolve", record, "title", "--take", "2")
    world.converge(kaz, tkm)
    same(kaz.value(record, "title"), heads[1]["value"])
    kaz.cut()
    kaz.run("set", record, "title=Third")
    tkm.run("set", record, "title=Fourth")
    kaz.heal()
    world.converge(kaz, tkm)
    tkm.run("resolve", record, "title", "Fifth")
    world.converge(kaz, tkm)
    for node in (hub, kaz, tkm):
        same(node.value(record, "title"), "Fifth", node.name)
        same(node.json("conflicts"), [])


@case
def two_resolutions_at_once_are_a_conflict_again_and_nothing_is_lost(world):
    hub, kaz, tkm, record = written_apart(world, "status=completed", "status=on-hold")
    kaz.cut()
    kaz.run("resolve", record, "status", "--mine")
    tkm.run("resolve", record, "status", "--mine")
    kaz.heal()
    world.converge(kaz, tkm)
    same(sorted(h["value"] for h in kaz.json("conflicts")[0]["heads"]), ["completed", "on hold"])
    same(kaz.export(), tkm.export())


@case
def writes_of_equal_value_are_no_conflict(world):
    hub, kaz, tkm, record = written_apart(world, "status=completed", "status=completed")
    for node in (hub, kaz, tkm):
        same(node.json("conflicts"), [])
        same(node.value(record, "status"), "completed")


@case
def writes_to_different_fields_both_hold(world):
    hub, kaz, tkm, record = written_apart(world, "status=completed", "deadline=2020-05")
    for node in (hub, kaz, tkm):
        same(node.json("conflicts"), [])
        same(node.value(record, "status"), "completed")
        same(node.value(record, "deadline")["edtf"], "2020-05")


@case
def in_a_set_adds_of_both_offices_hold_and_an_add_wins_over_a_remove(world):
    hub, kaz, tkm = two_offices(world)
    record = hub.add("For several countries", "countries=KAZ,TKM", plan="p")
    world.converge(kaz, tkm)
    kaz.cut()
    kaz.run("set", record, "countries+=UZB", "countries-=TKM")
    tkm.run("set", record, "countries+=KGZ", "countries-=KAZ")
    kaz.run("set", record, "countries-=KAZ")
    kaz.run("set", record, "countries+=KAZ")  # an add that TKM's remove has not seen
    kaz.heal()
    world.converge(kaz, tkm)
    for node in (hub, kaz, tkm):
        same(sorted(node.value(record, "countries")), ["KAZ", "KGZ", "UZB"], node.name)
        same(node.json("conflicts"), [])


@case
def undo_takes_back_ones_own_last_change_everywhere(world):
    hub, kaz, tkm = two_offices(world)
    record = kaz.add("To be undone", "status=not-started", plan="p")
    kaz.run("set", record, "status=completed", "progress=100", "countries+=KAZ")
    world.converge(kaz, tkm)
    same(tkm.value(record, "status"), "completed")
    before = kaz.export()
    kaz.run("undo", "--dry-run")
    same(kaz.export(), before, "a dry run wrote")
    kaz.run("undo")
    world.converge(kaz, tkm)
    for node in (hub, kaz, tkm):
        shown = node.json("show", record)
        same((shown["status"], shown["progress"], shown["countries"]), ("not started", None, []), node.name)


@case
def undo_of_a_named_change_leaves_alone_what_others_changed_since(world):
    hub, kaz, tkm = two_offices(world)
    record = kaz.add("Worked on by two", "status=not-started", plan="p")
    change = kaz.json("set", record, "status=in-progress", "progress=10")["change"]
    world.converge(kaz, tkm)
    tkm.run("set", record, "status=on-hold")
    world.converge(tkm, kaz)
    undone = kaz.run("undo", change, code=4)
    has(undone.out + undone.err, "status")
    world.converge(kaz, tkm)
    for node in (hub, kaz, tkm):
        shown = node.json("show", record)
        same((shown["status"], shown["progress"]), ("on hold", None), node.name)


@case
def the_log_tells_who_wrote_what_where_and_what_the_gate_said(world):
    hub, kaz, tkm = two_offices(world)
    record = kaz.add("Logged", plan="p", author="aigul")
    kaz.run("set", record, "status=completed", "-m", "As agreed", author="aigul")
    world.converge(kaz, tkm)
    rows = [row for row in tkm.json("log", record) if row["field"] == "status"]
    same(len(rows), 1)
    row = rows[0]
    same((row["author"], row["office"], row["after"], row["signature"], row["verdict"]),
         ("aigul", "KAZ", "completed", "good", "admitted"))
    same(row["comment"], "As agreed")
    check(row["before"] in ("", None), row)


@case
def many_changes_of_three_offices_at_once_converge_to_identical_bytes(world):
    hub, kaz, tkm = two_offices(world)
    sen = world.office(hub, "SEN", "wg6:coordinator")
    offices = (kaz, tkm, sen)
    records = [hub.add("Item %d" % i, plan="p") for i in range(6)]
    world.converge(*offices)
    for round_ in range(3):
        for office in offices[round_ % 2:]:
            office.cut()
        for i, office in enumerate(offices):
            for k, record in enumerate(records):
                field = ("progress=%d" % (i * 10 + k), "countries+=" + office.name, "reason=%s %d" % (office.name, round_))
                office.run("set", record, field[(i + k + round_) % 3], code=None)  # 4 where a conflict stands already
        for office in offices:
            office.heal()
        world.converge(*offices)
        same(kaz.export(), tkm.export(), "round %d" % round_)
        same(kaz.export(), sen.export(), "round %d" % round_)
        same(kaz.export(), hub.export(), "round %d" % round_)


# libzmq hands a new connection to its I/O thread before it tells the monitor of it. Here the telling is late.
LATE = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>
int zmq_msg_send(zmq_msg_t *message, void *socket, int flags)
{
    int (*real)(zmq_msg_t *, void *, int) = (int (*)(zmq_msg_t *, void *, int))dlsym(RTLD_NEXT, "zmq_msg_send");
    uint16_t event = 0;
    if (zmq_msg_size(message) == 6)
        memcpy(&event, zmq_msg_data(message), 2);
    if (event == ZMQ_EVENT_ACCEPTED)
        usleep(20000);
    return real(message, socket, flags);
}
"""


@case
def a_connection_that_the_hubs_monitor_tells_of_late_is_served(world):
    world.write("late.c", LATE)
    late = world.path("late.so")
    compiler = shlex.split(os.environ.get("CC") or "gcc")
    if not shutil.which(compiler[0]):
        raise Skip("no %s here" % compiler[0])
    subprocess.run([*compiler, "-shared", "-fPIC", "-o", late, world.path("late.c"), "-ldl"], check=True, capture_output=True)
    hub = world.hub("wg6")
    kaz = world.office(hub, "KAZ", "wg6")
    hub.stop()
    try:
        hub.start(environment={"LD_PRELOAD": late}, seconds=5)
    except Failed as failed:
        if "ASan runtime" in str(failed):
            raise Skip("a build with sanitizers takes no LD_PRELOAD")
        raise
    for _ in range(10):
        kaz.cable.cut()
        kaz.cable.heal()
        kaz.sync(5)


main()
