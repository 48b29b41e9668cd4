"""Intervals and sets of classes that hold the truth as often as promised, whatever the model.

    scores = spanwise.conformal.absolute_scores(y, model.predict(X))   # of held-out rows
    q = spanwise.conformal.quantile(scores, level=0.9)
    spanwise.conformal.around(model.predict(new), q)                   # 90 % of them hold the truth

The promise holds on average over rows; `group_quantiles` keeps it in each group.
"""

from ._spanwise.conformal import (
    absolute_scores,
    adaptive_scores,
    adaptive_sets,
    around,
    around_scaled,
    class_scores,
    class_sets,
    coverage,
    group_quantiles,
    quantile,
    quantile_scores,
    scaled_scores,
    widened,
)

__all__ = [
    "absolute_scores",
    "adaptive_scores",
    "adaptive_sets",
    "around",
    "around_scaled",
    "class_scores",
    "class_sets",
    "coverage",
    "group_quantiles",
    "quantile",
    "quantile_scores",
    "scaled_scores",
    "widened",
]
