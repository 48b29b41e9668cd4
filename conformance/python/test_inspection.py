"""What models do with their inputs: accumulated local effects, pictures of contributions and dependence, densities."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.stats

import spanwise
from spanwise import inspection, stats
from spanwise.sklearn import SpanwiseClassifier, SpanwiseRegressor

R = np.random.default_rng(11)


def made(n=1500):
    a = R.uniform(size=n)
    data = pd.DataFrame({"a": a, "b": a + 0.02 * R.normal(size=n), "plan": R.choice(["x", "y", "z"], n)})
    return data, 4 * data.a**2 + (data.plan == "z") * 1.0 + 0.1 * R.normal(size=n)


@pytest.fixture(scope="module")
def fitted():
    data, y = made()
    return SpanwiseRegressor(rounds=60).fit(data, y), data


def by_definition(model, X, feature, edges):
    """Apley and Zhu's estimator with these bins, centred over the rows."""
    x = X[:, feature]
    bins = np.clip(np.searchsorted(edges, x, side="left"), 1, len(edges) - 1)
    low, high = X.copy(), X.copy()
    low[:, feature], high[:, feature] = edges[bins - 1], edges[bins]
    change = model(high) - model(low)
    heights = np.concatenate([[0.0], np.cumsum([change[bins == place].mean() for place in range(1, len(edges))])])
    return heights - ((heights[bins] + heights[bins - 1]) / 2).mean()


def test_accumulated_effects_are_those_of_the_definition():
    X = R.normal(size=(800, 3))
    model = lambda X: X[:, 0] * X[:, 1] + np.sin(X[:, 0]) + X[:, 2]  # noqa: E731
    found = inspection.accumulated_local_effects(model, X, 0, n_bins=12, level=0.9)
    assert len(found.at) == 13 and found.n.sum() == 800 and found.n_missing == 0
    np.testing.assert_allclose(found.value, by_definition(model, X, 0, found.at), atol=1e-12)
    assert (found.low < found.value).all() and (found.value < found.high).all()
    wider = inspection.accumulated_local_effects(model, X, 0, n_bins=12, level=0.99)
    assert (wider.low < found.low).all()
    again = pickle.loads(pickle.dumps(found))
    assert (again.value == found.value).all() and again.level == 0.9


def test_intervals_hold_what_they_promise():
    """Of rows drawn anew the effect of all rows is held about as often as told, place by place."""
    def model(X):
        return X[:, 0] * X[:, 1] + X[:, 0] ** 2
    held = []
    large = R.uniform(size=(200_000, 2))
    for _ in range(150):
        X = R.uniform(size=(500, 2))
        found = inspection.accumulated_local_effects(model, X, 0, n_bins=5)
        truth = by_definition(model, np.vstack([large, X]), 0, found.at)
        held.append((found.low <= truth) & (truth <= found.high))
    assert 0.90 < np.mean(held) < 0.98, np.mean(held)


def test_a_frame_names_its_features_and_slips_are_told(fitted):
    X = pd.DataFrame({"u": R.normal(size=300), "v": R.normal(size=300)})
    model = SpanwiseRegressor(rounds=20).fit(X, X.u)
    found = inspection.accumulated_local_effects(model, X, "u")
    assert list(found.charts) == ["accumulated-local-effects"] and "u" in found.charts["accumulated-local-effects"].title
    assert "v" in inspection.partial_dependence(model, X, "v", [-1, 0, 1]).charts["partial-dependence"].title
    with pytest.raises(spanwise.SpanwiseError, match="found the feature 'w', expected one of u, v"):
        inspection.accumulated_local_effects(model, X, "w")
    with pytest.raises(spanwise.SpanwiseError, match="the level"):
        inspection.accumulated_local_effects(model, X, 0, level=95)
    with pytest.raises(ZeroDivisionError):
        inspection.accumulated_local_effects(lambda X: 1 / 0, X, 0)


def sound(charts):
    for chart in charts.values():
        assert chart.to_svg().startswith("<svg") and chart.to_png()[:4] == b"\x89PNG" and len(chart.to_frame()) > 0
        assert chart.to_plotly()["data"] and "def draw(ax)" in chart.to_matplotlib_code()


def test_results_show_themselves():
    X = R.normal(size=(60, 3))
    model = lambda X: X[:, 0] + X[:, 1] * X[:, 2]  # noqa: E731
    values = inspection.shapley_values(model, X, X[:20])
    assert list(values.charts)[0] == "summary" and "feature 0-contributions" in values.charts
    importance = inspection.permutation_importance(model, X, model(X))
    line = inspection.partial_dependence(model, X, 0, [-1, 0, 1])
    for charts in (values.charts, importance.charts, line.charts):
        sound(charts)
    base, answers, parts = values
    assert parts.shape == (60, 3) and len(copy.copy(values)) == 3


def test_explanations_of_estimators_show_themselves(fitted):
    model, data = fitted
    found = model.explain(data[:400])
    charts = found.charts
    assert list(charts)[0] == "summary" and {"a-contributions", "plan-contributions"} <= set(charts)
    sound(charts)
    values, base, names = found
    assert len(names) == 3 and list(found.by_column(["a", "b", "plan"]).charts) == ["summary"]
    assert list(pickle.loads(pickle.dumps(found)).charts) == list(charts)
    with pytest.raises(spanwise.SpanwiseError, match="interactions"):
        model.explain_interactions(data[:10]).charts
    many = SpanwiseClassifier(rounds=10).fit(data[["a", "b"]], pd.cut(data.a, 3, labels=["p", "q", "r"]).astype(str))
    assert {"summary-0", "summary-2"} <= set(many.explain(data[["a", "b"]]).charts)


def test_a_model_is_explained_as_the_command_line_does(fitted):
    model, data = fitted
    found = spanwise.explain(model, data)
    assert found.features[0]["name"] in ("a", "b") and found.n_explained == 1500
    assert {"summary", "a-effect", "a-contributions", "plan-effect"} <= set(found.charts)
    sound(found.charts)
    frame = found.effects_to_frame().to_pandas()
    plan = frame[frame.feature == "plan"].set_index("label")
    # plans are drawn apart from the rest: the effect is what the model itself makes of all rows with either plan
    with_plan = {level: model.predict(data.assign(plan=level)).mean() for level in "xz"}
    assert plan.accumulated["z"] - plan.accumulated["x"] == pytest.approx(with_plan["z"] - with_plan["x"], abs=0.02)
    assert plan.partial["z"] == pytest.approx(with_plan["z"], abs=1e-9)
    assert plan.accumulated @ plan.n == pytest.approx(0, abs=1e-6)
    assert (frame.accumulated_low <= frame.accumulated).all() and (frame.partial_low <= frame.partial).all()
    assert found.to_frame().to_pandas().strength.is_monotonic_decreasing
    assert "Which features does it look at?" in found.to_html() and "iframe" in found._repr_html_()
    assert pickle.loads(pickle.dumps(found)) == found
    close = spanwise.explain(model, data, features=["plan"])
    assert [one["name"] for one in close.features if one["close"]] == ["plan"]
    with pytest.raises(spanwise.SpanwiseError, match="is it `plan`"):
        spanwise.explain(model, data, features=["plam"])


def test_a_bundle_shows_what_its_story_shows(bundle):
    loaded = spanwise.load(bundle)
    assert {"reliability", "roc", "confusion", "drivers", "gains"} <= set(loaded.charts)
    sound(loaded.charts)
    (tn, fp), (fn, tp) = loaded.confusion
    assert loaded.metrics["recall"][0] == pytest.approx(tp / (tp + fn))
    frame = loaded.charts["confusion"].to_frame().to_pandas()
    assert len(frame) == 4


def test_densities_are_scipys():
    values, weights = R.gamma(2, 3, 400), R.uniform(size=400)
    for weight in (None, weights):
        theirs = scipy.stats.gaussian_kde(values, bw_method=0.3, weights=weight)
        width = float(np.sqrt(theirs.covariance[0, 0]))
        ours = stats.gaussian_kde(values, np.linspace(-5, 30, 50), bandwidth=width, weights=weight)
        np.testing.assert_allclose(ours.density, theirs(ours.at), rtol=1e-11)
        assert ours.rule == "fixed" and ours.bandwidth == width
    found = stats.gaussian_kde(np.r_[values, np.nan], bounds=(0, None))
    assert found.rule == "sheather-jones" and found.n_dropped == 1 and found.at[0] == 0
    assert np.trapezoid(found.density, found.at) == pytest.approx(1, abs=2e-3)
    assert stats.gaussian_kde(np.round(values / 3), bandwidth="silverman").rule == "silverman"
    for wrong in ({"bandwidth": "scott"}, {"bandwidth": 0.0}, {"bounds": (1, 0)}, {"bounds": (5, None)}, {"weights": [1.0]}):
        with pytest.raises(spanwise.SpanwiseError):
            stats.gaussian_kde(values, **wrong)
