"""Training of boosted trees: ours and the peers' in turn on the sets of ../shared/bench/datagen.py, with the ratio.

    python3 bench/train.py --sets higgs,wide --rounds 100 --leaves 31 --peers lightgbm,lightgbm_quant,xgboost --repeat 3

Ours is the binary `bench-trees` (built here); peers run in $PEERS_HOME/gb (`../shared/bench/setup_peers.sh gb`).
Equal settings: learning rate 0.1, 255 bins. Times are the table in memory to the model; every run is a process of its own.
The loss is log loss or root mean squared error on rows that nobody learnt from. One JSON line per set.
"""
import argparse, json, os, statistics, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
SHARED = os.environ.get("SPANWISE_SHARED", os.path.join(os.path.dirname(ROOT), "shared"))
PEERS = os.path.join(os.environ.get("PEERS_HOME", os.path.join(tempfile.gettempdir(), "peers")), "gb", "bin", "python")
CACHE = os.environ.get("BENCH_CACHE", os.path.join(tempfile.gettempdir(), "bench-cache"))
LOSS = {"binary": "logloss", "multiclass": "logloss", "regression": "rmse"}


def sets():
    """name: (train rows, test rows, task, categories)"""
    code = "import datagen, json; print(json.dumps({k: [*v[:2], v[3], datagen.CAT.get(k, [])] for k, v in datagen.SETS.items()}))"
    return json.loads(subprocess.check_output([PEERS, "-c", code], cwd=os.path.join(SHARED, "bench")))


def ours(name, known, options, params):
    n_train, n_test, task, cats = known[name]
    spec = dict(x=f"{CACHE}/{name}-X.npy", y=f"{CACHE}/{name}-y.npy", n_train=n_train, n_test=n_test, task=task, cats=cats,
                threads=options.threads, params=params)
    binary = os.path.join(os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target")), "release", "bench-trees")
    done = subprocess.run([binary, json.dumps(spec)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def peer(name, lib, known, rounds, leaves, options):
    spec = dict(set=name, lib=lib, rounds=rounds, leaves=leaves)
    env = dict(os.environ, BENCH_THREADS=str(options.threads), OMP_NUM_THREADS=str(options.threads), PYTHONDONTWRITEBYTECODE="1")
    script = os.path.join(SHARED, "bench", "bench_gbm_train.py")
    done = subprocess.run([PEERS, script, "--worker", json.dumps(spec)], capture_output=True, text=True, env=env)
    if done.returncode:
        return None
    found = json.loads(done.stdout.strip().splitlines()[-1])
    return dict(found, loss=found[LOSS[known[name][2]]])


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--sets", default="higgs,wide,airline,regression,multiclass"); a.add_argument("--rounds", type=int, default=100)
    a.add_argument("--leaves", type=int, default=31); a.add_argument("--peers", default="lightgbm,lightgbm_quant,xgboost")
    a.add_argument("--repeat", type=int, default=3); a.add_argument("--threads", type=int, default=2)
    a.add_argument("--params", default="{}", help="further parameters of ours, as JSON")
    o = a.parse_args()
    known = sets()
    for name in o.sets.split(","):
        if not os.path.exists(f"{CACHE}/{name}-y.npy"):
            subprocess.run([PEERS, "datagen.py", name], cwd=os.path.join(SHARED, "bench"), check=True, stdout=subprocess.DEVNULL)
        params = dict(dict(rounds=o.rounds, max_leaves=o.leaves, max_depth=64, learning_rate=.1), **json.loads(o.params))
        runs = {"ours": []} | {lib: [] for lib in o.peers.split(",") if lib}
        for _ in range(o.repeat):
            runs["ours"].append(ours(name, known, o, params))
            for lib in list(runs)[1:]:
                found = peer(name, lib, known, o.rounds, o.leaves, o)
                if found:
                    runs[lib].append(found)
        line = dict(set=name, rounds=o.rounds, leaves=o.leaves, threads=o.threads)
        for lib, found in runs.items():
            if found:
                middle = lambda key: round(statistics.median(run[key] for run in found), 5)
                line[lib] = dict(time_s=middle("time_s"), loss=middle("loss"), rss_mb=middle("rss_mb"), data_rss_mb=middle("data_rss_mb"))
        reached = [lib for lib in list(line)[5:] if line[lib]["loss"] <= line["ours"]["loss"] * 1.001]
        if reached:
            fastest = min(reached, key=lambda lib: line[lib]["time_s"])
            pairs = [mine["time_s"] / theirs["time_s"] for mine, theirs in zip(runs["ours"], runs[fastest])]
            line.update(fastest_as_good=fastest, ratio=round(statistics.median(pairs), 3), ratios=[round(p, 3) for p in pairs])
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
