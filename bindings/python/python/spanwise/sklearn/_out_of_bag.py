"""What rows are told by the trees of a forest that did not learn from them."""

import warnings

import numpy as np
from sklearn.metrics import accuracy_score, r2_score

#: What a fit with ``oob_score`` leaves.
ATTRIBUTES = ("oob_score_", "oob_decision_function_", "oob_prediction_")


def clear_out_of_bag(estimator):
    """Takes away what an earlier fit left."""
    for name in ATTRIBUTES:
        estimator.__dict__.pop(name, None)


def tell_out_of_bag(estimator, told, y, weights):
    """Sets what rows are told and how good that is: ``told`` are probabilities for codes of classes, else numbers.

    Rows that no tree tells are NaN, and are not judged; others are judged by their weight.
    """
    told = np.asarray(told)
    are_classes = told.ndim == 2
    is_told = ~np.isnan(told[:, 0] if are_classes else told)
    score = _score(estimator, told, y, weights, is_told)
    setattr(estimator, "oob_decision_function_" if are_classes else "oob_prediction_", told)
    counts = np.ones(len(told), dtype=bool) if weights is None else weights > 0
    if not is_told[counts].all():
        warnings.warn(
            f"{np.sum(counts & ~is_told)} rows are out of no tree's bag and have no out-of-bag prediction: " + _why(weights),
            UserWarning,
            stacklevel=5,
        )
    estimator.oob_score_ = score


def _why(weights):
    mean = 1.0 if weights is None else np.mean(weights[weights > 0])
    if mean < 2:
        return "there are too few trees to judge by them"
    return (
        f"rows weigh {mean:.3g} on average, as so many equal rows do, and a tree seldom leaves out all of them; "
        "weights of a mean of 1 would do"
    )


def _score(estimator, told, y, weights, rows):
    if not rows.any():
        return np.nan
    are_classes = told.ndim == 2
    predicted = np.argmax(told[rows], axis=1) if are_classes else told[rows]
    if callable(estimator.oob_score):
        named = (lambda codes: estimator.classes_[codes]) if are_classes else np.asarray
        return estimator.oob_score(named(y[rows]), named(predicted))
    usual = accuracy_score if are_classes else r2_score
    return float(usual(y[rows], predicted, sample_weight=None if weights is None else weights[rows]))
