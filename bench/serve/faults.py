"""A seeded schedule of faults against a service with a log, while honest clients ask and check each answer.

    python3 bench/serve/faults.py --minutes 10 --seed 7 [--log audit]

A project's service with `--watch 1s`, 48 requests under way at most, and its log on a file system of 48 MB (tmpfs; needs root).
Four honest clients ask all the time: one with a connection per request, one with 300 rows a request. Kinds of faults (kinds.py) come
in bursts of ten, one kind after the other in a drawn order, quick ones four at a time; slow clients and the missing
registry go on beside them. What honest clients saw is told for the time of each kind's bursts.
Honest clients may see 429 (too many under way) and, where the log is `audit`, 503 (no room for the log); nothing else.
"""

import argparse
import collections
import concurrent.futures
import random
import shutil
import subprocess
import sys
import threading
import time

import kinds
import service
from service import PLACE, Clients, Service, answers_of, logged, machine, percentile, request, rows, table

PROTOCOLS = ["mlflow", "v2", "csv/new", "v1"]
BURST = 10


def burst(running, kind, seed, n_threads, seen, spans):
    """Ten of a kind; notes what was seen and from when to when."""
    draws = [random.Random(f"{seed}-{kind.__name__}-{at}") for at in range(BURST)]
    began = time.time()

    def one(draw):
        try:
            return kind(running, draw)
        except OSError as error:
            return type(error).__name__

    with concurrent.futures.ThreadPoolExecutor(n_threads) as pool:
        for found in pool.map(one, draws):
            seen[kind.__name__].update([found] if isinstance(found, str) else found)
    spans[kind.__name__].append((began, time.time()))


def schedule(running, minutes, seed, seen, spans):
    draw = random.Random(seed)
    ends = time.time() + 60 * minutes
    beside, turn = [], 0
    while time.time() < ends and running.lives():
        order = [*kinds.QUICK, *kinds.ALONE, *kinds.SLOW, kinds.registry_gone]
        draw.shuffle(order)
        for kind in order:
            if ends < time.time() or not running.lives():
                break
            turn += 1
            if kind in kinds.SLOW or kind is kinds.registry_gone:
                n_threads = 1 if kind is kinds.registry_gone else BURST
                # One registry, and a garbage bundle cannot be put into one that is gone.
                if kind is kinds.registry_gone:
                    burst(running, kind, turn, n_threads, seen, spans)
                    continue
                beside = [thread for thread in beside if thread.is_alive()]
                beside.append(threading.Thread(target=burst, args=(running, kind, turn, n_threads, seen, spans)))
                beside[-1].start()
            else:
                burst(running, kind, turn, 1 if kind in kinds.ALONE else 4, seen, spans)
    for thread in beside:
        thread.join()


def during(asked, spans):
    """Of what honest clients asked, that which was under way in any of these times."""
    return [row for row in asked if any(row[0] < end and begin < row[0] + row[1] for begin, end in spans)]


def of_honest(part):
    found = collections.Counter(row[2] for row in part)
    seconds = [row[1] for row in part if row[2] == 200]
    others = {status: n for status, n in found.items() if status not in (200, 429, 503)}
    return [len(part), found[429], found[503], others or 0, f"{percentile(seconds, 0.5):.1f}", f"{percentile(seconds, 0.99):.1f}"]


def main():
    asked = argparse.ArgumentParser()
    asked.add_argument("--minutes", type=float, default=10)
    asked.add_argument("--seed", type=int, default=7)
    asked.add_argument("--log", default="sampled")
    asked = asked.parse_args()
    demo = service.demo()
    here = PLACE / f"faults-{asked.log}"
    subprocess.run(["umount", "-q", here / "disk"], stderr=subprocess.DEVNULL)
    shutil.rmtree(here, ignore_errors=True)
    shutil.copytree(demo, here / "project")
    (here / "disk").mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "none", here / "disk"], check=True)
    questions = {name: [request(name, rows(first, 300 if name == "v1" else 4)) for first in (0, 300, 600)] for name in ("mlflow", "csv", "v1", "v2")}
    known = {name: [[answer] for answer in answers_of(demo / "1.bundle", listed)] for name, listed in questions.items()}
    running = Service(here / "project", "churn", "--watch", "1s", "--max-in-flight", 48, "--log", asked.log, "--log-folder", here / "disk/log", log_to=here / "said.txt")
    running.disk, running.project = here / "disk", here / "project"
    same = (demo / "1.bundle").read_bytes()
    running.champion = next(path for path in (here / "project/.spanwise/registry/bundles").iterdir() if path.read_bytes() == same)
    print(machine() + "\n")
    seen, spans = collections.defaultdict(collections.Counter), collections.defaultdict(list)
    clients = Clients(running.address, PROTOCOLS, questions, known)
    time.sleep(5)
    memory, descriptors, began = running.memory(), running.descriptors(), time.time()
    cleaner = threading.Thread(target=clean, args=(running, seen), daemon=True)
    cleaner.start()
    schedule(running, asked.minutes, asked.seed, seen, spans)
    ended = time.time()
    time.sleep(5)
    lived, after, left = running.lives(), running.memory(), running.descriptors()
    honest = clients.stop()
    swaps = {outcome: running.metric(f'spanwise_model_swaps_total{{outcome="{outcome}"}}') for outcome in ("done", "failed")}
    code = running.stop()
    lines = []
    for name in sorted(spans):
        n = BURST * len(spans[name])
        statuses = ", ".join(f"{status}: {times}" for status, times in seen[name].most_common())
        lines.append([name.replace("_", " "), n, statuses, *of_honest(during(honest, spans[name]))])
    quiet = [row for row in honest if row[0] + row[1] < began or ended + 3 < row[0]]
    lines += [["(before and after)", "", "", *of_honest(quiet)], ["(all)", sum(BURST * len(part) for part in spans.values()), "", *of_honest(honest)]]
    table(["injected", "times", "what the faulty client saw", "honest requests", "429", "503", "failed", "p50 ms", "p99 ms"], lines)
    panics = (here / "said.txt").read_text(errors="replace").count("panicked")
    print(f"Resident memory {memory:.0f} MB before, {after:.0f} MB after; descriptors {descriptors} before, {left} after; swaps {swaps}; panics {panics}; ended with {code}.")
    files = list((here / "disk/log").iterdir())
    tables, torn = logged(here / "disk/log")
    print(f"The log afterwards: {len(files)} files, {sum(path.stat().st_size == 0 for path in files)} of them empty, {sum(part.num_rows for part in tables):,} rows are read, {torn} torn tails.\n")
    subprocess.run(["umount", here / "disk"])
    failed = [row for row in honest if row[2] not in (200, 429) and not (row[2] == 503 and asked.log == "audit" and during([row], spans["disk_full"]))]
    for row in failed[:9]:
        print("failed:", row, "during", [name for name in spans if during([row], spans[name])])
    kept = lived and code == 0 and not failed and panics == 0
    print("Kept." if kept else "NOT KEPT.")
    return 0 if kept else 1


def clean(running, seen):
    """The log must not fill its small disk by itself: compacted files older than 5 s are removed."""
    while running.lives():
        for path in (running.disk / "log").glob("*.parquet"):
            if path.stat().st_mtime < time.time() - 5:
                path.unlink()
        time.sleep(1)


if __name__ == "__main__":
    sys.exit(main())
