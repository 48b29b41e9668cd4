"""What a model looks at, as an object: what Rust found, by name, and no mathematics."""

import html as _html
import json as _json
import os as _os

from ._charts import Charts as _Charts
from ._record import Record as _Record
from ._record import frame as _frame
from ._spanwise import explain_charts as _explain_charts
from ._spanwise import explain_html as _explain_html
from ._spanwise import explain_json as _explain_json
from ._spanwise import explain_sentence as _explain_sentence
from ._weak import _bundle


class Explained(_Record):
    """What a model looks at: ``answer``, ``mean``, ``features`` strongest first, ``n_explained``, ..."""

    def to_frame(self):
        """The features, a row each: ``feature``, ``kind``, and the mean size of its contributions with its ends."""
        rows = []
        for feature in self.features:
            strength, low, high = feature["strength"]
            rows.append({"feature": feature["name"], "kind": feature["kind"], "strength": strength, "low": low, "high": high})
        return _frame(rows)

    def effects_to_frame(self):
        """How answers go with the features looked at closely, a row for each value: ``accumulated`` (local effect, its mean
        over the rows 0) and ``partial`` (dependence), each with its ends, and ``n``."""
        rows = []
        for feature in self.features:
            effect = (feature["close"] or {}).get("effect")
            for place, at in enumerate(effect["at"] if effect else []):
                row = {"feature": feature["name"], "at": at, "label": effect["labels"][place] if effect["labels"] else None}
                for kind in ("accumulated", "partial"):
                    row[kind], row[f"{kind}_low"], row[f"{kind}_high"] = effect[kind][place]
                rows.append({**row, "n": effect["n"][place]})
        return _frame(rows)

    @property
    def charts(self):
        """The pictures by name: ``summary``, and ``FEATURE-effect`` and ``FEATURE-contributions`` of those looked at closely."""
        return _Charts(_explain_charts(self.to_json()))

    def to_html(self):
        """The page that ``spanwise explain --out`` writes: one file, no script, no outside address."""
        return _explain_html(self.to_json())

    def save(self, path):
        """Writes the page."""
        with open(_os.fspath(path), "w", encoding="utf-8") as file:
            file.write(self.to_html())

    def __str__(self):
        return _explain_sentence(self.to_json())

    def __repr__(self):
        return f"<Explained {self.model!r}: {len(self.features)} features, {self.n_explained:,} rows>"

    def _repr_html_(self):
        page = _html.escape(self.to_html(), quote=True)
        return f'<iframe sandbox srcdoc="{page}" title="What the model looks at" style="width:100%;height:640px;border:0"></iframe>'


def explain(model, data, *, features=None, n_features=5, output=None, level=0.95, n_jobs=None):
    """What does a model look at, and what does it make of it? As ``spanwise explain``.

    Contributions of all features to the margins of the rows, at most 2,000 of them, evenly taken; and how answers go with
    the main features, by accumulated local effects and by partial dependence, each with intervals over rows. For the
    contributions of each row see ``Bundle.explain`` and the estimators' ``explain``.

    Parameters
    ----------
    model : Bundle, Model, estimator, str or path-like
        What is explained; a file is loaded.
    data : table
        pandas, Polars, pyarrow or anything that gives Arrow, with the inputs.
    features : list of str, optional
        The features to look at closely; the strongest ``n_features`` without it.
    n_features : int
        How many features to look at closely where none are named.
    output : str, optional
        Of several classes or quantiles the one whose answers are explained; the first without it.
    level : float
        The confidence level of the intervals.
    n_jobs : int, optional
        Threads for scoring, all without it; results do not depend on it.

    Returns
    -------
    Explained

    Raises
    ------
    SpanwiseError
        A column is missing, there is no such feature or output, or there are fewer than two rows.

    References
    ----------
    D. W. Apley, J. Zhu (2020), JRSS B 82, 1059-1086; J. H. Friedman (2001), Annals of Statistics 29; S. M. Lundberg, G. G.
    Erion, S.-I. Lee (2018), arXiv:1802.03888.
    """
    record = _explain_json(_bundle(model), data, list(features or []), n_features, output, level, n_jobs)
    return Explained(_json.loads(record))
