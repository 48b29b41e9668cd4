"""The estimators keep scikit-learn's rules, and cross into serving and back bit for bit."""

import copy
import json
import pickle
import signal
import subprocess
import sys
import threading
import time

import joblib
import matplotlib
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import AdaBoostClassifier
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import SelectFromModel
from sklearn.inspection import PartialDependenceDisplay, partial_dependence, permutation_importance
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import spanwise
from conftest import Service, spanwise as command
from spanwise.sklearn import (
    SpanwiseClassifier,
    SpanwiseExtraTreesClassifier,
    SpanwiseExtraTreesRegressor,
    SpanwiseForestClassifier,
    SpanwiseForestRegressor,
    SpanwiseIsolationForest,
    SpanwiseRanker,
    SpanwiseRegressor,
)

FOREST = [
    SpanwiseForestClassifier,
    SpanwiseForestRegressor,
    SpanwiseExtraTreesClassifier,
    SpanwiseExtraTreesRegressor,
    SpanwiseIsolationForest,
]
BOOSTED = [SpanwiseClassifier, SpanwiseRegressor, SpanwiseRanker]
CLASSIFIERS = [SpanwiseClassifier, SpanwiseForestClassifier, SpanwiseExtraTreesClassifier]
ALL = BOOSTED + FOREST


def small(estimator):
    """One that is quickly fitted."""
    return estimator(trees=20) if estimator in FOREST else estimator(rounds=15, learning_rate=0.2)


def target(estimator, signal):
    """What this estimator can be asked to tell."""
    if estimator in CLASSIFIERS:
        return signal > 1
    return np.clip(signal, 0, 3).round() if estimator is SpanwiseRanker else signal


def table(n_rows=600, seed=0):
    r = np.random.default_rng(seed)
    X = r.normal(size=(n_rows, 4))
    X[:, 2] = np.round(X[:, 2], 1)
    signal = X[:, 0] + X[:, 1] ** 2 + 0.3 * r.normal(size=n_rows)
    X[r.random(X.shape) < 0.05] = np.nan
    return X, signal


def frame(n_rows=600, seed=0):
    X, signal = table(n_rows, seed)
    r = np.random.default_rng(seed + 1)
    level = r.choice(["gold", "silver", "tin"], n_rows)
    rows = pd.DataFrame({"spend": X[:, 0], "age": X[:, 1], "level": pd.Categorical(level), "town": r.choice(["a", "b"], n_rows)})
    rows["member"] = r.random(n_rows) < 0.5
    rows.loc[::17, "town"] = None
    return rows, signal + 2 * (level == "gold")


@pytest.mark.parametrize("estimator", ALL)
def test_every_check_passes_and_none_is_skipped(estimator):
    results = check_estimator(estimator(), on_skip=None, on_fail=None)
    bad = [(found["check_name"], found["status"], found["exception"]) for found in results if found["status"] != "passed"]
    assert not bad
    least = 41 if estimator in (SpanwiseRanker, SpanwiseIsolationForest) else 58
    assert len(results) >= least


def test_pipelines_searches_and_meta_estimators_take_them():
    X, signal = table()
    y = np.where(signal > 1, "yes", "no")
    pipeline = make_pipeline(StandardScaler(), SpanwiseClassifier(rounds=20))
    search = GridSearchCV(pipeline, {"spanwiseclassifier__max_leaves": [4, 8]}, cv=3, n_jobs=2).fit(X, y)
    assert search.best_score_ > 0.8
    assert cross_val_score(SpanwiseRegressor(), X, signal, cv=3).mean() > 0.7
    calibrated = CalibratedClassifierCV(SpanwiseClassifier(rounds=20), cv=3).fit(X, y)
    assert np.allclose(calibrated.predict_proba(X).sum(axis=1), 1)
    model = SpanwiseClassifier(rounds=20).fit(X, y)
    important = permutation_importance(model, X, y, n_repeats=3, random_state=0).importances_mean
    assert important[:2].min() > 5 * abs(important[3])
    boosted = AdaBoostClassifier(SpanwiseClassifier(rounds=3), n_estimators=3).fit(np.nan_to_num(X), y)
    assert boosted.score(np.nan_to_num(X), y) > 0.8
    kept = SelectFromModel(SpanwiseClassifier(rounds=20)).set_output(transform="pandas").fit(
        pd.DataFrame(X, columns=list("abcd")), y)
    assert list(kept.get_feature_names_out()) == ["a", "b"]
    partial_dependence(model, X[~np.isnan(X).any(axis=1)], [0])


@pytest.mark.parametrize("estimator", BOOSTED)
def test_a_budget_searches_and_what_it_chose_repeats_the_fit(estimator):
    X, signal = table(300)
    y = target(estimator, signal)
    began = time.perf_counter()
    model = estimator(budget=1, l2=3, n_jobs=1).fit(X, y)
    assert time.perf_counter() - began < 10
    if estimator is SpanwiseRanker:  # the queries of 300 rows are too few for folds, so there is nothing to choose by
        assert model.trials_ == [] and model.chosen_params_ == {}
        return
    assert model.trials_ and all("l2" not in trial["params"] for trial in model.trials_)
    best = min(model.trials_, key=lambda trial: trial["loss"])
    assert model.chosen_params_ == {**best["params"], "rounds": best["rounds"]}
    again = estimator(l2=3, **model.chosen_params_).fit(X, y)
    assert again.bundle_.hash == model.bundle_.hash
    assert again.trials_ == [] and again.chosen_params_ == {}
    for wrong in (0, -1, float("nan"), 1e9, "60s", True):
        with pytest.raises(spanwise.SpanwiseError, match="`budget` is"):
            estimator(budget=wrong).fit(X, y)


def test_a_budget_is_judged_by_an_eval_set():
    X, signal = table(400)
    model = SpanwiseRegressor(budget=0.5).fit(X[:300], signal[:300], eval_set=(X[300:], signal[300:]))
    best = min(model.trials_, key=lambda trial: trial["loss"])
    # Margins stand on a grid that follows from the rounds at most, so that the last bits may differ.
    assert np.isclose(min(model.validation_losses_), best["loss"], rtol=1e-9)
    assert len(model.validation_losses_) == best["rounds"]


def test_partial_dependence_is_drawn():
    matplotlib.use("agg")
    X, signal = table(200)
    X = np.nan_to_num(X)
    PartialDependenceDisplay.from_estimator(SpanwiseRegressor(rounds=5).fit(X, signal), X, [0])


@pytest.mark.parametrize("estimator", ALL)
def test_clones_copies_and_pickles_answer_alike(estimator):
    X, signal = table(300)
    y = target(estimator, signal)
    model = small(estimator).fit(X, y)
    answers = model.predict(X)
    others = [pickle.loads(pickle.dumps(model)), copy.deepcopy(model), clone(model).fit(X, y)]
    assert all((other.predict(X) == answers).all() for other in others)
    assert clone(model).get_params() == model.get_params()
    assert model.bundle_.hash == others[0].bundle_.hash == others[2].bundle_.hash


def test_pickles_hold_bundle_bytes_and_nothing_else_of_ours():
    import pickletools

    X, signal = table(100)
    text = pickle.dumps(SpanwiseRegressor(rounds=3).fit(X, signal))
    names = [arg for op, arg, _ in pickletools.genops(text) if op.name in ("SHORT_BINUNICODE", "BINUNICODE") and "spanwise" in str(arg)]
    assert set(names) <= {"spanwise", "spanwise.sklearn._estimators", "spanwise._spanwise"}
    assert b"SPANWISE" in text.upper()
    damaged = bytearray(text)
    position = text.rindex(b'"golden"')
    damaged[position + 20] ^= 1
    with pytest.raises(Exception):
        pickle.loads(bytes(damaged))


def test_forked_processes_load_answer_and_learn():
    """A child of `fork` has none of its parent's threads."""
    import multiprocessing
    X, signal = table()
    model = SpanwiseRegressor(rounds=40, n_jobs=2).fit(X, signal)
    text, expected = pickle.dumps(model), model.predict(X)

    def child(queue):
        again = pickle.loads(text)
        queue.put((again.predict(X), clone(again).fit(X, signal).predict(X)))

    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    process = context.Process(target=child, args=(queue,))
    process.start()
    try:
        answers = queue.get(timeout=60)
    finally:
        process.kill()
    assert all(np.array_equal(answer, expected) for answer in answers)


def test_threads_and_processes_give_the_same_bits():
    X, signal = table(400)
    margins = [SpanwiseRegressor(rounds=30, n_jobs=n).fit(X, signal).predict(X) for n in (1, 2, -1)]
    assert (margins[0] == margins[1]).all() and (margins[0] == margins[2]).all()
    parallel = joblib.Parallel(n_jobs=2)(
        joblib.delayed(lambda seed: SpanwiseRegressor(rounds=30, random_state=seed).fit(X, signal).predict(X))(0) for _ in range(2))
    assert (parallel[0] == margins[0]).all() and (parallel[1] == margins[0]).all()


@pytest.mark.parametrize("estimator", [model for model in ALL if model is not SpanwiseRanker])
def test_whole_weights_are_repeated_rows_bit_for_bit(estimator):
    X, signal = table(500)
    y = target(estimator, signal)
    weights = np.arange(500) % 4
    repeated = np.random.default_rng(0).permutation(np.repeat(np.arange(500), weights))
    weighted = estimator().fit(X, y, sample_weight=weights)
    copies = estimator().fit(X[repeated], y[repeated])
    assert (weighted.margin(X) == copies.margin(X)).all()
    if estimator is SpanwiseClassifier:
        heavy = estimator(class_weight={True: 3, False: 1}, rounds=20).fit(X, y)
        same = estimator(rounds=20).fit(X, y, sample_weight=np.where(y, 3, 1))
        assert (heavy.margin(X) == same.margin(X)).all()
        estimator(class_weight="balanced", rounds=5).fit(X, y)


def test_contributions_add_up_bit_for_bit():
    X, signal = table(200)
    for model in [
        SpanwiseRegressor(rounds=20).fit(X, signal),
        SpanwiseClassifier(rounds=20).fit(X, np.digitize(signal, [0, 1, 2])),
        SpanwiseRegressor(rounds=20, loss="gamma").fit(X, np.exp(signal / 3)),
        SpanwiseRegressor(rounds=20, loss="quantile", quantiles=(0.1, 0.5, 0.9)).fit(X, signal),
        SpanwiseRegressor(rounds=20, loss="absolute").fit(X, signal),
        SpanwiseRanker(rounds=20).fit(X, np.clip(signal, 0, 3).round(), qid=np.arange(200) // 10),
        SpanwiseForestClassifier(trees=10).fit(X, signal > 1),
        SpanwiseExtraTreesRegressor(trees=10).fit(X, signal),
        SpanwiseIsolationForest(trees=10).fit(X),
    ]:
        for background in (None, X[:20]):
            found = model.explain(X, background)
            assert (found.values.sum(axis=1) + found.base_values == model.margin(X)).all()
            assert (found.values[:, ::-1].sum(axis=1) + found.base_values == model.margin(X)).all()


def test_frames_with_categories_are_taken_as_they_are():
    rows, signal = frame()
    y = np.where(signal > 2, "stays", "leaves")
    model = SpanwiseClassifier(rounds=40).fit(rows, y)
    answers = model.predict_proba(rows)
    assert model.score(rows, y) > 0.85
    assert list(model.feature_names_in_) == list(rows.columns)
    assert model.feature_importances_[2] > 0.1
    for other in (pl.from_pandas(rows), pa.Table.from_pandas(rows)):
        assert (model.predict_proba(other) == answers).all()
        assert (SpanwiseClassifier(rounds=40).fit(other, y).predict_proba(rows) == answers).all()
    rows["level"] = "never seen"
    assert np.isfinite(model.predict_proba(rows)).all()
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(rows[["age", "spend", "level", "town", "member"]])


def test_categories_can_be_named():
    X, signal = table()
    X[:, 3] = np.arange(len(X)) % 7
    signal = signal + 3 * np.isin(X[:, 3], [1, 4])
    plain = SpanwiseRegressor(rounds=10, max_leaves=2).fit(X, signal)
    named = SpanwiseRegressor(rounds=10, max_leaves=2, categorical_features=[3]).fit(X, signal)
    assert named.score(X, signal) > plain.score(X, signal) + 0.1
    assert named.bundle_.inputs["x3"] == "text"
    rows, signal = frame()
    with pytest.raises(spanwise.SpanwiseError, match="`levl`.*expected a column of the table: .*`level`"):
        SpanwiseRegressor(categorical_features=["levl"]).fit(rows, signal)


def test_categories_are_asked_for_by_name_position_or_mask():
    rows, signal = frame()
    rows = rows[["spend", "age"]].assign(code=rows["level"].cat.codes)
    X = rows.to_numpy()
    expected = SpanwiseRegressor(rounds=5, categorical_features=[2]).fit(X, signal).predict(X)
    plain = SpanwiseRegressor(rounds=5, categorical_features=[False] * 3).fit(X, signal).predict(X)
    for mask in ([False, False, True], np.array([False, False, True]), np.array([2]), ["x2"]):
        found = SpanwiseRegressor(rounds=5, categorical_features=mask).fit(X, signal)
        assert (found.predict(X) == expected).all() and (expected != plain).any()
    for asked, message in [
        ([77], "holds 77, expected positions from 0 to 2"),
        ([-1], "holds -1, expected positions from 0 to 2"),
        (["cod"], "`cod`"),
        ([True, False], "a mask of 2 columns, expected one of 3"),
        ([True, "code", 1], "holds True, expected only names"),
        ([2.0], "holds 2.0, expected only names"),
        (3, "is 3, expected 'from_dtype', names"),
    ]:
        with pytest.raises(spanwise.SpanwiseError, match=message):
            SpanwiseRegressor(categorical_features=asked).fit(rows, signal)


def test_every_loss_is_learnt():
    X, signal = table()
    losses = {"squared": signal, "absolute": signal, "huber": signal, "quantile": signal, "poisson": np.exp(signal).round(),
              "gamma": np.exp(signal), "tweedie": np.maximum(signal, 0), "cross_entropy": 1 / (1 + np.exp(-signal))}
    for loss, y in losses.items():
        answers = SpanwiseRegressor(loss=loss, rounds=60).fit(X, y).predict(X)
        assert np.corrcoef(answers, y)[0, 1] > 0.5, loss
        assert loss in ("squared", "absolute", "huber", "quantile") or answers.min() >= 0
    low = SpanwiseRegressor(loss="quantile", quantiles=[0.1], rounds=60).fit(X, signal).predict(X)
    assert 0.03 < (signal < low).mean() < 0.2
    several = SpanwiseRegressor(loss="quantile", quantiles=[0.1, 0.5, 0.9], rounds=60).fit(X, signal).predict(X)
    assert several.shape == (600, 3) and (np.diff(several, axis=1) >= 0).all()
    assert 0.7 < ((several[:, 0] <= signal) & (signal <= several[:, 2])).mean() < 0.95


REGRESSORS = [SpanwiseRegressor, SpanwiseForestRegressor, SpanwiseExtraTreesRegressor]


@pytest.mark.parametrize("estimator", REGRESSORS, ids=lambda estimator: estimator.__name__)
def test_intervals_hold_what_they_promise(estimator):
    r = np.random.default_rng(11)
    X = r.normal(size=(1500, 3))
    y = X[:, 0] + np.where(X[:, 1] > 0, 2.0, 0.5) * r.normal(size=1500)
    model = small(estimator).set_params(intervals=0.8, random_state=5).fit(X[:800], y[:800])
    ends = model.predict_interval(X[800:])
    assert ends.shape == (700, 2) and (ends[:, 0] <= ends[:, 1]).all()
    held = ((ends[:, 0] <= y[800:]) & (y[800:] <= ends[:, 1])).mean()
    assert abs(held - 0.8) < 4 * np.sqrt(0.16 / 700 + 0.16 / 800)
    value, low, high = model.bundle_.metrics["interval_coverage_0.8"]
    assert low < 0.8 < high and low < value < high
    plain = small(estimator).set_params(random_state=5).fit(X[:800], y[:800])
    assert (plain.predict(X) == model.predict(X)).all()
    again = pickle.loads(pickle.dumps(model))
    assert (again.predict_interval(X[800:]) == ends).all()
    other = clone(model).set_params(n_jobs=2).fit(X[:800], y[:800])
    assert other.bundle_.hash == model.bundle_.hash
    with pytest.raises(spanwise.SpanwiseError, match="expected one fitted with `intervals=0.9`"):
        plain.predict_interval(X)


def test_intervals_of_quantiles_are_wide_where_rows_are_uncertain():
    r = np.random.default_rng(12)
    X = r.normal(size=(2000, 2))
    y = X[:, 0] + np.where(X[:, 1] > 0, 3.0, 0.3) * r.normal(size=2000)
    quantile = dict(loss="quantile", quantiles=[0.1, 0.9], rounds=60, learning_rate=0.1)
    model = SpanwiseRegressor(intervals=0.8, **quantile).fit(X[:1200], y[:1200])
    ends = model.predict_interval(X[1200:])
    widths, is_wild = ends[:, 1] - ends[:, 0], X[1200:, 1] > 0
    assert widths[is_wild].mean() > 3 * widths[~is_wild].mean()
    held = (ends[:, 0] <= y[1200:]) & (y[1200:] <= ends[:, 1])
    assert abs(held.mean() - 0.8) < 4 * np.sqrt(0.16 / 800 + 0.16 / 1200)
    one_width = SpanwiseRegressor(intervals=0.8, rounds=40).fit(X[:1200], y[:1200]).predict_interval(X[1200:])
    assert widths.mean() < (one_width[:, 1] - one_width[:, 0]).mean()
    with pytest.raises(spanwise.SpanwiseError, match="a single quantile"):
        SpanwiseRegressor(intervals=0.8, loss="quantile", quantiles=[0.5]).fit(X, y)


def test_intervals_that_cannot_be_are_refused():
    X, signal = table()
    for level in [0, 1, 1.5, "wide", True]:
        with pytest.raises(spanwise.SpanwiseError, match="`intervals` is .*expected None or a share"):
            SpanwiseRegressor(intervals=level, rounds=5).fit(X, signal)
    with pytest.raises(spanwise.SpanwiseError, match="need 99 rows .* found 40"):
        SpanwiseRegressor(intervals=0.99, rounds=5).fit(X[:50], signal[:50])
    rows, signal = frame()
    ends = SpanwiseRegressor(intervals=0.9, rounds=10).fit(rows, signal).predict_interval(rows)
    assert 0.85 < ((ends[:, 0] <= signal) & (signal <= ends[:, 1])).mean()


def test_intervals_cross_into_serving_bit_for_bit(tmp_path):
    X, signal = table()
    model = SpanwiseRegressor(intervals=0.9, rounds=20).fit(X, signal)
    path = tmp_path / "model.bundle"
    model.to_bundle(path)
    ends = model.predict_interval(X)
    assert (SpanwiseRegressor.from_bundle(path).predict_interval(X) == ends).all()
    rows = pd.DataFrame(X, columns=[f"x{position}" for position in range(X.shape[1])])
    scores = spanwise.load(path).predict(rows).to_pandas()
    assert (scores[["interval_low", "interval_high"]].to_numpy() == ends).all()


def test_a_fit_that_ends_early_leaves_no_model():
    X, signal = table()
    model = SpanwiseClassifier(rounds=3).fit(X, np.where(signal > 0, "a", "b"))
    with pytest.raises(spanwise.SpanwiseError, match="`rounds` is 0"):
        model.set_params(rounds=0).fit(X, np.where(signal > 0, "c", "d"))
    with pytest.raises(NotFittedError):
        model.predict(X)


def test_rows_that_do_not_differ_are_no_anomalies():
    X = np.ones((50, 2))
    model = SpanwiseIsolationForest().fit(X)
    assert (model.decision_function(X) >= 0).all() and (model.predict(X) == 1).all()


def test_constraints_are_kept():
    X, signal = table()
    model = SpanwiseRegressor(rounds=50, monotone={"x0": 1}, interactions=[["x0", "x1"]]).fit(X, signal)
    grid = np.zeros((50, 4))
    grid[:, 0] = np.linspace(-3, 3, 50)
    assert (np.diff(model.predict(grid)) >= 0).all()
    whole = SpanwiseRegressor(rounds=50, monotone={"x0": 1.0}, interactions=[["x0", "x1"]]).fit(X, signal)
    assert (whole.predict(grid) == model.predict(grid)).all()
    with pytest.raises(spanwise.SpanwiseError, match="`monotone`.*expected"):
        SpanwiseRegressor(monotone={"x0": 0.5}).fit(X, signal)
    with pytest.raises(spanwise.SpanwiseError, match="`x9` is no feature"):
        SpanwiseRegressor(monotone={"x9": 1}).fit(X, signal)


def test_an_eval_set_ends_the_training():
    X, signal = table()
    y = signal > 1
    model = SpanwiseClassifier(learning_rate=0.3, patience=10).fit(X[:400], y[:400], eval_set=(X[400:], y[400:]))
    losses = model.validation_losses_
    assert len(losses) == np.argmin(losses) + 11 and model.n_trees_ == np.argmin(losses) + 1
    margins = model.margin(X[400:])
    loss = np.log1p(np.exp(np.where(y[400:], -margins, margins))).mean()
    assert loss == pytest.approx(losses.min(), rel=1e-9)
    with pytest.raises(spanwise.SpanwiseError, match="a class that `y` does not"):
        SpanwiseClassifier().fit(X, y, eval_set=(X[:2], [2, 3]))
    rows, signal = frame()
    SpanwiseRegressor(patience=5).fit(rows[:400], signal[:400], eval_set=(rows[400:], signal[400:], np.ones(200)))


def test_bad_eval_sets_are_told_by_their_own_rows():
    X, signal = table(200)
    amount = np.abs(signal)
    gap = np.where(np.arange(200) == 5, np.nan, amount)
    below = np.where(np.arange(200) == 7, -1, amount)
    for eval_set, message in [
        ((X,), r"`eval_set` has 1 parts, expected \(X, y\) or \(X, y, sample_weight\)"),
        ((X, amount, None, None), "`eval_set` has 4 parts"),
        ([(X, amount), (X, amount)], "`eval_set` holds 2 sets of rows, expected one"),
        (X, "`eval_set` is of the type 'ndarray', expected"),
        ((X, gap), "y of `eval_set` contains NaN"),
        ((X, below), "^`y` of row 7 of `eval_set` is -1, expected zero or more for `poisson`"),
        ((X, amount[:9]), "inconsistent numbers of samples"),
    ]:
        with pytest.raises(ValueError, match=message):
            SpanwiseRegressor(rounds=3, loss="poisson").fit(X, amount, eval_set=eval_set)
    with pytest.raises(spanwise.SpanwiseError, match="`target` of row 7 is -1"):
        SpanwiseRegressor(rounds=3, loss="poisson").fit(X, below, eval_set=(X, amount))
    model = SpanwiseRegressor(rounds=3).fit(X, signal, eval_set=[(X, amount)])
    assert (model.predict(X) == SpanwiseRegressor(rounds=3).fit(X, signal, eval_set=(X, amount)).predict(X)).all()
    with pytest.raises(spanwise.SpanwiseError, match=r"expected \(X, y\) or \(X, y, qid\) or"):
        SpanwiseRanker().fit(X, amount.round(), eval_set=(X,))


def test_intervals_of_pandas_are_text_and_lazy_frames_are_refused():
    X, signal = table()
    parts = pd.cut(X[:, 0], 5)
    rows = pd.DataFrame({"part": parts, "b": X[:, 1]})
    model = SpanwiseRegressor(rounds=30).fit(rows[:400], signal[:400])
    text = rows.assign(part=rows["part"].astype(object).map(str, na_action="ignore"))
    assert model.bundle_.inputs["part"] == "text"
    assert (model.predict(rows) == model.predict(text)).all() and model.score(rows, signal) > 0.6
    assert (model.predict(rows.assign(part=pd.arrays.IntervalArray(parts))) == model.predict(rows)).all()
    for call in (model.fit, lambda X, y: model.predict(X)):
        with pytest.raises(spanwise.SpanwiseError, match="LazyFrame of Polars, expected its rows: collect it first"):
            call(pl.DataFrame(X).lazy(), signal)
        model = SpanwiseRegressor(rounds=3).fit(rows, signal)


def test_a_ranker_puts_rows_in_order():
    r = np.random.default_rng(3)
    X, qid = r.normal(size=(600, 3)), np.repeat(np.arange(60), 10)
    y = np.clip(np.round(X[:, 0] + 1 + 5 * (qid % 3 == 0)), 0, 8)
    model = SpanwiseRanker(rounds=40).fit(X, y, qid=[f"q{query}" for query in qid])
    right = [np.corrcoef(model.predict(X[qid == query]), X[qid == query, 0])[0, 1] for query in range(60)]
    assert np.mean(right) > 0.8
    model = SpanwiseRanker(patience=5).fit(X[:400], y[:400], qid=qid[:400], eval_set=(X[400:], y[400:], qid[400:]))
    assert 0 < len(model.validation_losses_)


def test_a_whole_weight_of_a_query_is_so_many_queries_bit_for_bit():
    r = np.random.default_rng(1)
    X, qid = r.normal(size=(200, 3)), np.repeat(np.arange(20), 10)
    y = np.clip(X[:, 0] + 1, 0, 4).round()
    often = r.integers(0, 3, 20)
    weighted = SpanwiseRanker(rounds=10).fit(X, y, qid=qid, query_weight=often[qid])
    copies = [np.flatnonzero(qid == query) for query in range(20) for _ in range(often[query])]
    rows = np.concatenate(copies)
    repeated = SpanwiseRanker(rounds=10).fit(X[rows], y[rows], qid=np.repeat(np.arange(len(copies)), 10))
    assert (weighted.predict(X) == repeated.predict(X)).all()
    assert (weighted.predict(X) != SpanwiseRanker(rounds=10).fit(X, y, qid=qid).predict(X)).any()
    held_out = (X[150:], y[150:], qid[150:], np.ones(50))
    SpanwiseRanker(patience=3).fit(X[:150], y[:150], qid=qid[:150], query_weight=often[qid[:150]], eval_set=held_out)
    for arguments, message in [
        ({"query_weight": np.arange(200)}, "of row 1 is 1.0, expected 0.0, as of row 0 of the same query"),
        ({"qid": np.where(qid == 3, np.nan, qid)}, "`qid` of row 30 is missing"),
        ({"qid": [None] * 200}, "`qid` of row 0 is missing"),
        ({"qid": pd.Series(["a"] * 199 + [pd.NA])}, "`qid` of row 199 is missing"),
    ]:
        with pytest.raises(spanwise.SpanwiseError, match=message):
            SpanwiseRanker().fit(X, y, **{"qid": qid, **arguments})


def test_the_parts_of_a_day_add_up_to_its_column():
    X, signal = table()
    days = pd.date_range("2020-01-01", periods=600, freq="7h")
    rows = pd.DataFrame({"a": X[:, 0], "d": days, "d.b": X[:, 1]})
    y = signal + (days.month > 3)
    for model in (SpanwiseRegressor(rounds=20).fit(rows, y), SpanwiseClassifier(rounds=20).fit(rows, np.digitize(y, [0, 1]))):
        found = model.explain(rows)
        parts = [name for name in found.feature_names if name.startswith("d.") and name != "d.b"]
        assert found.feature_names == ["a", *parts, "d.b"] and "d.month" in parts
        assert found.values.shape[1] == len(found.feature_names)
        columns = found.by_column(model.feature_names_in_)
        assert columns.feature_names == ["a", "d", "d.b"]
        assert (columns.values[:, 1] == found.values[:, 1:-1].sum(axis=1)).all() and (columns.values[:, 1] != 0).any()
        assert (columns.values[:, 2] == found.values[:, -1]).all()
        assert (columns.values.sum(axis=1) + columns.base_values == model.margin(rows)).all()
        with pytest.raises(spanwise.SpanwiseError, match="found the feature 'd.b', expected one of the columns a"):
            found.by_column(["a", "d.epoch_days", "d.month", "d.day", "d.weekday", "d.hour"])
        with pytest.raises(spanwise.SpanwiseError, match="found interactions"):
            model.explain_interactions(rows).by_column(["a", "d", "d.b"])


def test_interactions_add_up_bit_for_bit():
    X, signal = table(100)
    y = np.clip(signal, 0, 3).round()
    for model in [
        SpanwiseRegressor(rounds=10).fit(X, signal),
        SpanwiseClassifier(rounds=10).fit(X, y),
        SpanwiseRanker(rounds=10).fit(X, y, qid=np.arange(100) // 10),
        SpanwiseForestRegressor(trees=5).fit(X, signal),
        SpanwiseIsolationForest(trees=5).fit(X),
    ]:
        found = model.explain_interactions(X)
        assert (found.values.sum(axis=(1, 2)) + found.base_values == model.margin(X)).all()
        assert (found.values == found.values.swapaxes(1, 2)).all()
        assert (found.values.sum(axis=2) == model.explain(X).values).all()


def test_forests_tell_what_boosting_tells():
    X, signal = table()
    assert SpanwiseForestRegressor().fit(X[:400], signal[:400]).score(X[400:], signal[400:]) > 0.6
    assert SpanwiseExtraTreesRegressor().fit(X[:400], signal[:400]).score(X[400:], signal[400:]) > 0.4
    y = np.digitize(signal, [0, 1.5])
    for estimator in (SpanwiseForestClassifier, SpanwiseExtraTreesClassifier):
        model = estimator().fit(X[:400], y[:400])
        assert model.score(X[400:], y[400:]) > 0.6
        assert np.allclose(model.predict_proba(X).sum(axis=1), 1)
        assert not hasattr(model, "decision_function")


def test_an_isolation_forest_finds_what_is_apart(tmp_path):
    r = np.random.default_rng(0)
    X = np.vstack([r.normal(size=(300, 3)), r.normal(size=(6, 3)) + 8])
    model = SpanwiseIsolationForest(contamination=6 / 306).fit(X)
    assert (model.predict(X) == np.repeat([1, -1], [300, 6])).all()
    assert (model.fit_predict(X) == model.predict(X)).all()
    assert ((model.decision_function(X) < 0) == (model.predict(X) == -1)).all()
    model.to_bundle(tmp_path / "odd.bundle")
    again = SpanwiseIsolationForest.from_bundle(tmp_path / "odd.bundle")
    assert (again.score_samples(X) == model.score_samples(X)).all() and again.offset_ == model.offset_
    with pytest.raises(ValueError, match="`contamination` is 0.9"):
        SpanwiseIsolationForest(contamination=0.9).fit(X)


def test_bad_parameters_say_what_was_expected():
    X, signal = table(100)
    for parameters, message in [
        ({"rounds": 0}, "`rounds` is 0, expected a whole number from 1 to 20000"),
        ({"learning_rate": "fast"}, "`learning_rate` is `fast`"),
        ({"max_bins": True}, "`max_bins`"),
        ({"growth": "up"}, "expected one of"),
        ({"monotone": {"x0": 2}}, "`monotone`"),
        ({"categorical_features": "guess"}, "expected 'from_dtype'"),
        ({"n_jobs": 0}, "`n_jobs` is 0, expected a whole number other than 0, or None"),
        ({"n_jobs": "2"}, "`n_jobs` is '2', expected a whole number other than 0, or None"),
        ({"n_jobs": 1.5}, "`n_jobs` is 1.5"),
        ({"verbose": "much"}, "`verbose` is 'much', expected a whole number of at least 0"),
        ({"budget": "60s"}, "`budget` is '60s', expected None or a number of seconds"),
        ({"intervals": 90}, "`intervals` is 90, expected None or a share"),
    ]:
        with pytest.raises(ValueError, match=message):
            SpanwiseRegressor(**parameters).fit(X, signal)


def test_odd_arrays_are_refused_or_right():
    X, signal = table(200)
    model = SpanwiseRegressor(rounds=10).fit(X, signal)
    expected = model.predict(X)
    wide = np.zeros((200, 8))
    wide[:, ::2] = X
    for same in (np.asfortranarray(X), wide[:, ::2], X.astype(">f8"), X[::-1][::-1], pd.DataFrame(X).to_numpy(), X.tolist()):
        assert (model.predict(same) == expected).all()
    single = X.astype(np.float32)
    assert (model.predict(single) == model.predict(single.astype(np.float64))).all()
    assert (model.predict(np.array([[np.nan] * 4])) == model.predict([[np.nan] * 4])).all()
    for bad in (np.full((2, 4), np.inf), np.zeros((2, 3)), np.zeros((0, 4)), np.zeros(4), np.zeros((2, 4), complex), [["a"] * 4]):
        with pytest.raises(ValueError):
            model.predict(bad)
    answers = model.predict(X)
    answers[0] = 7
    assert (model.predict(X)[0] == expected[0]) and answers.flags.writeable
    with pytest.raises(spanwise.SpanwiseError, match="found a"):
        model._model.margins([[1, 2, 3, 4]], 1)
    with pytest.raises(spanwise.SpanwiseError, match="expected two axes"):
        model._model.margins(np.zeros(4), 1)
    with pytest.raises(spanwise.SpanwiseError, match="found 3 columns, expected 4"):
        model._model.margins(np.zeros((2, 3)), 1)


@pytest.mark.parametrize("estimator", ALL)
def test_sparse_rows_are_what_they_are_when_dense(estimator):
    r = np.random.default_rng(5)
    X = np.where(r.random((300, 6)) < 0.7, 0, r.normal(size=(300, 6)))
    X[r.random(X.shape) < 0.02] = np.nan
    y = target(estimator, np.nan_to_num(X[:, 0] + X[:, 1] ** 2) + 1)
    for rows in (X, X.astype(np.float32)):
        model = small(estimator).fit(rows, y)
        frame = pd.DataFrame(rows, columns=list("abcdef"))
        named = small(estimator).fit(frame, y)
        for kind in (scipy.sparse.csr_array, scipy.sparse.csc_matrix, scipy.sparse.coo_array):
            sparse = kind(rows)
            again = small(estimator).fit(sparse, y)
            assert (again.margin(sparse) == model.margin(rows)).all()
            assert (again.predict(sparse) == model.predict(rows)).all()
            assert (again.explain(sparse, sparse).values == model.explain(rows, rows).values).all()
            assert (again.apply(sparse) == model.apply(rows)).all()
            assert again.bundle_.hash == model.bundle_.hash
        if estimator in CLASSIFIERS:
            assert (again.predict_proba(sparse) == model.predict_proba(rows)).all()
        for fill in (0, np.nan):
            sparse = frame.astype(pd.SparseDtype(rows.dtype, fill))
            again = small(estimator).fit(sparse, y)
            assert again.bundle_.hash == named.bundle_.hash
            assert (again.margin(sparse) == named.margin(frame)).all()


def test_sparse_rows_may_hold_categories_and_be_held_out():
    rows, signal = frame()
    rows = rows.assign(flag=rows["member"].astype(float), member=rows["member"])
    sparse = rows.assign(flag=rows["flag"].astype(pd.SparseDtype(float, 0)), member=rows["member"].astype(pd.SparseDtype(bool)))
    model = SpanwiseRegressor(rounds=5).fit(rows, signal, eval_set=(rows[:50], signal[:50]))
    again = SpanwiseRegressor(rounds=5).fit(sparse, signal, eval_set=(sparse[:50], signal[:50]))
    assert (again.predict(sparse) == model.predict(rows)).all()
    codes = np.random.default_rng(0).integers(0, 4, (200, 3)).astype(float)
    named = SpanwiseClassifier(rounds=5, categorical_features=[1])
    expected = clone(named).fit(codes, codes[:, 1] > 2).predict_proba(codes)
    found = named.fit(scipy.sparse.csr_array(codes), codes[:, 1] > 2)
    assert (found.predict_proba(scipy.sparse.csr_array(codes)) == expected).all()
    twice = scipy.sparse.csc_array(([1.0, 2.0], [0, 0], [0, 0, 2, 2]), shape=(1, 3))  # a cell in two parts
    assert (found.predict_proba(twice) == found.predict_proba([[0, 3, 0]])).all() and twice.nnz == 2


def test_an_estimator_crosses_into_serving_bit_for_bit(tmp_path):
    rows, signal = frame()
    y = np.where(signal > 2, "stays", "leaves")
    model = SpanwiseClassifier(rounds=30).fit(rows, pd.Series(y, name="answer"))
    model.to_bundle(tmp_path / "stay.bundle", name="stay")
    rows.to_csv(tmp_path / "rows.csv", index=False)
    command("score", tmp_path / "stay.bundle", tmp_path / "rows.csv", "--out", tmp_path / "out.parquet", cwd=tmp_path)
    scored = pd.read_parquet(tmp_path / "out.parquet")
    assert (scored["margin"] == model.margin(rows)).all()
    assert (scored["probability"] == model.predict_proba(rows)[:, 1]).all()
    assert (scored["decision"] == model.predict(rows)).all()
    again = SpanwiseClassifier.from_bundle(tmp_path / "stay.bundle")
    assert (again.predict(rows) == model.predict(rows)).all() and again.bundle_.name == "stay"
    with pytest.raises(spanwise.SpanwiseError, match="found a bundle of the task 'classification'"):
        SpanwiseRegressor.from_bundle(tmp_path / "stay.bundle")

    import requests
    service = Service(tmp_path, tmp_path / "stay.bundle")
    try:
        body = {"dataframe_records": json.loads(rows.head(20).to_json(orient="records"))}
        answer = requests.post(f"{service.url}/invocations", json=body, timeout=10)
        assert answer.status_code == 200, answer.text
        served = [row["probability"] for row in answer.json()["predictions"]]
        assert served == model.predict_proba(rows.head(20))[:, 1].tolist()
    finally:
        service.stop()


def test_a_project_bundle_becomes_an_estimator(demo, bundle):
    rows = pd.read_csv(demo / "later.csv")
    model = SpanwiseClassifier.from_bundle(bundle)
    scored = spanwise.load(bundle).predict(rows, on_violation="ignore")
    needed = rows[list(model.feature_names_in_)]
    assert (model.margin(needed) == np.asarray(pa.table(scored)["margin"])).all()
    assert (model.predict(needed) == np.asarray(scored["decision"])).all()


def test_python_goes_on_while_a_model_is_fitted():
    X, signal = table(3000)
    ticks, done = [], threading.Event()

    def tick():
        while not done.is_set():
            ticks.append(time.monotonic())
            time.sleep(0.005)

    other = threading.Thread(target=tick)
    other.start()
    try:
        start = time.monotonic()
        SpanwiseRegressor(rounds=3000, n_jobs=1).fit(X, signal)
        took = time.monotonic() - start
    finally:
        done.set()
        other.join()
    assert took > 0.1
    assert max(np.diff(ticks)) < max(0.25, took / 2)


INTERRUPTED = """
import numpy as np, sys
from spanwise.sklearn import SpanwiseRegressor
r = np.random.default_rng(0)
X = r.normal(size=(20000, 30))
print("fitting", flush=True)
try:
    SpanwiseRegressor(rounds=20000, max_leaves=64, learning_rate=0.001).fit(X, X[:, 0] * X[:, 1] + r.normal(size=20000))
except KeyboardInterrupt:
    print("heard", flush=True)
"""


def test_ctrl_c_is_heard_in_a_fit():
    process = subprocess.Popen([sys.executable, "-c", INTERRUPTED], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "fitting\n"
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    start = time.monotonic()
    assert process.communicate(timeout=20)[0] == "heard\n"
    assert time.monotonic() - start < 10


def test_progress_is_told_on_request(capfd):
    X, signal = table(300)
    SpanwiseRegressor(rounds=3, verbose=1).fit(X, signal)
    told = capfd.readouterr()
    assert told.out == "" and "learning: round 3 of at most 3" in told.err
    SpanwiseRegressor(rounds=3).fit(X, signal)
    assert capfd.readouterr().err == ""


def test_import_stays_quick_and_alone():
    code = ("import time; start = time.perf_counter(); import spanwise, sys; took = time.perf_counter() - start; "
            "assert not {'numpy', 'pandas', 'sklearn', 'pyarrow', 'polars'} & set(sys.modules); print(took); spanwise.sklearn.SpanwiseClassifier")
    took = min(float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout) for _ in range(3))
    assert took < 0.1, took
