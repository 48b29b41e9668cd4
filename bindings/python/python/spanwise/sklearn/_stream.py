"""Learning from rows that are never held together."""

from .. import _spanwise
from .._spanwise import SpanwiseError
from ._shell import _seed, _Told


class Streamed:
    """Boosted trees that learn from files or streams of any size."""

    #: Whether the target's values are classes.
    _tells_classes = False

    def fit_stream(self, source, target, *, weight=None, init_model=None):
        """Learns from rows that come batch after batch and are never held together.

        Held are the target, the weights, one byte a cell (two of a category of hundreds of levels), the different texts of text columns, and some rows. The source is gone through four times: for
        kinds, levels and the target; for the edges of bins; for the cells; for the summary that the bundle keeps. With
        ``rounds`` given, the model is that of ``fit`` on the same rows, bit for bit; without, a tenth of the rows is held
        out to choose them.

        Parameters
        ----------
        source : str, path-like, list of these, object with ``__arrow_c_stream__``, or callable
            Files of the same columns, of which Parquet is read piece by piece and others are held; or what gives an Arrow
            stream anew each time it is asked, as a pyarrow or Polars table or a DuckDB relation does; or a function that
            returns such an object, such as ``lambda: dataset.scanner().to_reader()``.
        target : str
            The column to tell, missing in no row. Classes are told by their text, or as whole numbers if all are.
        weight : str, optional
            The column of weights: zero or more, a whole number equals so many equal rows.
        init_model : estimator, spanwise.Bundle, str or path-like, optional
            Boosted trees to go on from, as in ``fit``; the source is gone through twice more.

        Returns
        -------
        self

        Raises
        ------
        SpanwiseError
            If the source cannot be read again, a column is missing or of another kind in a later batch, or a parameter asks
            for what needs all rows at once (``budget``, ``intervals``, ``interval_groups``, ``class_weight``).
        """
        for name in ("budget", "intervals", "interval_groups", "class_weight"):
            if getattr(self, name, None) is not None:
                raise SpanwiseError(f"`{name}` is {getattr(self, name)!r}, expected None: it needs all rows at once, use `fit`")
        if self.categorical_features != "from_dtype":
            raise SpanwiseError(
                f"`categorical_features` is {self.categorical_features!r}, expected 'from_dtype': "
                "columns of a stream are categories by their type"
            )
        before = self._before(init_model)
        self._begin()
        model, losses = _spanwise.fit_stream(
            source,
            target=target,
            weight=weight,
            classes=self._tells_classes,
            parameters=self._parameters(),
            seed=_seed(self.random_state),
            n_jobs=self.n_jobs,
            progress=_Told() if self.verbose else None,
            before=before,
        )
        fitted = self._of(model)
        known = ("_model", "_is_frame", "n_features_in_", "feature_names_in_", "classes_")
        self.__dict__.update({name: value for name, value in vars(fitted).items() if name in known})
        self._target = target
        self.validation_losses_ = losses
        self.trials_, self.chosen_params_ = [], {}
        return self


class StreamedClassifier(Streamed):
    """Streamed, where the target's values are classes."""

    _tells_classes = True
