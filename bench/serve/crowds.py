"""Crowds of slow and idle connections: whether one who comes new is let in and answered, as the documentation says.

    python3 bench/serve/crowds.py --seconds 15

1,100 connections (the service holds 1,024) do the same thing; meanwhile somebody comes every half second with a new connection,
asks for scores and waits two seconds at most. `1,024 descriptors` is the usual soft limit of processes (`ulimit -n`).
"""

import argparse
import resource
import socket
import sys
import time

import service
from service import Service, ask, machine, request, rows, table

SCORES = request("v1", rows(0, 2))
INFER = b"POST /v2/models/churn/infer HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
INDEX = b"POST /v2/repository/index HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"
METRICS = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3000
CROWDS = {
    "idle": (b"", b"", 0),
    "idle, 1,024 descriptors": (b"", b"", 1024),
    "a head that drips": (b"", b"G", 0),
    "bodies for the repository's index that drip": (INDEX, b" ", 0),
    "bodies to score that drip": (INFER, b" ", 0),
    "3,000 requests in one go, answers never read": (METRICS, b"", 0),
}


def crowd(address, first):
    """1,100 connections that have sent `first`, as much of it as goes."""
    here = []
    for _ in range(1100):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        connection.settimeout(2)
        try:
            connection.connect(address)
            connection.setblocking(False)
            if first:
                connection.send(first)
        except OSError:
            pass
        here.append(connection)
    return here


def newcomer(address):
    path, kind, body = SCORES
    try:
        return ask(address, "POST", path, body, {"Content-Type": kind}, timeout=2)[0]
    except OSError:
        return 0


def tried(folder, name, seconds):
    first, drip, descriptors = CROWDS[name]
    limits = (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))) if descriptors else None
    running = Service(folder, folder / "1.bundle", "--watch", "never", limits=limits)
    here = crowd(running.address, first)
    time.sleep(1)
    began, found, waits = time.time(), [], []
    while time.time() - began < seconds:
        for connection in here if drip else []:
            try:
                connection.send(drip)
            except OSError:
                pass
        asked = time.time()
        found.append(newcomer(running.address))
        waits.append(time.time() - asked)
        time.sleep(max(0, 0.5 - waits[-1]))
    memory = running.memory()
    for connection in here:
        connection.close()
    running.kill()
    line = [name, len(found), *[sum(status == wanted for status in found) for wanted in (200, 429, 0)], f"{1000 * max(waits):.0f}", f"{memory:.0f}"]
    return line, set(found) == {200}


def main():
    asked = argparse.ArgumentParser()
    asked.add_argument("--seconds", type=float, default=15)
    asked = asked.parse_args()
    folder = service.demo()
    print(machine() + "\n")
    told = [tried(folder, name, asked.seconds) for name in CROWDS]
    table(["1,100 connections", "newcomers", "answered", "429", "not answered within 2 s", "longest wait ms", "memory MB"], [line for line, _ in told])
    kept = all(sound for _, sound in told)
    print("Kept." if kept else "NOT KEPT.")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
