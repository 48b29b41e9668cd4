"""Where a model is weak."""

import numpy as np
import pandas as pd
import pytest

import spanwise
from spanwise.sklearn import SpanwiseClassifier, SpanwiseRegressor


def made(seed, n, factor=1.0):
    rng = np.random.default_rng(seed)
    data = pd.DataFrame({"a": rng.normal(size=n), "b": rng.normal(size=n)})
    data["city"] = rng.choice(["k", "l", "m"], n)
    noise = rng.normal(size=n) * np.where(data.city == "m", factor, 1.0)
    return data.assign(truth=data.a + noise)


@pytest.fixture(scope="module")
def model():
    data = made(1, 1500)
    return SpanwiseRegressor(rounds=60).fit(data[["a", "b"]], data.truth)


def test_planted_noise_is_named_with_its_numbers(model):
    data = made(2, 3000, factor=2.0)
    found = spanwise.weak_slices(model, data, "truth")
    assert found.weak[0]["label"] == "city is m"
    frame = found.to_frame().to_pandas()
    error = (data.truth - model.predict(data[["a", "b"]])) ** 2
    inside = data.city == "m"
    first = frame.iloc[0]
    assert first.n == inside.sum() and first.kind == "weak"
    assert first.inside == pytest.approx(error[inside].mean()) and first.outside == pytest.approx(error[~inside].mean())
    assert "city is m" in str(found) and "city is m" in found.to_html() and "iframe" in found._repr_html_()
    assert "weak-slices" in found.charts
    assert spanwise.weak_slices(model, data, "truth", exclude=["city"]).weak == []


def test_weights_and_clusters_count(model):
    data = made(2, 3000, factor=2.0)
    data["who"], data["n"] = np.arange(len(data)), np.where(np.arange(len(data)) % 2, 3.0, 1.0)
    error, inside = (data.truth - model.predict(data[["a", "b"]])) ** 2, data.city == "m"
    weighted = spanwise.weak_slices(model, data, "truth", exclude=["who"], weight="n")
    first = weighted.weak[0]
    assert first["label"] == "city is m" and weighted.weight == "n"
    assert first["inside"][0] == pytest.approx(np.average(error[inside], weights=data.n[inside]))
    assert weighted.loss[0] == pytest.approx(np.average(error, weights=data.n))
    # five copies of each row say as much as the row
    copies = data.loc[data.index.repeat(5)]
    once, often = (spanwise.weak_slices(model, rows, "truth", exclude=["n"], cluster="who") for rows in (data, copies))
    assert often.weak[0]["inside"] == pytest.approx(once.weak[0]["inside"]) and often.weak[0]["n"] == 5 * once.weak[0]["n"]
    assert "Rows of one <code>who</code> may move together" in often.to_html()
    for options, found in [({"weight": "m"}, "no column `m`"), ({"weight": "city"}, "a column of text"), ({"cluster": "wo"}, "did you mean `who`")]:
        with pytest.raises(spanwise.SpanwiseError, match=found):
            spanwise.weak_slices(model, data, "truth", **options)
    with pytest.raises(spanwise.SpanwiseError, match="-1"):
        spanwise.weak_slices(model, data.assign(n=-1.0), "truth", weight="n")


def test_where_nothing_differs_little_is_named(model):
    named = [bool(spanwise.weak_slices(model, made(100 + seed, 1000), "truth", exclude=["a", "b"]).weak) for seed in range(40)]
    assert sum(named) <= 2


def test_classes_are_told_beside_what_was_observed():
    data = made(3, 4000)
    data["truth"] = (data.truth > 0).astype(int)
    model = SpanwiseClassifier(rounds=60).fit(data[["a", "b"]][:2000], data.truth[:2000])
    test = data[2000:].copy()
    test.loc[test.city == "k", "truth"] = 1
    found = spanwise.weak_slices(model, test, "truth", exclude=["a", "b"])
    assert found.biased[0]["label"] == "city is k" and found.biased[0]["inside"][0] < 0
    assert found.biased[0]["observed"][0] == 1 and found.positive == "1"


def test_refusals_say_what_is_missing(model):
    with pytest.raises(spanwise.SpanwiseError, match="no column|is no column|`thruth`"):
        spanwise.weak_slices(model, made(1, 500), "thruth")
    with pytest.raises(spanwise.SpanwiseError, match="at least 250"):
        spanwise.weak_slices(model, made(1, 100), "truth")
