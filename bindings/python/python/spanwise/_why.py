"""Why a number changed, as objects: what Rust found, by name, and no mathematics."""

import html as _html
import json as _json
import os as _os

from ._charts import Charts as _Charts
from ._record import Record as _Record
from ._record import frame as _frame
from ._record import sources as _sources
from ._spanwise import why_charts as _why_charts
from ._spanwise import why_html as _why_html
from ._spanwise import why_json as _why_json
from ._spanwise import why_sentence as _why_sentence
from ._spanwise import whys_json as _whys_json


class Change(_Record):
    """Why a number changed: ``before``, ``after``, ``change``, ``everything_moved``, ``findings``, ``dimensions``, ..."""

    def to_frame(self):
        """The parts, a row each, which add up to the change: what everything did, the findings, everything else."""
        rows = [_part("everything alike", shift) for shift in self.everything_moved]
        rows += [_part(finding["label"], finding) for finding in self.findings]
        return _frame([*rows, _part("everything else", {"kind": None, "effect": self.everything_else})])

    def levels_to_frame(self):
        """The change over the levels of every column that was looked at, in volume, mix and rate."""
        rows = []
        for dimension in self.dimensions:
            for level in dimension["levels"]:
                effects = {key: level[key][0] for key in ("volume", "mix", "rate")}
                n = {"n_before": level["n"][0], "n_after": level["n"][1]}
                rows.append({"column": dimension["column"], "level": level["label"], **n, **effects})
        return _frame(rows)

    @property
    def charts(self):
        """The pictures of the answer by name: ``change``."""
        return _Charts(_why_charts(self.to_json()))

    def to_html(self):
        """The page that ``spanwise why --out`` writes: one file, no script, no outside address."""
        return _why_html(self.to_json())

    def save(self, path):
        """Writes the page."""
        with open(_os.fspath(path), "w", encoding="utf-8") as file:
            file.write(self.to_html())

    def __str__(self):
        return _why_sentence(self.to_json())

    def __repr__(self):
        return f"<Change of the {self.number}: {self.before['value'][0]:.4g} to {self.after['value'][0]:.4g}, {len(self.findings)} findings>"

    def _repr_html_(self):
        page = _html.escape(self.to_html(), quote=True)
        return f'<iframe sandbox srcdoc="{page}" title="Why the number changed" style="width:100%;height:640px;border:0"></iframe>'


def _part(label, found):
    value, low, high = found["effect"]
    p_adjusted = found.get("p_adjusted")
    return {"part": label, "kind": found["kind"], "effect": value, "low": low, "high": high, "p_adjusted": p_adjusted}


def why(
    data,
    metric="count",
    of=None,
    *,
    per=None,
    positive=None,
    by=None,
    before=None,
    after=None,
    against=None,
    dimensions=None,
    exclude=None,
    cluster=None,
    weight=None,
    level=0.95,
    seed=1,
    threads=None,
):
    """Why did a number change between two periods or groups? As ``spanwise why`` and the sections ``[why.*]`` ask.

    The change is split into what everything did alike, the few segments that moved beyond that, and everything else; the
    parts add up to the change bit for bit. These are associations: what moved together need not be a cause.

    Parameters
    ----------
    data : table
        pandas, Polars, pyarrow or anything that gives Arrow.
    metric : str
        ``count`` (of rows), ``sum``, ``mean``, ``rate`` (share of a class) or ``ratio``.
    of : str, optional
        The number's column; none for a count.
    per : str, optional
        The column below, for a ratio.
    positive : str, optional
        The class whose share is a rate; found out for two classes.
    by : str, optional
        The column that tells the two periods or groups apart.
    before, after : str or number, optional
        What ``by`` says before and after: a value; for days a day, month or year, or two with `` to `` between.
    against : table, optional
        Instead of ``by``: the table of the period before.
    dimensions, exclude : list of str, optional
        The columns to look at, all that are of use without them; and columns never to look at.
    cluster : str, optional
        The column of a customer, store or day whose rows move together.
    weight : str, optional
        A column of weights, 0 or more.
    level : float
        The confidence level of the intervals; one less it is the chance of naming any segment where none moved.
    seed : int
        Of the resamples behind intervals.
    threads : int, optional
        How many threads may work, all cores without it; results do not depend on it.

    Returns
    -------
    Change

    Raises
    ------
    SpanwiseError
        A column is missing or has no numbers, a period has no or too few rows, or keys have no meaning together.
    """
    given = [part is not None for part in (by, before, after)]
    if any(given) and not all(given):
        raise ValueError("`by`, `before` and `after` belong together: found some of them, expected all or none")
    periods = (by, str(before), str(after)) if all(given) else None
    return Change(
        _json.loads(
            _why_json(
                data,
                metric,
                of,
                per,
                positive,
                periods,
                against,
                list(dimensions or []),
                list(exclude or []),
                cluster,
                weight,
                level,
                seed,
                threads or 0,
            )
        )
    )


def whys(path=".", *names, data=None, threads=None):
    """Explain changes of a project, all ``[why.*]`` without names, as ``spanwise why`` does.

    Parameters
    ----------
    path : str or path-like
        The project's folder or file.
    names : str
        The sections.
    data : dict of str to path-like, optional
        Files for ``[data.NAME]``, by name.
    threads : int, optional
        How many threads may work; results do not depend on it.

    Returns
    -------
    list of Change

    Raises
    ------
    SpanwiseError
        The project has no such section, or its data cannot be asked.
    """
    return [Change(record) for record in _json.loads(_whys_json(_os.fspath(path), list(names), _sources(data), threads))]
