"""Estimators after scikit-learn's conventions, thin shells of the engine in Rust.

    from spanwise.sklearn import SpanwiseClassifier
    model = SpanwiseClassifier().fit(X, y)
    model.predict_proba(X)
    model.explain(X).values          # add up to the margin, bit for bit
    model.to_bundle("churn.bundle")  # `spanwise serve churn.bundle` takes it

Arrays hold plain numbers, missing ones as NaN. Of a data frame, text, categorical, truth, day and time columns are
taken as they are. The same rows, parameters and ``random_state`` give the same bits on any number of threads.
"""

from ._estimators import (
    SpanwiseClassifier,
    SpanwiseExtraTreesClassifier,
    SpanwiseExtraTreesRegressor,
    SpanwiseForestClassifier,
    SpanwiseForestRegressor,
    SpanwiseIsolationForest,
    SpanwiseRanker,
    SpanwiseRegressor,
)
from ._explanation import Explanation

__all__ = [
    "Explanation",
    "SpanwiseClassifier",
    "SpanwiseExtraTreesClassifier",
    "SpanwiseExtraTreesRegressor",
    "SpanwiseForestClassifier",
    "SpanwiseForestRegressor",
    "SpanwiseIsolationForest",
    "SpanwiseRanker",
    "SpanwiseRegressor",
]
