"""test_backup.py: a backup is taken while people work, put back, and nothing that
the hub had is lost; what cannot be put back is refused with its reason."""
import os
import re
import shutil
import socket
import sqlite3
import struct
import subprocess
import threading

from harness import HEADWAYD, Skip, case, check, has, main, same, wait


def titles(node):
    return sorted(r["title"] for r in node.records("item"))


def hub_and_office(world):
    hub = world.hub("wg6")
    hub.run("plan", "add", "--group", "wg6", "Workplan", "--code", "p")
    kaz = world.office(hub, "KAZ", "wg6:coordinator")
    items = [kaz.add("Item %d" % i, plan="p") for i in (1, 2)]
    world.converge(kaz)
    return hub, kaz, items


def settle(world, *offices):
    """A session may end once more while a new incarnation begins: wait until each is through."""
    for office in offices:
        wait("%s is in step" % office.name, lambda: office.run("sync", "--wait", "5", code=None).code == 0, seconds=60)
    world.converge(*offices)


def whole(node):
    found = node.json("verify")
    same(found["faults"], [])
    check(found["segments"] > 0 and found["events"] > 0 and found["records"] > 0, found)
    return found


def secret(world, text="correct horse battery\n"):
    path = world.write("pass-%d" % len(os.listdir(world.dir)), text)
    os.chmod(path, 0o600)
    return path


@case
def a_backup_taken_during_writes_is_whole(world):
    hub, kaz, _ = hub_and_office(world)
    done = threading.Event()
    written = []

    def write():
        while not done.is_set() or len(written) < 5:
            written.append(hub.add("Meanwhile %d" % len(written), plan="p"))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        wait("writing has begun", lambda: len(written) > 1)
        before = len(written)
        for i in range(3):
            hub.run("backup", world.path("hub.backup"))
    finally:
        done.set()
        writer.join()
    check(len(written) > before, "nothing was written during the backups")
    hub.stop()
    hub.run("restore", world.path("hub.backup"))
    hub.start()
    have = titles(hub)
    check(len([t for t in have if t.startswith("Meanwhile")]) >= before, have)
    whole(hub)
    same(oct(os.stat(world.path("hub.backup")).st_mode & 0o777), "0o600")
    same([n for n in os.listdir(hub.home) if n.startswith("backup.part")], [])
    check(not os.path.exists(world.path("hub.backup.part")))


@case
def an_office_restored_goes_on_as_a_new_incarnation_and_has_what_the_hub_had(world):
    hub, kaz, items = hub_and_office(world)
    said = kaz.run("backup", world.path("kaz.backup"))
    has(said.out, "Backup of KAZ written to", "no keys")
    kaz.add("Sent after the backup", plan="p")
    kaz.run("set", items[0], "status=completed")
    world.converge(kaz)
    kaz.stop()
    before = os.path.getsize(os.path.join(kaz.home, "headway.db"))
    said = kaz.run("restore", world.path("kaz.backup"))
    has(said.err, "The old database is kept", "KAZ is restored")
    kept = [n for n in os.listdir(kaz.home) if n.startswith("headway.db.before-restore-")]
    same(len(kept), 1)
    check(os.path.getsize(os.path.join(kaz.home, kept[0])) >= before)
    old = sqlite3.connect("file:%s?mode=ro" % os.path.join(kaz.home, kept[0]), uri=True)
    same(old.execute("SELECT count(*) FROM item WHERE title LIKE 'Sent after%'").fetchone(), (1,))
    old.close()
    same(len(kaz.sql("SELECT value FROM node WHERE key = 'restored'")[0][0]), 8)
    same(kaz.sql("SELECT count(*) FROM item WHERE title LIKE 'Sent after%'"), [(0,)])
    kaz.start()
    kaz.add("Written after the restore", plan="p")
    settle(world, kaz)
    same(titles(kaz), sorted(["Item 1", "Item 2", "Sent after the backup", "Written after the restore"]))
    same(kaz.value(items[0], "status"), "completed")
    same(kaz.export(), hub.export())
    same(kaz.status()["incarnation"], "KAZ.2")
    whole(kaz)
    whole(hub)


@case
def a_backup_with_keys_makes_a_home_where_there_was_none(world):
    hub, kaz, items = hub_and_office(world)
    passphrase = secret(world)
    kaz.run("backup", world.path("kaz.backup"), "--keys", "--passphrase-file", passphrase)
    with open(world.path("kaz.backup"), "rb") as f:
        content = f.read()
    for name in ("curve.key", "sign.key"):
        with open(os.path.join(kaz.home, name), "rb") as f:
            check(f.read().strip() not in content, name, "stands in the backup")
    kaz.stop()
    shutil.rmtree(kaz.home)
    refused = kaz.run("restore", world.path("kaz.backup"), code=2)
    has(refused.err, "--passphrase-file")
    refused = kaz.run("restore", world.path("kaz.backup"), "--passphrase-file", secret(world, "another one\n"), code=77)
    has(refused.err, "passphrase is not the one")
    check(not os.path.exists(kaz.home), "a home was made")
    kaz.run("restore", world.path("kaz.backup"), "--passphrase-file", passphrase)
    for name in os.listdir(kaz.home):
        same(oct(os.stat(os.path.join(kaz.home, name)).st_mode & 0o077), "0o0", name)
    kaz.start()
    kaz.add("From the new home", plan="p")
    settle(world, kaz)
    same(kaz.export(), hub.export())
    check("From the new home" in titles(hub))
    whole(kaz)


@case
def the_keys_of_a_later_incarnation_are_in_the_backup_too(world):
    hub, kaz, items = hub_and_office(world)
    kaz.run("backup", world.path("first.backup"))
    kaz.add("Sent after the backup", plan="p")
    world.converge(kaz)
    kaz.stop()
    kaz.run("restore", world.path("first.backup"))
    kaz.start()
    settle(world, kaz)
    same(kaz.status()["incarnation"], "KAZ.2")
    kaz.add("By the second", plan="p")
    world.converge(kaz)
    kaz.run("backup", world.path("second.backup"), "--keys", "--passphrase-file", secret(world))
    kaz.stop()
    shutil.rmtree(kaz.home)
    kaz.run("restore", world.path("second.backup"), "--passphrase-file", secret(world))
    kaz.start()
    settle(world, kaz)
    same(kaz.export(), hub.export())
    whole(kaz)


@case
def what_cannot_be_restored_is_refused_and_nothing_changes(world):
    hub, kaz, _ = hub_and_office(world)
    hub.run("backup", world.path("hub.backup"))
    kaz.run("backup", world.path("kaz.backup"))
    refused = kaz.run("restore", world.path("kaz.backup"), code=1)
    has(refused.err, "another headwayd", "runs on")
    kaz.stop()
    before = kaz.bytes_on_disk()
    refused = kaz.run("restore", world.path("hub.backup"), code=77)
    has(refused.err, "backup of HQ", "home of KAZ")
    with open(world.path("kaz.backup"), "rb") as f:
        content = f.read()
    refused = kaz.run("restore", world.write("cut", content[:-1]), code=1)
    has(refused.err, "too early")
    refused = kaz.run("restore", world.write("longer", content + b"x"), code=1)
    has(refused.err, "longer")
    refused = kaz.run("restore", world.write("flipped", content[:-999] + bytes([content[-999] ^ 1]) + content[-998:]), code=1)
    has(refused.err, "damaged")
    refused = kaz.run("restore", world.write("letter", "Dear colleagues\n"), code=1)
    has(refused.err, "not a backup")
    refused = kaz.run("restore", world.path("none"), code=3)
    has(refused.err, "none")
    same(kaz.bytes_on_disk(), before)
    away = world.node("AWAY")
    refused = away.run("restore", world.path("kaz.backup"), code=3)
    has(refused.err, "no keys")
    # another headquarters, another KAZ
    other = world.hub("wg6", name="HQ2")
    path, _ = world.invite(other, "KAZ", "wg6:coordinator")
    twin = world.node("TWIN")
    twin.run("join", path, "--yes")
    refused = twin.run("restore", world.path("kaz.backup"), code=77)
    has(refused.err, "another headquarters")


@case
def keys_are_never_written_in_the_clear(world):
    hub = world.hub("wg6")
    refused = hub.run("backup", world.path("b"), "--keys", code=2)
    has(refused.err, "never leave the home in the clear", "--passphrase-file")
    refused = hub.run("backup", world.path("b"), "--keys", "--passphrase-file", secret(world, "short\n"), code=2)
    has(refused.err, "at least 8")
    refused = hub.run("backup", world.path("b"), "--passphrase-file", secret(world), code=2)
    has(refused.err, "--keys")
    same([n for n in os.listdir(world.dir) if n.startswith("b")], [])


def text(word):
    """A short text in CBOR."""
    return bytes([0x60 + len(word)] if len(word) < 24 else [0x78, len(word)]) + word.encode()


def local(node, verb, args=b"\xa0"):
    """Asks as a client does that is none of ours; the answer's one frame."""
    request = b"\x84\x01" + text(verb) + args + b"\xf6"
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(30)
        s.connect(os.path.join(node.home, "ctl.sock"))
        s.sendall(struct.pack(">I", len(request)) + request)
        came = b""
        while len(came) < 4 or len(came) < 4 + struct.unpack(">I", came[:4])[0]:
            piece = s.recv(1 << 20)
            check(piece, "the daemon hung up")
            came += piece
    return came


def number(value):
    return b"\x1b" + struct.pack(">Q", value)


@case
def a_client_that_has_gone_holds_nothing_up_and_a_second_backup_takes_its_place(world):
    hub = world.hub("wg6")
    first, second = (re.search(rb"bidp([0-9a-f]{16})", local(hub, "backup.begin")).group(1).decode() for _ in range(2))
    piece = b"\xa2" + text("id") + text("%s") + text("from") + number(0)
    same([n for n in os.listdir(hub.home) if n.startswith("backup.part")], [])
    has(local(hub, "backup.read", piece.replace(text("%s"), text(first))).decode("latin-1"), "another backup was begun")
    for wrong in (1 << 40, (1 << 63) - 1, 1 << 63):
        answer = local(hub, "backup.read", b"\xa2" + text("id") + text(second) + text("from") + number(wrong))
        has(answer.decode("latin-1"), "the file has")
    has(local(hub, "backup.read", b"\xa2" + text("id") + text(second) + text("from") + number(0)).decode("latin-1"), "data")
    hub.run("backup", world.path("b"))  # and a third one does as well
    same(hub.stop(), 0)


@case
def keys_go_to_the_nodes_own_user_alone(world):
    if os.geteuid() != 0:
        raise Skip("only root can be somebody else")
    hub = world.hub("wg6")
    os.chmod(world.dir, 0o711)
    os.chmod(hub.home, 0o711)
    os.chmod(os.path.join(hub.home, "ctl.sock"), 0o666)
    asked = b"\xa2" + text("keys") + b"\xf5" + text("passphrase") + text("long enough")
    has(local(hub, "backup.begin", asked).decode("latin-1"), "made")
    ends = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setgid(65534)
            os.setuid(65534)
            os.write(ends[1], local(hub, "backup.begin", asked))
        finally:
            os._exit(0)
    os.close(ends[1])
    os.waitpid(pid, 0)
    said = os.read(ends[0], 65536).decode("latin-1")
    os.close(ends[0])
    has(said, "own user")


@case
def an_existing_file_is_replaced_only_by_a_whole_one(world):
    hub = world.hub("wg6")
    path = world.write("hub.backup", "the one before")
    hub.kill()
    refused = hub.run("backup", path, code=69)
    has(refused.err, "does not answer")
    with open(path, "rb") as f:
        same(f.read(), b"the one before")
    check(not os.path.exists(path + ".part"))
    # what an earlier backup left is gone at the next start
    with open(os.path.join(hub.home, "backup.part"), "wb") as f:
        f.write(b"half a copy")
    hub.start()
    check(not os.path.exists(os.path.join(hub.home, "backup.part")))
    hub.run("backup", path)
    with open(path, "rb") as f:
        same(f.read(17), b"headway backup 1\n")


@case
def status_names_the_last_backup(world):
    hub = world.hub("wg6")
    same(hub.status()["backup"], None)
    has(hub.run("status").out, "no backup yet")
    made = hub.json("backup", world.path("hub.backup"))
    same(made["bytes"], os.path.getsize(world.path("hub.backup")))
    same((made["office"], made["keys"]), ("HQ", False))
    check(hub.status()["backup"] >= made["made"], hub.status()["backup"], made)
    has(hub.run("status").out, "backup %s \u2713" % hub.status()["backup"][11:16])


@case
def a_restore_that_was_cut_short_is_repeated(world):
    hub, kaz, _ = hub_and_office(world)
    kaz.run("backup", world.path("kaz.backup"))
    kaz.add("Later", plan="p")
    kaz.kill()  # its last changes are in the log of the database
    # As a power cut leaves it: half a draft with a log of its own.
    for name in ("headway.db.restoring", "headway.db.restoring-wal"):
        with open(os.path.join(kaz.home, name), "wb") as f:
            f.write(b"half" * 1000)
    kaz.run("restore", world.path("kaz.backup"))
    same([n for n in os.listdir(kaz.home) if "restoring" in n], [])
    kept = [n for n in os.listdir(kaz.home) if n.startswith("headway.db.before-restore-")]
    old = sqlite3.connect("file:%s?mode=ro" % os.path.join(kaz.home, kept[0]), uri=True)
    same(old.execute("SELECT count(*) FROM item WHERE title = 'Later'").fetchone(), (1,))
    old.close()
    kaz.start()
    settle(world, kaz)
    whole(kaz)


# Ends the process in place of its CUT'th call that changes a file or a directory.
CUTTER = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>
static void count(void)
{
    static long left;
    if (!left)
        left = atol(getenv("CUT"));
    if (--left == 0)
        _exit(137);
}
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
ssize_t write(int fd, const void *p, size_t n) { count(); return NEXT(write)(fd, p, n); }
ssize_t pwrite(int fd, const void *p, size_t n, off_t at) { count(); return NEXT(pwrite)(fd, p, n, at); }
ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at) { count(); return NEXT(pwrite64)(fd, p, n, at); }
int fsync(int fd) { count(); return NEXT(fsync)(fd); }
int fdatasync(int fd) { count(); return NEXT(fdatasync)(fd); }
int ftruncate(int fd, off_t n) { count(); return NEXT(ftruncate)(fd, n); }
int ftruncate64(int fd, off64_t n) { count(); return NEXT(ftruncate64)(fd, n); }
int rename(const char *a, const char *b) { count(); return NEXT(rename)(a, b); }
int link(const char *a, const char *b) { count(); return NEXT(link)(a, b); }
int unlink(const char *a) { count(); return NEXT(unlink)(a); }
"""


def cutter(world):
    with open(HEADWAYD, "rb") as program:
        if b"__asan_init" in program.read():
            raise Skip("a build with sanitizers wants to be loaded first")
    source, library = world.write("cutter.c", CUTTER), world.path("cutter.so")
    try:
        done = subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], capture_output=True)
    except OSError:
        raise Skip("there is no cc")
    same(done.returncode, 0, done.stderr.decode())
    return library


@case
def a_restore_cut_at_any_step_leaves_the_old_or_the_new_and_works_when_repeated(world):
    library = cutter(world)
    kaz = world.node("KAZ")
    kaz.run("init", "--name", "KAZ")
    kaz.start()
    kaz.run("group", "add", "g")
    kaz.add("Old", group="g")
    kaz.run("backup", world.path("kaz.backup"))
    kaz.add("Later", group="g")
    kaz.kill()
    image = kaz.home + ".image"
    shutil.copytree(kaz.home, image, ignore=shutil.ignore_patterns("ctl.sock"))

    def restore(cut=None):
        more = {"LD_PRELOAD": library, "CUT": str(cut)} if cut else {}
        return subprocess.run([HEADWAYD, "--home", kaz.home, "--restore", world.path("kaz.backup")], capture_output=True,
                              env=dict(world.environment, **more)).returncode

    def state():
        db = sqlite3.connect(os.path.join(kaz.home, "headway.db"))
        same(db.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
        found = sorted(row[0] for row in db.execute("SELECT title FROM item")), db.execute(
            "SELECT count(*) FROM node WHERE key = 'restored'").fetchone()[0]
        db.close()
        return found

    old, new = (["Later", "Old"], 0), (["Old"], 1)
    seen, cut, step = set(), 1, 4  # SQLite's own steps come first, and are many
    while True:
        shutil.rmtree(kaz.home)
        shutil.copytree(image, kaz.home)
        code = restore(cut)
        if code != 137:
            break
        if step > 1 and any("before-restore" in name for name in os.listdir(kaz.home)):
            cut, step = cut - step + 1, 1  # now the places change: each step
            continue
        left = kaz.home + ".left"  # looking at a database brings its log in: look at a copy
        shutil.copytree(kaz.home, left)
        check(state() in (old, new), "cut", cut, "left", state())
        seen.add(state()[1])
        shutil.rmtree(kaz.home)
        shutil.move(left, kaz.home)
        same(restore(), 0, "after cut %d" % cut)
        same(state(), new, "after cut %d" % cut)
        cut += step
    same(code, 0)
    check(cut > 20 and seen == {0, 1}, "too few cuts", cut, seen)


@case
def a_new_home_cut_while_it_is_made_is_made_by_the_same_command(world):
    library, passphrase = cutter(world), secret(world)
    kaz = world.node("KAZ")
    kaz.run("init", "--name", "KAZ")
    kaz.start()
    kaz.run("group", "add", "g")
    kaz.add("Old", group="g")
    kaz.run("backup", world.path("kaz.backup"), "--keys", "--passphrase-file", passphrase)
    kaz.stop()

    def restore(**more):
        return subprocess.run([HEADWAYD, "--home", kaz.home, "--restore", world.path("kaz.backup"), "--passphrase-file",
                               passphrase], capture_output=True, env=dict(world.environment, **more)).returncode

    cut, stages = 1, set()
    while True:
        shutil.rmtree(kaz.home, ignore_errors=True)
        if restore(LD_PRELOAD=library, CUT=str(cut)) != 137:
            break
        there = os.listdir(kaz.home)
        stages.add(("curve.key" in there, "headway.conf" in there, "headway.db" in there))
        same(restore(), 0, "after cut %d" % cut)
        cut += 3 if "headway.conf" not in there else 9
    check({(False, False, False), (True, False, False), (True, True, False)} <= stages, stages)
    kaz.start()
    same([r["title"] for r in kaz.records("item")], ["Old"])


@case
def a_daemon_that_stops_ends_what_takes_long(world):
    hub, kaz, _ = hub_and_office(world)
    for command in (("verify",), ("backup", world.path("b"))):
        results = []
        asking = [threading.Thread(target=lambda: results.append(hub.run(*command, code=None).code)) for _ in range(4)]
        for one in asking:
            one.start()
        same(hub.stop(), 0)
        for one in asking:
            one.join()
        check(set(results) <= {0, 1, 3, 69}, results)  # in time, cut off, overtaken by another's backup, or too late
        hub.start()
    check(not os.path.exists(world.path("b.part")))
    whole(hub)


@case
def a_damaged_database_can_be_replaced(world):
    hub, kaz, items = hub_and_office(world)
    kaz.run("backup", world.path("kaz.backup"))
    kaz.stop()
    path = os.path.join(kaz.home, "headway.db")
    with open(path, "r+b") as f:
        f.write(b"\xff" * 8192)
    kaz.run("restore", world.path("kaz.backup"))
    kaz.start()
    settle(world, kaz)
    same(kaz.export(), hub.export())
    whole(kaz)


@case
def verify_names_what_is_damaged_and_where(world):
    hub, kaz, items = hub_and_office(world)
    whole(kaz)
    has(kaz.run("verify").out, "all as they were written")
    kaz.stop()
    db = sqlite3.connect(os.path.join(kaz.home, "headway.db"))
    db.execute("UPDATE item SET title = 'Forged' WHERE title = 'Item 1'")
    db.execute("UPDATE journal SET signature = zeroblob(64) WHERE id = (SELECT max(id) FROM journal)")
    db.commit()
    db.close()
    kaz.cut = None
    kaz.start()
    result = kaz.run("verify", "--json", code=1)
    faults = result.json()["faults"]
    same(len(faults), 2)
    has(faults[0]["where"], "journal of wg6")
    has(faults[0]["message"], "signature", "restore")
    same(faults[1]["where"], "item %s of wg6" % items[0])
    has(faults[1]["message"], "title")
    result = kaz.run("verify", code=1)
    has(result.out, "not all as they were written", "item %s of wg6" % items[0])
    has(result.err, "2 faults")
    hub.run("verify")


main()
