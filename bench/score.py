"""Scoring of one LightGBM model of 500 trees (28 numbers, the generated higgs set): ours and the peers' in turn, with ratios.

    python3 bench/score.py                              # batch, one row, contributions, loading; 31 and 255 leaves
    python3 bench/score.py --what row,load --leaves 255 --repeat 5

Ours is the binary `bench-score` (cargo build --release -p bench-trees) on the imported model. The peers' environments are
made under target/bench when they are first needed; models and rows are those of ../shared/bench (bench_tree_infer.py make).
XGBoost has a model of its own of the same shape.

batch   1,000,000 rows on two threads, from an array in memory to the answers; peers from Python, where that is no burden.
row     one row in process, median of 5,000 rows taken three times: ours from Rust, the peers' from C (score/row.c), all on one thread.
shap    contributions of 10,000 rows on two threads; --shap-rows gives slow peers fewer, and times are then scaled up.
load    the model from memory (ours, the bundle that is served: the middle of seven times) or from its file (peers, once) until it can answer.

Compiling takes long: tl2cgen minutes, lleaves ten minutes for 31 leaves and more than an hour for 255 (leave it out by --peers).
A ratio is the peer's time over ours, run by run; the median is printed. One JSON line per measurement.
"""
import argparse, json, os, pathlib, statistics, subprocess, sys, tempfile, time

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(os.environ.get("BENCH_CACHE", os.path.join(tempfile.gettempdir(), "bench-cache")))
ROWS = CACHE / "higgs-X.npy"
PACKAGES = {
    "score": ["lightgbm==4.7.0", "xgboost==3.2.0", "treelite==4.8.1", "tl2cgen==1.0.0", "onnxruntime==1.32.0", "onnxmltools==1.16.0", "onnx==1.23.2"],
    "score-lleaves": ["llvmlite<0.44", "lleaves==1.3.0", "lightgbm==4.7.0"],
}
LOADED = ("lightgbm", "xgboost", "onnxruntime", "treelite")
COMPILED = ("tl2cgen", "lleaves")
PEERS = {"batch": LOADED + COMPILED, "row": LOADED + COMPILED, "load": LOADED, "shap": ("lightgbm", "xgboost")}
OURS = {"batch": "batch_s", "row": "single_p50_us", "shap": "explain_s", "load": "load_ms"}


# In a peer's environment.

def text(leaves):
    return str(CACHE / f"infer-500x{leaves}.txt")


def binary(leaves):
    return str(CACHE / f"infer-500x{leaves}.ubj")


def built(built_at, peer, leaves):
    """A model in the peer's own form, made once."""
    ending = {"onnxruntime": "onnx", "tl2cgen": "tl2cgen.so", "lleaves": "lleaves.o"}[peer]
    path = os.path.join(built_at, f"500x{leaves}.{ending}")
    if os.path.exists(path):
        return path
    began = time.time()
    if peer == "onnxruntime":
        import lightgbm
        from onnxmltools import convert_lightgbm
        from onnxmltools.convert.common.data_types import FloatTensorType
        model = convert_lightgbm(lightgbm.Booster(model_file=text(leaves)), initial_types=[("x", FloatTensorType([None, 28]))], zipmap=False)
        open(path, "wb").write(model.SerializeToString())
    elif peer == "tl2cgen":
        import tl2cgen, treelite
        tl2cgen.export_lib(treelite.frontend.load_lightgbm_model(text(leaves)), toolchain="gcc", libpath=path, params={"parallel_comp": 16, "quantize": 1}, nthread=2)
    else:
        import lleaves
        lleaves.Model(model_file=text(leaves)).compile(cache=path)
    print(f"{peer} compiled {leaves} leaves in {time.time() - began:.0f} s", file=sys.stderr)
    return path


def opened(peer, leaves, threads, built_at):
    """Rows to answers."""
    if peer == "lightgbm":
        import lightgbm
        model = lightgbm.Booster(model_file=text(leaves))
        return lambda X: model.predict(X, num_threads=threads, raw_score=True)
    if peer == "xgboost":
        import xgboost
        model = xgboost.Booster(model_file=binary(leaves))
        model.set_param({"nthread": threads})
        return lambda X: model.inplace_predict(X, predict_type="margin")
    if peer == "onnxruntime":
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        session = onnxruntime.InferenceSession(built(built_at, peer, leaves), options, providers=["CPUExecutionProvider"])
        return lambda X: session.run(["probabilities"], {"x": X})
    if peer == "treelite":
        import treelite
        model = treelite.frontend.load_lightgbm_model(text(leaves))
        return lambda X: treelite.gtil.predict(model, X, nthread=threads, pred_margin=True)
    if peer == "tl2cgen":
        import tl2cgen
        model = tl2cgen.Predictor(built(built_at, peer, leaves), nthread=threads)
        return lambda X: model.predict(tl2cgen.DMatrix(X), pred_margin=True)
    import lleaves
    model = lleaves.Model(model_file=text(leaves))
    model.compile(cache=built(built_at, peer, leaves))
    return lambda X: model.predict(X, n_jobs=threads)


def worker(peer, what, leaves, rows, built_at):
    """What the peer takes, in seconds; `build` only makes what it needs."""
    if what == "build":
        return built(built_at, peer, leaves)
    import numpy as np
    X = np.ascontiguousarray(np.load(ROWS, mmap_mode="r")[:rows], np.float32)
    if what == "batch":
        predict = opened(peer, leaves, 2, built_at)
        predict(X[:1000])
    elif peer == "lightgbm":
        import lightgbm
        model = lightgbm.Booster(model_file=text(leaves))
        predict = lambda X: model.predict(X, pred_contrib=True, num_threads=2)
    else:
        import xgboost
        model = xgboost.Booster(model_file=binary(leaves))
        model.set_param({"nthread": 2})
        predict = lambda X: model.predict(xgboost.DMatrix(X, nthread=2), pred_contribs=True)
    began = time.perf_counter()
    predict(X)
    print(time.perf_counter() - began)


# Here.

def run(command):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


def python_of(peer):
    from common import environment
    name = "score-lleaves" if peer == "lleaves" else "score"
    return environment(name, PACKAGES[name])


def in_environment(peer, what, leaves, rows):
    return run([python_of(peer), __file__, "--worker", json.dumps([peer, what, leaves, rows, str(built_at())])])


def built_at():
    from common import ROOT
    folder = ROOT / "target/bench/score-models"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def ours(what, leaves, rows):
    from common import ROOT
    kind = {"row": "single", "shap": "explain"}.get(what, what)
    line = run([ROOT / "target/release/bench-score", text(leaves), ROWS, 0, rows, 2, kind])
    return json.loads(line)[OURS[what]]


def row_of(peer, leaves):
    """The peer from C: its library, its model, and what the small program says."""
    from common import ROOT
    program = ROOT / "target/bench/score-row"
    run(["gcc", "-O2", "-o", program, HERE / "score/row.c", "-ldl"])
    site = next(python_of(peer).parents[1].glob("lib/python*/site-packages"))
    where = json.loads(run([python_of(peer), "-c", f"import json, importlib.util as u; print(json.dumps(u.find_spec({peer!r}).submodule_search_locations[0]))"]))
    where = pathlib.Path(where)
    if peer in ("onnxruntime", *COMPILED):
        model = pathlib.Path(in_environment(peer, "build", leaves, 0).split()[-1])
    if peer == "lleaves":
        library = model.with_suffix(".so")
        run(["gcc", "-shared", "-o", library, model, "-lm"])
    library, model = {
        "lightgbm": lambda: (where / "lib/lib_lightgbm.so", text(leaves)),
        "xgboost": lambda: (where / "lib/libxgboost.so", binary(leaves)),
        "treelite": lambda: (where / "lib/libtreelite.so", text(leaves)),
        "onnxruntime": lambda: (next((where / "capi").glob("libonnxruntime.so.*")), model),
        "tl2cgen": lambda: (model, model),
        "lleaves": lambda: (library, model),
    }[peer]()
    return json.loads(run([program, peer, library, model, ROWS, 5_000]))


def theirs(peer, what, leaves, rows):
    if what == "row":
        return row_of(peer, leaves)["p50_us"]
    if what == "load":
        return row_of(peer, leaves)["load_ms"]
    return float(in_environment(peer, what, leaves, rows).split()[-1])


def measure(what, leaves, o):
    rows = {"batch": o.rows, "row": 5_000, "shap": 10_000, "load": 1000}[what]
    peers = [peer for peer in PEERS[what] if peer in o.peers.split(",")]
    few = {peer: min(rows, o.shap_rows) if what == "shap" else rows for peer in peers}
    times = {name: [] for name in ["ours", *peers]}
    for _ in range(o.repeat):
        times["ours"].append(ours(what, leaves, rows))
        for peer in list(peers):
            try:
                times[peer].append(theirs(peer, what, leaves, few[peer]) * rows / few[peer])
            except subprocess.CalledProcessError as error:
                print(f"{peer} {what} {leaves}: {error.stderr[-400:]}", file=sys.stderr)
                peers.remove(peer)
    medians = {name: statistics.median(known) for name, known in times.items() if known}
    ratios = {name: round(statistics.median(t / own for t, own in zip(times[name], times["ours"])), 2) for name in peers}
    print(json.dumps({"what": what, "leaves": leaves, "rows": rows, "unit": OURS[what].rsplit("_", 1)[1],
                      "medians": {name: round(value, 3) for name, value in medians.items()}, "ratios": ratios,
                      "ours": [round(time, 3) for time in times["ours"]]}), flush=True)


if __name__ == "__main__":
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--worker"); a.add_argument("--what", default="row,load,shap,batch"); a.add_argument("--leaves", default="31,255")
    a.add_argument("--peers", default=",".join(LOADED + COMPILED)); a.add_argument("--repeat", type=int, default=3)
    a.add_argument("--rows", type=int, default=1_000_000); a.add_argument("--shap-rows", type=int, default=10_000)
    o = a.parse_args()
    if o.worker:
        done = worker(*json.loads(o.worker))
        if done: print(done)
        sys.exit()
    for leaves in o.leaves.split(","):
        for what in o.what.split(","):
            measure(what, leaves, o)
