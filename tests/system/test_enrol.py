"""test_enrol.py: how an office joins a headquarters, and who does not."""
import base64
import hashlib
import os
import pty
import sqlite3
import subprocess

from harness import HEADWAY, HEADWAYD, Skip, case, check, has, main, same, wait


def files(home):
    return sorted(os.listdir(home)) if os.path.exists(home) else []


@case
def init_makes_a_home_and_refuses_one_that_exists(world):
    hub = world.hub(start=False)
    check(not hub.daemon and "ctl.sock" not in files(hub.home), "init left a daemon behind")
    for name in ("headway.conf", "headway.db"):
        check(name in files(hub.home), name, "is missing")
    same(os.stat(hub.home).st_mode & 0o007, 0, "others may look into the home")
    again = hub.run("init", "--name", "HQ", code=None)
    check(again.code not in (0, 69), again)
    hub.start()
    same(hub.status()["node"], "HQ")
    check("hub" in hub.status()["roles"])


@case
def an_office_joins_with_the_right_words_and_is_in_the_directory(world):
    hub = world.hub("wg6")
    path, words = world.invite(hub, "KAZ", "wg6")
    same(len(words.split()), 4)
    same(os.stat(path).st_mode & 0o077, 0, "an invitation holds a secret")
    kaz = world.node("KAZ")
    kaz.run("join", path, "--words", "  " + words.upper().replace(" ", "  "))
    check("ctl.sock" not in files(kaz.home), "join left a daemon behind")
    kaz.start().sync()
    same(kaz.status()["upstream"]["state"], "connected")
    offices = {o["code"]: o for o in hub.json("office", "list")}
    same(offices["KAZ"]["state"], "active")
    check("wg6" in [g["code"] for g in kaz.json("group", "list")], "the group did not arrive")
    same(hub.json("office", "show", "KAZ")["code"], "KAZ")


@case
def wrong_words_join_nothing(world):
    hub = world.hub("wg6")
    path, words = world.invite(hub, "KAZ", "wg6")
    kaz = world.node("KAZ")
    wrong = kaz.run("join", path, "--words", "amber river stone kite", code=1)
    check(words not in wrong.err + wrong.out, "the right words were given away")
    same(files(kaz.home), [])
    kaz.run("join", path, "--words", words)


@case
def without_words_and_without_a_terminal_join_exits_2(world):
    hub = world.hub("wg6")
    path, _ = world.invite(hub, "KAZ", "wg6")
    kaz = world.node("KAZ")
    has(kaz.run("join", path, code=2).err, "--words", "--yes")
    same(files(kaz.home), [])
    kaz.run("join", path, "--yes")


@case
def on_a_terminal_join_shows_the_words_and_takes_no_for_an_answer(world):
    hub = world.hub("wg6")
    path, words = world.invite(hub, "KAZ", "wg6")
    kaz = world.node("KAZ")
    for answer, code in ((b"n\n", 1), (b"y\n", 0)):
        try:
            near, far = pty.openpty()
        except OSError as e:
            raise Skip("no terminal to be had here: %s" % e)
        os.write(near, answer)
        done = subprocess.run([HEADWAY, "--home", kaz.home, "join", path], stdin=far, capture_output=True,
                              env=world.environment, timeout=30)
        os.close(near)
        os.close(far)
        has(done.stderr.decode(), words)
        same(done.returncode, code, done.stderr.decode())


@case
def a_used_invitation_is_refused_with_the_reason(world):
    hub = world.hub("wg6")
    path, _ = world.invite(hub, "KAZ", "wg6")
    world.node("KAZ").run("join", path, "--yes")
    other = world.node("KAZ2")
    refused = other.run("join", path, "--yes", code=77)
    has(refused.err, "has been used", "new one")
    same(len([o for o in hub.json("office", "list") if o["code"] == "KAZ"]), 1)


def aged(path, expires_ms):
    """The invitation's text with another end of validity and a check sum that fits."""
    head, office, body = open(path, encoding="ascii").read().splitlines()
    raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))[:-4]
    raw = raw[:-8] + expires_ms.to_bytes(8, "big")  # the last of the eight, a CBOR integer of 8 bytes
    raw += hashlib.blake2b(raw, digest_size=32).digest()[:4]
    return "\n".join([head, office, base64.urlsafe_b64encode(raw).decode().rstrip("="), ""])


@case
def an_office_that_did_not_hear_the_answer_may_ask_again_with_the_same_file(world):
    hub = world.hub("wg6")
    file, _ = world.invite(hub, "KAZ", "wg6")
    kaz = world.node("KAZ")
    kaz.run("join", file, "--yes")
    path = os.path.join(kaz.home, "headway.conf")
    with open(path, encoding="utf-8") as f:  # as after a power cut before the answer was written down
        lines = [line for line in f if line.split("=")[0].strip() not in ("root", "upstream", "upstream_key")]
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(lines)
    kaz.run("join", file, "--yes")
    kaz.start()
    kaz.sync()
    same([one["name"] for one in hub.json("office", "show", "KAZ")["incarnations"]], ["KAZ.1"])


@case
def an_expired_invitation_is_refused_at_the_office(world):
    hub = world.hub("wg6")
    path, _ = world.invite(hub, "KAZ", "wg6")
    kaz = world.node("KAZ")
    # More than 2^32 so that the integer keeps its 8 bytes: 1 May 2001.
    has(kaz.run("join", world.write("aged", aged(path, 988675200000)), "--yes", code=77).err, "expired", "new one")
    same(files(kaz.home), [])


@case
def an_expired_invitation_is_refused_at_the_hub_whatever_the_file_says(world):
    hub = world.hub("wg6")
    path, _ = world.invite(hub, "KAZ", "wg6")
    hub.stop()
    with sqlite3.connect(os.path.join(hub.home, "headway.db")) as db:
        same(db.execute("UPDATE invitation SET expires = 1").rowcount, 1)
    db.close()
    hub.start()
    has(world.node("KAZ").run("join", path, "--yes", code=77).err, "new one")
    same([o["state"] for o in hub.json("office", "list") if o["code"] == "KAZ"], ["invited"])


@case
def a_tampered_invitation_is_refused(world):
    hub = world.hub("wg6")
    path, words = world.invite(hub, "KAZ", "wg6")
    data = open(path, "rb").read()
    lines = data.decode().splitlines()
    for i, line in enumerate(lines):
        letters = [k for k, c in enumerate(line) if c.isalnum()]
        if len(letters) < 30:
            continue
        k = letters[len(letters) // 2]
        bad = lines[:i] + [line[:k] + ("A" if line[k] != "A" else "B") + line[k + 1:]] + lines[i + 1:]
        kaz = world.node("KAZ%d" % i)
        refused = kaz.run("join", world.write("bad.invite", "\n".join(bad) + "\n"), "--words", words, code=None)
        check(refused.code not in (0, 69), "line %d was changed and joined: %s" % (i + 1, line))
    for name, text in (("cut", data[: len(data) // 2]), ("empty", b""), ("noise", os.urandom(4000))):
        refused = world.node("KAZ").run("join", world.write(name, text), "--yes", code=None)
        check(refused.code in (1, 2, 77, 78), name, refused)
    world.node("KAZ").run("join", world.path("no-such-file"), "--yes", code=None)
    kaz = world.node("KAZ")
    kaz.run("join", path, "--words", words)


@case
def an_invitation_leads_to_its_own_headquarters_only(world):
    hub, foreign = world.hub("wg6"), world.hub("wg6", name="OTHER")
    path, _ = world.invite(hub, "KAZ", "wg6")
    text = open(path, encoding="utf-8").read()
    astray = text.replace(":%d" % hub.port, ":%d" % foreign.port)
    kaz = world.node("KAZ")
    if astray != text:
        world.write("astray.invite", astray)
        kaz.run("join", world.path("astray.invite"), "--yes", code=77, seconds=90)
        check("KAZ" not in [o["code"] for o in foreign.json("office", "list")])
    kaz.run("join", path, "--yes")


@case
def a_second_daemon_on_the_same_home_refuses(world):
    hub = world.hub("wg6")
    done = subprocess.run([HEADWAYD, "--home", hub.home], capture_output=True, env=world.environment, timeout=20)
    check(done.returncode not in (0, 69), done)
    has(done.stderr.decode(), "another headwayd", hub.home)
    same(hub.status()["node"], "HQ", "the first daemon suffered")


@case
def a_home_that_has_a_hub_does_not_join_another(world):
    hub, other = world.hub("wg6"), world.hub("wg7", name="OTHER")
    first, _ = world.invite(hub, "KAZ", "wg6")
    second, _ = world.invite(other, "KAZ", "wg7")
    kaz = world.node("KAZ")
    kaz.run("join", first, "--yes")
    refused = kaz.run("join", second, "--yes", code=None)
    check(refused.code in (1, 2, 77), refused)
    has(refused.err, "already")
    kaz.start().sync()
    same([g["code"] for g in kaz.json("group", "list")], ["wg6"])


@case
def a_standalone_office_writes_then_joins_with_its_records(world):
    kaz = world.node("KAZ")
    kaz.run("init", "--name", "KAZ")
    kaz.start()
    kaz.run("group", "add", "local", "--name", "Our own group")
    kaz.run("plan", "add", "--group", "local", "Own plan", "--code", "own")
    record = kaz.add("Written before there was a hub", "status=in-progress", plan="own")
    same(kaz.status()["upstream"]["state"], "off")
    kaz.stop()
    hub = world.hub("wg6")
    path, _ = world.invite(hub, "KAZ", "wg6")
    kaz.run("join", path, "--yes")
    kaz.start()
    kaz.sync()
    same(kaz.json("show", record)["title"], "Written before there was a hub")
    kaz.run("set", record, "status=completed")
    kaz.run("plan", "add", "--group", "wg6", "Common plan", "--code", "common")
    shared = kaz.add("Written after", plan="common")
    kaz.sync()
    wait("the hub has what was written after", lambda: hub.run("show", shared, code=None).code == 0)
    hub.run("show", record, code=3)  # its group stays local until it is granted


@case
def a_replaced_invitation_works_and_the_old_one_does_not(world):
    hub = world.hub("wg6")
    old, _ = world.invite(hub, "KAZ", "wg6")
    new = world.path("new.invite")
    hub.run("invite", "KAZ", "--group", "wg6", "--replace", "-o", new)
    world.node("KAZ2").run("join", old, "--yes", code=77)
    kaz = world.node("KAZ")
    kaz.run("join", new, "--yes")
    kaz.start().sync()


@case
def an_invitation_is_good_once_also_after_a_restart_of_the_hub(world):
    hub = world.hub("wg6")
    path, _ = world.invite(hub, "KAZ", "wg6")
    hub.stop()
    hub.start()
    world.node("KAZ").run("join", path, "--yes")
    hub.kill()
    hub.start()
    has(world.node("KAZ2").run("join", path, "--yes", code=77).err, "has been used")


@case
def an_invitation_is_good_once_also_after_a_restore_of_the_hub(world):
    hub = world.hub("wg6")
    tjk = world.office(hub, "TJK", "wg6")
    path, _ = world.invite(hub, "KAZ", "wg6")
    backup = world.path("hq.backup")
    hub.run("backup", backup)  # the invitation is open in it
    kaz = world.node("KAZ")
    kaz.run("join", path, "--yes")
    kaz.quick().start()
    kaz.sync()
    tjk.sync()
    for node in (tjk, kaz, hub):
        node.stop()
    hub.run("restore", backup)
    hub.start()  # it has heard nobody yet
    has(world.node("EARLY").run("join", path, "--yes", code=77).err, "restored")
    tjk.start()
    kaz.start()
    wait("the offices have handed back what they hold", lambda: not hub.status()["recovery"])
    has(world.node("LATE").run("join", path, "--yes", code=77).err, "has been used")
    kaz.sync()
    same({o["code"]: o["state"] for o in hub.json("office", "list")}["KAZ"], "active")


@case
def an_invitation_of_a_revoked_office_is_void(world):
    hub = world.hub("wg6")
    path, _ = world.invite(hub, "KAZ", "wg6")
    hub.run("office", "revoke", "KAZ", "--reason", "a mistake")
    has(world.node("KAZ").run("join", path, "--yes", code=77).err, "not joined")
    hub.run("invite", "KAZ", "--replace", "-o", world.path("back"))  # its grants stand as they are
    kaz = world.node("KAZ")
    kaz.run("join", world.path("back"), "--yes")
    kaz.start()
    kaz.sync()
    same([g["code"] for g in kaz.json("group", "list")], ["wg6"])
    has(hub.run("invite", "NEW", "--replace", code=2).err, "--group")
    same({o["code"]: o["behind"] for o in hub.json("office", "list")}["HQ"], 0)


main()
