"""keys.py [N]: what a handshake costs at a hub that knows N keys (3,000) besides: connect, CURVE, the question who that is,
and the first byte, on loopback, the median; both sides' arithmetic included. More than a millisecond above that with few keys is too
slow, unless the second of two tries is not."""
import os
import sqlite3
import sys

import siege
from harness import Failed, World

SHAKES = 200


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    world, place, good = World(), None, False
    try:
        place = siege.Siege(world, work=False, settings={"connects_per_second": 100000})
        rogue, hub = place.rogue(), place.hub
        few = rogue.do("shakes", SHAKES)["done"]
        hub.stop()
        db = sqlite3.connect(os.path.join(hub.home, "headway.db"))
        with db:
            db.executemany("INSERT INTO invitation(key, office, expires, used) VALUES(?, ?, ?, 0)",
                           [(os.urandom(32), "OFFICE-%d" % i, 1 << 60) for i in range(n)])
        db.close()
        hub.start()
        many = min(rogue.do("shakes", SHAKES)["done"] for _ in range(2))
        good = 0 < many < few + 1000
        print("%s - a handshake takes %.2f ms with %d keys, %.2f ms with few" % ("ok" if good else "not ok", many / 1e3, n, few / 1e3))
    except Failed as failed:
        print("not ok - %s" % failed)
    finally:
        if place:
            place.close()
        world.close()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
