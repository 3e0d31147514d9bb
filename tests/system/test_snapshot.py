"""test_snapshot.py: an office that comes late gets the records as they stand, over a link that is cut in the midst of them,
and what comes afterwards; it ends with the same as an office that was there from the beginning."""
import random
import re

from harness import Cable, case, check, main, same, wait

ITEMS, ROUNDS = 700, 8


def busy_group(world, noise=300):
    """Headquarters, and an office that was there from the beginning; more than 5,000 changes."""
    hub = world.hub("wg6", start=False)
    hub.start()
    hub.run("group", "add", "wg6", "--name", "Group wg6")
    hub.run("plan", "add", "--group", "wg6", "Workplan", "--code", "p")
    early = world.office(hub, "TKM", "wg6:coordinator")
    chance = random.Random(6)
    rows = "".join("Task %d,%s,2030-01\n" % (i, chance.randbytes(noise).hex()) for i in range(ITEMS))
    hub.run("import", world.write("t.csv", "Action,Description,Deadline\n" + rows), "--group", "wg6", "--plan", "p")
    for i in range(ROUNDS):
        hub.run("set", "plan:p", "status=%s" % ("in-progress", "planned")[i % 2], "--yes")
    hub.run("backup", world.path("hub.backup"))  # a snapshot is of what a backup covers
    early.sync()
    return hub, early


def alike(hub, *offices):
    wanted = hub.export()
    for office in offices:
        same(office.export(), wanted, office.name)
        office.verify()


def journal_from(office):
    """The first entry of the group's journal that is held."""
    return office.sql("SELECT min(j.id & 1099511627775) FROM journal j JOIN journal_tip t ON t.id = j.id >> 40"
                      " WHERE t.code = 'wg6'")[0][0]


def chunks(office):
    return office.sql("SELECT count(*) FROM chunk")[0][0]


@case
def a_late_office_takes_a_snapshot_and_then_follows(world):
    hub, early = busy_group(world)
    late = world.office(hub, "KAZ", "wg6:coordinator")
    check(chunks(late) > 1, "it came as a snapshot")
    same(journal_from(late), None, "nothing that came before is held")
    alike(hub, early, late)
    first = late.records("item")[0]["id"]
    late.run("set", first, "status=done")
    late.sync()
    early.sync()
    early.run("comment", first, "Seen")
    early.sync()
    late.sync()
    alike(hub, early, late)
    check(journal_from(late) > 1)


@case
def a_link_that_is_cut_in_the_midst_costs_one_piece(world):
    hub, early = busy_group(world, noise=900)
    late = world.office(hub, "KAZ", "wg6:coordinator", start=False)
    late.cable.weather(rate=400000)
    late.start()
    wait("the first pieces have come", lambda: chunks(late) >= 2)
    held = chunks(late)
    check(journal_from(late) is None and not late.records("item"), "it shows all or nothing")
    late.cable.cut()
    carried = late.cable.carried("down")
    late.kill()
    late.cable.splice()
    late.cable.weather(rate=0)
    late.start()
    late.sync()
    alike(hub, early, late)
    all_bytes = late.sql("SELECT sum(length(bytes)) FROM chunk")[0][0]
    rest = late.sql("SELECT sum(length(bytes)) FROM chunk WHERE id & 1099511627775 >= ?", held)[0][0]
    second = late.cable.carried("down") - carried
    check(second < rest + 260 * 1024 and rest < all_bytes, "only the rest came: %d of %d, %d" % (rest, all_bytes, second))


main()
