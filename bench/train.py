"""Training of boosted trees: ours and the peers' in turn on generated sets (../shared/bench/datagen.py) and on real ones
(real_sets.py), with the ratio.

    python3 bench/train.py                                  # the whole comparison of issue 3: screening, then three repeats
    python3 bench/train.py --sets higgs,wide --rounds 100 --leaves 31 --peers lightgbm,lightgbm_quant,xgboost --repeat 3

Without --peers every peer is screened once (stopped if it takes three times as long as we), and the two fastest that reach
our loss x 1.001 and the fastest of any loss run in turn with ours; the screening is the first of the repeats.
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
# A peer is as good as we are up to this loss, as a multiple of ours.
AS_GOOD = 1.001
# Sets on which we take longer than this many seconds are run twice instead of three times.
LONG = 20
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


def ours(name, known, settings, options):
    n_train, n_test, task, cats = known
    spec = dict(x=f"{CACHE}/{name}-X.npy", y=f"{CACHE}/{name}-y.npy", n_train=n_train, n_test=n_test, task=task, cats=cats,
                threads=options.threads, params=settings)
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


def command_of(name, lib, known, settings, options):
    """What runs a peer on a set and prints its figures as the last line."""
    rounds, leaves = settings["rounds"], settings["max_leaves"]
    if lib.startswith("hessboost"):
        n_train, n_test, task, cats = known
        spec = dict(x=f"{CACHE}/{name}-X.npy", y=f"{CACHE}/{name}-y.npy", n_train=n_train, n_test=n_test, task=task, cats=cats,
                    threads=options.threads, rounds=rounds, leaves=leaves, quant=lib == "hessboost_quant")
        return [hessboost(), json.dumps(spec)]
    spec = dict(set=name, lib=lib, rounds=rounds, leaves=leaves, known=known)
    return [PEERS, "-c", WORKER, os.path.join(SHARED, "bench"), json.dumps(spec)]


def peer(name, lib, known, settings, options, limit=None):
    env = dict(os.environ, BENCH_THREADS=str(options.threads), OMP_NUM_THREADS=str(options.threads), PYTHONDONTWRITEBYTECODE="1")
    command = command_of(name, lib, known, settings, options)
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=limit or options.timeout)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode:
        return None
    found = json.loads(done.stdout.strip().splitlines()[-1])
    return dict(found, loss=found[LOSS[known[2]]])


def screened(name, known, settings, candidates, options):
    """One run of ours and one of each candidate, by name; what a candidate that was stopped or failed has is text.

    A candidate is stopped once it has taken three times as long as we did, and ten seconds more, from its start to its end:
    whatever its loss, the goal of two thirds is far.
    """
    began = time.monotonic()
    runs = {"ours": ours(name, known, settings, options)}
    limit = 3 * (time.monotonic() - began) + 10
    for lib in candidates:
        runs[lib] = peer(name, lib, known, settings, options, limit) or f"failed, or over {limit:.0f} s"
    return runs


def worth_repeating(runs):
    """The two fastest peers that are as good as we are, and the fastest whatever its loss."""
    peers = sorted((lib for lib, run in runs.items() if lib != "ours" and isinstance(run, dict)), key=lambda lib: runs[lib]["time_s"])
    good = [lib for lib in peers if runs[lib]["loss"] <= runs["ours"]["loss"] * AS_GOOD][:2]
    return good + [lib for lib in peers[:1] if lib not in good]


def ratio(runs, lib):
    """Ours over a peer's in the runs that were made in turn: the middle one, and all."""
    pairs = [round(mine["time_s"] / theirs["time_s"], 3) for mine, theirs in zip(runs["ours"], runs[lib])]
    return dict(against=lib, ratio=round(statistics.median(pairs), 3), ratios=pairs)


def compare(name, known, settings, candidates, options):
    line = dict(set=name, threads=options.threads, **{key: settings[key] for key in ("rounds", "max_leaves")})
    first = screened(name, known, settings, candidates, options)
    line["screened"] = {lib: run if isinstance(run, str) else (run["time_s"], run["loss"], run["rss_mb"]) for lib, run in first.items()}
    peers = worth_repeating(first) if options.peers is None else [lib for lib in candidates if isinstance(first[lib], dict)]
    runs = {lib: [first[lib]] for lib in ["ours", *peers]}
    n_repeats = min(options.repeat, 2) if LONG < first["ours"]["time_s"] else options.repeat
    for _ in range(1, n_repeats):
        runs["ours"].append(ours(name, known, settings, options))
        for lib in peers:
            runs[lib].append(peer(name, lib, known, settings, options))
    runs = {lib: [run for run in found if run] for lib, found in runs.items()}
    for lib, found in runs.items():
        middle = lambda key: round(statistics.median(run[key] for run in found), 5)
        line[lib] = dict(time_s=middle("time_s"), loss=middle("loss"), rss_mb=middle("rss_mb"), data_rss_mb=middle("data_rss_mb"))
    by_time = sorted(peers, key=lambda lib: line[lib]["time_s"])
    reached = [lib for lib in by_time if line[lib]["loss"] <= line["ours"]["loss"] * AS_GOOD]
    line["fastest_as_good"] = ratio(runs, reached[0]) if reached else None
    line["fastest_of_any_loss"] = ratio(runs, by_time[0]) if by_time else None
    print(json.dumps(line), flush=True)
    return line


def settings_of(rounds, leaves, options):
    return dict(dict(rounds=rounds, max_leaves=leaves, max_depth=64, learning_rate=.1, column_sample=1.0), **json.loads(options.params))


def whole(options):
    """Every set at every length. All peers are screened at the first, which is the shortest; from then on those that took
    at most twice as long as the fastest of them."""
    lines, fast = [], {}
    for rounds, leaves, names in WHOLE:
        for name in names:
            line = compare(name, made(name), settings_of(rounds, leaves, options), fast.get(name, ALL_PEERS), options)
            lines.append(line)
            times = {lib: run[0] for lib, run in line["screened"].items() if lib != "ours" and not isinstance(run, str)}
            fast.setdefault(name, [lib for lib, time_s in times.items() if time_s <= 2 * min(times.values())])
    return lines


def summary(lines):
    said = dict(lines=len(lines))
    for key in ("fastest_as_good", "fastest_of_any_loss"):
        ratios = [line[key]["ratio"] for line in lines if line[key]]
        if ratios:
            said[key] = dict(lines=len(ratios), median=round(statistics.median(ratios), 3), largest=max(ratios))
    return said


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--sets"); a.add_argument("--rounds", type=int, default=100); a.add_argument("--leaves", type=int, default=31)
    a.add_argument("--peers", help="by name; none for no peer"); a.add_argument("--repeat", type=int, default=3)
    a.add_argument("--threads", type=int, default=2); a.add_argument("--timeout", type=int, default=150, help="seconds that a peer may take at most")
    a.add_argument("--params", default="{}", help="further parameters of ours, as JSON")
    o = a.parse_args()
    if o.sets:
        candidates = ALL_PEERS if o.peers is None else [lib for lib in o.peers.split(",") if lib]
        lines = [compare(name, made(name), settings_of(o.rounds, o.leaves, o), candidates, o) for name in o.sets.split(",")]
    else:
        lines = whole(o)
    print(json.dumps(summary(lines)))


if __name__ == "__main__":
    main()
