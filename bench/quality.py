"""How good boosted trees are with their defaults: ours, LightGBM, XGBoost, CatBoost, scikit-learn's and Perpetual's on
the tables of quality_tables.py, 2 x 5 folds that are the same for all.

    python3 bench/quality.py                                    # what is missing, then ranks and one line per table
    python3 bench/quality.py --libs ours --params '{"l2": 1}' --label l2      # ours with other parameters, beside ours
    python3 bench/quality.py --tables telco,bike --measure-only

Losses are the log loss of classes and the root mean squared error of numbers. Ours is `spanwise.sklearn` with the wheel
that $SPANWISE_PYTHON has (`cargo xtask wheel` makes .venv); peers run in $PEERS_HOME/gb (`../shared/bench/setup_peers.sh gb`).
All have one thread, whose seconds are counted as the processor counts them, categories and missing values as they take them by themselves, and no other parameter.
Every result is a file below $BENCH_CACHE/quality, named for the library's version (ours: the engine's bytes), so that a
bench can be interrupted, and ours measured again alone. A library that needs more than --slow seconds for the first fold
does one fold of each repeat; its mean is then taken times the median ratio of all folds to these two among the others.
"""
import argparse, hashlib, json, os, resource, signal, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
PEERS = os.path.join(os.environ.get("PEERS_HOME", os.path.join(tempfile.gettempdir(), "peers")), "gb", "bin", "python")
OURS = os.environ.get("SPANWISE_PYTHON", os.path.join(ROOT, ".venv", "bin", "python"))
CACHE = os.environ.get("BENCH_CACHE", os.path.join(tempfile.gettempdir(), "bench-cache", "quality"))
LIBS = ("ours", "lightgbm", "xgboost", "catboost", "sklearn", "perpetual")
FOLDS = range(10)
FIRST = (0, 5)


def made(lib, task, params, X):
    """An estimator with defaults."""
    kind = "Regressor" if task == "regression" else "Classifier"
    if lib == "ours":
        import spanwise.sklearn as m
        return getattr(m, f"Spanwise{kind}")(n_jobs=1, **params)
    if lib == "lightgbm":
        import lightgbm as m
        return getattr(m, f"LGBM{kind}")(n_jobs=1, verbose=-1)
    if lib == "xgboost":
        import xgboost as m
        return getattr(m, f"XGB{kind}")(n_jobs=1, enable_categorical=True)
    if lib == "catboost":
        import catboost as m
        cats = [c for c in X if X[c].dtype == "category"]
        return getattr(m, f"CatBoost{kind}")(thread_count=1, verbose=False, allow_writing_files=False, cat_features=cats)
    if lib == "sklearn":
        import sklearn.ensemble as m
        return getattr(m, f"HistGradientBoosting{kind}")()
    import perpetual as m
    return m.PerpetualBooster(objective="SquaredLoss" if task == "regression" else "LogLoss", num_threads=1)


def fitting(lib, X):
    """The features as the library takes them."""
    for column in [c for c in X if X[c].dtype == "category"]:
        if lib == "catboost":  # takes no missing categories
            X[column] = X[column].cat.add_categories("missing").fillna("missing")
        if lib == "sklearn" and 255 < X[column].nunique():  # takes no more
            X[column] = X[column].cat.codes.astype(float)
    return X


def worker(lib, table, params, folds, limit):
    """Prints a line for each fold."""
    import warnings
    import numpy as np
    from sklearn.metrics import log_loss
    from sklearn.model_selection import KFold, StratifiedKFold
    import quality_tables
    warnings.filterwarnings("ignore")
    X, y, task = quality_tables.load(table)
    X = fitting(lib, X)
    for fold in folds:
        splitter = (KFold if task == "regression" else StratifiedKFold)(5, shuffle=True, random_state=1 + fold // 5)
        train, test = list(splitter.split(X, y))[fold % 5]
        model = made(lib, task, params, X)
        start = time.process_time()
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(start + limit) + 1, hard))
        model.fit(X.iloc[train], y[train] if lib != "perpetual" else y[train].astype(float))
        seconds = time.process_time() - start
        if task == "regression":
            told = np.asarray(model.predict(X.iloc[test])).reshape(-1)
            loss = float(np.sqrt(np.mean((told - y[test]) ** 2)))
        else:
            told = np.asarray(model.predict_proba(X.iloc[test]), dtype=np.float64)
            loss = float(log_loss(y[test], told / told.sum(axis=1, keepdims=True), labels=range(y.max() + 1)))
        print(json.dumps(dict(fold=fold, loss=loss, cpu_seconds=seconds)), flush=True)


class Measured:
    """The results of a library with some parameters on a table."""

    def __init__(self, lib, table, params):
        self.lib, self.table, self.params = lib, table, params
        told = json.dumps([version(lib), rows_of(table), params if lib == "ours" else {}], sort_keys=True)
        self.folder = os.path.join(CACHE, table, f"{lib}-{hashlib.sha256(told.encode()).hexdigest()[:12]}")

    def results(self):
        found = {}
        for fold in FOLDS:
            path = os.path.join(self.folder, f"{fold}.json")
            if os.path.exists(path):
                with open(path) as file:
                    found[fold] = json.load(file)
        return found

    def missing(self, slow, wanted):
        found = self.results()
        if any("gave_up" in result for result in found.values()):
            return []
        if any(slow < result.get("cpu_seconds", result.get("seconds")) for result in found.values()):
            wanted = [fold for fold in wanted if fold in FIRST]
        return [fold for fold in wanted if fold not in found]

    def measure(self, folds, limit):
        os.makedirs(self.folder, exist_ok=True)
        command = [OURS if self.lib == "ours" else PEERS, __file__, "--worker", json.dumps([self.lib, self.table, self.params, folds, limit])]
        env = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", PYTHONDONTWRITEBYTECODE="1")
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
        for fold in folds:
            line = process.stdout.readline()
            if line:
                self.keep(json.loads(line))
                continue
            if process.wait() == -signal.SIGXCPU:
                self.keep(dict(fold=fold, gave_up=limit))
                return
            raise SystemExit(f"{self.lib} on {self.table}: {process.stderr.read()[-2000:]}")
        process.wait()

    def keep(self, result):
        path = os.path.join(self.folder, f"{result['fold']}.json")
        with open(path + ".new", "w") as file:
            json.dump(result, file)
        os.replace(path + ".new", path)
        print(self.table, self.lib, self.params or "", result, flush=True)


VERSIONS = {}


def version(lib):
    """Of a peer its number, of ours the engine's bytes."""
    if lib not in VERSIONS:
        if lib == "ours":
            code = "import spanwise._spanwise as m, hashlib; print(hashlib.sha256(open(m.__file__, 'rb').read()).hexdigest())"
        else:
            code = f"import importlib.metadata as m; print(m.version({'scikit-learn' if lib == 'sklearn' else lib!r}))"
        VERSIONS[lib] = subprocess.check_output([OURS if lib == "ours" else PEERS, "-c", code], text=True).strip()
    return VERSIONS[lib]


def rows_of(table):
    """What the rows of a table depend on: its line, and how it is read."""
    import inspect
    import quality_tables as q
    read, *rest = q.TABLES[table]
    text = inspect.getsource(read) if read.__name__ != "<lambda>" else inspect.getsource(q).split(f'"{table}": (', 1)[1].split("\n", 1)[0]
    return [text, rest[0], q.ROWS.get(table, q.MAX_ROWS)]


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--worker", help=argparse.SUPPRESS); a.add_argument("--tables"); a.add_argument("--libs", default=",".join(LIBS))
    a.add_argument("--part", choices=["choose", "confirm"]); a.add_argument("--params", default="{}", help="of ours, as JSON")
    a.add_argument("--label", help="what ours with other parameters is called"); a.add_argument("--slow", type=float, default=12)
    a.add_argument("--limit", type=float, default=240, help="processor seconds that a fold may take"); a.add_argument("--measure-only", action="store_true")
    a.add_argument("--folds", default=",".join(map(str, FOLDS)))
    o = a.parse_args()
    if o.worker:
        return worker(*json.loads(o.worker))
    if sys.executable != PEERS:  # pandas and scipy are there
        os.execv(PEERS, [PEERS, *sys.argv])
    import quality_ranks, quality_tables
    tables = [t for t, line in quality_tables.TABLES.items() if (not o.tables or t in o.tables.split(",")) and o.part in (None, line[3])]
    folds, params = [int(fold) for fold in o.folds.split(",")], json.loads(o.params)
    for wanted in ([f for f in folds if f in FIRST], folds):
        for table in tables:
            for lib in o.libs.split(","):
                measured = Measured(lib, table, params)
                missing = measured.missing(o.slow, wanted)
                if missing:
                    measured.measure(missing, o.limit)
    if not o.measure_only:
        found = {table: {lib: Measured(lib, table, {}).results() for lib in LIBS} for table in tables}
        if params:
            for table in tables:
                found[table][o.label or o.params] = Measured("ours", table, params).results()
        quality_ranks.show(found, quality_tables.TABLES)


if __name__ == "__main__":
    main()
