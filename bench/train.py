"""Training of boosted trees: ours and the peers' in turn on generated sets (../shared/bench/datagen.py) and on real ones
(real_sets.py), with the ratio.

    python3 bench/train.py                                  # the whole comparison of issue 3: screening, then three repeats
    python3 bench/train.py --sets higgs,wide --rounds 100 --leaves 31 --peers lightgbm,lightgbm_quant,xgboost --repeat 3

Without --peers every peer is screened once, and the two fastest that reach our loss x 1.001 run in turn with ours.
Ours is the binary `bench-trees` (built here); peers run in $PEERS_HOME/gb (`../shared/bench/setup_peers.sh gb`), but for
hessboost, a Rust library: the binary of bench/hessboost, which is built when first needed.
Equal settings: learning rate 0.1, 255 bins, all columns for every tree. Times are the table in memory to the model; every run is a process of its own.
The loss is log loss or root mean squared error on rows that nobody learnt from. One JSON line per set.
"""
import argparse, functools, json, os, statistics, subprocess, tempfile, time

import real_sets

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
SHARED = os.environ.get("SPANWISE_SHARED", os.path.join(os.path.dirname(ROOT), "shared"))
PEERS = os.path.join(os.environ.get("PEERS_HOME", os.path.join(tempfile.gettempdir(), "peers")), "gb", "bin", "python")
TARGET = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))
CACHE = os.environ.get("BENCH_CACHE", os.path.join(tempfile.gettempdir(), "bench-cache"))
LOSS = {"binary": "logloss", "multiclass": "logloss", "regression": "rmse"}


ALL_PEERS = ("lightgbm", "lightgbm_quant", "xgboost", "hessboost", "hessboost_quant", "catboost", "catboost_sym", "sklearn_hgb")
# (rounds, leaves, sets) of the whole comparison
GENERATED = ("higgs", "wide", "airline", "regression", "multiclass")
WHOLE = ((100, 31, GENERATED + real_sets.NAMES), (100, 255, GENERATED + real_sets.NAMES), (500, 31, ("higgs", "census", "rossmann")))
# The peers' script, told of the real sets.
WORKER = """
import json, sys
sys.path.insert(0, sys.argv[1])
import datagen, bench_gbm_train
spec = json.loads(sys.argv[2])
n_train, n_test, task, cats = spec.pop("known")
datagen.SETS[spec["set"]] = (n_train, n_test, 0, task)
datagen.CAT[spec["set"]] = cats
bench_gbm_train.worker(spec)
"""


def made(name):
    """The set as arrays in the cache: (train rows, test rows, task, categories)."""
    if name in real_sets.NAMES:
        if not os.path.exists(f"{CACHE}/{name}.json"):
            subprocess.run([PEERS, os.path.join(HERE, "real_sets.py"), name], check=True)
        with open(f"{CACHE}/{name}.json") as file:
            return json.load(file)
    folder = os.path.join(SHARED, "bench")
    if not os.path.exists(f"{CACHE}/{name}-y.npy"):
        subprocess.run([PEERS, "datagen.py", name], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    code = f"import datagen, json; v = datagen.SETS[{name!r}]; print(json.dumps([*v[:2], v[3], datagen.CAT.get({name!r}, [])]))"
    return json.loads(subprocess.check_output([PEERS, "-c", code], cwd=folder))


def ours(name, known, options, params):
    n_train, n_test, task, cats = known
    spec = dict(x=f"{CACHE}/{name}-X.npy", y=f"{CACHE}/{name}-y.npy", n_train=n_train, n_test=n_test, task=task, cats=cats,
                threads=options.threads, params=params)
    binary = os.path.join(TARGET, "release", "bench-trees")
    done = subprocess.run([binary, json.dumps(spec)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@functools.cache
def hessboost():
    """The peer's binary, built if it is not there."""
    target = os.path.join(TARGET, "bench", "hessboost")
    manifest = os.path.join(HERE, "hessboost", "Cargo.toml")
    subprocess.run(["cargo", "build", "--release", "--locked", "--quiet", "--manifest-path", manifest], check=True,
                   env=dict(os.environ, CARGO_TARGET_DIR=target))
    return os.path.join(target, "release", "bench-hessboost")


def command_of(name, lib, known, rounds, leaves, options):
    """What runs a peer on a set and prints its figures as the last line."""
    if lib.startswith("hessboost"):
        n_train, n_test, task, cats = known
        spec = dict(x=f"{CACHE}/{name}-X.npy", y=f"{CACHE}/{name}-y.npy", n_train=n_train, n_test=n_test, task=task, cats=cats,
                    threads=options.threads, rounds=rounds, leaves=leaves, quant=lib == "hessboost_quant")
        return [hessboost(), json.dumps(spec)]
    spec = dict(set=name, lib=lib, rounds=rounds, leaves=leaves, known=known)
    return [PEERS, "-c", WORKER, os.path.join(SHARED, "bench"), json.dumps(spec)]


def peer(name, lib, known, rounds, leaves, options, limit=None):
    env = dict(os.environ, BENCH_THREADS=str(options.threads), OMP_NUM_THREADS=str(options.threads), PYTHONDONTWRITEBYTECODE="1")
    command = command_of(name, lib, known, rounds, leaves, options)
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=limit or options.timeout)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode:
        return None
    found = json.loads(done.stdout.strip().splitlines()[-1])
    return dict(found, loss=found[LOSS[known[2]]])


def screened(name, known, rounds, leaves, options, loss):
    """The two fastest peers that are as good as we are, and what each took.

    A peer is stopped once it has taken half as long again as the second of those so far, from its start to its end.
    """
    found, good, walls = {}, [], {}
    for lib in ALL_PEERS:
        limit = 1.5 * walls[good[1]] if 1 < len(good) else options.timeout
        began = time.monotonic()
        run = peer(name, lib, known, rounds, leaves, options, limit)
        walls[lib] = time.monotonic() - began
        found[lib] = (run["time_s"], run["loss"]) if run else f"failed, or over {limit:.0f} s"
        if run and run["loss"] <= loss * 1.001:
            good = sorted([*good, lib], key=lambda lib: found[lib][0])
    return good[:2], found


def compare(name, rounds, leaves, options):
    known = made(name)
    params = dict(dict(rounds=rounds, max_leaves=leaves, max_depth=64, learning_rate=.1, column_sample=1.0), **json.loads(options.params))
    line = dict(set=name, rounds=rounds, leaves=leaves, threads=options.threads)
    peers = [lib for lib in (options.peers or "").split(",") if lib]
    if options.peers is None:
        peers, line["screened"] = screened(name, known, rounds, leaves, options, ours(name, known, options, params)["loss"])
    runs = {"ours": []} | {lib: [] for lib in peers}
    for _ in range(options.repeat):
        runs["ours"].append(ours(name, known, options, params))
        for lib in peers:
            found = peer(name, lib, known, rounds, leaves, options)
            if found:
                runs[lib].append(found)
    for lib, found in runs.items():
        if found:
            middle = lambda key: round(statistics.median(run[key] for run in found), 5)
            line[lib] = dict(time_s=middle("time_s"), loss=middle("loss"), rss_mb=middle("rss_mb"), data_rss_mb=middle("data_rss_mb"))
    reached = [lib for lib in peers if lib in line and line[lib]["loss"] <= line["ours"]["loss"] * 1.001]
    if reached:
        fastest = min(reached, key=lambda lib: line[lib]["time_s"])
        pairs = [mine["time_s"] / theirs["time_s"] for mine, theirs in zip(runs["ours"], runs[fastest])]
        line.update(fastest_as_good=fastest, ratio=round(statistics.median(pairs), 3), ratios=[round(p, 3) for p in pairs])
    print(json.dumps(line), flush=True)
    return line


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--sets"); a.add_argument("--rounds", type=int, default=100); a.add_argument("--leaves", type=int, default=31)
    a.add_argument("--peers", help="by name; none for no peer"); a.add_argument("--repeat", type=int, default=3)
    a.add_argument("--threads", type=int, default=2); a.add_argument("--timeout", type=int, default=150, help="seconds that a peer may take at most")
    a.add_argument("--params", default="{}", help="further parameters of ours, as JSON")
    o = a.parse_args()
    plan = [(o.rounds, o.leaves, o.sets.split(","))] if o.sets else WHOLE
    lines = [compare(name, rounds, leaves, o) for rounds, leaves, names in plan for name in names]
    ratios = [line["ratio"] for line in lines if "ratio" in line]
    if 1 < len(ratios):
        print(json.dumps(dict(median_ratio=statistics.median(ratios), largest=max(ratios), without_equal=len(lines) - len(ratios))))


if __name__ == "__main__":
    main()
