"""kill -9 in the middle of logging: what clients were answered against what the log holds afterwards.

    python3 bench/serve/killed.py --kills 30

For each mode of the log the service is started again and again on the same folder and killed 0.2 to 3 s after its first row, while clients ask. Every third time they send 2,000 rows at a time, so that segments are full and compaction is under way.
`audit` must hold every request that was answered before the kill; `sampled` may lack those of the last 200 ms. Each row is
there once at most and with the answer that the client got, and every file stays readable: here and by `spanwise monitor`.
"""

import argparse
import http.client
import json
import multiprocessing
import random
import shutil
import subprocess
import sys
import time

import service
from service import PLACE, Service, logged, machine, request, rows, table


def asker(address, number, n_rows, pipe):
    """Asks until the service is gone; sends (name, when answered, the first and last probability) of each answer."""
    questions = [request("v1", rows(at * 3, n_rows)) for at in range(8 if n_rows == 1 else 2)]
    connection = http.client.HTTPConnection(*address, timeout=20)
    answered, at, refused = [], 0, 0
    while True:
        path, kind, body = questions[at % len(questions)]
        name = f"{number}-{at}"
        at += 1
        try:
            connection.request("POST", path, body, {"Content-Type": kind, "X-Request-Id": name})
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            break
        now = time.time()
        if answer.status == 200:
            answered.append((name, now, text))
        else:
            refused += 1
    found = []
    for name, when, text in answered:
        told = json.loads(text)["predictions"]
        found.append((name, when, told[0]["probability"], told[-1]["probability"]))
    pipe.send((found, refused))


def killed(folder, log, mode, n_rows, wait, turn):
    running = Service(folder, folder / "1.bundle", "--watch", "never", "--log", mode, "--log-folder", log, log_to=PLACE / "killed.txt")
    askers = []
    for number in range(4):
        mine, theirs = multiprocessing.Pipe(False)
        process = multiprocessing.Process(target=asker, args=(running.address, f"{mode}-{turn}-{number}", n_rows, theirs))
        process.start()
        askers.append((process, mine))
    while running.metric("spanwise_prediction_log_rows_total") == 0:
        time.sleep(0.01)
    time.sleep(wait)
    dropped = running.metric("spanwise_prediction_log_dropped_rows_total") if mode == "sampled" else 0
    when = time.time()
    running.kill()
    answered, refused = [], 0
    for process, pipe in askers:
        found, not_answered = pipe.recv()
        process.join()
        answered += found
        refused += not_answered
    return when, answered, refused, dropped


def held(log):
    """The answers of each request in the log, in order."""
    found = {}
    tables, torn = logged(log)
    for part in tables:
        for name, answer in zip(part.column("request").to_pylist(), part.column("answer").to_pylist()):
            found.setdefault(name, []).append(answer)
    return found, torn


def checked(mode, kills, draw):
    folder = service.demo()
    log = PLACE / f"log-{mode}"
    shutil.rmtree(log, ignore_errors=True)
    counts = dict(kills=0, answered=0, refused=0, lost=0, other=0, dropped=0, torn=0, segments=0, parquet=0, parts=0)
    oldest, all_answered = 0.0, {}
    for turn in range(kills):
        n_rows = 2000 if turn % 3 == 2 else 1
        wait = draw.uniform(1.0, 3.0) if n_rows == 2000 else draw.uniform(0.2, 1.2)
        when, answered, refused, dropped = killed(folder, log, mode, n_rows, wait, turn)
        found, torn = held(log)
        counts["kills"] += 1
        counts["refused"] += refused
        counts["dropped"] += int(dropped)
        counts["torn"] += torn
        for name, at, first, last in answered:
            all_answered[name] = when - at, first, last, n_rows
        # Those of all turns: a later start must not lose what an earlier one had.
        for name, (age, first, last, n) in all_answered.items():
            kept = found.get(name)
            if kept is None:
                if name.split("-")[1] == str(turn):
                    counts["lost"] += 1
                    oldest = max(oldest, age)
                elif age > 0.2 or mode == "audit":
                    counts["other"] += 1
            elif (kept[0], kept[-1], len(kept)) != (first, last, n):
                counts["other"] += 1
        counts["answered"] += len(answered)
        files = [path for path in log.iterdir() if path.suffix == ".parquet"]
        counts["segments"] += sum(path.suffix == ".seg" for path in log.iterdir()) - counts["segments"]
        counts["parquet"] = max(counts["parquet"], len(files))
        counts["parts"] = max(counts["parts"], sum(path.suffix == ".part" for path in log.iterdir()))
        if turn % 9 == 8:
            read_by_monitor(folder, log)
            shutil.rmtree(log)
            all_answered.clear()
            counts["segments"] = 0
    return counts, oldest


def read_by_monitor(folder, log):
    """`spanwise monitor` reads the log of a service's own place."""
    own = folder / ".spanwise/log/churn"
    shutil.rmtree(own, ignore_errors=True)
    shutil.copytree(log, own)
    done = subprocess.run([str(service.BINARY), "monitor", "churn"], cwd=folder, capture_output=True, text=True)
    # Too few rows for a window were read as well.
    assert done.returncode in (0, 5) or "the window holds" in done.stderr, done.stderr
    shutil.rmtree(own)


def main():
    asked = argparse.ArgumentParser()
    asked.add_argument("--kills", type=int, default=30)
    asked.add_argument("--seed", type=int, default=7)
    asked = asked.parse_args()
    print(machine() + "\n")
    lines, kept = [], True
    for mode in ("audit", "sampled"):
        counts, oldest = checked(mode, asked.kills, random.Random(asked.seed))
        age = f"{1000 * oldest:.0f} ms" if counts["lost"] else "none"
        lines.append([mode, counts["kills"], counts["answered"], counts["refused"], counts["lost"], age, counts["other"], counts["dropped"], counts["torn"], counts["parquet"], counts["parts"]])
        kept &= counts["other"] == 0 and (counts["lost"] == 0 if mode == "audit" else oldest <= 0.2)
    table(["mode", "kills", "answered", "refused", "answered and not in the log", "the oldest of them before the kill", "lost later, twice, in part or with another answer", "dropped", "torn tails", "Parquet files at most", "left `.part` files at most"], lines)
    print("Kept." if kept else "NOT KEPT.")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
