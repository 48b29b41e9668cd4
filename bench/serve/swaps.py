"""1,000 hot swaps under full load: no request is lost, and none is answered by two versions.

    python3 bench/serve/swaps.py                  # 1,000 by file, 25 that the watch finds, 50 of the alias
    python3 bench/serve/swaps.py --swaps 20 --watched 3 --aliases 3

Four clients in processes of their own (JSON of MLflow, CSV, KServe's first protocol, Open Inference; 8 rows a request, two of
them with a connection per request) ask as fast as they can and compare each answer byte by byte with what either version answers
alone, and X-Spanwise-Version with it where versions have names of their own (a file is always version 1). A swap writes a bundle
beside the old and renames it into its place; `load` asks for it to be read again at once, `watch` waits until the service
finds it (it looks once a second, and not more often). `alias` moves the champion of a project, by promote and rollback in turn.
"""

import argparse
import os
import shutil
import sys
import time

import service
from service import PLACE, Clients, Service, answers_of, ask, machine, percentile, request, rows, spanwise, table

PROTOCOLS = ["mlflow", "csv/new", "v1", "v2/new"]
QUIET = 5.0
# A machine under other load may not come to all swaps in time; the table tells how many there were.
LIMIT = {"minutes": 60.0}


def known_answers(folder):
    questions = {name: [request(name, rows(first, 8)) for first in (0, 8, 16)] for name in ("mlflow", "csv", "v1", "v2")}
    every = [question for name in questions for question in questions[name]]
    first, second = (answers_of(folder / f"{number}.bundle", every) for number in (1, 2))
    told = iter(zip(first, second))
    return questions, {name: [next(told) for _ in asked] for name, asked in questions.items()}


def put(bundle, place):
    """Writes beside, renames."""
    beside = place.with_name(".beside.part")
    with open(beside, "wb") as file:
        file.write(bundle)
    os.rename(beside, place)


def version_told(running, questions):
    """Which version answers now."""
    path, kind, body = questions["mlflow"][0]
    return ask(running.address, "POST", path, body, {"Content-Type": kind})


def waited(is_so, seconds=20):
    """Seconds until it is so."""
    began = time.time()
    while not is_so():
        if seconds < time.time() - began:
            raise SystemExit("a swap was not heard")
        time.sleep(0.01)
    return time.time() - began


def measured(what, running, questions, known, n_swaps, swap, has_names):
    """Asks for a while without swaps, then during them."""
    took = []
    clients = Clients(running.address, PROTOCOLS, questions, known)
    time.sleep(QUIET)
    began = time.time()
    for number in range(n_swaps):
        if LIMIT["minutes"] * 60 < time.time() - began:
            break
        took.append(swap(number))
    ended = time.time()
    asked = clients.stop()
    without = [row for row in asked if row[0] + row[1] < began]
    during = [row for row in asked if began <= row[0] < ended]
    failed = sum(row[2] not in (200, -1) for row in asked)
    mixed = sum(row[2] == -1 for row in asked)
    misnamed = sum(row[2] == 200 and row[4] != str(row[3] if has_names else 1) for row in asked)
    by_version = [sum(row[3] == version for row in during) for version in (1, 2)]
    times = [f"{percentile([row[1] for row in part], share):.1f}" for share in (0.5, 0.99) for part in (without, during)]
    done = running.metric('spanwise_model_swaps_total{outcome="done"}')
    unsound = running.metric('spanwise_model_swaps_total{outcome="failed"}')
    line = [what, len(took), f"{ended - began:.0f} s", f"{percentile(took, 0.5):.0f} ms", len(during), " / ".join(map(str, by_version)), failed, mixed, misnamed, *times, f"{done:.0f} / {unsound:.0f}"]
    return line, failed + mixed + misnamed == 0 and all(by_version)


def main():
    asked = argparse.ArgumentParser()
    asked.add_argument("--swaps", type=int, default=1000)
    asked.add_argument("--watched", type=int, default=25)
    asked.add_argument("--aliases", type=int, default=50)
    asked.add_argument("--minutes", type=float, default=60, help="at most, for each way")
    asked = asked.parse_args()
    LIMIT["minutes"] = asked.minutes
    folder = service.demo()
    questions, known = known_answers(folder)
    bundles = [(folder / f"{number}.bundle").read_bytes() for number in (1, 2)]
    here = PLACE / f"swaps-{os.getpid()}"
    shutil.rmtree(here, ignore_errors=True)
    here.mkdir()
    place = here / "churn.bundle"
    print(machine() + "\n")
    lines, kept = [], True

    def is_now(running, number):
        return version_told(running, questions)[1] == known["mlflow"][0][number]

    def by_load(number):
        began = time.time()
        put(bundles[(number + 1) % 2], place)
        if running.load() != 200:
            raise SystemExit("a bundle was not loaded")
        return time.time() - began

    def by_watch(number):
        put(bundles[(number + 1) % 2], place)
        return waited(lambda: is_now(running, (number + 1) % 2))

    def by_alias(number):
        began = time.time()
        if number % 2 == 0:
            spanwise("promote", "churn@2", "--why", "a swap", cwd=project)
        else:
            spanwise("rollback", "churn", "--why", "a swap", cwd=project)
        waited(lambda: is_now(running, (number + 1) % 2))
        return time.time() - began

    for what, n_swaps, swap, arguments in [("file, load", asked.swaps, by_load, ["--watch", "never"]), ("file, watch 1s", asked.watched, by_watch, ["--watch", "1s"])]:
        if n_swaps == 0:
            continue
        put(bundles[0], place)
        running = Service(here, place, *arguments, "--log-folder", here / "log")
        line, sound = measured(what, running, questions, known, n_swaps, swap, False)
        lines.append(line)
        kept &= sound and running.stop() == 0
    # Where versions have names, these stand in the answers of the Open Inference Protocol.
    renamed = {name: [(one, two.replace(b'"model_version":"1"', b'"model_version":"2"')) for one, two in pairs] for name, pairs in known.items()}
    project = here / "project"
    if asked.aliases:
        shutil.copytree(folder, project)
        running = Service(project, "churn", "--watch", "1s")
        line, sound = measured("alias, watch 1s", running, questions, renamed, asked.aliases, by_alias, True)
        lines.append(line)
        kept &= sound and running.stop() == 0
    table(["swaps by", "swaps", "in", "median swap", "requests", "by version 1 / 2", "failed", "mixed", "header wrong", "p50 ms without", "during", "p99 ms without", "during", "watch counted done / failed"], lines)
    shutil.rmtree(here)
    print("Kept." if kept else "NOT KEPT.")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
