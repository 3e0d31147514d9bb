"""storm.py: what befalls a hub and its offices in a chaos run: kills, and the
weather on each office's cable. Every decision comes from the seed, so a run can be
made again with the same ones; when they fall is the machine's doing."""
import random
import threading


class Storm:
    """Draws one misfortune after another; `story` tells them."""

    def __init__(self, seed, hub, offices, stop_at, now):
        self.chance, self.hub, self.offices, self.stop_at, self.now = random.Random(seed), hub, offices, stop_at, now
        self.story, self.kills, self.pause = [], 0, threading.Event()
        self.began = now()

    def _tell(self, text, *parts):
        self.story.append("%5.1f s  %s" % (self.now() - self.began, text % parts))

    def rage(self):
        """One misfortune every few tenths of a second, until it is time."""
        deeds = (self._kill, self._kill, self._kill, self._slow, self._silent, self._stalled, self._cut, self._refused,
                 self._brittle, self._fair, self._fair)
        while self.now() < self.stop_at:
            self.chance.choice(deeds)()
            # Not a wait for readiness: the moment of the next misfortune is to be random.
            self.pause.wait(self.chance.uniform(0.02, 0.6))

    def calm(self):
        """All cables whole, all daemons running."""
        for office in self.offices:
            office.cable.heal()
        self._tell("calm")

    def _kill(self):
        victim = self.chance.choice([self.hub] * 2 + self.offices)
        self._tell("kill -9 %s", victim.name)
        victim.kill()
        self.kills += 1
        victim.start()

    def _cable(self):
        office = self.chance.choice(self.offices)
        if self.chance.random() < 0.6:
            office.cable.heal()  # else it comes on top of what was before
        return office, office.cable

    def _slow(self):
        office, cable = self._cable()
        delay, rate = self.chance.uniform(0.01, 0.4), self.chance.choice((4000, 8000, 32000, 125000))
        self._tell("%s: slow, %d ms each way, %d bytes/s", office.name, delay * 1000, rate)
        cable.weather(delay=delay, rate=rate)

    def _silent(self):
        office, cable = self._cable()
        way = self.chance.choice(("up", "down", None))
        self._tell("%s: silent %s", office.name, way or "both ways")
        cable.weather(way, lost=True)

    def _stalled(self):
        office, cable = self._cable()
        way = self.chance.choice(("up", "down", None))
        self._tell("%s: stalled %s", office.name, way or "both ways")
        cable.weather(way, stalled=True)

    def _cut(self):
        office, cable = self._cable()
        self._tell("%s: cut", office.name)
        cable.cut()

    def _refused(self):
        office, cable = self._cable()
        self._tell("%s: refused", office.name)
        cable.refuse()

    def _brittle(self):
        office, cable = self._cable()
        most = self.chance.choice((1000, 5000, 40000))
        self._tell("%s: breaks within %d bytes", office.name, most)
        cable.snap(100, most)

    def _fair(self):
        office, cable = self._cable()
        self._tell("%s: fair", office.name)
        cable.heal()
