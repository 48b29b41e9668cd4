"""Questions about tables as objects: what Rust found, by name, and no mathematics."""

import html as _html
import json as _json
import os as _os

from ._charts import Charts as _Charts
from ._record import Record as _Record
from ._record import frame as _frame
from ._record import sources as _sources
from ._spanwise import SpanwiseError
from ._spanwise import ask_json as _ask_json
from ._spanwise import question_charts as _question_charts
from ._spanwise import questions_json as _questions_json


class Answer(_Record):
    """What a question found: ``method``, ``why``, ``p_value``, ``effect``, ``groups``, ``pairs``, ``assumptions``, ..."""

    def to_frame(self):
        """The groups, a row each: ``group``, ``n``, and ``value`` (a share, mean or median) with its ends."""
        keys = ("n", "value", "low", "high")
        return _frame([{"group": group["name"], **{key: group[key] for key in keys}} for group in self.groups])

    @property
    def charts(self):
        """The pictures of the answer by name, as a story shows them: ``groups``, where there are any."""
        return _Charts(_question_charts(self.to_json()))

    def pairs_to_frame(self):
        """Every two groups, a row each: ``first``, ``second``, the difference with its ends, the corrected p-value."""
        if self.pairs is None:
            raise SpanwiseError("the pairs were not asked about, expected `each_pair=True`")
        rows = []
        for pair in self.pairs["pairs"]:
            difference, low, high = pair["difference"]
            ends = {"difference": difference, "low": low, "high": high, "p_adjusted": pair["p_adjusted"]}
            rows.append({"first": pair["first"], "second": pair["second"], **ends})
        return _frame(rows)

    def __repr__(self):
        return f"<Answer {self.method}: p {self.p_value:.3g}, {self.effect_name} {_sized(self.effect)}>"

    def _repr_html_(self):
        cells = "".join(
            f"<tr><td>{_html.escape(group['name'])}</td><td>{group['n']}</td>"
            f"<td>{_sized([group['value'], group['low'], group['high']])}</td></tr>"
            for group in self.groups
        )
        told = f"{self.method}: p {self.p_value:.3g}, {self.effect_name} {_sized(self.effect)}"
        return (
            f"<p><b>{_html.escape(self.ask)}</b><br>{_html.escape(told)}</p>"
            f"<table><tr><th>group</th><th>rows</th><th>{'share' if self.unit == 'share' else 'median' if self.by_rank else 'mean'}</th></tr>{cells}</table>"
        )


def _sized(effect):
    return "{} [{}, {}]".format(*("open" if end is None else f"{end:.4g}" for end in effect))


def ask(
    data,
    outcome,
    by=None,
    *,
    positive=None,
    method="auto",
    paired=None,
    against=None,
    equivalent_within=None,
    alternative="two-sided",
    each_pair=False,
    level=0.95,
    seed=0,
):
    """Does a column differ between groups? As ``spanwise test`` and the sections ``[question.*]`` ask.

    The test follows from the shape of the data unless ``method`` names one. Missing values are left out and counted.

    Parameters
    ----------
    data : table
        pandas, Polars, pyarrow or anything that gives Arrow.
    outcome : str
        The column that may differ: numbers, days and times, or up to 20 frequent values.
    by : str, optional
        The column whose groups are compared, or whose numbers the outcome is correlated with.
    positive : str, optional
        For an outcome of few values: the one whose share is compared; without it 1, true, yes or the rarest.
    method : str
        ``auto``, ``welch``, ``student``, ``ranks``, ``permutation``, ``chi-square``, ``fisher``, ``pearson``,
        ``spearman`` or ``kendall``.
    paired : str, optional
        A column that names units: rows of one unit in the groups belong together.
    against : float, optional
        Instead of ``by``: the number that the mean, or the share of ``positive``, is compared with.
    equivalent_within : float, optional
        Ask whether means are nearer than this, instead of whether they differ.
    alternative : str
        ``two-sided``, ``less`` or ``greater``: the first of two groups against the second.
    each_pair : bool
        Compare every two groups too.
    level : float
        The confidence level of the intervals; a corrected p-value below one less it is a finding.
    seed : int
        Of permutations.

    Returns
    -------
    Answer

    Raises
    ------
    SpanwiseError
        A column is missing or cannot be asked about, or keys have no meaning together.
    """
    return Answer(
        _json.loads(
            _ask_json(
                data, outcome, by, positive, method, paired, against, equivalent_within, alternative, each_pair, level, seed
            )
        )
    )


def questions(path=".", *names, data=None, threads=None):
    """Answer questions of a project, all of them without names, as ``spanwise test`` does.

    P-values are corrected over all questions of the project (``p_adjusted``).

    Parameters
    ----------
    path : str or path-like
        The project's folder or file.
    names : str
        The questions.
    data : dict of str to path-like, optional
        Files for ``[data.NAME]``, by name.
    threads : int, optional
        How many threads may work; results do not depend on it.

    Returns
    -------
    list of Answer

    Raises
    ------
    SpanwiseError
        The project is wrong, or has no such question.
    """
    return [Answer(found) for found in _json.loads(_questions_json(_os.fspath(path), list(names), _sources(data), threads))]
