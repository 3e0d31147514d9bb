"""harness.py: real daemons for the system tests: private directories, loopback
ports, start, stop, kill, links that can be cut, client commands as a person
types them. Python's standard library only.

A test file is one theme; each case is a function whose name is a sentence:

    @case
    def an_edit_at_one_office_reaches_the_other(world): ...
    main()

prints "ok", "not ok" or "skip" for each and ends 1 when one failed.
Nothing sleeps to wait for a daemon: "ready NAME" comes through a pipe,
everything else is asked for until a deadline."""
import contextlib, fnmatch, json, os, shutil, signal, socket, sqlite3, subprocess, sys, tempfile, threading, time, traceback

from cable import Cable

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.abspath(os.environ.get("B") or os.path.join(ROOT, "build"))
HEADWAYD, HEADWAY = os.path.join(BUILD, "headwayd"), os.path.join(BUILD, "headway")
SAMPLES = os.path.join(ROOT, "tests", "samples")
# Documents that may not be copied into the project: used where they are found.
SHARED = os.environ.get("HEADWAY_SHARED") or os.path.join(ROOT, "..", "shared")
# Under valgrind a daemon is some thirty times slower, elsewhere a busy machine may be three times.
PATIENCE = 30.0
# A poll this often costs a client start each time, and no test waits longer than it must.
POLL = 0.05


class Failed(Exception):
    """The product did not do what the case says."""


class Skip(Exception):
    """This machine cannot run the case; the text says why."""


def check(condition, *what):
    if not condition:
        raise Failed(" ".join(str(w) for w in what) or "it is not so")


def same(got, wanted, what=""):
    if got != wanted:
        if isinstance(got, bytes) and isinstance(wanted, bytes):  # two exports: show the lines that differ
            ours, theirs = set(got.splitlines()), set(wanted.splitlines())
            got, wanted = sorted(ours - theirs)[:3], sorted(theirs - ours)[:3]
        raise Failed("%s\n  wanted: %s\n  got:    %s" % (what or "not the same", short(repr(wanted), 3000),
                                                        short(repr(got), 3000)))


def has(text, *parts):
    for part in parts:
        if part not in text:
            raise Failed("%r is not in:\n%s" % (part, short(text, 3000)))


def wait(what, ask, seconds=PATIENCE):
    """Asks until the answer is true, and returns it."""
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Failed("not within %g s: %s" % (seconds, what))
        time.sleep(POLL)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def short(text, most=300):
    """A failure is read by people."""
    return text if len(text) <= most else "%s ... (%d characters)" % (text[:most], len(text))


class Result:
    """What a command said."""

    def __init__(self, args, code, out, err):
        self.args, self.code, self.raw = args, code, out
        self.out, self.err = out.decode("utf-8", "replace"), err.decode("utf-8", "replace")

    def json(self):
        try:
            return json.loads(self.out)
        except ValueError as error:
            raise Failed("not JSON (%s): headway %s\n%s\n%s" % (error, short(" ".join(self.args)), short(self.out, 2000), self.err))

    def __str__(self):
        return "headway %s -> %d\n%s%s" % (short(" ".join(self.args)), self.code, short(self.out, 3000), self.err)


class Daemon:
    """A running headwayd; its stderr is read to the end."""

    def __init__(self, node, wrapper=(), limits=None, environment=None):
        self.node, self.lines, self.ready = node, [], False
        self.changed = threading.Condition()
        command = list(wrapper) + [HEADWAYD, "--home", node.home]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, env=dict(node.world.environment, **(environment or {})),
                                        preexec_fn=limits, start_new_session=True)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stderr:
            text = line.decode("utf-8", "replace").rstrip("\n")
            with self.changed:
                self.lines.append(text)
                self.ready = self.ready or text == "ready " + self.node.name
                self.changed.notify_all()
        with self.changed:
            self.changed.notify_all()

    def wait_ready(self, seconds=PATIENCE):
        with self.changed:
            self.changed.wait_for(lambda: self.ready or not self.reader.is_alive() or self.process.poll() is not None,
                                  seconds)
            if self.ready:
                return
        self.process.poll()
        raise Failed("%s is not ready (exit %s):\n%s" % (self.node.name, self.process.returncode, self.text()))

    def wait_line(self, part, seconds=PATIENCE):
        with self.changed:
            if not self.changed.wait_for(lambda: any(part in line for line in self.lines), seconds):
                raise Failed("%s never said %r:\n%s" % (self.node.name, part, "\n".join(self.lines)))

    def text(self):
        with self.changed:
            return "\n".join(self.lines)

    def end(self, number=signal.SIGTERM, seconds=PATIENCE):
        """Sends a signal, waits, returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise Failed("%s did not end within %g s of signal %d:\n%s" % (self.node.name, seconds, number, self.text()))
        self.reader.join(5)
        self.process.stderr.close()
        return code


class Node:
    """One home, its daemon when it runs, and the client that talks to it."""

    def __init__(self, world, name):
        self.world, self.name, self.daemon, self.cable = world, name, None, None
        self.home = os.path.join(world.dir, name.lower())
        self.said = []  # what earlier daemons of this home said

    # -- client commands

    def run(self, *args, code=0, stdin=None, author=None, seconds=60):
        """Runs `headway ARGS` at this home; the exit code must be `code` (None: any)."""
        words = [str(a) for a in args]
        command = [HEADWAY, "--home", self.home] + (["--author", author] if author else []) + words
        try:
            done = subprocess.run(command, input=stdin if stdin is not None else b"", capture_output=True,
                                  env=self.world.environment, cwd=self.world.dir, timeout=seconds)
        except subprocess.TimeoutExpired:
            raise Failed("%s: headway %s has not ended after %g s" % (self.name, " ".join(words), seconds))
        result = Result(words, done.returncode, done.stdout, done.stderr)
        if code is not None and result.code != code:
            raise Failed("%s: exit %d instead of %d: %s" % (self.name, result.code, code, result))
        return result

    def json(self, *args, **how):
        return self.run(*args, "--json", **how).json()

    def sync(self, seconds=20):
        self.run("sync", "--wait", seconds)

    def status(self):
        return self.json("status")

    def export(self, *args):
        return self.run("export", "--format", "jsonl", *args).raw

    def verify(self):
        same(self.json("verify", code=None)["faults"], [], self.name)

    def records(self, kind=None):
        rows = [json.loads(line) for line in self.export().decode().splitlines()]
        return [r for r in rows if kind is None or r["kind"] == kind]

    def add(self, title, *fields, plan=None, group=None, kind="activity", author=None):
        """Adds a record and returns its id."""
        where = ["--plan", plan] if plan else ["--group", group]
        return self.json("add", kind, title, *where, *fields, author=author)["records"][0]["id"]

    def value(self, record, field):
        return self.json("show", record)[field]

    # -- life

    def start(self, wrapper=(), limits=None, environment=None, ready=True, seconds=PATIENCE):
        check(self.daemon is None, self.name, "runs already")
        self.daemon = Daemon(self, wrapper, limits, environment)
        if ready:
            self.daemon.wait_ready(seconds)
        return self

    def valgrind(self):
        """Starts under valgrind; any error or definite loss makes its exit code 99."""
        if not shutil.which("valgrind"):
            raise Skip("valgrind is not installed")
        with open(HEADWAYD, "rb") as program:
            if b"__asan_init" in program.read():
                raise Skip("a build with sanitizers looks after itself")
        wrapper = ("valgrind", "--quiet", "--leak-check=full", "--errors-for-leak-kinds=definite,possible",
                   "--error-exitcode=99", "--child-silent-after-fork=yes")
        return self.start(wrapper, seconds=120)

    def _ended(self, code):
        self.said += self.daemon.lines
        self.daemon = None
        return code

    def stop(self, seconds=PATIENCE):
        return self._ended(self.daemon.end(signal.SIGTERM, seconds)) if self.daemon else 0

    def kill(self):
        return self._ended(self.daemon.end(signal.SIGKILL)) if self.daemon else 0

    def log(self):
        return "\n".join(self.said + (self.daemon.lines if self.daemon else []))

    def configure(self, **keys):
        """Writes keys of headway.conf; one that stands there is replaced."""
        path = os.path.join(self.home, "headway.conf")
        with open(path, encoding="utf-8") as f:
            lines = [line for line in f.read().splitlines() if line.split("=")[0].strip() not in keys]
        lines += ['%s = "%s"' % (key, value) for key, value in keys.items()]
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")

    def quick(self):
        """Tests have no minute to wait for the next try."""
        self.configure(reconnect_ms=20, reconnect_max_ms=200)
        return self

    def cut(self):
        self.cable.cut()
        wait("%s notices the cut" % self.name, lambda: self.status()["upstream"]["state"] != "connected")

    def heal(self):
        self.cable.heal()

    # -- its database, looked at from outside

    def sql(self, statement, *values):
        """Reads the stopped or running node's database without touching it."""
        db = sqlite3.connect("file:%s?mode=ro" % os.path.join(self.home, "headway.db"), uri=True)
        try:
            return db.execute(statement, values).fetchall()
        finally:
            db.close()

    def bytes_on_disk(self):
        held = b""
        for name in sorted(os.listdir(self.home)):
            path = os.path.join(self.home, name)
            if name.startswith("headway.db") and os.path.isfile(path):
                with open(path, "rb") as f:
                    held += f.read()
        return held


class World:
    """One private directory and the nodes in it."""

    def __init__(self):
        # A Unix socket's path has 107 bytes, so not under a long TMPDIR.
        self.dir = tempfile.mkdtemp(prefix="hw-", dir="/tmp")
        self.nodes, self.cleanups = [], []
        self.environment = {k: v for k, v in os.environ.items()
                            if not k.startswith(("HEADWAY", "XDG_", "NOTIFY_", "WATCHDOG_", "JOURNAL_"))}
        self.environment.update(HOME=self.dir, LC_ALL="C.UTF-8", TZ="UTC", NO_COLOR="1", TERM="dumb")

    def node(self, name):
        node = Node(self, name)
        self.nodes.append(node)
        return node

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        with open(self.path(name), "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        return self.path(name)

    def hub(self, *groups, name="HQ", start=True):
        """A hub with these groups, running."""
        hub = self.node(name)
        hub.port = free_port()
        hub.run("init", "--hub", "--name", name, "--listen", "tcp://127.0.0.1:%d" % hub.port)
        if start:
            hub.start()
            for code in groups:
                hub.run("group", "add", code, "--name", "Group " + code)
        return hub

    def invite(self, hub, code, *grants, extra=()):
        """An invitation's path and its check words."""
        path = self.path("%s-%d.invite" % (code, len(os.listdir(self.dir))))
        args = [word for grant in grants for word in ("--group", grant)]
        return path, " ".join(hub.json("invite", code, *args, "-o", path, *extra)["words"])

    def office(self, hub, code, *grants, start=True):
        """An office that has joined through a cable of its own; running and in step."""
        path, _ = self.invite(hub, code, *grants)
        node = self.node(code)
        node.run("join", path, "--yes")
        node.quick()
        node.cable = Cable(hub.port)
        self.cleanups.append(node.cable.close)
        node.configure(upstream="tcp://127.0.0.1:%d" % node.cable.port)
        if start:
            node.start()
            node.sync()
        return node

    def converge(self, *offices):
        """Two rounds: what the first brought up, the second brings down everywhere."""
        for _ in range(2):
            for office in offices:
                office.sync()

    def logs(self):
        return "".join("--- %s said:\n%s\n" % (n.name, "\n".join(n.log().splitlines()[-40:])) for n in self.nodes)

    def close(self):
        for node in self.nodes:
            if node.daemon:
                with contextlib.suppress(Exception):
                    node.kill()
        for cleanup in reversed(self.cleanups):
            with contextlib.suppress(Exception):
                cleanup()
        shutil.rmtree(self.dir, ignore_errors=True)


CASES = []


def case(function):
    CASES.append(function)
    return function


def run_case(function):
    """("ok" | "not ok" | "skip", why, seconds)"""
    began, world = time.monotonic(), World()
    try:
        function(world)
        result = ("ok", "")
    except Skip as skip:
        result = ("skip", str(skip))
    except Exception as error:
        why = str(error) if isinstance(error, Failed) else traceback.format_exc()
        line = traceback.extract_tb(error.__traceback__)
        here = [f for f in line if f.filename == sys.modules["__main__"].__file__]
        where = "line %d: " % here[-1].lineno if here else ""
        result = ("not ok", where + why + "\n" + world.logs())
    finally:
        world.close()
    return result + (time.monotonic() - began,)


def main():
    """Runs the cases whose names match the arguments (patterns as in a shell), all without."""
    wanted = sys.argv[1:] or ["*"]
    # A terminal's Ctrl-C must still run the clean-up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    for program in (HEADWAYD, HEADWAY):
        if not os.access(program, os.X_OK):
            sys.exit("%s is not built; run make" % program)
    failed = 0
    for function in CASES:
        if not any(fnmatch.fnmatch(function.__name__, w) for w in wanted):
            continue
        verdict, why, seconds = run_case(function)
        failed += verdict == "not ok"
        reason = " # " + why if verdict == "skip" else ""
        print("%s - %s (%.1f s)%s" % (verdict, function.__name__.replace("_", " "), seconds, reason), flush=True)
        if verdict == "not ok":
            print("".join("    %s\n" % line for line in why.splitlines()), end="", flush=True)
    sys.exit(1 if failed else 0)
