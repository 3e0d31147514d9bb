"""cable.py: the wire between an office and its hub, with weather: a TCP relay
on loopback that is slow, narrow, stalled, half-open, cut or refusing, as the
test says and while it runs.

    cable = Cable(hub_port, seed)
    cable.weather(delay=0.4, rate=8000)   both ways; way="up" or "down" for one
    cable.weather(stalled=True)           bytes wait, and go on when it is over
    cable.weather(loss=0.01)              so many pieces come a round trip late, and all behind them: sent again
    cable.weather(lost=True)              bytes vanish, both ends stay open
    cable.snap(200, 50000)                every connection breaks after so many bytes
    cable.refuse(), cable.cut()           the connections end, and there are no new ones
    cable.splice()                        after a cut: there are, and the weather stays
    cable.heal()                          fair weather

"up" is from the office to the hub. `cable.lines` are the connections, each with
the same weather() and a break() of its own. What the cable decides (where it
breaks, FIN or RST) comes from its seed; the times are the machine's.

What vanished stays vanished: a connection that has lost a byte carries none in
that direction ever after, as when a router has forgotten it, and not even its end
is told. Bytes that a real TCP would send again wait in `stalled`."""
import collections, contextlib, random, select, socket, struct, threading, time

# One Ethernet frame: a narrow link hands bytes over in such pieces.
PIECE = 1500
# What is on the way at most: two seconds of 64 kbit/s, little enough that the sender feels the link.
HELD = 16 * 1024
WAYS = ("up", "down")
FAIR = {"delay": 0.0, "rate": 0, "stalled": False, "lost": False, "loss": 0.0}


class Way:
    """One direction of a connection: from `source` to `sink`, both without blocking."""

    def __init__(self, source, sink, weather, chance):
        self.source, self.sink, self.weather, self.chance = source, sink, dict(weather), chance
        self.late = 0.0   # nothing arrives before this: a piece was lost, and is sent again
        self.taken = []   # (when the narrow part began with it, when it had it, bytes)
        self.queue = collections.deque()  # (when it may leave, bytes)
        self.held = 0
        self.free_at = 0.0  # when the narrow part has taken what is before
        self.left = None    # bytes until it breaks
        self.carried = 0
        self.ended = self.closed = self.gone = False  # the source has ended; the sink knows; bytes have vanished

    def wants(self):
        """Whether there is room for more from the source."""
        return not self.ended and (self.gone or not (self.weather["stalled"] or self.held >= HELD))

    def take(self, now):
        """Reads a piece."""
        try:
            data = self.source.recv(PIECE if self.weather["rate"] else HELD)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self.gone = self.gone or self.weather["lost"]
        self.ended = not data
        if self.gone or not data:
            return
        rate = self.weather["rate"]
        begins = max(now, self.free_at)
        self.free_at = begins + (len(data) / rate if rate else 0)
        if rate:
            self.taken.append((begins, self.free_at, len(data)))
        at = self.free_at + self.weather["delay"]
        if self.weather["loss"] and self.chance.random() < self.weather["loss"]:
            self.late = max(self.late, at + 2 * self.weather["delay"])
        self.queue.append((max(at, self.late), data))
        self.held += len(data)

    def due(self):
        """When the next piece may leave; None when nothing waits for a time."""
        return self.queue[0][0] if self.queue and not self.weather["stalled"] and not self.gone else None

    def give(self, now):
        """Hands on what is due. False when the sink has ended or the connection is to break here."""
        self.gone = self.gone or (self.weather["lost"] and bool(self.queue))
        while self.queue and not self.gone and not self.weather["stalled"] and self.queue[0][0] <= now:
            at, data = self.queue.popleft()
            try:
                n = self.sink.send(data if self.left is None else data[:self.left])
            except BlockingIOError:
                n = 0
            except OSError:
                return False
            self.held -= n
            self.carried += n
            if self.left is not None:
                self.left -= n
                if self.left <= 0:
                    return False
            if n < len(data):
                self.queue.appendleft((at, data[n:]))
                break
        if self.ended and not self.queue and not self.gone and not self.weather["stalled"] and not self.closed:
            self.closed = True
            with contextlib.suppress(OSError):
                self.sink.shutdown(socket.SHUT_WR)
        return True


class Line:
    """One connection: two sockets, two ways. The cable's lock is held in all of this."""

    def __init__(self, cable, near, far):
        self.cable, self.near, self.far, self.over = cable, near, far, False
        self.sockets = [s for s in (near, far) if s]
        for s in self.sockets:
            s.setblocking(False)
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.up, self.down = Way(near, far, cable.sky["up"], cable.chance), Way(far, near, cable.sky["down"], cable.chance)
        self.ways, self.how = (self.up, self.down), "fin"
        if not far:  # the hub never hears of it, and it never comes to life
            self.up.gone = self.down.gone = self.down.ended = True

    def weather(self, way=None, **changes):
        with self.cable.changing():
            for one in WAYS if way is None else (way,):
                getattr(self, one).weather.update(changes)

    def break_after(self, n, way="up", how="rst"):
        """Ends this connection when `n` more bytes have gone that way: in the midst of a frame, if so it falls."""
        with self.cable.changing():
            getattr(self, way).left, self.how = n, how

    def step(self, readable, now):
        for way in self.ways:
            if way.source in readable:
                way.take(now)
        for way, back in ((self.up, self.down), (self.down, self.up)):
            broken = way.left is not None and way.left <= 0
            if not broken and way.give(now):
                continue
            if way.left is not None and way.left <= 0:
                self.cable.snapped += 1
                self.end(self.how)
                return
            # The sink has ended; the source hears of it only by the way back.
            way.gone = True
            if not back.gone and not back.weather["lost"]:
                self.end("fin")
                return
        if all(way.ended and (way.gone or way.closed) for way in self.ways):
            self.end("fin")

    def end(self, how):
        if self.over:
            return
        self.over = True
        for s in self.sockets:
            if how == "rst":  # an answer of "no such connection" instead of a farewell
                with contextlib.suppress(OSError):
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            s.close()


class Cable:
    """The relay. One thread carries everything; whoever changes something holds the lock and wakes it."""

    def __init__(self, target, seed=1):
        self.target, self.whole, self.lines, self.snapped = target, True, [], 0
        self.sky = {way: dict(FAIR) for way in WAYS}
        self.chance, self.range = random.Random(seed), None
        self.lock, self.closing = threading.RLock(), False
        self.waker, self.woken = socket.socketpair()
        self.woken.setblocking(False)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.server = socket.socket()
        # Else the kernel takes in megabytes that the narrow part has not let through, and no sender feels it.
        self.server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, HELD)
        self.server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Named, not "any": refuse() then keeps it.
        self.server.bind(("127.0.0.1", self.port))
        self.server.listen(64)
        self.server.setblocking(False)
        self.listening = True
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    @contextlib.contextmanager
    def changing(self):
        with self.lock:
            yield
            with contextlib.suppress(OSError):
                self.waker.send(b"!")

    # -- what a test says

    def weather(self, way=None, **changes):
        """Changes delay (s), rate (bytes/s, 0: any), stalled, lost: of the connections there are and of those to come."""
        unknown = set(changes) - set(FAIR)
        if unknown:
            raise TypeError("no such weather: %s" % unknown)
        with self.changing():
            for one in WAYS if way is None else (way,):
                self.sky[one].update(changes)
            for line in self.lines:
                line.weather(way, **changes)

    def snap(self, least, most):
        """Every new connection breaks after a number of bytes in this range, drawn from the seed, one way or the other."""
        with self.changing():
            self.range = (least, most)
            for line in self.lines:
                self._fuse(line)

    def cut(self):
        """Ends every connection; new ones are ended as soon as they are made."""
        with self.changing():
            self.whole = False
            self._end_all("fin")

    def splice(self):
        """After a cut: connections are made again, in the weather that is."""
        with self.changing():
            self.whole = True

    def refuse(self):
        """Ends every connection; new ones are refused, as by a machine without this service."""
        with self.changing():
            self._end_all("rst")
            if self.listening:
                # Takes the socket out of LISTEN and keeps its port (Linux); listen() puts it back.
                self.server.shutdown(socket.SHUT_RDWR)
                self.listening = False

    def heal(self):
        """Fair weather for all that comes; what has lost bytes stays dead."""
        with self.changing():
            self.whole, self.range = True, None
            for line in self.lines:
                for way in line.ways:
                    way.left = None
            if not self.listening:
                self.server.listen(64)
                self.listening = True
            self.weather(**FAIR)

    def close(self):
        with self.changing():
            self.closing = True
            self._end_all("fin")
        self.thread.join(5)
        for s in (self.server, self.waker, self.woken):
            s.close()

    def carried(self, way):
        """Bytes that went that way on the connections there are."""
        with self.lock:
            return sum(getattr(line, way).carried for line in self.lines)

    # -- what the thread does

    def _fuse(self, line):
        way = self.chance.choice(WAYS)
        line.break_after(self.chance.randint(*self.range), way, self.chance.choice(("fin", "rst")))

    def _end_all(self, how):
        for line in self.lines:
            line.end(how)
        self.lines = []

    def _reach(self):
        """A connection to the hub."""
        far = socket.socket()
        far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, HELD)
        try:
            far.connect(("127.0.0.1", self.target))  # on loopback that is at once
        except OSError:
            far.close()
            raise
        return far

    def _accept(self):
        try:
            near, _ = self.server.accept()
        except OSError:
            return  # gone again, or refusing
        if not self.whole:
            near.close()
            return
        vanishing = any(self.sky[way]["lost"] for way in WAYS)
        try:
            far = None if vanishing else self._reach()
        except OSError:
            near.close()
            return
        line = Line(self, near, far)
        if self.range:
            self._fuse(line)
        self.lines.append(line)

    def _wait(self):
        """The sockets that can be read, as soon as there is something to do."""
        poll, now, timeout = select.poll(), time.monotonic(), None
        with self.lock:
            flags = {self.woken: select.POLLIN}
            if self.listening:
                flags[self.server] = select.POLLIN
            for line in self.lines:
                for way in line.ways:
                    if way.wants():
                        flags[way.source] = flags.get(way.source, 0) | select.POLLIN
                    due = way.due()
                    if due is None:
                        continue
                    if due <= now:
                        flags[way.sink] = flags.get(way.sink, 0) | select.POLLOUT
                    else:
                        timeout = min(due - now, timeout if timeout is not None else due - now)
            byname = {s.fileno(): s for s in flags}
            for s, flag in flags.items():
                poll.register(s, flag)
        ready = poll.poll(None if timeout is None else timeout * 1000 + 1)
        return {byname[fd] for fd, event in ready if event & ~select.POLLOUT}

    def _run(self):
        while True:
            readable = self._wait()
            with self.lock:
                if self.closing:
                    return
                if self.woken in readable:
                    with contextlib.suppress(OSError):
                        self.woken.recv(4096)
                if self.listening and self.server in readable:
                    self._accept()
                now = time.monotonic()
                for line in self.lines:
                    line.step(readable, now)
                self.lines = [line for line in self.lines if not line.over]
