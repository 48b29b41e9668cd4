"""Random forests and extra trees: ours and scikit-learn's in turn on one table of 20,000 x 20, with the ratio.

    python3 bench/forest.py --repeat 3 --threads 2

Ours is the binary `bench-trees` (built by `cargo build --release`); scikit-learn runs in `target/bench/forest`, which is made
when it is missing. Equal settings: 100 trees, as deep as rows differ; the root of the features at a node for classes, a third
for numbers; one row in a leaf. Times are the table in memory to the model; every run is a process of its own. Quality is the
area under the curve, the accuracy of classes or the root mean squared error on 20,000 rows that nobody learnt from, and the
mean of three seeds for each side.
"""
import argparse, json, os, statistics, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
TARGET = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))
HOME = os.path.join(TARGET, "bench", "forest")
PYTHON = os.path.join(HOME, "bin", "python")
N, P = 20_000, 20

DATA = """
import numpy as np, sys
folder, n, p = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
r = np.random.default_rng(7)
x = r.normal(size=(2 * n, p)).astype(np.float32)
x[:, 5:8] = np.floor(4 * np.abs(x[:, 5:8])); x[:, 8] = x[:, 0] + .5 * r.normal(size=2 * n)
z = x[:, 0] * x[:, 1] + np.sin(2 * x[:, 2]) + .7 * (x[:, 5] > 2) * x[:, 3] + .4 * x[:, 4] + .2 * x[:, 9]
noisy = z + r.normal(size=2 * n)
np.save(folder + "/x.npy", x)
np.save(folder + "/regression.npy", noisy.astype(np.float32))
np.save(folder + "/binary.npy", (noisy > .3).astype(np.float32))
np.save(folder + "/multiclass.npy", np.digitize(noisy, [-1.5, -.5, .5, 1.5]).astype(np.float32))
"""

PEER = """
import json, sys, time, numpy as np
from sklearn import ensemble, metrics
spec = json.loads(sys.argv[1]); n = spec["n"]
x, y = np.load(spec["x"]), np.load(spec["y"])
kind = ("RandomForest" if spec["trainer"] == "forest" else "ExtraTrees") + ("Regressor" if spec["task"] == "regression" else "Classifier")
model = getattr(ensemble, kind)(n_estimators=100, max_features=spec["max_features"], n_jobs=spec["threads"], random_state=spec["seed"])
start = time.perf_counter(); model.fit(x[:n], y[:n]); time_s = time.perf_counter() - start
answer = model.predict(x[n:]) if spec["task"] == "regression" else model.predict_proba(x[n:])
np.save(spec["out"], answer[:, 1] if spec["task"] == "binary" else answer)
print(json.dumps(dict(time_s=time_s, n_leaves=int(np.mean([t.get_n_leaves() for t in model.estimators_])))))
"""

QUALITY = """
import json, sys, numpy as np
from sklearn import metrics
spec = json.loads(sys.argv[1]); n = spec["n"]
y, told = np.load(spec["y"])[n:], np.load(spec["out"])
if spec["task"] == "binary": value = metrics.roc_auc_score(y, told)
elif spec["task"] == "multiclass": value = metrics.accuracy_score(y, told.reshape(n, -1).argmax(1))
else: value = metrics.root_mean_squared_error(y, told)
print(value)
"""


def run(code, *arguments):
    done = subprocess.run([PYTHON, "-c", code, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout.strip()


def ours(spec):
    share = spec["share"]
    params = dict(trees=100, max_features=share, min_rows_per_leaf=1)
    ask = dict(x=spec["x"], y=spec["y"], n_train=N, n_test=N, task=spec["task"], cats=[], threads=spec["threads"],
               trainer=spec["trainer"], params=params, seed=spec["seed"], out=spec["out"])
    done = subprocess.run([os.path.join(TARGET, "release", "bench-trees"), json.dumps(ask)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--repeat", type=int, default=3); a.add_argument("--threads", type=int, default=2)
    a.add_argument("--tasks", default="binary,multiclass,regression"); a.add_argument("--trainers", default="forest,extra_trees")
    o = a.parse_args()
    if not os.path.exists(PYTHON):
        subprocess.run([sys.executable, "-m", "venv", HOME], check=True)
        subprocess.run([PYTHON, "-m", "pip", "install", "-q", "numpy", "scikit-learn"], check=True)
    run(DATA, HOME, N, P)
    for task in o.tasks.split(","):
        share = (P // 3 if task == "regression" else int(P ** .5)) / P
        for trainer in o.trainers.split(","):
            sides = {"ours": [], "scikit-learn": []}
            for seed in range(1, o.repeat + 1):
                spec = dict(x=f"{HOME}/x.npy", y=f"{HOME}/{task}.npy", n=N, task=task, trainer=trainer, threads=o.threads, seed=seed,
                            share=share, max_features=round(share * P), out=f"{HOME}/told.npy")
                for side in sides:
                    found = ours(spec) if side == "ours" else json.loads(run(PEER, json.dumps(spec)))
                    sides[side].append(dict(found, quality=float(run(QUALITY, json.dumps(spec)))))
            middle = lambda side, key: statistics.median(one[key] for one in sides[side])
            mean = lambda side: statistics.mean(one["quality"] for one in sides[side])
            ratios = [a["time_s"] / b["time_s"] for a, b in zip(sides["ours"], sides["scikit-learn"])]
            line = dict(task=task, trainer=trainer, threads=o.threads, ratio=round(statistics.median(ratios), 3))
            for side in sides:
                line[side] = dict(time_s=round(middle(side, "time_s"), 3), quality=round(mean(side), 4))
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
