"""test_life.py: how a daemon starts, ends, and speaks with systemd."""
import os
import re
import shutil
import signal
import socket
import subprocess
import time

from harness import BUILD, HEADWAYD, ROOT, Skip, case, check, has, main, same


def pair(world):
    hub = world.hub("wg6")
    hub.run("plan", "add", "--group", "wg6", "Workplan", "--code", "p")
    return hub, world.office(hub, "KAZ", "wg6:coordinator")


@case
def sigterm_ends_hub_and_office_cleanly_within_seconds(world):
    hub, kaz = pair(world)
    kaz.add("Something", plan="p")
    for node, number in ((hub, signal.SIGTERM), (kaz, signal.SIGINT)):
        began = time.monotonic()
        daemon, node.daemon = node.daemon, None
        same(daemon.end(number, 10), 0, daemon.text())
        check(time.monotonic() - began < 5, node.name, "took", time.monotonic() - began)
        check(not os.path.exists(os.path.join(node.home, "ctl.sock")), "the socket is still there")
        has("\n".join(daemon.lines), "stopping")
    for node in (hub, kaz):
        node.start()
    kaz.sync()


@case
def a_busy_daemon_ends_cleanly_too(world):
    hub, kaz = pair(world)
    rows = "".join("Task number %d,2030-01\n" % i for i in range(5000))
    kaz.run("import", world.write("many.csv", "Action,Deadline\n" + rows), "--group", "wg6")
    same(kaz.stop(10), 0)
    same(hub.stop(10), 0)
    hub.start()
    kaz.start()
    kaz.sync(60)
    same(hub.export(), kaz.export())


@case
def an_immediate_second_signal_and_a_waiting_client_do_no_harm(world):
    hub, kaz = pair(world)
    kaz.cut()
    waiting = subprocess.Popen([os.path.join(BUILD, "headway"), "--home", kaz.home, "sync", "--wait", "30"],
                               env=world.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    same(kaz.status()["node"], "KAZ")
    process = kaz.daemon.process
    process.send_signal(signal.SIGTERM)
    same(kaz.stop(10), 0)
    check(waiting.wait(10) != 0, "the waiting client thinks that all is in step")
    waiting.stderr.close()


@case
def a_socket_left_by_a_kill_is_taken_over(world):
    hub, _ = pair(world)
    hub.kill()
    check(os.path.exists(os.path.join(hub.home, "ctl.sock")))
    hub.run("status", code=69)
    hub.start()
    same(hub.status()["node"], "HQ")


@case
def an_unknown_configuration_key_is_refused_with_its_line(world):
    node = world.node("KAZ")
    node.run("init", "--name", "KAZ")
    path = os.path.join(node.home, "headway.conf")
    good = open(path).read()
    for text, part in (("\nlog_levle = debug\n", "log_level"), ("\nlisten = 7400\n", "listen"), ("\nmax_peers = 99999999\n", "max_peers"),
                       ("\n  name = X\n", "margin"), ("\nwhat is this\n", "key = value")):
        with open(path, "w") as f:
            f.write(good + text)
        line = good.count("\n") + 2
        done = subprocess.run([HEADWAYD, "--home", node.home], capture_output=True, env=world.environment, timeout=20)
        same(done.returncode, 78, done.stderr.decode())
        has(done.stderr.decode(), "headway.conf:%d" % line, part)
    with open(path, "w") as f:
        f.write(good)
    node.start()


@case
def an_address_in_use_and_a_home_that_is_none_are_refused(world):
    hub = world.hub()
    other = world.node("TWO")
    other.run("init", "--hub", "--name", "TWO", "--listen", "tcp://127.0.0.1:%d" % hub.port)
    done = subprocess.run([HEADWAYD, "--home", other.home], capture_output=True, env=world.environment, timeout=20)
    check(done.returncode not in (0, -signal.SIGABRT, -signal.SIGSEGV), done)
    has(done.stderr.decode(), str(hub.port), "use")
    empty = world.path("empty")
    os.mkdir(empty)
    for home in (empty, world.path("absent")):
        done = subprocess.run([HEADWAYD, "--home", home], capture_output=True, env=world.environment, timeout=20)
        check(done.returncode in (1, 3, 78), done)
        has(done.stderr.decode(), home)


def told(receiver, part, seconds=10):
    """Reads notifications until one has `part`."""
    heard, end = [], time.monotonic() + seconds
    receiver.settimeout(0.2)
    while time.monotonic() < end:
        try:
            heard.append(receiver.recv(4096).decode())
        except socket.timeout:
            continue
        if part in heard[-1]:
            return heard
    raise AssertionError("systemd never heard %r, only %r" % (part, heard))


@case
def systemd_hears_ready_status_watchdog_and_stopping(world):
    hub = world.hub("wg6")
    hub.stop()
    path = world.path("notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(path)
        hub.start(environment={"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "400000"})
        told(receiver, "READY=1")
        told(receiver, "STATUS=")
        for _ in range(3):
            told(receiver, "WATCHDOG=1", 2)
        same(hub.stop(10), 0)
        told(receiver, "STOPPING=1")


@case
def the_unit_file_passes_systemd_analyze(world):
    unit = os.path.join(ROOT, "systemd", "headwayd@.service")
    if not os.path.exists(unit):
        raise Skip("systemd/headwayd@.service is not there")
    if not shutil.which("systemd-analyze"):
        raise Skip("systemd-analyze is not installed")
    text = open(unit, encoding="utf-8").read()
    # The daemon need not be installed for the check: the unit's own path is pointed at the built one.
    copy = world.write("headwayd@.service", re.sub(r"(?m)^(Exec\w+=[-+!@:]*)\S*/headwayd\b", r"\1" + HEADWAYD, text))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", copy],
                          capture_output=True, env=world.environment, timeout=60)
    said = (done.stdout + done.stderr).decode()
    if "Failed to" in said and "bus" in said:
        raise Skip("systemd-analyze cannot run here: " + said.splitlines()[0])
    same((done.returncode, said.strip()), (0, ""), said)


@case
def hub_and_office_are_clean_under_valgrind(world):
    hub = world.hub("wg6")
    hub.run("plan", "add", "--group", "wg6", "Workplan", "--code", "p")
    kaz = world.office(hub, "KAZ", "wg6:coordinator")
    kaz.stop()
    hub.stop()
    hub.valgrind()
    kaz.valgrind()
    record = kaz.add("Under the magnifying glass", "status=in-progress", "countries+=KAZ", plan="p")
    kaz.sync(60)
    hub.run("set", record, "status=completed", "-m", "Done")
    kaz.sync(60)
    same(kaz.value(record, "status"), "completed")
    for args in (("list",), ("log", "--json"), ("report", "--by", "country"), ("conflicts",), ("show", record), ("undo",),
                 ("export", "--format", "jsonl"), ("office", "list"), ("set", "zzzz", "x=y")):
        kaz.run(*args, code=None)
        hub.run(*args, code=None)
    kaz.sync(60)
    for node in (kaz, hub):
        daemon = node.daemon
        code = node.stop(60)
        same(code, 0, "\n".join(line for line in daemon.lines if line.startswith("==")) or daemon.text())


main()
