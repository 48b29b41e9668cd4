"""Experiments of a project as objects: what Rust found, by name, and no mathematics."""

import html as _html
import json as _json
import os as _os

from ._charts import Charts as _Charts
from ._record import Record as _Record
from ._spanwise import SpanwiseError as _SpanwiseError
from ._record import frame as _frame
from ._record import sources as _sources
from ._spanwise.experiment import analyse_json as _analyse_json
from ._spanwise.experiment import plan_json as _plan_json


class ProjectPlan(_Record):
    """A registered plan: ``plan`` (version, hash, time), ``size``, ``changes``, ``is_new``, ``notes``."""

    def to_frame(self):
        """What other sizes would find, a row each: ``total``, ``detectable``, ``power``."""
        return _frame(self.size["sizes"])

    def __repr__(self):
        return (
            f"<ProjectPlan {self.experiment}: version {self.plan['version']}, {self.size['total']:,} units, "
            f"{self.plan['hash'][:12]}>"
        )

    def _repr_html_(self):
        rows = "".join(
            "<tr>" + "".join(f"<td>{_html.escape(f'{row[name]:.4g}')}</td>" for name in row) + "</tr>"
            for row in self.size["sizes"]
        )
        names = "".join(f"<th>{_html.escape(name)}</th>" for name in (self.size["sizes"] or [{}])[0])
        return f"<table><caption>{_html.escape(repr(self))}</caption><tr>{names}</tr>{rows}</table>"


class ProjectAnalysis(_Record):
    """An analysed experiment: ``decision``, ``health``, ``effects``, ``segments``, ``looks``, ``caveats``, ``page``."""

    def __init__(self, fields, drawn=None):
        super().__init__(fields)
        self._drawn = drawn

    def __getstate__(self):
        # pictures are drawn from project and plan, which do not travel
        return {"_fields": self._fields, "_drawn": None}

    @property
    def charts(self):
        """The pictures of the page by the names of its parts: ``effect``, ``looks``, ``guardrails``, ``segments``, where there are any."""
        if self._drawn is None:
            raise _SpanwiseError("this analysis was pickled or copied, which leaves pictures behind; expected one that `analyse` gave")
        return _Charts(self._drawn)

    @property
    def verdict(self):
        """``"ship"``, ``"do_not_ship"``, ``"keep_running"`` or ``"cannot_be_trusted"``."""
        return self.decision["verdict"]

    def to_frame(self):
        """The effects, a row each: metric, treatment, effect and relative effect with their ends, p-values."""
        keys = ("metric", "treatment", "is_primary", "control_value", "treatment_value", "n_control", "n_treatment")
        rows = []
        for effect in self.effects:
            row = {key: effect[key] for key in keys}
            row["effect"], row["low"], row["high"] = effect["effect"]
            row["relative"], row["relative_low"], row["relative_high"] = effect["relative"] or (None, None, None)
            row.update({key: effect[key] for key in ("p_value", "p_adjusted", "found", "method")})
            rows.append(row)
        return _frame(rows)

    def __repr__(self):
        return f"<ProjectAnalysis {self.experiment}: {self.decision['sentence']}>"

    def _repr_html_(self):
        checks = "".join(
            f"<li>{_html.escape(check['name'])}: {_html.escape(check['sentence'])}</li>"
            for check in self.health
            if check["state"] != "sound"
        )
        reasons = "".join(f"<li>{_html.escape(reason)}</li>" for reason in self.decision["reasons"])
        return f"<p><b>{_html.escape(self.decision['sentence'])}</b></p><ul>{reasons}{checks}</ul>"


def plan(path=".", name=None, *, data=None, threads=None):
    """Size an experiment of a project and register its plan, as ``spanwise experiment plan`` does.

    The data of the experiment are not read.

    Parameters
    ----------
    path : str or path-like
        The project's folder or file.
    name : str, optional
        The experiment; the only one without it.
    data : dict of str to path-like, optional
        Files for ``[data.NAME]``, by name.
    threads : int, optional
        How many threads may work; results do not depend on it.

    Returns
    -------
    ProjectPlan

    Raises
    ------
    SpanwiseError
        The section is wrong, or a baseline cannot be had.
    """
    return ProjectPlan(_json.loads(_plan_json(_os.fspath(path), name, _sources(data), threads)))


def analyse(path=".", name=None, *, final=False, data=None, threads=None):
    """Analyse an experiment of a project by its registered plan, as ``spanwise experiment analyse`` does.

    Parameters
    ----------
    path, name, data, threads
        As in :func:`plan`.
    final : bool
        No more units will come: what is there decides.

    Returns
    -------
    ProjectAnalysis

    Raises
    ------
    SpanwiseError
        No plan is registered, the section differs from it, or the data do not fit.
    """
    record, drawn = _analyse_json(_os.fspath(path), name, final, _sources(data), threads)
    return ProjectAnalysis(_json.loads(record), drawn)
