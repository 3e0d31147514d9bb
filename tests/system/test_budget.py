"""test_budget.py: what is urgent goes first, and a link that is paid by the byte: budgets for an hour and a day, metered mode.

Nothing here is timed: what comes first is seen in the order of the journal, and how much in the kernel's figures."""
import os, socket, struct

from harness import Failed, case, check, has, main, same, wait

# sock_diag(7): all IPv4 connections with their tcp_info.
SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST_DUMP, INET_DIAG_INFO = 20, 0x301, 2


def plan_at_a_hub(world, *groups):
    hub = world.hub(*groups)
    for group in groups:
        hub.run("plan", "add", "--group", group, "Workplan", "--code", "p-" + group)
    return hub


def restarted(node, **conf):
    node.stop()
    node.configure(**conf)
    node.start()
    return node


def rows(world, name, n, letters=200):
    """A table of so many actions; the text does not pack."""
    lines = ["Action,Description"] + ["%s task %d,%s" % (name, i, os.urandom(letters // 2).hex()) for i in range(n)]
    return world.write(name + ".csv", "\n".join(lines) + "\n")


def goes(node):
    return node.status()["budget"]["goes"]


def kernel(port):
    """Bytes with their heads on the connection whose other end is this port, as sock_diag says: both ways; None: there is none."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4) as s:
        ask = struct.pack("=BBBBI", socket.AF_INET, socket.IPPROTO_TCP, 1 << (INET_DIAG_INFO - 1), 0, 0xffffffff) + bytes(48)
        s.send(struct.pack("=IHHII", 16 + len(ask), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST_DUMP, 1, 0) + ask)
        while True:
            data = s.recv(1 << 20)
            while data:
                size, kind = struct.unpack_from("=IH", data)
                body, data = data[16:size], data[(size + 3) & ~3:]
                if kind != SOCK_DIAG_BY_FAMILY:
                    return None
                if body[1] == 1 and struct.unpack_from(">H", body, 6)[0] == port:
                    return info(body[72:])


def info(attributes):
    while attributes:
        size, kind = struct.unpack_from("=HH", attributes)
        if kind == INET_DIAG_INFO:
            tcp = attributes[4:size]
            received, = struct.unpack_from("=Q", tcp, 128)
            out, came = struct.unpack_from("=II", tcp, 136)
            sent, = struct.unpack_from("=Q", tcp, 200)
            return sent + received + 52 * (out + came)
        attributes = attributes[(size + 3) & ~3:]
    raise Failed("the kernel says nothing about this connection")


@case
def a_change_overtakes_the_backlog_of_another_group(world):
    hub = plan_at_a_hub(world, "wide", "other")
    kaz = world.office(hub, "KAZ", "wide:coordinator", "other:coordinator")
    kaz.cut()
    kaz.run("import", rows(world, "backlog", 1500), "--group", "wide", "--plan", "p-wide")
    kaz.cable.weather(rate=20000)
    kaz.cable.splice()
    line = wait("it is under way", lambda: [l for l in kaz.cable.lines if l.up.carried > 30000])[0]
    kaz.add("Typed meanwhile", plan="p-other")
    before = line.up.carried
    wait("it is at the hub", lambda: hub.sql("SELECT 1 FROM item WHERE title = 'Typed meanwhile'"))
    between = line.up.carried - before
    there = hub.sql("SELECT count(*) FROM item WHERE title LIKE 'backlog%'")[0][0]
    check(there < 1400, "the backlog was through before:", there)
    # What was on its way: 20 kB in a second, a second and a quarter of it, one message of a third of that, and the change.
    check(between < 60000, "so many bytes went before it:", between)
    kaz.cable.weather(rate=0)
    kaz.sync(60)
    same(hub.sql("SELECT count(*) FROM item WHERE title LIKE 'backlog%'")[0][0], 1500)
    same(kaz.export(), hub.export())


@case
def a_spent_budget_is_respected_shown_and_kept_over_a_restart(world):
    hub = plan_at_a_hub(world, "wg6", "other")
    kaz = restarted(world.office(hub, "KAZ", "wg6:coordinator", "other:coordinator"), bytes_per_day=300000)
    kaz.run("sync", "--wait", 20)
    kaz.run("import", rows(world, "much", 3000), "--group", "wg6", "--plan", "p-wg6")
    wait("the rest is for live changes", lambda: goes(kaz) == "live")
    check(kaz.status()["budget"]["day"]["spent"] <= 280000, kaz.status()["budget"])
    for i in range(60):  # that is how it comes to an end
        if goes(kaz) == "nothing":
            break
        kaz.add("Typed %d" % i, "description=" + os.urandom(900).hex(), plan="p-other")
        wait("it goes, or nothing does", lambda: goes(kaz) == "nothing" or
             hub.sql("SELECT 1 FROM item WHERE title = 'Typed %d'" % i))
    same(goes(kaz), "nothing")
    status = kaz.status()
    day = status["budget"]["day"]
    same((day["limit"], status["budget"]["hour"]["limit"], status["upstream"]["state"]), (300000, None, "off"))
    check(295000 <= day["spent"] <= 306000, "spent:", day)
    has(status["upstream"]["reason"], "today's budget of 300 kB is spent, and the link rests until 00:00", "headway sync --now")
    check(status["pending"] > 500, "pending:", status["pending"])
    has(kaz.run("status").out, "Link   this hour", "today %.0f of 300 kB" % (day["spent"] / 1000))
    there = hub.records("item")
    said = kaz.run("sync", "--wait", 20, code=4)
    has(said.err, "the link rests until 00:00")
    restarted(kaz)
    again = kaz.status()["budget"]
    same((again["goes"], again["day"]["limit"]), ("nothing", 300000))
    check(again["day"]["spent"] >= day["spent"] * 0.97, "it had spent", day, "and has", again)
    kaz.run("sync", "--wait", 20, code=4)
    same(len(hub.records("item")), len(there), "what the hub has")
    kaz.run("sync", "--now", "--wait", 60, seconds=70)
    same(kaz.export(), hub.export())
    same(kaz.status()["pending"], 0)
    wait("it rests again", lambda: goes(kaz) == "nothing")


@case
def the_last_tenth_is_for_what_is_changed_now(world):
    hub = plan_at_a_hub(world, "wg6", "other")
    kaz = restarted(world.office(hub, "KAZ", "wg6:coordinator", "other:coordinator"), bytes_per_hour=400000, bytes_per_day=400000)
    kaz.sync()
    kaz.cable.weather(rate=60000)
    kaz.run("import", rows(world, "much", 4000), "--group", "wg6", "--plan", "p-wg6")
    wait("live changes go alone", lambda: goes(kaz) == "live")
    kaz.add("Typed in the last tenth", plan="p-other")
    wait("it is at the hub", lambda: hub.sql("SELECT 1 FROM item WHERE title = 'Typed in the last tenth'"))
    same(goes(kaz), "live")
    check(kaz.status()["pending"] > 1000, kaz.status()["pending"])
    has(kaz.run("status").out, "only what is changed now goes")


@case
def a_metered_link_carries_what_is_changed_now_and_the_rest_when_asked(world):
    hub = plan_at_a_hub(world, "wg6", "other")
    kaz = restarted(world.office(hub, "KAZ", "wg6:coordinator", "other:coordinator"), metered="yes")
    kaz.sync()
    same(wait("it is metered again", lambda: goes(kaz) == "live" and kaz.status()["budget"]["metered"]), True)
    hub.run("import", rows(world, "theirs", 1500), "--group", "wg6", "--plan", "p-wg6")
    kaz.run("import", rows(world, "ours", 1500), "--group", "wg6", "--plan", "p-wg6")
    hub.add("Typed at headquarters", plan="p-other")
    kaz.add("Typed at the office", plan="p-other")
    wait("both have what was typed", lambda: hub.sql("SELECT 1 FROM item WHERE title = 'Typed at the office'") and
         kaz.sql("SELECT 1 FROM item WHERE title = 'Typed at headquarters'"))
    status = kaz.status()
    check(status["pending"] > 1000, status["pending"])
    check(status["budget"]["day"]["spent"] > 0 and status["budget"]["day"]["limit"] is None, status["budget"])
    check(kaz.sql("SELECT count(*) FROM item WHERE title LIKE 'theirs%'")[0][0] < 1500, "all of it came without being asked for")
    has(kaz.run("status").out, "metered: what is changed now goes")
    kaz.run("sync")  # goes on after the command
    wait("all is there", lambda: kaz.status()["pending"] == 0 and kaz.export() == hub.export())
    wait("it is metered again", lambda: goes(kaz) == "live")


@case
def the_bytes_are_those_that_the_kernel_counts(world):
    hub = plan_at_a_hub(world, "wg6")
    kaz = restarted(world.office(hub, "KAZ", "wg6:coordinator"), bytes_per_day=100000000)
    kaz.sync()
    kaz.run("import", rows(world, "some", 500), "--group", "wg6", "--plan", "p-wg6")
    kaz.sync()
    counted = kaz.status()["budget"]["day"]["spent"]
    seen = kernel(kaz.cable.port)
    if seen is None:
        raise Failed("no connection to the hub is to be seen")
    check(0.97 * seen <= counted <= 1.03 * seen, "counted", counted, "the kernel says", seen)


main()
