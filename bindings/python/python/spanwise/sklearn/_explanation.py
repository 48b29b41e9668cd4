"""Why margins are what they are: contributions of features, and of pairs of them."""

from typing import Any, NamedTuple

import numpy as np

from .._charts import Charts as _Charts
from .._spanwise import SpanwiseError
from .._spanwise import explanation_charts as _explanation_charts
from .._spanwise.inspection import contribution_charts as _contribution_charts
from ._given import declared


class _Parts(NamedTuple):
    values: Any
    base_values: Any
    feature_names: list


class Explanation(_Parts):
    """What each feature adds to the margins of some rows.

    ``base_values`` plus the sum of ``values`` over the features is the margin, bit for bit and in any order.

    Attributes
    ----------
    values : ndarray of shape (n_rows, n_features) or (n_rows, n_features, n_outputs)
        The contributions, in the unit of the margin.
    base_values : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        What is said of a row of which nothing is known.
    feature_names : list of str
        The features in the order of the contributions. A column of plain numbers, truths or text is one feature of its
        own name; one of days or times is several, its parts: ``d`` is told by ``d.epoch_days``, ``d.month``, ``d.day``,
        ``d.weekday`` and ``d.hour``. What the column adds is the sum of what its parts add: :meth:`by_column`.
    """

    # the model and the rows that it explained, for pictures; pickles hold them
    _explained = None

    @property
    def charts(self):
        """The pictures by name: ``summary``, and ``FEATURE-contributions`` of the twelve strongest features whose values are
        known; of several outputs each name ends in the output's position."""
        if np.ndim(self.values) != np.ndim(self.base_values) + 1:
            raise SpanwiseError("found interactions of pairs, expected contributions of features")
        if np.ndim(self.values) == 2:
            return _Charts(self._drawn(self.values))
        outputs = range(self.values.shape[2])
        return _Charts([(f"{name}-{at}", chart) for at in outputs for name, chart in self._drawn(self.values[:, :, at])])

    def _drawn(self, values):
        values = np.ascontiguousarray(values, dtype=np.float64)
        if self._explained is None:
            return _contribution_charts(list(self.feature_names), values, None)
        model, rows = self._explained
        return _explanation_charts(model.bundle, rows, values)

    def by_column(self, columns):
        """The contributions of columns: those of a column's parts are added up, which keeps the sum bit for bit.

        Parameters
        ----------
        columns : list of str
            The columns learnt from, such as ``model.feature_names_in_``.

        Returns
        -------
        Explanation
            With one feature for each column, in their order.
        """
        if np.ndim(self.values) != np.ndim(self.base_values) + 1:
            raise SpanwiseError("found interactions of pairs, expected contributions of features")
        columns = [str(name) for name in columns]
        places = [_column_of(feature, columns) for feature in self.feature_names]
        values = np.zeros((len(self.values), len(columns), *self.values.shape[2:]))
        for feature, place in enumerate(places):
            values[:, place] += self.values[:, feature]
        return Explanation(values, self.base_values, columns)


class Explaining:
    """What estimators say of their margins."""

    def explain(self, X, background=None):
        """What each feature adds to the margin of each row: SHAP values.

        Parameters
        ----------
        X : array or data frame of shape (n_rows, n_features)
            The rows.
        background : array or data frame, optional
            Rows from which an unknown feature takes its values (interventional); without them, the shares of training
            rows in the trees stand for it (path-dependent).

        Returns
        -------
        Explanation
            Whose values add up to :meth:`margin`, bit for bit.
        """
        rows = self._rows(X)
        if background is not None:
            background = self._rows(background)
        base, values = self._model.explain(rows, background, n_jobs=declared(self, "n_jobs"))
        found = Explanation(values, base, self._model.bundle.features)
        found._explained = (self._model, rows)
        return found

    def explain_interactions(self, X):
        """How pairs of features act together on the margin of each row: SHAP interaction values, path-dependent.

        Parameters
        ----------
        X : array or data frame of shape (n_rows, n_features)
            The rows.

        Returns
        -------
        Explanation
            Whose ``values``, of shape (n_rows, n_features, n_features) or (n_rows, n_features, n_features, n_outputs),
            are symmetric in the features and add up over both to what :meth:`margin` tells beyond ``base_values``.
        """
        rows = self._rows(X)
        base, values = self._model.interactions(rows, n_jobs=declared(self, "n_jobs"))
        return Explanation(values, base, self._model.bundle.features)


def _column_of(feature, columns):
    """The position of the column that a feature is, or is a part of."""
    for name in (feature, feature.rpartition(".")[0]):
        if name in columns:
            return columns.index(name)
    raise SpanwiseError(f"found the feature {feature!r}, expected one of the columns {', '.join(columns)}")
