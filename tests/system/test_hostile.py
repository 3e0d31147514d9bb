"""test_hostile.py: strangers and garbage end their own connection, with a
reason, and disturb nobody else."""
import base64
import os
import socket
import struct
import threading
import time

from harness import case, check, has, main, same, wait

GREETING = b"\xff" + b"\0" * 8 + b"\x7f" + b"\x03\x01"  # ZMTP 3.1, RFC 37


def busy(world):
    """A hub with a plan, a good office, and a thread that keeps it in step."""
    hub = world.hub("wg6")
    hub.run("plan", "add", "--group", "wg6", "Workplan", "--code", "p")
    hub.stop()
    hub.configure(handshake_ms=500)
    hub.start()
    return hub, world.office(hub, "KAZ", "wg6:coordinator")


class Work:
    """The good office goes on while a test is nasty; each round must reach the hub."""

    def __init__(self, hub, office):
        self.hub, self.office, self.ids, self.error, self.stop = hub, office, [], None, False

    def __enter__(self):
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        return self

    def run(self):
        try:
            while not self.stop:
                self.ids.append(self.office.add("Good work %d" % len(self.ids), plan="p"))
                self.office.sync(10)
        except Exception as error:  # shown by the test that looks
            self.error = error

    def __exit__(self, *why):
        if why[0] is None:
            wait("the good office has been in step twice", lambda: self.error or len(self.ids) > 2)
        self.stop = True
        self.thread.join(60)
        if why[0] is None:
            if self.error:
                raise self.error
            held = {r["id"] for r in self.hub.records("item")}
            check(set(self.ids) <= held, "work of the good office is missing")
        return False


def talk(port, data, seconds=5):
    """Sends, reads until the other end closes; (what came, whether it closed)."""
    came = b""
    with socket.create_connection(("127.0.0.1", port), 5) as s:
        s.settimeout(seconds)
        try:
            s.sendall(data)
            while True:
                piece = s.recv(65536)
                if not piece:
                    return came, True
                came += piece
        except (ConnectionResetError, BrokenPipeError):
            return came, True
        except socket.timeout:
            return came, False


def refused_state(office):
    upstream = office.status()["upstream"]
    return upstream if upstream["state"] == "refused" and upstream.get("reason") else None


def impatient(office):
    office.configure(handshake_ms=300, reconnect_ms=100, reconnect_max_ms=2000)


def not_flooding(office, seconds=3.0):
    """Lines of an office that is refused: at least one, at most one for each step of 0.1, 0.2 ... 2 s and its handshake."""
    before = len(office.daemon.lines)
    wait("it has tried for %g s" % seconds, lambda e=time.monotonic() + seconds: time.monotonic() > e, seconds + 5)
    said = office.daemon.lines[before:]
    check(len(said) <= 12, "%d lines in %g s:\n%s" % (len(said), seconds, "\n".join(said[:15])))
    return said


@case
def a_wrong_hub_key_is_refused_shown_in_status_retried_and_logged_sparingly(world):
    hub, good = busy(world)
    bad = world.office(hub, "TKM", "wg6", start=False)
    right = [line for line in open(os.path.join(bad.home, "headway.conf")) if line.startswith("upstream_key")][0]
    right = right.split("=", 1)[1].strip().strip('"')
    impatient(bad)
    bad.configure(upstream_key=base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("="))
    with Work(hub, good):
        bad.start()
        upstream = wait("the refusal is in status", lambda: refused_state(bad), 10)
        has(upstream["reason"], "key")
        has(bad.run("status").out, "key")
        not_flooding(bad)
        check(bad.log().count("key") >= 1, bad.log())
        check(len(hub.daemon.lines) < 40, "the hub's log floods:\n" + "\n".join(hub.daemon.lines[-10:]))
    bad.stop()
    bad.configure(upstream_key=right)
    bad.start()
    bad.sync()


@case
def an_unknown_office_key_is_refused_and_the_hub_says_so_sparingly(world):
    hub, good = busy(world)
    bad = world.office(hub, "TKM", "wg6", start=False)
    impatient(bad)
    path = os.path.join(bad.home, "curve.key")
    right = open(path, "rb").read()
    same(len(right.strip()), 43)
    with open(path, "wb") as f:
        f.write(base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=") + b"\n")
    with Work(hub, good):
        bad.start()
        has(wait("the refusal is in status", lambda: refused_state(bad), 10)["reason"], "key")
        before = len(hub.daemon.lines)
        not_flooding(bad)
        check(len(hub.daemon.lines) - before <= 12, "the hub's log floods:\n" + "\n".join(hub.daemon.lines[before:]))
        check(any("unknown key" in line for line in hub.daemon.lines), "the hub did not say whom it refused")
    same([o["code"] for o in hub.json("office", "list") if o["state"] == "active"].count("TKM"), 1)
    bad.stop()
    with open(path, "wb") as f:
        f.write(right)
    bad.start()
    bad.sync()


@case
def a_revoked_office_that_was_never_admitted_gets_nothing(world):
    """A stranger with keys of its own making but the right hub key: a standalone office pointed at the hub."""
    hub, good = busy(world)
    stranger = world.node("XXX")
    stranger.run("init", "--name", "XXX")
    root = dict(line.split("=", 1) for line in open(os.path.join(good.home, "headway.conf")) if line[:1].isalpha())
    clean = {k.strip(): v.strip().strip('"') for k, v in root.items()}
    impatient(stranger)
    stranger.configure(root=clean["root"], upstream="tcp://127.0.0.1:%d" % hub.port, upstream_key=clean["upstream_key"])
    with Work(hub, good):
        stranger.start()
        wait("the refusal is in status", lambda: refused_state(stranger), 10)
    same([r for r in stranger.records() if r["group"] == "wg6"], [])
    check("XXX" not in [o["code"] for o in hub.json("office", "list")])


@case
def the_null_mechanism_and_an_unknown_one_are_refused(world):
    hub, good = busy(world)
    with Work(hub, good):
        for mechanism in (b"NULL", b"PLAIN", b"GSSAPI", b"\xff" * 20):
            greeting = GREETING + mechanism.ljust(20, b"\0") + b"\0" * 32
            ready = b"\x04\x26\x05READY\x0bSocket-Type\0\0\0\x06DEALER\x08Identity\0\0\0\0"
            came, closed = talk(hub.port, greeting + ready + b"\0\x05hello")
            check(closed, mechanism, "stays connected")
            check(b"READY" not in came and b"WELCOME" not in came, mechanism, "was answered", came)


@case
def garbage_on_the_port_ends_that_connection_only(world):
    hub, good = busy(world)
    curve = GREETING + b"CURVE".ljust(20, b"\0") + b"\0" * 32
    hello = b"\x04\xc8\x05HELLO\x01\x00" + b"\0" * 72
    with Work(hub, good):
        for data in (b"GET / HTTP/1.1\r\nHost: hq\r\n\r\n", os.urandom(4096), b"\0" * 5000, b"\xff" * 5000, curve[:30], curve,
                     curve + os.urandom(600), curve + hello + os.urandom(32 + 8 + 80), curve + b"\x06" + b"\xff" * 8 + b"x" * 100000,
                     curve + hello + os.urandom(120) + os.urandom(5000), b"\x16\x03\x01\x02\x00\x01" + os.urandom(300)):
            check(talk(hub.port, data)[1], "stays connected after", data[:20], len(data))


@case
def many_silent_connections_do_not_keep_an_office_out(world):
    hub, good = busy(world)
    silent = [socket.create_connection(("127.0.0.1", hub.port), 5) for _ in range(200)]
    try:
        good.stop()
        good.start()
        good.sync(10)
        for s in silent:
            s.settimeout(10)
            check(closed(s), "a silent connection stays open")
    finally:
        for s in silent:
            s.close()


def closed(s):
    """Whether the other end hangs up."""
    try:
        while s.recv(4096):
            pass
        return True
    except socket.timeout:
        return False
    except OSError:
        return True


def local(node, data, shut=False):
    """What the local socket answers, and whether it ends the connection; `shut` says that no more comes."""
    came = b""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(2)
        s.connect(os.path.join(node.home, "ctl.sock"))
        try:
            s.sendall(data)
            if shut:
                s.shutdown(socket.SHUT_WR)
            while True:
                piece = s.recv(65536)
                if not piece:
                    return came, True
                came += piece
        except (BrokenPipeError, ConnectionResetError):
            return came, True
        except socket.timeout:
            return came, False


def frame(body):
    return struct.pack(">I", len(body)) + body


@case
def garbage_from_a_local_client_ends_that_connection_with_a_reason(world):
    hub, good = busy(world)
    asked = b"\x84\x01\x64list\xa0\xf6"  # [1, "list", {}, null]
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(5)
        s.connect(os.path.join(hub.home, "ctl.sock"))
        for _ in range(2):
            s.sendall(frame(asked))
            check(len(s.recv(65536)) > 8, "a good request is not answered: the test sends nonsense")
    with Work(hub, good):
        came, ended = local(hub, b"\xff\xff\xff\xff" + b"x" * 100)
        check(ended and b"48 MiB" in came, "oversize", came, ended)
        came, ended = local(hub, struct.pack(">I", 49 * 1024 * 1024))
        check(ended and b"48 MiB" in came, "oversize, announced", came, ended)
        for body in (b"", b"\xff", b"\x00", os.urandom(200), b"\x84\x01", b"\x84\x02\x64list\xa0\xf6", b"\x9f" * 5000, b"\xbf" * 5000,
                     b"\x84\x01\x64list\x80\xf6", b"\x84\x01\x64\xff\xfe\xfd\xfc\xa0\xf6",
                     b"\x84\x01\x64list\xa1\x66filter\x5b\xff\xff\xff\xff\xff\xff\xff\xff\xf6",
                     b"\x84\x01\x64list\xbb\x7f\xff\xff\xff\xff\xff\xff\xff\xf6",
                     b"\x84\x01\x64list\xa1\x66filter\x9b\x00\xff\xff\xff\xff\xff\xff\xff\xf6",
                     b"\x84\x01\x64list" + b"\xa1\x61a" * 4000 + b"\xf6\xf6", asked + b"\x00"):
            came, ended = local(hub, frame(body))
            check(ended, "stays open after", body[:30])
            check(len(came) > 8, "ended without a reason", body[:40])
        # These can be read and make no sense: a reason, and the next request is answered.
        for body in (b"\x84\x01\x64nope\xa0\xf6", b"\x84\x01\x63set\xa2\x66target\x81\x01\x66assign\x81\xf5\xf6",
                     b"\x84\x01\x63set\xa2\x66target\x01\x66assign\x02\xf6", b"\x84\x01\x64show\xa0\xf6", b"\x84\x01\x66import\xa0\xf6",
                     b"\x84\x01\x66import\xa1\x64rows\x81\xa1\x63row\x3b\xff\xff\xff\xff\xff\xff\xff\xff\xf6",
                     b"\x84\x01\x66import\xa2\x65group\x63wg6\x64rows\x82\xa2\x63row\x01\x66parent\x02\xa2\x63row\x02\x66parent\x01\xf6",
                     b"\x84\x01\x66export\xa1\x65limit\x3b\xff\xff\xff\xff\xff\xff\xff\xff\xf6"):
            with socket.socket(socket.AF_UNIX) as s:
                s.settimeout(5)
                s.connect(os.path.join(hub.home, "ctl.sock"))
                for request in (body, asked):
                    s.sendall(frame(request))
                    check(len(s.recv(65536)) > 8, "no answer after", body)
        for cut in (b"\0", frame(asked)[:3], frame(asked)[:6], frame(b"\0" * 1000)[:500]):
            local(hub, cut, shut=True)
        half = [socket.socket(socket.AF_UNIX) for _ in range(20)]
        for s in half:
            s.connect(os.path.join(hub.home, "ctl.sock"))
            s.sendall(frame(asked)[:5])
        same(hub.status()["node"], "HQ")
        for s in half:
            s.close()


@case
def a_client_that_leaves_in_the_middle_disturbs_nobody(world):
    hub, good = busy(world)
    for i in range(60):
        hub.add("Some text to list %d" % i, "description=" + "d" * 3000, plan="p")
    asked = frame(b"\x84\x01\x64list\xa0\xf6")
    with Work(hub, good):
        for i in range(100):
            s = socket.socket(socket.AF_UNIX)
            s.connect(os.path.join(hub.home, "ctl.sock"))
            s.sendall(asked * (1 + i % 3))
            if i % 2:
                s.recv(1 + i)
            s.close()
    same(hub.status()["node"], "HQ")


@case
def too_many_local_clients_are_told_so(world):
    hub, good = busy(world)
    held = []
    try:
        with Work(hub, good):
            refused = b""
            for _ in range(400):
                s = socket.socket(socket.AF_UNIX)
                s.settimeout(0.002)
                s.connect(os.path.join(hub.home, "ctl.sock"))
                held.append(s)
                try:
                    refused = s.recv(4096) or refused
                except socket.timeout:
                    pass
                if b"too many" in refused:
                    break
            has(refused.decode("latin-1"), "too many local connections")
            for s in held:
                s.close()
            wait("there is room again", lambda: hub.run("status", code=None).code == 0)
    finally:
        for s in held:
            s.close()


main()
