"""Where a model is weak, as an object: what Rust found, by name, and no mathematics."""

import html as _html
import json as _json
import os as _os

from ._charts import Charts as _Charts
from ._record import Record as _Record
from ._record import frame as _frame
from ._spanwise import load as _load
from ._spanwise import weak_charts as _weak_charts
from ._spanwise import weak_html as _weak_html
from ._spanwise import weak_json as _weak_json
from ._spanwise import weak_sentence as _weak_sentence


class WeakSlices(_Record):
    """Where a model is weak and where it is biased: ``weak``, ``biased``, ``loss``, ``bias``, ``n_looked_at``, ..."""

    def to_frame(self):
        """The slices, a row each: ``kind`` (``weak`` or ``biased``), ``where``, ``n``, ``inside`` with ``low`` and ``high``,
        ``outside``, ``p_adjusted``, ``told``, ``observed`` and, for classes, the loss ``expected`` by the model itself."""
        rows = [_row("weak", found) for found in self.weak] + [_row("biased", found) for found in self.biased]
        return _frame(rows)

    @property
    def charts(self):
        """The pictures by name: ``weak-slices`` and ``biased-slices``, where there are any."""
        return _Charts(_weak_charts(self.to_json()))

    def to_html(self):
        """The page that ``spanwise score --weak --out`` writes: one file, no script, no outside address."""
        return _weak_html(self.to_json())

    def save(self, path):
        """Writes the page."""
        with open(_os.fspath(path), "w", encoding="utf-8") as file:
            file.write(self.to_html())

    def __str__(self):
        return _weak_sentence(self.to_json())

    def __repr__(self):
        return f"<WeakSlices of {self.model!r}: {len(self.weak)} weak, {len(self.biased)} biased, {self.n_rows:,} rows>"

    def _repr_html_(self):
        page = _html.escape(self.to_html(), quote=True)
        return f'<iframe sandbox srcdoc="{page}" title="Where the model is weak" style="width:100%;height:640px;border:0"></iframe>'


def _row(kind, found):
    inside, low, high = found["inside"]
    rest = {key: found[key] for key in ("p_adjusted", "told", "expected")}
    numbers = {"inside": inside, "low": low, "high": high, "outside": found["outside"][0], "observed": found["observed"][0]}
    return {"kind": kind, "where": found["label"], "n": found["n"], **numbers, **rest}


def weak_slices(model, data, target=None, *, exclude=None, weight=None, cluster=None, level=0.95, n_jobs=None):
    """Where is a model worse than elsewhere, and where does it tell too much or too little? As ``spanwise score --weak``.

    Groups of up to three conditions are named if their mean loss is a tenth larger than that of all other rows, and if
    they hold without the groups named before them; false discoveries are controlled over all groups looked at.

    Parameters
    ----------
    model : Bundle, Model, estimator, str or path-like
        What is judged; a file is loaded.
    data : table
        pandas, Polars, pyarrow or anything that gives Arrow: the inputs, the truth, and any other columns to look at. Rows
        without a truth are left out; best are rows that the model did not learn from.
    target : str, optional
        The column of the truth, where it has another name than the model knows it by.
    exclude : list of str, optional
        Columns never to look at.
    weight : str, optional
        A column of weights, 0 and more: losses and shares are weighted means; a row without a weight does not count.
    cluster : str, optional
        The column of a customer, store or day whose rows move together: intervals and p-values allow for it.
    level : float
        The confidence level of the intervals; one less it is the chance of naming any weak slice where there is none.
    n_jobs : int, optional
        Threads for scoring, all without it; results do not depend on it.

    Returns
    -------
    WeakSlices

    Raises
    ------
    SpanwiseError
        There is no truth or it holds other classes, fewer than 250 rows have one, or the model is one of ranks or anomalies.
    """
    return WeakSlices(_json.loads(_weak_json(_bundle(model), data, target, list(exclude or []), weight, cluster, level, n_jobs)))


def _bundle(model):
    if isinstance(model, (str, _os.PathLike)):
        return _load(model)
    for name in ("bundle_", "bundle"):
        model = getattr(model, name, model)
    return model
