"""What the estimators do between scikit-learn and the engine: check, hand over, hand back."""

import os
import sys
import time
from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    _check_sample_weight,
    assert_all_finite,
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
    validate_data,
)

from .. import _spanwise
from .._frames import check_collected, without_intervals
from .._spanwise import Model, SpanwiseError
from ._before import bundle_before
from ._dense import dense, dense_frame
from ._explanation import Explaining
from ._given import check_declared, column_asked, columns_asked, declared, directions
from ._held_out import held_out, of_own_row
from ._out_of_bag import clear_out_of_bag, tell_out_of_bag
from ._queries import query_codes, query_weights

#: Parameters of the shell; all others are the engine's.
OURS = {
    "budget",
    "categorical_features",
    "class_weight",
    "contamination",
    "interval_groups",
    "intervals",
    "n_jobs",
    "oob_score",
    "random_state",
    "verbose",
}

#: How rows of plain numbers are checked.
NUMBERS = {"dtype": (np.float64, np.float32), "ensure_all_finite": "allow-nan", "accept_sparse": "csc"}


class Shell(Explaining):
    """What all estimators share."""

    #: What ``eval_set`` may hold.
    _held_out_parts = ("X", "y", "sample_weight")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.sparse = True
        tags.input_tags.categorical = True
        tags.target_tags.required = True
        return tags

    @property
    def feature_importances_(self):
        """What share of what the trees tell apart the splits on each feature make; adds up to 1."""
        check_is_fitted(self)
        return self._model.importances()

    @property
    def n_trees_(self):
        """How many trees the model has."""
        check_is_fitted(self)
        return self._model.n_trees

    @property
    def bundle_(self):
        """The fitted bundle, a :class:`spanwise.Bundle`."""
        check_is_fitted(self)
        return self._model.bundle

    def margin(self, X):
        """The raw scores that contributions add up to, of shape (n_rows,) or (n_rows, n_outputs)."""
        return self._ask("margins", X)

    def apply(self, X):
        """The leaf that each row reaches in each tree, of shape (n_rows, n_trees)."""
        rows = self._rows(X)
        return self._model.leaves(rows)

    def to_bundle(self, path, name=None):
        """Writes the bundle that ``spanwise serve`` and ``spanwise score`` take.

        Parameters
        ----------
        path : str or path-like
            The file; it is written whole or not at all.
        name : str, optional
            What the model is called in it.
        """
        check_is_fitted(self)
        model = self._model if name is None else self._model.named(name)
        model.save(os.fspath(path))

    @classmethod
    def from_bundle(cls, path):
        """A fitted estimator of a bundle's file, with parameters at their defaults.

        Classes are the texts that the bundle names them by, or whole numbers if all texts are.
        """
        return cls._of(Model.load(os.fspath(path)))

    @classmethod
    def _of(cls, model):
        estimator = cls()
        estimator._model = model
        estimator._is_frame = not model.takes_arrays
        estimator.n_features_in_ = len(model.inputs)
        if model.inputs != _numbered(len(model.inputs)):
            estimator.feature_names_in_ = np.asarray(model.inputs, dtype=object)
        return estimator

    def _ask(self, what, X):
        rows = self._rows(X)
        return getattr(self._model, what)(rows, declared(self, "n_jobs"))

    def _rows(self, X):
        """Rows to answer, checked against the rows learnt from."""
        check_is_fitted(self)
        X = _plain(X)
        if self._is_frame:
            validate_data(self, X, reset=False, skip_check_array=True)
            return self._frame(X)
        return self._array(X, reset=False)

    def _frame(self, X):
        """X as a table that crosses through Arrow."""
        if hasattr(X, "__arrow_c_stream__"):
            return X
        X = np.ascontiguousarray(dense(X), dtype=np.float64)
        return _spanwise.table_of_array(X, self._names())

    def _names(self):
        names = getattr(self, "feature_names_in_", None)
        return _numbered(self.n_features_in_) if names is None else [str(name) for name in names]

    def _array(self, X, **options):
        return _without_gaps(validate_data(self, X, **NUMBERS, **options))

    def _learn(
        self,
        X,
        y,
        *,
        classes=None,
        query=None,
        weights=None,
        contamination=None,
        intervals=None,
        eval_set=None,
        to_target=None,
        before=None,
        judged_by=None,
    ):
        """Hands rows and target over; ``to_target`` turns the target of ``eval_set`` into what ``y`` is already.

        ``judged_by`` are the caller's weights, by which rows out of bag are judged.
        """
        tables, targets, all_weights = [X], [y], [weights]
        if eval_set is not None:
            more, *told = held_out(eval_set, self._held_out_parts)
            more = _plain(more)
            more = self._frame(more) if self._is_frame else self._array(more, reset=False)
            target, query, weight = to_target(more, told, query)
            tables.append(more)
            targets.append(target)
            all_weights.append(weight)
        if all(weight is None for weight in all_weights):
            weights = None
        else:
            full = [np.ones(len(t)) if w is None else w for w, t in zip(all_weights, tables)]
            weights = np.concatenate(full)
        n_learnt = 0 if y is None else len(y)
        names = self._names()
        try:
            model, losses, trials, out_of_bag = _spanwise.fit(
                self._trainer,
                tables,
                None if y is None else np.concatenate(targets),
                parameters=self._parameters(),
                names=names,
                categories=self._categories(names),
                classes=classes,
                query=query,
                weights=weights,
                contamination=contamination,
                intervals=intervals,
                seed=_seed(self.random_state),
                n_jobs=self.n_jobs,
                target=self._target,
                progress=_Told() if self.verbose else None,
                budget=getattr(self, "budget", None),
                before=before,
                out_of_bag=bool(getattr(self, "oob_score", False)),
                interval_groups=column_asked(getattr(self, "interval_groups", None), names),
            )
        except SpanwiseError as error:
            raise of_own_row(error, n_learnt, weights) from None
        self.validation_losses_ = losses
        if hasattr(self, "budget"):
            self.trials_ = trials
            self.chosen_params_ = _chosen(trials)
        if out_of_bag is not None:
            tell_out_of_bag(self, out_of_bag, y, judged_by)
        self._model = model
        return self

    def _parameters(self):
        """The engine's parameters by name."""
        parameters = {name: value for name, value in self.get_params(deep=False).items() if name not in OURS}
        if "monotone" in parameters:
            parameters["monotone"] = directions(parameters["monotone"])
        return parameters

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_model")

    def _before(self, init_model):
        """The bundle that a fit goes on from, which may be this estimator's own; whatever it is, none stays behind."""
        try:
            return bundle_before(init_model)
        finally:
            self.__dict__.pop("_model", None)

    def _begin(self):
        """Checks the shell's parameters; a fit that ends early leaves no model, least of all one of older rows."""
        self.__dict__.pop("_model", None)
        clear_out_of_bag(self)
        check_declared(self)

    def _take(self, X, y, before=None, **options):
        """Rows and target to learn from, checked; rows of anything but numbers stay a data frame, also those of ``before``."""
        self._begin()
        self._target = str(getattr(y, "name", None) or "target")
        X = _plain(X)
        self._is_frame = self._needs_frame(X) or (before is not None and not before.takes_arrays)
        if not self._is_frame:
            X, y = validate_data(self, X, y, **NUMBERS, **options)
            return _without_gaps(X), y
        validate_data(self, X, y, skip_check_array=True)
        y = column_or_1d(y, warn=True)
        assert_all_finite(y, input_name="y")
        check_consistent_length(X, y)
        return self._frame(X), y

    def _needs_frame(self, X):
        groups = getattr(self, "interval_groups", None)
        return _holds_categories(X) or _is_given(self.categorical_features) or groups is not None

    def _categories(self, names):
        """The names of the columns that are categories, or None for those of such a type."""
        return columns_asked(self.categorical_features, names)


class Classifier(Shell):
    """Tells classes and their probabilities."""

    def fit(self, X, y, sample_weight=None):
        """Learns from rows and their classes.

        Parameters
        ----------
        X : array or data frame of shape (n_rows, n_features)
            The rows; missing numbers are NaN.
        y : array of shape (n_rows,)
            The classes, of any type that sorts.
        sample_weight : array of shape (n_rows,), optional
            How often each row counts: a whole number equals so many equal rows, zero no row.

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight)

    def _fit(self, X, y, sample_weight, eval_set=None, init_model=None):
        before = self._before(init_model)
        X, y = self._take(X, y, before)
        check_classification_targets(y)
        weights = given = _weights(sample_weight, X)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if self.class_weight is not None:
            by_class = compute_class_weight(
                self.class_weight, classes=self.classes_, y=y, sample_weight=weights
            )
            weights = by_class[codes] * (1.0 if weights is None else weights)

        def to_target(X, told, query):
            y, *weight = told
            codes = np.searchsorted(self.classes_, column_or_1d(y))
            known = codes < len(self.classes_)
            if not known.all() or (self.classes_[codes] != np.asarray(y)).any():
                raise SpanwiseError("`eval_set` holds a class that `y` does not, expected the same classes")
            return codes.astype(np.int64), query, _weights(weight[0] if weight else None, X)

        names = [str(name) for name in self.classes_]
        return self._learn(
            X,
            codes.astype(np.int64),
            classes=names,
            weights=weights,
            eval_set=eval_set,
            to_target=to_target,
            before=before,
            judged_by=given,
        )

    def predict(self, X):
        """The class decided for, of shape (n_rows,)."""
        decisions = self._ask("decisions", X)
        return self.classes_[decisions]

    def predict_proba(self, X):
        """The probability of each class, of shape (n_rows, n_classes), in the order of ``classes_``."""
        return self._ask("probabilities", X)

    @classmethod
    def _of(cls, model):
        _check_task(model, {"classification"})
        estimator = super()._of(model)
        classes = model.bundle.classes
        is_whole = all(name.lstrip("-").isdigit() and str(int(name)) == name for name in classes)
        estimator.classes_ = np.asarray([int(name) for name in classes] if is_whole else classes)
        return estimator


class BoostedClassifier(Classifier):
    """Tells classes by log-odds, round by round."""

    def fit(self, X, y, sample_weight=None, *, eval_set=None, init_model=None):
        """Learns from rows and their classes.

        Parameters
        ----------
        X : array or data frame of shape (n_rows, n_features)
            The rows; missing numbers are NaN.
        y : array of shape (n_rows,)
            The classes, of any type that sorts.
        sample_weight : array of shape (n_rows,), optional
            How often each row counts: a whole number equals so many equal rows, zero no row.
        eval_set : (X, y) or (X, y, sample_weight), optional
            Rows that are not learnt from: the round after which they are told best is the last.
        init_model : estimator, spanwise.Bundle, str or path-like, optional
            Boosted trees to go on from: a fitted estimator, a bundle, or a bundle's file. Margins start from its own, and
            ``rounds`` (or those that ``eval_set`` ends) more are added to its trees. Its recipe is kept: columns, classes
            and the meaning of margins must be the same.

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight, eval_set, init_model)

    def decision_function(self, X):
        """The margins: log-odds of the second of two classes, else one for each class."""
        return self._ask("margins", X)


class Regressor(Shell):
    """Tells numbers."""

    def fit(self, X, y, sample_weight=None):
        """Learns from rows and their numbers.

        Parameters
        ----------
        X : array or data frame of shape (n_rows, n_features)
            The rows; missing numbers are NaN.
        y : array of shape (n_rows,)
            The numbers.
        sample_weight : array of shape (n_rows,), optional
            How often each row counts: a whole number equals so many equal rows, zero no row.

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight)

    def _fit(self, X, y, sample_weight, eval_set=None, init_model=None):
        before = self._before(init_model)
        X, y = self._take(X, y, before, y_numeric=True)

        def to_target(X, told, query):
            y, *weight = told
            return _numbers(column_or_1d(y)), query, _weights(weight[0] if weight else None, X)

        weights = _weights(sample_weight, X)
        return self._learn(
            X,
            _numbers(y),
            weights=weights,
            intervals=None if self.intervals is None else float(self.intervals),
            eval_set=eval_set,
            to_target=to_target,
            before=before,
            judged_by=weights,
        )

    def predict(self, X):
        """The numbers predicted, of shape (n_rows,); several ``quantiles`` give (n_rows, n_quantiles), rising."""
        return self._ask("predictions", X)

    def predict_interval(self, X):
        """The ends between which the truth lies as often as ``intervals`` says, of shape (n_rows, 2).

        Parameters
        ----------
        X : array or data frame of shape (n_rows, n_features)
            The rows.

        Returns
        -------
        ndarray of shape (n_rows, 2)
            The lower end and the upper one; both belong to the interval.
        """
        found = self._ask("intervals", X)
        if found is None:
            raise SpanwiseError("found a model without intervals, expected one fitted with `intervals=0.9` or another share")
        return found

    @classmethod
    def _of(cls, model):
        _check_task(model, {"regression"})
        return super()._of(model)


class BoostedRegressor(Regressor):
    """Tells numbers, round by round."""

    def fit(self, X, y, sample_weight=None, *, eval_set=None, init_model=None):
        """Learns from rows and their numbers.

        Parameters
        ----------
        X : array or data frame of shape (n_rows, n_features)
            The rows; missing numbers are NaN.
        y : array of shape (n_rows,)
            The numbers.
        sample_weight : array of shape (n_rows,), optional
            How often each row counts: a whole number equals so many equal rows, zero no row.
        eval_set : (X, y) or (X, y, sample_weight), optional
            Rows that are not learnt from: the round after which they are told best is the last.
        init_model : estimator, spanwise.Bundle, str or path-like, optional
            Boosted trees to go on from: a fitted estimator, a bundle, or a bundle's file. Margins start from its own, and
            ``rounds`` (or those that ``eval_set`` ends) more are added to its trees. Its recipe is kept: columns, classes
            and the meaning of margins must be the same.

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight, eval_set, init_model)


class Ranker(Shell):
    """Puts the rows of a query in order."""

    _held_out_parts = ("X", "y", "qid", "query_weight")

    def fit(self, X, y, *, qid=None, query_weight=None, eval_set=None, init_model=None):
        """Learns from rows, how well they answer, and what they answer.

        Parameters
        ----------
        X : array or data frame of shape (n_rows, n_features)
            The rows; missing numbers are NaN.
        y : array of shape (n_rows,)
            The relevance, from 0 to 31.
        qid : array of shape (n_rows,), optional
            The query of each row, of any type that sorts; without it all rows answer one query.
        query_weight : array of shape (n_rows,), optional
            How often the query of each row counts, the same for all of its rows: a whole number equals so many equal
            queries, zero no query. Rows of a query have no weights of their own, because pairs of them are learnt from.
        eval_set : (X, y, qid) or (X, y, qid, query_weight), optional
            Rows that are not learnt from: the round after which they are ordered best is the last.
        init_model : estimator, spanwise.Bundle, str or path-like, optional
            Boosted trees to go on from: a fitted estimator, a bundle, or a bundle's file. Margins start from its own, and
            ``rounds`` (or those that ``eval_set`` ends) more are added to its trees. Its recipe is kept: columns and
            the meaning of margins must be the same.

        Returns
        -------
        self
        """
        before = self._before(init_model)
        X, y = self._take(X, y, before, y_numeric=True)

        query = query_codes(qid, len(y))

        def to_target(X, told, query):
            y, *more = told
            codes = query_codes(more[0] if more else None, len(y))
            weights = query_weights(more[1] if len(more) > 1 else None, codes, X)
            # A query is learnt from or held out, never both.
            return _numbers(column_or_1d(y)), np.concatenate([query, codes + query.max() + 1]), weights

        return self._learn(
            X,
            _numbers(y),
            query=query,
            weights=query_weights(query_weight, query, X),
            eval_set=eval_set,
            to_target=to_target,
            before=before,
        )

    def predict(self, X):
        """A score for each row, of shape (n_rows,): within a query, higher comes first."""
        return self._ask("margins", X)

    @classmethod
    def _of(cls, model):
        _check_task(model, {"ranking", "regression"})
        return super()._of(model)


class IsolationForest(Shell):
    """Tells how unlike the others a row is."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = False
        return tags

    def fit(self, X, y=None, sample_weight=None):
        """Learns what rows are like.

        Parameters
        ----------
        X : array or data frame of shape (n_rows, n_features)
            The rows; missing numbers are NaN.
        y : ignored
            Here for pipelines.
        sample_weight : array of shape (n_rows,), optional
            How often each row counts: a whole number equals so many equal rows, zero no row.

        Returns
        -------
        self
        """
        self._begin()
        X = _plain(X)
        self._target, self._is_frame = "", self._needs_frame(X)
        if self._is_frame:
            validate_data(self, X, skip_check_array=True)
            X = self._frame(X)
        else:
            X = self._array(X)
        share = None if self.contamination == "auto" else float(self.contamination)
        return self._learn(X, None, weights=_weights(sample_weight, X), contamination=share)

    @property
    def offset_(self):
        """What :meth:`score_samples` must fall below to be an anomaly."""
        check_is_fitted(self)
        return -np.nextafter(self._model.threshold, 0)

    def score_samples(self, X):
        """Minus the score of each row, of shape (n_rows,): near -1 for an anomaly, about -0.5 for ordinary rows."""
        return -self._ask("predictions", X)

    def decision_function(self, X):
        """How far the scores lie above ``offset_``, of shape (n_rows,); anomalies are below 0."""
        return self.score_samples(X) - self.offset_

    def predict(self, X):
        """-1 for an anomaly, 1 for other rows, of shape (n_rows,)."""
        return np.where(self._ask("decisions", X) == 1, -1, 1)

    @classmethod
    def _of(cls, model):
        _check_task(model, {"anomaly"})
        return super()._of(model)


class _Told:
    """Says on stderr how far the training is, twice a second at most."""

    def __init__(self):
        self.next = 0.0

    def __call__(self, round_, n_rounds, loss, choosing):
        if time.monotonic() < self.next:
            return
        self.next = time.monotonic() + 0.5
        told = "" if loss is None else f", held-out loss {loss:.6g}"
        doing = "choosing rounds" if choosing else "learning"
        print(f"spanwise: {doing}: round {round_} of at most {n_rounds}{told}", file=sys.stderr)


def _check_task(model, expected):
    if model.task not in expected:
        raise SpanwiseError(
            f"found a bundle of the task {model.task!r}, expected one of {' or '.join(sorted(expected))}"
        )


def _holds_categories(X):
    """Whether X is a data frame with columns that are no plain numbers."""
    if not hasattr(X, "__arrow_c_stream__"):
        return False
    if "pandas" not in type(X).__module__:
        return True  # Arrow crosses without a copy, numbers too
    return not all(dtype.kind in "iuf" for dtype in X.dtypes)


def _plain(X):
    """Rows of types that the engine takes."""
    check_collected(X)
    return without_intervals(dense_frame(X))


def _is_given(categorical_features):
    return categorical_features is not None and not isinstance(categorical_features, str)


def _numbered(n_features):
    return [f"x{position}" for position in range(n_features)]


def _without_gaps(X):
    X = dense(X)
    return X if X.flags.c_contiguous or X.flags.f_contiguous else np.ascontiguousarray(X)


def _numbers(y):
    return np.ascontiguousarray(y, dtype=np.float64)


def _weights(sample_weight, X):
    if sample_weight is None:
        return None
    return _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)


def _chosen(trials):
    """The parameters of the best trial with its rounds; empty without a search."""
    if not trials:
        return {}
    best = min(trials, key=lambda trial: trial["loss"])
    return {**best["params"], "rounds": best["rounds"]}


def _seed(random_state):
    if isinstance(random_state, Integral) and 0 <= random_state:
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))
