"""pulse.py HOME RECORD: an office at work. Changes the record and waits until headquarters has admitted it, over and over,
through the local socket; prints "BEGAN SECONDS" (monotonic clock) for each round, or "BEGAN failed WHY"."""
import os
import socket
import struct
import sys
import time

PAUSE = 0.008  # a person is slower; this leaves most of a processor to the others


def head(major, n):
    if n < 24:
        return bytes([major << 5 | n])
    if n < 256:
        return bytes([major << 5 | 24, n])
    return bytes([major << 5 | 25]) + struct.pack(">H", n)


def cbor(value):
    if value is None:
        return b"\xf6"
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(cbor(v) for v in value)
    return head(5, len(value)) + b"".join(cbor(k) + cbor(v) for k, v in value.items())


def read(s, n):
    data = b""
    while len(data) < n:
        piece = s.recv(n - len(data))
        if not piece:
            raise OSError("the daemon hung up")
        data += piece
    return data


def ask(s, verb, **args):
    """The status of the end of the answer."""
    body = cbor([1, verb, args, None])
    s.sendall(struct.pack(">I", len(body)) + body)
    while True:
        answer = read(s, struct.unpack(">I", read(s, 4))[0])
        if answer[2] == 1:  # [1, 1, status, text, document]: the end
            return answer[3], answer[4:200]


def main():
    home, record = sys.argv[1:]
    n = 0
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(os.path.join(home, "ctl.sock"))
        while True:
            began = time.monotonic()
            n += 1
            status, text = ask(s, "set", target=[record], assign=["description=round %d" % n], yes=True)
            if status == 0:
                status, text = ask(s, "sync", wait=10)
            took = "%.6f" % (time.monotonic() - began) if status == 0 else "failed %r" % text
            print("%.6f %s" % (began, took), flush=True)
            time.sleep(PAUSE)


try:
    main()
except (BrokenPipeError, KeyboardInterrupt):
    pass
except OSError as error:
    print("%.6f failed %r" % (time.monotonic(), error), flush=True)
