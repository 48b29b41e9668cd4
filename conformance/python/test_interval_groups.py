"""Prediction intervals of groups: `interval_groups`."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import spanwise
from conftest import spanwise as command
from spanwise import SpanwiseError
from spanwise.sklearn import SpanwiseForestRegressor, SpanwiseRegressor

RANDOM = np.random.default_rng(17)
NOISE = {"calm": 0.3, "wild": 3.0}


def rows(n_rows=2000):
    X = pd.DataFrame({"x": RANDOM.normal(size=n_rows), "kind": RANDOM.choice(["calm", "wild"], n_rows, p=[0.7, 0.3])})
    return X, 2 * X["x"] + X["kind"].map(NOISE) * RANDOM.normal(size=n_rows)


X, Y = rows()
NEW, TRUTH = rows()


def held(model, X=NEW, y=TRUTH):
    low, high = model.predict_interval(X).T
    return pd.Series((low <= y) & (y <= high)).groupby(np.asarray(NEW["kind"])).mean()


@pytest.mark.parametrize("estimator", [SpanwiseRegressor(rounds=40), SpanwiseForestRegressor(trees=30)], ids=["boost", "forest"])
def test_each_group_is_held_as_often_as_promised(estimator):
    of_all = held(estimator.set_params(intervals=0.9, interval_groups=None).fit(X, Y))
    assert of_all["calm"] > 0.97 and of_all["wild"] < 0.8
    model = estimator.set_params(interval_groups="kind").fit(X, Y)
    by_group = held(model)
    # Four standard deviations of the share among some 600 wild rows, and of the quantile.
    assert (abs(by_group - 0.9) < 4 * np.sqrt(2 * 0.09 / 600)).all(), by_group
    low, high = model.predict_interval(NEW).T
    width = pd.Series(high - low).groupby(np.asarray(NEW["kind"])).mean()
    assert width["wild"] > 5 * width["calm"]


def test_groups_travel_in_the_bundle_and_other_groups_have_the_length_of_all(tmp_path):
    model = SpanwiseRegressor(rounds=20, intervals=0.9, interval_groups="kind").fit(X, Y)
    of_all = SpanwiseRegressor(rounds=20, intervals=0.9).fit(X, Y)
    assert (model.predict(NEW) == of_all.predict(NEW)).all()
    for kind in ("new", None):
        other = NEW.assign(kind=kind).astype({"kind": object})
        np.testing.assert_array_equal(model.predict_interval(other), of_all.predict_interval(other))
    model.to_bundle(tmp_path / "m.bundle")
    again = SpanwiseRegressor.from_bundle(tmp_path / "m.bundle")
    np.testing.assert_array_equal(again.predict_interval(NEW), model.predict_interval(NEW))
    told = pa.table(spanwise.load(tmp_path / "m.bundle").predict(NEW))
    np.testing.assert_array_equal(np.c_[told["interval_low"], told["interval_high"]], model.predict_interval(NEW))
    NEW.to_csv(tmp_path / "new.csv", index=False)
    command("score", "m.bundle", "new.csv", "--out", "scored.parquet", cwd=tmp_path)
    scored = pd.read_parquet(tmp_path / "scored.parquet")
    np.testing.assert_allclose(scored[["interval_low", "interval_high"]], model.predict_interval(NEW), rtol=1e-12)


def test_groups_are_text_categories_truths_and_whole_numbers_by_name_or_position():
    expected = SpanwiseRegressor(rounds=10, intervals=0.9, interval_groups="kind").fit(X, Y).predict_interval(NEW)

    def told(turned, groups):
        model = SpanwiseRegressor(rounds=10, intervals=0.9, interval_groups=groups)
        return model.fit(turned(X), Y).predict_interval(turned(NEW))

    np.testing.assert_array_equal(told(lambda rows: rows.astype({"kind": "category"}), 1), expected)
    np.testing.assert_array_equal(told(lambda rows: pl.DataFrame(rows), "kind"), expected)
    wild = [lambda rows: rows.assign(kind=rows["kind"] == "wild"), lambda rows: rows.assign(kind=(rows["kind"] == "wild").astype(int))]
    for turned in wild:
        width = np.diff(told(turned, "kind"))[:, 0]
        assert width[NEW["kind"] == "wild"].min() > 2 * width[NEW["kind"] == "calm"].max()
    array = np.c_[X["x"], X["kind"] == "wild"].astype(float)
    model = SpanwiseRegressor(rounds=10, intervals=0.9, interval_groups=1, categorical_features=[1]).fit(array, Y)
    assert len(np.unique(np.diff(model.predict_interval(array)).round(9))) == 2


def test_weights_and_held_out_rows_keep_groups_with_their_rows():
    weights = np.ones(len(X))
    weights[::3] = 0.0
    kept = weights > 0
    asked = {"rounds": 15, "intervals": 0.9, "interval_groups": "kind"}
    weighted = SpanwiseRegressor(**asked).fit(X, Y, sample_weight=weights)
    alone = SpanwiseRegressor(**asked).fit(X[kept], Y[kept])
    np.testing.assert_array_equal(weighted.predict_interval(NEW), alone.predict_interval(NEW))
    held_out = SpanwiseRegressor(intervals=0.9, interval_groups="kind", patience=5).fit(X, Y, eval_set=(NEW, TRUTH))
    assert held_out.predict_interval(NEW).shape == (len(NEW), 2)


def test_what_cannot_be_is_refused():
    def refused(model, words, X=X):
        with pytest.raises(SpanwiseError, match=words):
            model.fit(X, Y)

    asked = {"rounds": 5, "intervals": 0.9}
    refused(SpanwiseRegressor(rounds=5, interval_groups="kind"), "`intervals` None, expected a share")
    refused(SpanwiseRegressor(interval_groups="kinds", **asked), "`kinds`.*did you mean `kind`")
    refused(SpanwiseRegressor(interval_groups="x", **asked), "`x`, a column of numbers, expected a column of text")
    refused(SpanwiseRegressor(interval_groups=5, **asked), "`interval_groups` holds 5, expected positions from 0 to 1")
    refused(SpanwiseRegressor(interval_groups=0.5, **asked), "`interval_groups` is 0.5, expected None or the name")
    refused(SpanwiseRegressor(interval_groups=0, **asked), "a column of numbers", X=X[["x"]].to_numpy())


@pytest.mark.parametrize("codes", [{"calm": 1, "wild": 2}, {"calm": False, "wild": True}])
def test_groups_of_whole_numbers_and_truths_travel_in_the_bundle(tmp_path, codes):
    coded = X.assign(kind=X["kind"].map(codes))
    model = SpanwiseRegressor(rounds=20, intervals=0.9, interval_groups="kind").fit(coded, Y)
    model.to_bundle(tmp_path / "m.bundle")
    again = SpanwiseRegressor.from_bundle(tmp_path / "m.bundle")
    np.testing.assert_array_equal(again.predict_interval(coded), model.predict_interval(coded))
    assert not model.bundle_.takes_arrays


def test_a_stream_has_no_groups():
    with pytest.raises(SpanwiseError, match="`interval_groups` is 'kind', expected None"):
        SpanwiseRegressor(rounds=5, interval_groups="kind").fit_stream(pa.table({"kind": [1], "y": [1.0]}), "y")
