"""rogue.py: the rogue (rogue.c) as a child, with the identity of an office that has joined and does not run."""
import base64
import json
import os
import select
import subprocess

from harness import BUILD, Failed

PROGRAM = os.path.join(BUILD, "rogue")
MOST = 120  # seconds for one command


def key(path_or_text):
    text = path_or_text
    if os.path.exists(path_or_text):
        with open(path_or_text) as f:
            text = f.read().strip()
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def conf(node):
    with open(os.path.join(node.home, "headway.conf")) as f:
        pairs = [line.split("=", 1) for line in f if line[:1].isalpha() and "=" in line]
    return {k.strip(): v.strip().strip('"') for k, v in pairs}


def life(node):
    return dict(node.sql("SELECT key, value FROM node"))["incarnation"]


class Rogue:
    def __init__(self, hub, office, group, curve=None, victim=None):
        """`curve`: another CURVE secret, such as an invitation's; `victim`: the office in whose name it writes."""
        settings, held = conf(office), dict(office.sql("SELECT key, value FROM node"))
        self.hub, self.dead = hub, False
        self.child = subprocess.Popen([PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        for name, value in (("address", "tcp://127.0.0.1:%d" % hub.port), ("office", office.name), ("group", group),
                            ("hub_key", key(settings["upstream_key"]).hex()), ("root", key(settings["root"]).hex()),
                            ("curve", (curve or key(os.path.join(office.home, "curve.key"))).hex()),
                            ("sign", key(os.path.join(office.home, "sign.key")).hex()),
                            ("victim", life(victim or office).hex()), ("inc", held["incarnation"].hex()), ("token", held["token"].hex())):
            self.child.stdin.write(("%s %s\n" % (name, value)).encode())
        self.child.stdin.write(b"go\n")
        self.child.stdin.flush()

    def do(self, what, n=1, more=""):
        """One command; what it led to."""
        self.start(what, n, more)
        return self.end()

    def start(self, what, n=1, more=""):
        self.child.stdin.write(("%s %d %s\n" % (what, n, more)).encode())
        self.child.stdin.flush()

    def end(self):
        if not select.select([self.child.stdout], [], [], MOST)[0]:
            self.close()
            raise Failed("the rogue took longer than %d s" % MOST)
        line = self.child.stdout.readline()
        if not line:
            raise Failed("the rogue ended with %s" % self.child.wait())
        return json.loads(line)

    def close(self):
        if not self.dead:
            self.dead = True
            self.child.kill()
            self.child.wait()
            self.child.stdin.close()
            self.child.stdout.close()
