"""Rows of a forest told by the trees that did not learn from them."""

import warnings

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.metrics import mean_absolute_error, r2_score

from spanwise import SpanwiseError
from spanwise.sklearn import (
    SpanwiseExtraTreesClassifier,
    SpanwiseExtraTreesRegressor,
    SpanwiseForestClassifier,
    SpanwiseForestRegressor,
)

RANDOM = np.random.default_rng(3)
X = RANDOM.normal(size=(600, 5))
SIGNAL = X[:, 0] + X[:, 1] * X[:, 2]
Y = SIGNAL + 0.5 * RANDOM.normal(size=600)


def test_numbers_are_told_about_as_well_as_by_other_libraries():
    ours = SpanwiseForestRegressor(oob_score=True).fit(X, Y)
    theirs = RandomForestRegressor(100, min_samples_leaf=5, max_features=1 / 3, oob_score=True, random_state=0).fit(X, Y)
    assert abs(ours.oob_score_ - theirs.oob_score_) < 0.05
    assert np.corrcoef(ours.oob_prediction_, theirs.oob_prediction_)[0, 1] > 0.95
    assert ours.oob_score_ == r2_score(Y, ours.oob_prediction_)
    assert ours.oob_score_ < ours.score(X, Y) - 0.05
    assert (SpanwiseForestRegressor().fit(X, Y).predict(X) == ours.predict(X)).all()


@pytest.mark.parametrize("n_classes", [2, 3])
def test_classes_are_told_by_their_shares(n_classes):
    names = np.array(["c", "a", "b"])
    y = names[np.digitize(SIGNAL, np.quantile(SIGNAL, np.arange(1, n_classes) / n_classes))]
    ours = SpanwiseForestClassifier(oob_score=True).fit(X, y)
    theirs = RandomForestClassifier(100, oob_score=True, random_state=0).fit(X, y)
    assert ours.oob_decision_function_.shape == (600, n_classes)
    np.testing.assert_allclose(ours.oob_decision_function_.sum(axis=1), 1.0, rtol=1e-12)
    assert abs(ours.oob_score_ - theirs.oob_score_) < 0.05
    told = ours.classes_[np.argmax(ours.oob_decision_function_, axis=1)]
    assert ours.oob_score_ == np.mean(told == y)


def test_a_row_is_told_the_same_wherever_it_stands_and_on_any_number_of_threads():
    order = RANDOM.permutation(len(X))
    first = SpanwiseForestRegressor(trees=30, oob_score=True).fit(X, Y)
    turned = SpanwiseForestRegressor(trees=30, oob_score=True, n_jobs=1).fit(X[order], Y[order])
    np.testing.assert_array_equal(turned.oob_prediction_, first.oob_prediction_[order])


def test_rows_without_weight_are_told_nothing_and_rows_without_a_tree_are_warned_of():
    weights = RANDOM.integers(0, 3, 600).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = SpanwiseForestRegressor(oob_score=True).fit(X, Y, sample_weight=weights)
    kept = weights > 0
    assert (np.isnan(model.oob_prediction_) == ~kept).all()
    told = model.oob_prediction_[kept]
    assert model.oob_score_ == r2_score(Y[kept], told, sample_weight=weights[kept])
    with pytest.warns(UserWarning, match="out of no tree's bag"):
        few = SpanwiseForestRegressor(trees=2, oob_score=True).fit(X, Y)
    is_told = ~np.isnan(few.oob_prediction_)
    assert 0.3 < is_told.mean() < 0.8 and few.oob_score_ == r2_score(Y[is_told], few.oob_prediction_[is_told])


def test_a_function_judges_and_another_fit_forgets():
    model = SpanwiseForestRegressor(oob_score=mean_absolute_error).fit(X, Y)
    assert model.oob_score_ == mean_absolute_error(Y, model.oob_prediction_)
    model.set_params(oob_score=False).fit(X, Y)
    assert not hasattr(model, "oob_score_") and not hasattr(model, "oob_prediction_")


def test_trees_that_learn_from_every_row_are_refused():
    for model in (
        SpanwiseForestRegressor(oob_score=True, bootstrap="no"),
        SpanwiseExtraTreesRegressor(oob_score=True),
        SpanwiseExtraTreesClassifier(oob_score=True, bootstrap=False),
    ):
        with pytest.raises(SpanwiseError, match='out of bag.*every row.*`bootstrap = "yes"`'):
            model.fit(X, SIGNAL > 0 if "Classifier" in type(model).__name__ else Y)
    for drawn in ({"row_sample": 0.5}, {"bootstrap": True}):
        model = SpanwiseExtraTreesRegressor(oob_score=True, **drawn).fit(X, Y)
        assert 0.2 < model.oob_score_ < 0.9 and not np.isnan(model.oob_prediction_).any()
    with pytest.raises(SpanwiseError, match="`oob_score` is 'yes', expected True"):
        SpanwiseForestRegressor(oob_score="yes").fit(X, Y)


def test_heavy_weights_are_named_where_they_leave_no_row_out():
    with pytest.warns(UserWarning, match="rows weigh 8 on average") as told:
        SpanwiseForestRegressor(trees=30, oob_score=True).fit(X, Y, np.full(600, 8.0))
    assert told[0].filename == __file__


def test_a_function_is_given_the_classes_and_a_fit_that_it_ends_leaves_no_model():
    y = np.where(SIGNAL > 0, "yes", "no")
    seen = []

    def judge(truths, told):
        seen.append((set(truths), set(told)))
        return 0.5

    model = SpanwiseForestClassifier(trees=30, oob_score=judge).fit(X, y)
    assert seen == [({"yes", "no"}, {"yes", "no"})] and model.oob_score_ == 0.5

    def fail(truths, told):
        raise ZeroDivisionError

    model.set_params(oob_score=fail)
    with pytest.raises(ZeroDivisionError):
        model.fit(X, y)
    assert not model.__sklearn_is_fitted__() and not hasattr(model, "oob_decision_function_")
