"""test_keys.py: a hub that has moved, and new keys for an office and for the hub itself."""
import os, re, shutil

from cable import Cable
from harness import Failed, case, check, free_port, has, main, same, wait


def conf(node, key):
    with open(os.path.join(node.home, "headway.conf"), encoding="utf-8") as f:
        return re.search(r'^%s\s*=\s*"(.*)"' % key, f.read(), re.M).group(1)


def plan(node):
    node.run("plan", "add", "--group", "wg6", "Common", "--code", "common")
    return "common"


@case
def the_hub_moved_and_the_office_follows_without_a_restart(world):
    hub = world.hub("wg6")
    kaz = world.office(hub, "KAZ", "wg6")
    one = kaz.add("Before", plan=plan(kaz))
    kaz.sync()
    other = Cable(hub.port)
    world.cleanups.append(other.close)
    moved = kaz.json("upstream", "tcp://127.0.0.1:%d" % other.port)
    same((moved["tried"], moved["address"]), (True, "tcp://127.0.0.1:%d" % other.port))
    kaz.cable.refuse()
    kaz.run("set", one, "status=completed")
    kaz.sync()
    same(hub.json("show", one)["status"], "completed")
    same(kaz.status()["upstream"]["address"], moved["address"])
    same(kaz.status()["incarnation"], "KAZ.1", "the same hub is no reason for another life")
    same(conf(kaz, "upstream"), moved["address"])
    kaz.stop()
    kaz.start()
    kaz.sync()


@case
def another_hub_at_the_new_address_is_refused_and_nothing_changes(world):
    hub, foreign = world.hub("wg6"), world.hub("wg6", name="OTHER")
    kaz = world.office(hub, "KAZ", "wg6")
    before = conf(kaz, "upstream")
    refused = kaz.run("upstream", "tcp://127.0.0.1:%d" % foreign.port, code=1)
    key = conf(kaz, "upstream_key")
    has(refused.err, "another key", key[:4] + "-" + key[4:8], "Nothing was changed", "headway status")
    has(hub.run("status").out, key[:4] + "-" + key[4:8])
    check(key[:4] + "-" + key[4:8] not in foreign.run("status").out)
    silent = kaz.run("upstream", "tcp://127.0.0.1:%d" % free_port(), code=1)
    has(silent.err, "cannot be reached", "--yes")
    same(conf(kaz, "upstream"), before)
    kaz.sync()
    has(kaz.run("upstream", "hq.example.org", code=78).err, "tcp://")
    has(hub.run("upstream", "tcp://127.0.0.1:1", code=78).err, "follows no hub")
    kaz.run("upstream", "tcp://127.0.0.1:%d" % free_port(), "--yes")
    kaz.run("upstream", before)
    kaz.sync()


main()
