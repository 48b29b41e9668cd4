"""Models of LightGBM and XGBoost, imported: the same margins bit for bit, answers within one unit in the last place.

Needs lightgbm, xgboost, numpy (and shap for one check), and `cargo build --release -p spanwise-bundle --example trees`.
Rows hold missing values, values at a threshold and beside it, infinities, zeros of both signs and codes never seen.
"""

import ctypes
import ctypes.util
import os
import pathlib
import subprocess

import numpy as np
import pytest

lightgbm = pytest.importorskip("lightgbm")
xgboost = pytest.importorskip("xgboost")

ROOT = pathlib.Path(__file__).resolve().parents[2]
TREES = os.environ.get("SPANWISE_TREES", str(ROOT / "target/release/examples/trees"))
N, N_COLUMNS = 2000, 6


def spanwise(model, rows, what):
    """What our side says of rows: `margins`, `answers`, `contributions`..., flat."""
    matrix, out = model.with_suffix(".matrix"), model.with_suffix("." + what)
    out.unlink(missing_ok=True)
    np.ascontiguousarray(rows, "<f8").tofile(matrix)
    done = subprocess.run([TREES, model, matrix, str(rows.shape[1]), what, out], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert out.exists(), done.stdout
    return np.fromfile(out, "<f8")


def refusal(model):
    matrix = model.with_suffix(".matrix")
    np.zeros((1, 1)).tofile(matrix)
    return subprocess.run([TREES, model, matrix, "1", "batch"], capture_output=True, text=True).stdout


def table(seed, missing=True, categories=()):
    r = np.random.default_rng(seed)
    x = r.normal(size=(N, N_COLUMNS))
    x[:, 1] = np.round(x[:, 1], 1)
    x[:, 2] = np.where(r.random(N) < 0.6, 0.0, x[:, 2])
    for column in categories:
        x[:, column] = r.integers(0, 40, N)
    if missing:
        x[r.random(x.shape) < 0.1] = np.nan
    signal = np.nan_to_num(x[:, 0]) + np.sin(3 * np.nan_to_num(x[:, 1])) + (np.nan_to_num(x[:, 3]) % 3 == 1)
    return x, signal + 0.3 * r.normal(size=N)


def target(kind, signal, seed=5):
    r = np.random.default_rng(seed)
    if kind == "binary":
        return (signal > 0.3).astype(float)
    if kind == "classes":
        return np.digitize(signal, [-0.3, 0.8]).astype(float)
    if kind == "positive":
        return r.poisson(np.exp(np.clip(signal / 2, -3, 3))) + 0.5
    if kind == "share":
        return 1 / (1 + np.exp(-signal))
    if kind == "grade":
        return np.digitize(signal, [-0.5, 0.3, 1.0]).astype(float)
    return signal


def probes(x, thresholds, categories=()):
    """The rows and, around them, everything that comparisons could get wrong."""
    r = np.random.default_rng(11)
    extra = x[r.integers(0, len(x), 1500)].copy()
    special = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-36, -1e-36, 1e-35, 2e-35, 1e300, -1e300, 5e-324]
    codes = [np.nan, -1.0, -0.5, 0.0, 0.9, 3.7, 39.0, 40.0, 999.0, 1e7, 3e9, -7.0]
    for row in extra:
        for column in range(x.shape[1]):
            draw = r.random()
            if column in categories:
                row[column] = r.choice(codes) if draw < 0.4 else row[column]
            elif draw < 0.2:
                row[column] = r.choice(special)
            elif draw < 0.7 and len(thresholds.get(column, ())):
                at = r.choice(thresholds[column])
                row[column] = r.choice([at, np.nextafter(at, -np.inf), np.nextafter(at, np.inf)])
                if draw < 0.45:
                    at = np.float32(at)
                    row[column] = r.choice([at, np.nextafter(at, np.float32(-np.inf)), np.nextafter(at, np.float32(np.inf))])
    return np.vstack([x, extra])


def same_bits(found, expected):
    found, expected = np.asarray(found, float).ravel(), np.asarray(expected, float).ravel()
    wrong = np.flatnonzero(found.view(np.int64) != expected.view(np.int64))
    wrong = [i for i in wrong if not found[i] == expected[i] == 0.0]
    assert len(found) == len(expected)
    assert not len(wrong), (len(wrong), wrong[:3], found[wrong[:3]], expected[wrong[:3]])


def within_one_ulp(found, expected, precision):
    """Nearly always; never more than two: the C library's exponentials are not the nearest numbers everywhere."""
    found, expected = np.asarray(found).ravel().astype(precision), np.asarray(expected).ravel().astype(precision)
    units = np.abs(found - expected) / np.spacing(np.abs(expected))
    assert units.max() <= 2 and (units > 1).mean() < 0.002, (units.max(), (units > 1).mean())


# LightGBM

LIGHTGBM = {
    "regression": ("number", {}), "regression_l1": ("number", {}), "huber": ("number", {}), "fair": ("number", {}),
    "quantile": ("number", {"alpha": 0.7}), "mape": ("positive", {}), "poisson": ("positive", {}),
    "gamma": ("positive", {}), "tweedie": ("positive", {"tweedie_variance_power": 1.3}), "binary": ("binary", {"sigmoid": 1.7}),
    "cross_entropy": ("share", {}), "cross_entropy_lambda": ("share", {}), "multiclass": ("classes", {"num_class": 3}),
    "multiclassova": ("classes", {"num_class": 3, "sigmoid": 0.8}), "lambdarank": ("grade", {}), "rank_xendcg": ("grade", {}),
}


def lightgbm_thresholds(booster):
    thresholds = {}

    def walk(node):
        if "split_feature" in node:
            if node["decision_type"] == "<=":
                thresholds.setdefault(node["split_feature"], set()).add(node["threshold"])
            walk(node["left_child"]), walk(node["right_child"])

    for tree in booster.dump_model()["tree_info"]:
        walk(tree["tree_structure"])
    return {column: sorted(values) for column, values in thresholds.items()}


def lightgbm_model(folder, objective, kind, missing=True, categories=(), rounds=25, **extra):
    x, signal = table(3, missing, categories)
    data = lightgbm.Dataset(
        x, target(kind, signal), categorical_feature=list(categories), free_raw_data=False,
        group=[20] * (N // 20) if kind == "grade" else None,
    )
    parameters = {"objective": objective, "num_leaves": 31, "verbose": -1, "num_threads": 2, "seed": 1, "min_data_in_leaf": 5}
    booster = lightgbm.train({**parameters, **extra}, data, rounds)
    path = folder / "model.txt"
    booster.save_model(path)
    booster = lightgbm.Booster(model_file=path)
    return booster, path, probes(x, lightgbm_thresholds(booster), categories)


def check_lightgbm(booster, path, rows, averaged=1):
    raw = booster.predict(rows, raw_score=True)
    same_bits(spanwise(path, rows, "margins"), raw / averaged)
    finite = rows[~np.isinf(rows).any(axis=1)]
    within_one_ulp(spanwise(path, finite, "answers"), booster.predict(finite), np.float64)


@pytest.mark.parametrize("objective", LIGHTGBM)
def test_lightgbm_objectives(tmp_path, objective):
    kind, extra = LIGHTGBM[objective]
    check_lightgbm(*lightgbm_model(tmp_path, objective, kind, **extra))


@pytest.mark.parametrize("missing", [True, False])
@pytest.mark.parametrize("extra", [{}, {"zero_as_missing": True}, {"use_missing": False}, {"reg_sqrt": True}, {"boosting": "dart"},
                                   {"boosting": "goss"}, {"extra_trees": True}, {"boost_from_average": False}, {"max_bin": 900}])
def test_lightgbm_missing_values_and_modes(tmp_path, missing, extra):
    check_lightgbm(*lightgbm_model(tmp_path, "regression", "number", missing, **extra))


@pytest.mark.parametrize("extra", [{}, {"max_cat_to_onehot": 64}, {"max_cat_threshold": 5}, {"zero_as_missing": True}])
def test_lightgbm_categories(tmp_path, extra):
    check_lightgbm(*lightgbm_model(tmp_path, "binary", "binary", categories=(3, 4), **extra))


@pytest.mark.parametrize("objective, kind, extra", [("regression", "number", {}), ("binary", "binary", {}),
                                                    ("multiclass", "classes", {"num_class": 3})])
def test_lightgbm_forests(tmp_path, objective, kind, extra):
    forest = dict(boosting="rf", bagging_freq=1, bagging_fraction=0.6, feature_fraction=0.8)
    booster, path, rows = lightgbm_model(tmp_path, objective, kind, **forest, **extra)
    raw = booster.predict(rows, raw_score=True)
    averaged = 25 if "average_output" in path.read_text() else 1
    margins = spanwise(path, rows, "margins")
    same_bits(margins, raw / averaged) if not np.array_equal(margins, np.ravel(raw)) else None
    finite = rows[~np.isinf(rows).any(axis=1)]
    within_one_ulp(spanwise(path, finite, "answers"), booster.predict(finite), np.float64)


def test_lightgbm_continued_with_another_missing_rule(tmp_path):
    x, signal = table(3)
    first = lightgbm.train({"verbose": -1, "zero_as_missing": True}, lightgbm.Dataset(x, signal, free_raw_data=False), 10)
    second = lightgbm.train({"verbose": -1}, lightgbm.Dataset(x, signal, free_raw_data=False), 10, init_model=first)
    path = tmp_path / "model.txt"
    second.save_model(path)
    booster = lightgbm.Booster(model_file=path)
    check_lightgbm(booster, path, probes(x, lightgbm_thresholds(booster)))


def test_lightgbm_single_leaves_and_large_trees(tmp_path):
    check_lightgbm(*lightgbm_model(tmp_path, "regression", "number", rounds=3, min_gain_to_split=1e9))
    check_lightgbm(*lightgbm_model(tmp_path, "regression", "number", rounds=5, num_leaves=700, min_data_in_leaf=1))
    check_lightgbm(*lightgbm_model(tmp_path, "regression", "number", rounds=5, num_leaves=256, min_data_in_leaf=1))


def test_lightgbm_refusals(tmp_path):
    lightgbm_model(tmp_path, "regression", "number", missing=False, linear_tree=True)
    assert "a linear tree cannot be imported" in refusal(tmp_path / "model.txt")


# XGBoost

XGBOOST = {
    "reg:squarederror": "number", "reg:squaredlogerror": "positive", "reg:absoluteerror": "number", "reg:pseudohubererror": "number",
    "reg:quantileerror": "number", "reg:logistic": "share", "binary:logistic": "binary", "binary:logitraw": "binary",
    "count:poisson": "positive", "reg:gamma": "positive", "reg:tweedie": "positive", "survival:cox": "positive",
    "survival:aft": "positive", "multi:softprob": "classes", "multi:softmax": "classes", "rank:ndcg": "grade",
    "rank:pairwise": "grade", "rank:map": "binary",
}


def xgboost_model(folder, objective, kind, ending="json", missing=True, categories=(), rounds=25, **extra):
    x, signal = table(3, missing, categories)
    y = target(kind, signal)
    if kind == "grade" or objective == "rank:map":
        extra["qid"] = np.repeat(np.arange(N // 20), 20)
    types = ["c" if column in categories else "q" for column in range(N_COLUMNS)]
    data = xgboost.DMatrix(x, y, feature_types=types, enable_categorical=True, qid=extra.pop("qid", None))
    if objective == "survival:aft":
        data.set_float_info("label_lower_bound", y)
        data.set_float_info("label_upper_bound", y)
    parameters = {"objective": objective, "max_depth": 5, "nthread": 2, "seed": 1, "eta": 0.2}
    if kind == "classes":
        parameters["num_class"] = 3
    if objective == "reg:quantileerror":
        parameters["quantile_alpha"] = 0.6
    booster = xgboost.train({**parameters, **extra}, data, rounds)
    path = folder / f"model.{ending}"
    booster.save_model(path)
    booster = xgboost.Booster(model_file=path)
    frame = booster.trees_to_dataframe()
    numeric = frame[(frame.Feature != "Leaf") & frame.Split.notna()]
    thresholds = {int(name[1:]): sorted(set(group.Split)) for name, group in numeric.groupby("Feature")}
    return booster, path, probes(x, thresholds, categories), types


def check_xgboost(booster, path, rows, types):
    # XGBoost refuses infinite and negative categories at the door; what its trees do with them is not reachable there.
    rows = rows[~np.isinf(rows.astype(np.float32)).any(axis=1)]
    wrong = [np.isin(types[c], "c") & (rows[:, c] < 0) for c in range(rows.shape[1])]
    rows = rows[~np.any(wrong, axis=0)]
    data = xgboost.DMatrix(rows, feature_types=types, enable_categorical=True)
    margins = booster.predict(data, output_margin=True)
    same_bits(spanwise(path, rows, "margins"), margins)
    answers = booster.predict(data)
    config = booster.save_config()
    if "multi:softmax" in config:
        found = spanwise(path, rows, "answers").reshape(len(rows), -1)
        assert np.array_equal(found.argmax(axis=1), answers)
    elif "logitraw" not in config:
        within_one_ulp(spanwise(path, rows, "answers"), answers, np.float32)


@pytest.mark.parametrize("ending", ["json", "ubj"])
@pytest.mark.parametrize("objective", XGBOOST)
def test_xgboost_objectives(tmp_path, objective, ending):
    check_xgboost(*xgboost_model(tmp_path, objective, XGBOOST[objective], ending))


@pytest.mark.parametrize("missing", [True, False])
@pytest.mark.parametrize("extra", [{}, {"tree_method": "exact"}, {"max_leaves": 40, "grow_policy": "lossguide", "max_depth": 0}, {"max_bin": 700},
                                   {"num_parallel_tree": 4, "subsample": 0.6}, {"booster": "dart", "rate_drop": 0.4},
                                   {"booster": "dart", "rate_drop": 0.4, "normalize_type": "forest"}, {"max_depth": 10}])
def test_xgboost_missing_values_and_modes(tmp_path, missing, extra):
    check_xgboost(*xgboost_model(tmp_path, "reg:squarederror", "number", missing=missing, **extra))


@pytest.mark.parametrize("ending", ["json", "ubj"])
@pytest.mark.parametrize("extra", [{}, {"max_cat_to_onehot": 64}, {"max_cat_threshold": 4}])
def test_xgboost_categories(tmp_path, extra, ending):
    check_xgboost(*xgboost_model(tmp_path, "binary:logistic", "binary", ending, categories=(3, 4), **extra))


@pytest.mark.parametrize("objective, kind", [("binary:logistic", "binary"), ("count:poisson", "positive")])
def test_xgboost_base_scores(tmp_path, objective, kind):
    """XGBoost takes the C library's `logf`, which is not the nearest number in 1 of 200 cases: those are left out."""
    c = ctypes.CDLL(ctypes.util.find_library("m"))
    c.logf.restype, c.logf.argtypes = ctypes.c_float, [ctypes.c_float]
    for score in np.random.default_rng(4).random(12).astype(np.float32):
        x = np.float32(1) / score - np.float32(1) if kind == "binary" else score
        if np.float32(c.logf(x)) == np.float32(np.log(np.float64(x))):
            check_xgboost(*xgboost_model(tmp_path, objective, kind, rounds=2, base_score=float(score)))


def test_xgboost_dart_of_classes_and_forest_of_classes(tmp_path):
    check_xgboost(*xgboost_model(tmp_path, "multi:softprob", "classes", booster="dart", rate_drop=0.4))
    check_xgboost(*xgboost_model(tmp_path, "multi:softprob", "classes", num_parallel_tree=3, subsample=0.5))


def test_xgboost_refusals(tmp_path):
    x, signal = table(3, False)
    linear = xgboost.train({"booster": "gblinear"}, xgboost.DMatrix(x, signal), 3)
    linear.save_model(tmp_path / "linear.json")
    assert "the booster `gblinear` cannot be imported" in refusal(tmp_path / "linear.json")
    vector = xgboost.train({"multi_strategy": "multi_output_tree"}, xgboost.DMatrix(x, np.c_[signal, -signal]), 3)
    vector.save_model(tmp_path / "vector.json")
    assert "a model of 2 targets cannot be imported" in refusal(tmp_path / "vector.json")
    hinge = xgboost.train({"objective": "binary:hinge"}, xgboost.DMatrix(x, signal > 0), 3)
    hinge.save_model(tmp_path / "hinge.ubj")
    assert "the objective `binary:hinge` cannot be imported" in refusal(tmp_path / "hinge.ubj")


# Contributions

def check_contributions(path, rows, expected, margins, tolerance):
    found = spanwise(path, rows, "contributions").reshape(len(rows), -1, N_COLUMNS + 2)
    contributions, base, remainder = found[..., :-2], found[..., -2], found[..., -1]
    total = base + contributions.sum(axis=2)
    same_bits(total + remainder, np.reshape(margins, total.shape))
    expected = np.reshape(expected, found[..., :-1].shape)
    assert np.abs(contributions - expected[..., :-1]).max() < tolerance
    assert np.abs(base - expected[..., -1]).max() < tolerance


@pytest.mark.parametrize("objective, kind, extra", [("binary", "binary", {}), ("multiclass", "classes", {"num_class": 3}),
                                                    ("regression", "number", {"num_leaves": 200, "min_data_in_leaf": 1})])
def test_lightgbm_contributions(tmp_path, objective, kind, extra):
    booster, path, rows = lightgbm_model(tmp_path, objective, kind, categories=(3,), **extra)
    rows = rows[::7]
    check_contributions(path, rows, booster.predict(rows, pred_contrib=True), booster.predict(rows, raw_score=True), 1e-9)


@pytest.mark.parametrize("objective, kind", [("binary:logistic", "binary"), ("multi:softprob", "classes")])
def test_xgboost_contributions(tmp_path, objective, kind):
    booster, path, rows, types = xgboost_model(tmp_path, objective, kind)
    rows = rows[~np.isinf(rows.astype(np.float32)).any(axis=1)][::7]
    data = xgboost.DMatrix(rows, feature_types=types)
    # XGBoost adds them up in f32.
    check_contributions(path, rows, booster.predict(data, pred_contribs=True), booster.predict(data, output_margin=True), 2e-5)


def test_interventional_contributions_agree_with_shap(tmp_path):
    shap = pytest.importorskip("shap")
    booster, path, rows = lightgbm_model(tmp_path, "binary", "binary", missing=False)
    rows = np.vstack([rows[:200], rows[300:400]])
    found = spanwise(path, rows, "interventional").reshape(200, N_COLUMNS)
    explainer = shap.TreeExplainer(booster, data=rows[200:], feature_perturbation="interventional")
    expected = np.asarray(explainer.shap_values(rows[:200], check_additivity=False))
    # shap keeps thresholds and sums in f32 in places.
    assert np.abs(found - expected).max() < 1e-4


def test_xgboost_interactions(tmp_path):
    booster, path, rows, types = xgboost_model(tmp_path, "binary:logistic", "binary", rounds=10)
    rows = rows[~np.isinf(rows.astype(np.float32)).any(axis=1)][::31]
    expected = booster.predict(xgboost.DMatrix(rows, feature_types=types), pred_interactions=True)
    found = spanwise(path, rows, "interactions").reshape(len(rows), N_COLUMNS, N_COLUMNS)
    assert np.abs(found - expected[:, :-1, :-1]).max() < 2e-5


# ONNX

def onnx_answers(path, rows, element):
    onnx, runtime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
    out = path.with_suffix(".onnx")
    matrix = path.with_suffix(".matrix")
    np.ascontiguousarray(rows, "<f8").tofile(matrix)
    subprocess.run([TREES, path, matrix, str(rows.shape[1]), "onnx", out], check=True)
    onnx.checker.check_model(onnx.load(out), full_check=True)
    session = runtime.InferenceSession(out, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, {"features": rows.astype(element)})))


@pytest.mark.parametrize("objective, kind, extra", [
    ("binary", "binary", {}), ("multiclass", "classes", {"num_class": 3}), ("poisson", "positive", {}), ("regression", "number", {"zero_as_missing": True}),
    ("regression", "number", {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6}), ("cross_entropy_lambda", "share", {}),
    ("regression", "number", {"reg_sqrt": True}), ("multiclassova", "classes", {"num_class": 3}),
    ("binary", "binary", {"categories": (3, 4)}), ("regression", "number", {"categories": (3,), "zero_as_missing": True}),
])
def test_onnx_of_lightgbm(tmp_path, objective, kind, extra):
    booster, path, rows = lightgbm_model(tmp_path, objective, kind, **extra)
    element = np.float64 if "categories" in extra else np.float32
    with np.errstate(over="ignore"):
        rows = rows.astype(element).astype(float)
    rows = rows[~np.isinf(rows).any(axis=1)]
    found = onnx_answers(path, rows, element)
    tolerance = 1e-12 if element is np.float64 else 3e-5
    margins = spanwise(path, rows, "margins").reshape(found["margins"].shape)
    assert np.abs(found["margins"] - margins).max() < tolerance
    answers = spanwise(path, rows, "answers")
    if kind == "binary":
        assert np.abs(found["probabilities"][:, 1] - answers).max() < 1e-5
        assert set(found["label"]) == {"0", "1"}
    elif kind == "classes":
        assert np.abs(found["probabilities"].ravel() - answers).max() < 1e-5
    else:
        assert np.allclose(found["prediction"].ravel(), answers, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("categories", [(), (3, 4)])
def test_onnx_of_xgboost(tmp_path, categories):
    booster, path, rows, types = xgboost_model(tmp_path, "binary:logistic", "binary", categories=categories)
    with np.errstate(over="ignore"):
        rows = rows.astype(np.float32).astype(float)
    rows = rows[~np.isinf(rows).any(axis=1)]
    found = onnx_answers(path, rows, np.float32)
    assert np.abs(found["margins"].ravel() - spanwise(path, rows, "margins")).max() < 3e-5
