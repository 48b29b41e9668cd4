"""What is in a table, as objects: what Rust found, by name, and no mathematics."""

import html as _html
import json as _json
import os as _os

from ._progress import Progress as _Progress
from ._charts import Charts as _Charts
from ._record import Record as _Record
from ._record import frame as _frame
from ._spanwise import explore as _explore


class Explored(_Record):
    """What is in a table: ``n_rows``, ``columns``, ``warnings``, ``relations``, ``dependencies``, ``keys``, ..."""

    def __init__(self, found):
        super().__init__(_json.loads(found.json()))
        self.__dict__["_found"] = found

    def to_frame(self):
        """The columns, a row each: name, kind, meaning, missing and different values, mean, deviation and quantiles."""
        rows = []
        for column in self.columns:
            numbers = column["numbers"] or {}
            quantiles = numbers.get("quantiles", {})
            rows.append(
                {
                    "column": column["name"],
                    "kind": column["kind"],
                    "meaning": column["meaning"],
                    "n": column["n"],
                    "n_missing": column["n_missing"],
                    "n_distinct": column["distinct"]["value"],
                    "mean": numbers.get("mean", {}).get("value"),
                    "sd": numbers.get("sd"),
                    "min": numbers.get("min"),
                    "q25": quantiles.get("0.25"),
                    "median": quantiles.get("0.5"),
                    "q75": quantiles.get("0.75"),
                    "max": numbers.get("max"),
                }
            )
        return _frame(rows)

    def relations_to_frame(self):
        """Pairs of columns that belong together, closest first, with their intervals and corrected p-values."""
        keys = ("column", "other", "measure", "p_adjusted")
        return _frame([{**{key: pair[key] for key in keys}, **pair["estimate"]} for pair in self.relations])

    def course_to_frame(self):
        """How rows and numbers go over time, a row for each stretch of each series: ``time``, ``series`` (``None`` for rows),
        ``value``, ``smooth`` and, where the value is unlike the others, ``expected``, ``low``, ``high`` and ``p_adjusted``;
        with ``by`` also ``level``, ``None`` for all rows together."""
        if self.course is None:
            raise ValueError("there is no course, expected a column of dates or times with 24 stretches and more")
        by = self.course["by"]
        every = [(None, series) for series in self.course["series"]]
        every += [(level["level"], series) for level in (by or {"levels": []})["levels"] for series in level["series"]]
        rows = []
        for level, series in every:
            odd = {found["at"]: found for found in series["odd"]}
            for time, value, smooth in zip(self.course["starts"], series["values"], series["smooth"]):
                found = odd.get(time, {})
                rest = {key: found.get(key) for key in ("expected", "low", "high", "p_adjusted")}
                of = {} if by is None else {"level": level}
                rows.append({"time": time, **of, "series": series["column"], "value": value, "smooth": smooth, **rest})
        return _frame(rows)

    def differences_to_frame(self):
        """What differs from the table given as ``against``, what holds first: ``column``, ``aspect``, ``distance``, ..."""
        if self.against is None:
            raise ValueError("nothing was compared, expected `against=` another table")
        keys = ("column", "aspect", "distance", "p_adjusted", "holds")
        return _frame([{key: found[key] for key in keys} for found in self.against["differences"]])

    @property
    def charts(self):
        """The pictures of the page by name: ``age``, ``age-by-churned``, ``relations``, ``missing``, ..."""
        return _Charts(self._found.charts())

    def to_html(self):
        """The page that ``spanwise explore`` writes: one file, no script, no outside address."""
        return self._found.html()

    def save(self, path):
        """Writes the page."""
        with open(_os.fspath(path), "w", encoding="utf-8") as file:
            file.write(self.to_html())

    def plan(self, name="table", source=None, *, whole=False):
        """Lines of a project file under this name: the rules that every row has kept, ``[expect.NAME]``.

        With ``whole`` or a ``source``, the file that the project is to read (the explored one if not said), a plan that
        ``spanwise run`` takes as it stands: ``[data.NAME]`` too, and ``[model.NAME]`` where there is a target, without the
        columns that should not be believed; each choice with its reason. As ``spanwise explore --plan``.
        """
        if whole or source is not None:
            return self._found.whole_plan(name, None if source is None else _os.fspath(source))
        return self._found.plan(name)

    def __repr__(self):
        n = len(self.warnings)
        return f"<Explored {self.n_rows:,} rows, {self.n_columns} columns, {n} thing{'' if n == 1 else 's'} to look at>"

    def _repr_html_(self):
        page = _html.escape(self.to_html(), quote=True)
        return f'<iframe sandbox srcdoc="{page}" title="What is in the table" style="width:100%;height:640px;border:0"></iframe>'


def explore(data, target=None, *, positive=None, key=None, time=None, by=None, against=None, level=0.95, threads=None, progress=None):
    """What is in a table, and can I trust it? As ``spanwise explore``.

    One pass over all columns with all cores; columns are looked at side by side in an even sample of 20,000 rows.

    Parameters
    ----------
    data : table, str or path-like
        pandas, Polars, pyarrow or anything that gives Arrow; or a file.
    target : str, optional
        The column that matters: others are compared with it, and leaks named.
    positive : str, optional
        The class of the target whose share matters; found out for two classes.
    key : str, optional
        The column that names rows.
    time : str, optional
        The column of dates or times that rows and numbers are followed by; the first one if not said.
    by : str, optional
        A column, such as the shop: the course over time in each of its most frequent levels, at most 20, is told too.
    against : table, str or path-like, optional
        Another table, such as an earlier period: what differs from it, by how much, and how surely.
    level : float
        The confidence level of the intervals; a corrected p-value below one less it is a finding.
    threads : int, optional
        How many threads may work, all cores without it; results do not depend on it.
    progress : bool, optional
        Whether to show how far it is; without it, on a terminal and in a notebook, for work of more than a second.

    Returns
    -------
    Explored

    Raises
    ------
    OSError
        A file cannot be read.
    SpanwiseError
        A file is no table, target, key or time is no column, ``time`` has no dates or times, ``by`` has no levels, or the target has no values.
    """
    with _Progress("explore", progress) as told:
        listener = told.listener(lambda n_rows: f"{n_rows:,} rows read")
        return Explored(_explore(data, target, positive, key, time, by, against, level, threads or 0, listener))


def compare(before, after, *, level=0.95, threads=None):
    """What differs between two tables or periods, by how much, and how surely?

    The same as ``explore(after, against=before)``; the differences are its ``against`` and ``differences_to_frame()``.

    Parameters
    ----------
    before, after : table, str or path-like
        pandas, Polars, pyarrow or anything that gives Arrow; or files.
    level : float
        A p-value, corrected for all comparisons, below one less the level is a finding.
    threads : int, optional
        How many threads may work, all cores without it; results do not depend on it.

    Returns
    -------
    Explored

    Raises
    ------
    OSError
        A file cannot be read.
    SpanwiseError
        A file is no table.
    """
    return explore(after, against=before, level=level, threads=threads)
