"""disk.py: disks for the system tests: small ones, full ones, and whether a
database on them is whole."""
import os
import subprocess

from harness import Skip, same


def small_disk(world, node, megabytes):
    """Mounts a small disk where the node's home will be."""
    if os.geteuid() != 0:
        raise Skip("mounting a small tmpfs needs root")
    os.mkdir(node.home, 0o700)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%dm,mode=700" % megabytes, "none", node.home],
                          capture_output=True)
    if done.returncode != 0:
        raise Skip("a tmpfs cannot be mounted here: " + done.stderr.decode().strip())
    world.cleanups.append(lambda: (node.daemon and node.kill(), subprocess.run(["umount", "-l", node.home])))


def move_to_small_disk(world, node, megabytes):
    """Stops the node and carries its home to a small disk; it is not running afterwards."""
    node.stop()
    old, node.home = node.home, node.home + "-small"
    small_disk(world, node, megabytes)
    subprocess.run(["cp", "-a", old + "/.", node.home], check=True)


def fill(node):
    """Takes all room; returns the file."""
    path = os.path.join(node.home, "ballast")
    with open(path, "wb", buffering=0) as f:
        for size in (65536, 4096, 512):
            try:
                while True:
                    f.write(b"\0" * size)
            except OSError:
                pass
    return path


def use_up(node, plan):
    """Saves until nothing more is saved: the log has room of its own, taken while there was some."""
    for size in (60000, 4000, 40):
        while node.run("add", "Room", "--plan", plan, "description=" + os.urandom(size // 2).hex(), code=None).code == 0:
            pass


def integrity(node):
    same(node.sql("PRAGMA integrity_check"), [("ok",)], node.name)
