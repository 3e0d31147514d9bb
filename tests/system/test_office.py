"""test_office.py: what headquarters grants an office, how it shuts one out, and how an office gets another machine."""
import time

from harness import case, check, free_port, has, main, same, wait


def state_of(hub, code):
    return hub.json("office", "show", code)["state"]


def connected(hub, code):
    return [o["connected"] for o in hub.status()["offices"] if o["code"] == code] == [True]


def groups(node):
    return sorted(g["code"] for g in node.json("group", "list") if g["role"])


def plan(node, group="wg6"):
    node.run("plan", "add", "--group", group, "Plan of " + group, "--code", group + "-plan")
    return group + "-plan"


@case
def a_grant_reaches_the_office_at_once_and_its_end_takes_nothing_away(world):
    hub = world.hub("wg6", "wg7")
    first = hub.add("Known before", plan=plan(hub, "wg7"))
    kaz = world.office(hub, "KAZ", "wg6")
    kaz.run("show", first, code=3)
    given = hub.json("grant", "kaz", "wg7:reader")
    same([c["after"] for c in given["records"][0]["changes"] if c["field"] == "role"], ["reader"])
    wait("the group arrives", lambda: kaz.run("show", first, code=None).code == 0)
    changed = hub.json("grant", "KAZ", "wg7:contributor:KAZ,kyrgyzstan")
    same([(c["before"], c["after"]) for c in changed["records"][0]["changes"] if c["field"] == "countries"],
         [("", "KAZ, KGZ")])
    hub.run("grant", "KAZ", "wg7:contributor:KAZ")
    same(hub.json("office", "show", "KAZ")["grants"],
         [{"group": "wg6", "role": "contributor", "countries": []}, {"group": "wg7", "role": "contributor", "countries": ["KAZ"]}])
    ended = hub.run("grant", "KAZ", "wg7", "--end")
    has(ended.out, "keeps what it has")
    later = hub.add("Written after the end", plan="wg7-plan")
    kaz.sync()
    kaz.run("show", later, code=3)
    same(kaz.json("show", first)["title"], "Known before")
    has(hub.run("grant", "KAZ", "wg7", "--end", code=3).err, "no grant")
    hub.run("grant", "KAZ", "wg7")
    wait("what came meanwhile", lambda: kaz.run("show", later, code=None).code == 0)


@case
def a_grant_says_what_is_wrong_with_it(world):
    hub = world.hub("wg6")
    kaz = world.office(hub, "KAZ", "wg6")
    has(hub.run("grant", "KAZ", "wg66", code=3).err, "did you mean", "wg6")
    has(hub.run("grant", "KAS", "wg6", code=3).err, "KAZ")
    has(hub.run("grant", "KAZ", "wg6:king", code=2).err, "king")
    has(hub.run("grant", "KAZ", "wg6:reader:Atlantis", code=2).err, "Atlantis")
    has(hub.run("grant", "HQ", "wg6", code=2).err, "headquarters")
    has(hub.run("grant", "KAZ", "wg6:reader", "--end", code=2).err, "--end")
    has(kaz.run("grant", "KAZ", "wg6:coordinator", code=77).err, "headquarters")
    has(kaz.run("office", "revoke", "HQ", code=77).err, "headquarters")


@case
def a_revoked_office_is_cut_off_at_once_and_is_told_why(world):
    hub = world.hub("wg6")
    kaz, tjk = world.office(hub, "KAZ", "wg6"), world.office(hub, "TJK", "wg6")
    own = kaz.add("Ours", plan=plan(kaz))
    world.converge(kaz, tjk)
    wait("both are in session", lambda: connected(hub, "KAZ") and connected(hub, "TJK"))
    began = time.monotonic()
    said = hub.run("office", "revoke", "kaz", "--reason", "laptop stolen in Almaty")
    wait("it is cut off", lambda: not connected(hub, "KAZ"))
    wait("the office knows", lambda: kaz.status()["upstream"]["state"] == "refused")
    print("# revoke to a dead connection, seen from outside: %.0f ms" % ((time.monotonic() - began) * 1000))
    has(said.out, "active", "revoked", "laptop stolen in Almaty", "headway invite KAZ")
    same(state_of(hub, "KAZ"), "revoked")
    same(hub.json("office", "show", "KAZ")["reason"], "laptop stolen in Almaty")
    told = kaz.status()
    has(told["shut_out"], "laptop stolen in Almaty", "exported")
    has(kaz.run("status").out, "laptop stolen in Almaty")
    later = hub.add("After", plan="wg6-plan")
    tjk.sync()
    same(tjk.json("show", later)["title"], "After")
    same({o["code"]: o["state"] for o in tjk.json("office", "list")}["KAZ"], "revoked")
    draft = kaz.add("Written after that", plan="wg6-plan")
    kaz.run("sync", "--wait", 1, code=4)
    for _ in range(2):
        kaz.run("show", later, code=3)
        same(sorted(r["title"] for r in kaz.records("item")), ["Ours", "Written after that"])
        hub.run("show", draft, code=3)
        kaz.stop()
        kaz.start()
        wait("refused again", lambda: kaz.status()["upstream"]["state"] == "refused")
        has(kaz.status()["upstream"]["reason"], "shut this office's key out")
        has(kaz.status()["shut_out"], "laptop stolen in Almaty")
    same(kaz.json("show", own)["title"], "Ours")
    has(hub.run("office", "revoke", "KAZ", code=2).err, "already")
    has(hub.run("grant", "KAZ", "wg6", code=2).err, "headway invite KAZ")


@case
def a_revoked_office_that_was_away_learns_it_when_it_comes(world):
    hub = world.hub("wg6")
    kaz = world.office(hub, "KAZ", "wg6")
    kaz.stop()
    hub.run("office", "revoke", "KAZ", "--reason", "office closed")
    kaz.start()
    wait("refused", lambda: kaz.status()["upstream"]["state"] == "refused")
    has(wait("noted", lambda: kaz.status()["shut_out"]), "exported")
    has(kaz.run("status").out, "shut")


@case
def what_was_accepted_since_is_listed_and_can_be_taken_back(world):
    hub = world.hub("wg6")
    kaz = world.office(hub, "KAZ", "wg6")
    kaz.run("plan", "add", "--group", "wg6", "Common", "--code", "common")
    one = kaz.add("Innocent", plan="common")
    kaz.sync()
    kaz.run("set", one, "title=Defaced", "-m", "by a stranger")
    kaz.sync()
    has(hub.run("office", "revoke", "KAZ", "--since", "the other day", code=2).err, "other day")
    same(state_of(hub, "KAZ"), "active")
    done = hub.json("office", "revoke", "KAZ", "--since", "2016-11-01", "--reason", "stolen")
    titles = [row["after"] for row in done["accepted"] if row["field"] == "title" and row["id"] == one]
    same(titles, ["Defaced", "Innocent"])
    check(all(row["office"] == "KAZ" and row["received"] for row in done["accepted"]))
    change = [row["change"] for row in done["accepted"] if row["after"] == "Defaced"][0]
    hub.run("undo", change)
    same(hub.json("show", one)["title"], "Innocent")


@case
def undoing_a_revocation_lets_the_office_come_back_without_a_restart(world):
    hub = world.hub("wg6")
    kaz = world.office(hub, "KAZ", "wg6")
    change = hub.json("office", "revoke", "KAZ")["change"]
    wait("refused", lambda: kaz.status()["upstream"]["state"] == "refused")
    draft = kaz.add("Meanwhile", plan=plan(kaz))
    hub.run("undo", change)
    same(state_of(hub, "KAZ"), "active")
    kaz.run("sync", "--wait", 20)
    same(hub.json("show", draft)["title"], "Meanwhile")
    same(kaz.status()["shut_out"], None)


@case
def a_revoked_office_joins_again_with_a_new_invitation_and_its_old_keys_stay_shut_out(world):
    hub = world.hub("wg6")
    kaz = world.office(hub, "KAZ", "wg6")
    one = kaz.add("Before", plan=plan(kaz))
    kaz.sync()
    hub.run("office", "revoke", "KAZ", "--reason", "stolen")
    path, _ = world.invite(hub, "KAZ", "wg6")
    new = world.node("KAZ")
    new.home = world.path("kaz-new")
    new.run("join", path, "--yes")
    new.quick().start()
    new.sync()
    same(new.json("show", one)["title"], "Before")
    same(new.status()["incarnation"], "KAZ.2")
    same(hub.json("office", "show", "KAZ")["reason"], None)
    lives = {l["name"]: l for l in hub.json("office", "show", "KAZ")["incarnations"]}
    same(lives["KAZ.2"]["reason"], "replaced")
    has(lives["KAZ.1"]["ended"], "another machine")
    kaz.run("sync", "--wait", 1, code=4)
    has(kaz.status()["upstream"]["reason"], "shut")
    new.run("set", one, "status=completed")
    new.sync()
    same(hub.json("show", one)["status"], "completed")


@case
def another_machine_takes_an_offices_place_with_its_history(world):
    hub = world.hub("wg6")
    kaz = world.office(hub, "KAZ", "wg6")
    one = kaz.add("Before", plan=plan(kaz))
    kaz.sync()
    has(hub.run("invite", "KAZ", "--group", "wg6", "-o", world.path("x"), code=2).err, "--replace", "headway grant KAZ")
    path = world.path("second.invite")
    hub.run("invite", "KAZ", "--replace", "-o", path)
    kaz.sync()  # it goes on until the new one joins
    kaz.cut()
    draft = kaz.add("Never sent", plan="wg6-plan")
    new = world.node("KAZ")
    new.home = world.path("kaz-new")
    new.run("join", path, "--yes")
    new.quick().start()
    new.sync()
    same(new.json("show", one)["title"], "Before")
    same((new.status()["incarnation"], new.status()["incarnation_reason"]), ("KAZ.2", "replaced"))
    same(groups(new), ["wg6"])
    kaz.heal()
    wait("the old one is refused", lambda: kaz.status()["upstream"]["state"] == "refused")
    has(kaz.status()["shut_out"], "exported")
    same(sorted(r["title"] for r in kaz.records("item")), ["Before", "Never sent"])
    hub.run("show", draft, code=3)
    new.run("set", one, "status=completed")
    new.sync()
    same(hub.json("show", one)["status"], "completed")
    has(world.node("KAZ3").run("join", path, "--yes", code=77).err, "used")
    for node in (hub, new, kaz):
        node.verify()


@case
def the_old_machine_that_is_in_session_when_the_new_one_joins_is_cut_off(world):
    hub = world.hub("wg6")
    kaz = world.office(hub, "KAZ", "wg6")
    path = world.path("second.invite")
    hub.run("invite", "KAZ", "--replace", "-o", path)
    wait("in session", lambda: connected(hub, "KAZ"))
    new = world.node("KAZ")
    new.home = world.path("kaz-new")
    new.run("join", path, "--yes")
    wait("it is told", lambda: kaz.status()["upstream"]["state"] == "refused")
    has(wait("noted", lambda: kaz.status()["shut_out"]), "another machine")


@case
def a_relay_shuts_a_revoked_office_out_as_well(world):
    hub = world.hub("wg6")
    relay = world.office(hub, "REG", "wg6", start=False)
    port = free_port()
    relay.configure(listen="tcp://127.0.0.1:%d" % port)
    relay.start()
    relay.sync()
    kaz = world.office(hub, "KAZ", "wg6", start=False)
    key = hub.json("office", "show", "REG")["curve_key"]
    kaz.configure(upstream="tcp://127.0.0.1:%d" % port, upstream_key=key)
    relay.sync()
    kaz.start()
    kaz.run("sync", "--wait", 30)
    one = kaz.add("Through the relay", plan=plan(kaz))
    kaz.sync()
    same(hub.json("show", one)["title"], "Through the relay")
    hub.run("office", "revoke", "KAZ", "--reason", "stolen")
    wait("it is cut off there", lambda: kaz.status()["upstream"]["state"] == "refused")
    has(wait("noted", lambda: kaz.status()["shut_out"]), "stolen")


main()
