"""Explanations over every face: estimators, models and bundles."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import spanwise
from spanwise.sklearn import SpanwiseClassifier, SpanwiseRegressor

RANDOM = np.random.default_rng(23)


def rows(n_rows=400):
    X = pd.DataFrame({
        "a": RANDOM.normal(size=n_rows),
        "b": RANDOM.normal(size=n_rows),
        "plan": RANDOM.choice(["x", "y", "z"], n_rows),
        "size": pd.cut(RANDOM.random(n_rows), 4),
    })
    return X, X["a"] * X["b"] + (X["plan"] == "y") * X["a"] + X["size"].cat.codes


X, Y = rows()
NEW, BACKGROUND = X[:60], X[100:130]


@pytest.fixture(scope="module")
def model():
    return SpanwiseRegressor(rounds=40).fit(X, Y)


def columns(frame):
    table = pa.table(frame)
    return {name: np.asarray(table[name]) for name in table.column_names}


@pytest.mark.parametrize("background", [None, BACKGROUND], ids=["path-dependent", "interventional"])
@pytest.mark.parametrize("n_jobs", [None, 1, 2])
def test_a_bundle_explains_as_its_estimator(model, background, n_jobs):
    told = columns(model.bundle_.explain(NEW, background, n_jobs))
    expected = model.explain(NEW, background)
    assert list(told) == ["base", *expected.feature_names, "margin"]
    np.testing.assert_array_equal(told["base"], expected.base_values)
    for place, name in enumerate(expected.feature_names):
        np.testing.assert_array_equal(told[name], expected.values[:, place])
    total = sum(told[name] for name in list(told)[:-1])
    np.testing.assert_array_equal(total, told["margin"])
    np.testing.assert_array_equal(told["margin"], model.margin(NEW))


def test_a_background_changes_contributions_and_no_margin(model):
    plain, against = (columns(model.bundle_.explain(NEW, rows)) for rows in (None, BACKGROUND))
    assert (plain["a"] != against["a"]).any() and (plain["margin"] == against["margin"]).all()


@pytest.mark.parametrize("n_jobs", [None, 1, 2])
def test_a_bundle_tells_pairs_as_its_estimator(model, n_jobs):
    told = columns(model.bundle_.explain_interactions(NEW, n_jobs))
    expected = model.explain_interactions(NEW)
    names = expected.feature_names
    pairs = [(i, j) for i in range(4) for j in range(i + 1, 4)]
    assert list(told) == ["base", *names, *(f"{names[i]} & {names[j]}" for i, j in pairs), "margin"]
    for place, name in enumerate(names):
        np.testing.assert_array_equal(told[name], expected.values[:, place, place])
    for i, j in pairs:
        np.testing.assert_array_equal(told[f"{names[i]} & {names[j]}"], 2 * expected.values[:, i, j])
    np.testing.assert_array_equal(sum(told[name] for name in list(told)[:-1]), told["margin"])
    assert np.abs(told["a & b"]).mean() > 1.5 * np.abs(told["b & size"]).mean()


def test_classes_are_told_one_by_one():
    codes = np.digitize(Y, np.quantile(Y, [0.3, 0.6]))
    model = SpanwiseClassifier(rounds=15).fit(X, codes)
    for output in range(3):
        told = columns(model.bundle_.explain(NEW, output=output))
        np.testing.assert_array_equal(told["margin"], model.margin(NEW)[:, output])
        np.testing.assert_array_equal(told["a"], model.explain(NEW).values[:, 0, output])
        pairs = columns(model.bundle_.explain_interactions(NEW, output=output))
        np.testing.assert_array_equal(pairs["a & b"], 2 * model.explain_interactions(NEW).values[:, 0, 1, output])
    for call in (model.bundle_.explain, model.bundle_.explain_interactions):
        with pytest.raises(spanwise.SpanwiseError, match="`output` is 3, expected 0 to 2"):
            call(NEW, output=3)


def test_what_cannot_be_explained_is_refused(model):
    with pytest.raises(spanwise.SpanwiseError, match="no column `b`"):
        model.bundle_.explain(NEW, BACKGROUND.drop(columns="b"))
    with pytest.raises(spanwise.SpanwiseError, match="no column `plan`"):
        model.bundle_.explain_interactions(NEW.drop(columns="plan"))
    with pytest.raises(spanwise.SpanwiseError, match="background"):
        model.bundle_.explain(NEW, BACKGROUND[:0])
    for way in ("explain", "explain_interactions"):
        with pytest.raises(spanwise.SpanwiseError, match="`n_jobs` is 0"):
            getattr(model.bundle_, way)(NEW, n_jobs=0)
        with pytest.raises(spanwise.SpanwiseError, match="`n_jobs` is 0"):
            getattr(model.set_params(n_jobs=0), way)(NEW)
        model.set_params(n_jobs=None)


def test_intervals_of_pandas_are_text_to_bundles_too(model, tmp_path):
    model.to_bundle(tmp_path / "m.bundle")
    bundle = spanwise.load(tmp_path / "m.bundle")
    as_text = NEW.assign(size=NEW["size"].astype(str))
    expected = model.predict(NEW)
    for frame in (NEW, as_text, NEW.assign(size=pd.arrays.IntervalArray(NEW["size"]))):
        np.testing.assert_array_equal(columns(bundle.predict(frame))["prediction"], expected)
        np.testing.assert_array_equal(columns(bundle.explain(frame))["margin"], expected)
    assert NEW["size"].dtype.name == "category"
