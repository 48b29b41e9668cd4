"""What any model does with its inputs, asked from outside.

A model is a function from an array of shape (n_rows, n_features) to answers of shape (n_rows,), or anything with
``predict_proba`` of two classes (the second's probability is asked), ``predict`` or ``margins``.
"""

from typing import Any, NamedTuple

from ._charts import Charts as _Charts
from ._spanwise import inspection as _native

__all__ = [
    "AccumulatedEffects",
    "PartialDependence",
    "PermutationImportance",
    "ShapleyValues",
    "accumulated_local_effects",
    "partial_dependence",
    "permutation_importance",
    "shapley_values",
]


class _Effects(NamedTuple):
    at: Any
    value: Any
    low: Any
    high: Any
    n: Any
    n_missing: int


class AccumulatedEffects(_Effects):
    """What answers do as one feature moves.

    Attributes
    ----------
    at : ndarray of shape (n_places,)
        The ends of the bins.
    value, low, high : ndarray of shape (n_places,)
        The effect at each with its interval, in the unit of the answers; its mean over the rows is 0.
    n : ndarray of shape (n_places,)
        The rows between an end and the one before it.
    n_missing : int
        Rows left out because their value is missing.
    """

    level, name = 0.95, "feature"

    @property
    def charts(self):
        """The picture, by the name ``accumulated-local-effects``."""
        drawn = _native.accumulated_chart(self.name, self.at, self.value, self.low, self.high, self.level)
        return _Charts([("accumulated-local-effects", drawn)])


class _Dependence(NamedTuple):
    mean: Any
    each: Any


class PartialDependence(_Dependence):
    """Answers along a grid of one feature's values.

    Attributes
    ----------
    mean : ndarray of shape (n_values,)
        The mean answer over the rows.
    each : ndarray of shape (n_rows, n_values)
        Each row's answers.
    """

    grid, name = None, "feature"

    @property
    def charts(self):
        """The picture, by the name ``partial-dependence``: the mean, and the middle 80% of the rows' own answers."""
        import numpy as np

        grid = np.arange(len(self.mean)) if self.grid is None else self.grid
        return _Charts([("partial-dependence", _native.partial_chart(self.name, grid, self.mean, _rows(self.each)))])


class _Importance(NamedTuple):
    loss: float
    mean: Any
    deviation: Any
    each: Any


class PermutationImportance(_Importance):
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

    names = None

    @property
    def charts(self):
        """The picture, by the name ``importance``: mean rises and their deviations, largest first."""
        names = _named(self.names, len(self.mean))
        return _Charts([("importance", _native.importance_chart(names, self.mean, self.deviation))])


class _Values(NamedTuple):
    base: float
    answers: Any
    values: Any


class ShapleyValues(_Values):
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

    data, names = None, None

    @property
    def charts(self):
        """The pictures by name: ``summary``, and ``FEATURE-contributions`` of the twelve strongest features."""
        names = _named(self.names, len(self.values[0]))
        return _Charts(_native.contribution_charts(names, _rows(self.values), self.data))


def accumulated_local_effects(model, X, feature, *, n_bins=20, level=0.95):
    """What answers do as one feature moves, by small steps that rows could take.

    Each row is moved to both ends of the bin in which its value lies; the mean changes are added up along the feature and
    centred over the rows. Other than in partial dependence, what features that go with this one do is not counted as its
    own. Intervals say what other rows of the same kind would change; the model and the bins are taken as given.

    Parameters
    ----------
    model : callable or model
        What is asked, twice.
    X : array or data frame of shape (n_rows, n_features)
        The rows.
    feature : int or str
        The position of the feature, or its name in a data frame.
    n_bins : int
        How many bins of about equally many rows; lowered so that each has ten.
    level : float
        The confidence level of the intervals, each by itself.

    Returns
    -------
    AccumulatedEffects

    References
    ----------
    D. W. Apley, J. Zhu (2020), Journal of the Royal Statistical Society B 82, 1059-1086.
    """
    place, name = _place(X, feature)
    n, n_missing, (at, value, low, high) = _native.accumulated_local_effects(_ask(model, X), _rows(X), place, n_bins, level)
    found = AccumulatedEffects(at, value, low, high, n, n_missing)
    found.level, found.name = level, name
    return found


def partial_dependence(model, X, feature, grid):
    """How answers depend on one feature while the others stay as they are in ``X``.

    Parameters
    ----------
    model : callable or model
        What is asked, once for each value.
    X : array of shape (n_rows, n_features)
        The rows.
    feature : int or str
        The position of the feature, or its name in a data frame.
    grid : array of shape (n_values,)
        The values to set it to; NaN asks what a missing one does.

    Returns
    -------
    PartialDependence

    References
    ----------
    J. H. Friedman (2001), Annals of Statistics 29, section 8.2; A. Goldstein et al. (2015), JCGS 24.
    """
    place, name = _place(X, feature)
    found = PartialDependence(*_native.partial_dependence(_ask(model, X), _rows(X), place, grid))
    found.grid, found.name = grid, name
    return found


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
    found = PermutationImportance(*_native.permutation_importance(_ask(model, X), _rows(X), lose, n_repeats, random_state))
    found.names = _columns(X)
    return found


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
    found = ShapleyValues(*_native.shapley_values(_ask(model, X), _rows(X), _rows(background)))
    found.data, found.names = _rows(X), _columns(X)
    return found


def _ask(model, X):
    """The model as a function of arrays; one that learnt from a data frame is asked with its names."""
    import numpy as np

    names = _columns(X) if hasattr(model, "feature_names_in_") else None
    if hasattr(model, "predict_proba"):
        answer = lambda X: model.predict_proba(X)[:, 1]  # noqa: E731
    elif hasattr(model, "predict"):
        answer = model.predict
    elif hasattr(model, "margins"):
        answer = lambda X: model.margins(X, None)  # noqa: E731
    else:
        return model
    if names is None:
        return answer
    # pandas says `columns`, Polars `schema`
    word = "columns" if hasattr(X, "iloc") else "schema"
    return lambda rows: answer(type(X)(np.asarray(rows), **{word: names}))


def _columns(X):
    """The names of a data frame's columns; None of what has none."""
    names = getattr(X, "columns", None)
    return None if names is None else [str(name) for name in names]


def _named(names, n):
    return names or [f"feature {place}" for place in range(n)]


def _place(X, feature):
    """The position of a feature and its name."""
    names = _columns(X)
    if not isinstance(feature, str):
        if feature < 0:
            from ._spanwise import SpanwiseError

            raise SpanwiseError(f"found the feature {feature}, expected a position from 0" + (f" to {len(names) - 1}" if names else ""))
        return feature, _named(names, feature + 1)[feature] if names is None or feature < len(names) else f"feature {feature}"
    if names is None or feature not in names:
        from ._spanwise import SpanwiseError

        raise SpanwiseError(f"found the feature {feature!r}, expected " + (f"one of {', '.join(names)}" if names else "a position"))
    return names.index(feature), feature


def _rows(X):
    import numpy as np

    return np.ascontiguousarray(X, dtype=np.float64)
