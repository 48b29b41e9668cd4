"""What any model does with its inputs, asked from outside.

A model is a function from an array of shape (n_rows, n_features) to answers of shape (n_rows,), or anything with
``predict_proba`` of two classes (the second's probability is asked), ``predict`` or ``margins``.
"""

from typing import Any, NamedTuple

from ._spanwise import inspection as _native

__all__ = [
    "PartialDependence",
    "PermutationImportance",
    "ShapleyValues",
    "partial_dependence",
    "permutation_importance",
    "shapley_values",
]


class PartialDependence(NamedTuple):
    """Answers along a grid of one feature's values.

    Attributes
    ----------
    mean : ndarray of shape (n_values,)
        The mean answer over the rows.
    each : ndarray of shape (n_rows, n_values)
        Each row's answers.
    """

    mean: Any
    each: Any


class PermutationImportance(NamedTuple):
    """By how much the loss rises when a feature's values are permuted.

    Attributes
    ----------
    loss : float
        The loss of the rows as they are.
    mean, deviation : ndarray of shape (n_features,)
        The mean rise and its standard deviation over repeats.
    each : ndarray of shape (n_features, n_repeats)
        Each rise.
    """

    loss: float
    mean: Any
    deviation: Any
    each: Any


class ShapleyValues(NamedTuple):
    """What each feature adds to the answers; with ``base`` the values add up to them, up to rounding.

    Attributes
    ----------
    base : float
        The mean answer over the background.
    answers : ndarray of shape (n_rows,)
        The answers.
    values : ndarray of shape (n_rows, n_features)
        What each feature adds.
    """

    base: float
    answers: Any
    values: Any


def partial_dependence(model, X, feature, grid):
    """How answers depend on one feature while the others stay as they are in ``X``.

    Parameters
    ----------
    model : callable or model
        What is asked, once for each value.
    X : array of shape (n_rows, n_features)
        The rows.
    feature : int
        The position of the feature.
    grid : array of shape (n_values,)
        The values to set it to; NaN asks what a missing one does.

    Returns
    -------
    PartialDependence

    References
    ----------
    J. H. Friedman (2001), Annals of Statistics 29, section 8.2; A. Goldstein et al. (2015), JCGS 24.
    """
    return PartialDependence(*_native.partial_dependence(_ask(model), _rows(X), feature, grid))


def permutation_importance(model, X, y, *, loss="squared", n_repeats=10, random_state=0):
    """By how much the loss rises when the values of a feature are permuted among the rows.

    Parameters
    ----------
    model : callable or model
        What is asked.
    X : array of shape (n_rows, n_features)
        The rows, best ones that were not learnt from.
    y : array of shape (n_rows,)
        The truth.
    loss : 'squared', 'absolute', 'log' or callable
        What is lost; a function takes ``y`` and answers and gives a number, less being better.
    n_repeats : int or None
        How many permutations are drawn; None takes all ``n_rows`` rotations, whose mean is the expectation over all
        permutations for a loss that is a mean over rows.
    random_state : int
        Where permutations are drawn from.

    Returns
    -------
    PermutationImportance

    References
    ----------
    L. Breiman (2001), Machine Learning 45; A. Fisher, C. Rudin, F. Dominici (2019), JMLR 20.
    """
    if callable(loss):
        lose = lambda answers: loss(y, answers)  # noqa: E731
    else:
        lose = lambda answers: _native.mean_loss(loss, y, answers)  # noqa: E731
    found = _native.permutation_importance(_ask(model), _rows(X), lose, n_repeats, random_state)
    return PermutationImportance(*found)


def shapley_values(model, X, background):
    """Interventional Shapley values by their definition, asking about every subset of features.

    For trees, ``explain(X, background)`` of an estimator gives the same without asking about subsets.

    Parameters
    ----------
    model : callable or model
        What is asked.
    X : array of shape (n_rows, n_features)
        The rows; at most 16 features.
    background : array of shape (n_background, n_features)
        Rows from which a feature outside of a subset takes its values.

    Returns
    -------
    ShapleyValues

    References
    ----------
    L. S. Shapley (1953), A value for n-person games; S. M. Lundberg, S.-I. Lee (2017), NeurIPS 30.
    """
    return ShapleyValues(*_native.shapley_values(_ask(model), _rows(X), _rows(background)))


def _ask(model):
    if hasattr(model, "predict_proba"):
        return lambda X: model.predict_proba(X)[:, 1]
    if hasattr(model, "predict"):
        return model.predict
    if hasattr(model, "margins"):
        return lambda X: model.margins(X, None)
    return model


def _rows(X):
    import numpy as np

    return np.ascontiguousarray(X, dtype=np.float64)
