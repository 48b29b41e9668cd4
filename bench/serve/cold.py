"""From the start of the process to the first right answer, and resident memory, with one bundle.

    .venv/bin/python bench/serve/cold.py --starts 20      # needs lightgbm and numpy, to make the model

A LightGBM model of 28 numbers, 500 trees of 31 leaves (as ../shared/bench/bench_tree_infer.py makes, on 20,000 drawn rows), imported
by `spanwise import`. Measured are the median of all starts until it says that it listens, until the first answer that is right,
and the memory then and after 500 more; beside it the demo's small bundle.
"""

import argparse
import http.client
import json
import statistics
import sys
import time

import service
from service import PLACE, Service, ask, machine, spanwise, table

FEATURES = [f"x{number}" for number in range(28)]


def forest():
    """The bundle of 500 trees, and LightGBM's answer to one row."""
    import lightgbm
    import numpy
    folder = PLACE / "cold"
    folder.mkdir(parents=True, exist_ok=True)
    draw = numpy.random.default_rng(1)
    X = draw.normal(size=(20_000, 28))
    y = (X[:, 0] * X[:, 1] + X[:, 2:9].sum(1) + draw.logistic(size=20_000) > 0).astype(int)
    if not (folder / "forest.bundle").exists():
        options = dict(objective="binary", num_leaves=31, learning_rate=0.1, num_threads=1, verbose=-1, seed=1)
        lightgbm.train(options, lightgbm.Dataset(X, y, feature_name=FEATURES), 500).save_model(folder / "forest.txt")
        spanwise("import", "forest.txt", "--out", "forest.bundle", cwd=folder)
    model = lightgbm.Booster(model_file=folder / "forest.txt")
    return folder / "forest.bundle", X[0].tolist(), float(model.predict(X[:1], num_threads=1)[0])


def started(bundle, name, body, is_right):
    began = time.perf_counter()
    running = Service(bundle.parent, bundle, "--watch", "never")
    listens = time.perf_counter() - began
    path, kind = f"/v1/models/{name}:predict", {"Content-Type": "application/json"}
    status, text, _ = ask(running.address, "POST", path, body, kind)
    answered = time.perf_counter() - began
    if status != 200 or not is_right(json.loads(text)["predictions"][0]["probability"]):
        raise SystemExit(f"{status} {text}")
    memory = running.memory()
    kept = http.client.HTTPConnection(*running.address, timeout=40)
    for _ in range(500):
        ask(running.address, "POST", path, body, kind, connection=kept)
    later = running.memory()
    running.stop()
    return 1000 * listens, 1000 * answered, memory, later


def main():
    asked = argparse.ArgumentParser()
    asked.add_argument("--starts", type=int, default=20)
    asked = asked.parse_args()
    bundle, cells, probability = forest()
    demo = service.demo() / "1.bundle"
    running = Service(bundle.parent, bundle)
    name = json.loads(ask(running.address, "GET", "/v1/models")[1])["models"][0]
    running.stop()
    body = json.dumps({"instances": [dict(zip(FEATURES, cells))]})
    small = service.request("v1", [service.row(0)])
    cases = [("500 trees of 31 leaves", bundle, name, body, lambda found: abs(found - probability) < 1e-12), ("the churn demo", demo, "churn", small[2], lambda found: 0 < found < 1)]
    print(machine() + "\n")
    lines = []
    for what, path, name, body, is_right in cases:
        runs = [started(path, name, body, is_right) for _ in range(asked.starts)]
        listens, answered, memory, later = (statistics.median(column) for column in zip(*runs))
        slowest = max(run[1] for run in runs)
        lines.append([what, f"{path.stat().st_size / 1e6:.1f} MB", f"{listens:.1f} ms", f"{answered:.1f} ms", f"{slowest:.1f} ms", f"{memory:.1f} MB", f"{later:.1f} MB"])
    table(["bundle", "its file", "listens after", "first right answer after", "slowest of all", "memory then", "memory after 500 answers"], lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
