"""From raw tables to insight, and from model to a monitored service.

    import spanwise
    bundle = spanwise.load("out/churn.bundle")
    bundle.predict(df)          # pandas, Polars or pyarrow in; anything that reads Arrow out
    bundle.explain(df)          # contributions that add up to the margin, bit for bit
    spanwise.run("my-project")  # the same as `spanwise run --json`
    spanwise.explore(df)        # what is in a table, and can I trust it; as `spanwise explore`
    spanwise.why(df, "mean", "sales", by="year", before=2013, after=2014)  # which segments moved; as `spanwise why`
    spanwise.explain(bundle, df)  # which features it looks at, and how answers go with them; as `spanwise explain`
    spanwise.weak_slices(bundle, df)  # where the model is worse than elsewhere; as `spanwise score --weak`
    spanwise.sql("SELECT avg(price) FROM df", df=df)  # over tables, files and projects; as `spanwise query`
    spanwise.to_pdf("out/churn.html", "churn.pdf")  # a page on paper; as `spanwise report --pdf`
    spanwise.story_changes("my-project", "churn")  # what a story says now and did not before; as `spanwise report --against`
    spanwise.score_files("out/churn.bundle", "in/", "scored/")  # files of any size, each once; as `spanwise score`
    spanwise.serve("out/churn.bundle")  # a service in this process; as `spanwise serve`
    spanwise.ask(df, "churn", by="contract")  # the test that fits, with effect and doubt; as `spanwise test`
    model = spanwise.import_model("model.txt")  # of LightGBM or XGBoost, over arrays and tables

In a notebook, `%load_ext spanwise` makes the cell magic `%%spanwise_sql` known.

`spanwise.sklearn` has estimators after scikit-learn's conventions; `spanwise.calibration`, `spanwise.conformal`,
`spanwise.inspection` and `spanwise.metrics` go with any model, `spanwise.stats` has tests of hypotheses and
`spanwise.experiment` the analysis of experiments. They are imported when they are first used, and so is what they need.
"""

import importlib as _importlib
import json as _json
import os as _os

from ._spanwise import Bundle, Frame, Model, SpanwiseError, __version__, load
from ._spanwise import run_json as _run_json

_ASKED = ("Answer", "ask", "questions")
_CHARTS = ("Chart", "Charts")
_EXPLAINED = ("Explained", "explain")
_EXPLORED = ("Explored", "compare", "explore")
_PAPER = ("to_pdf",)
_SCORED = ("score_files",)
_SERVING = ("Service", "guard", "serve")
_SQL = ("sql",)
_STORIES = ("StoryChanges", "issues", "story_changes")
_WEAK = ("WeakSlices", "weak_slices")
_WHY = ("Change", "why", "whys")
_LAZY = ("calibration", "conformal", "experiment", "inspection", "metrics", "sklearn", "stats")

__all__ = ["Bundle", "Frame", "Model", "SpanwiseError", "__version__", "import_model", "load", "run", *_ASKED, *_CHARTS, *_EXPLAINED, *_EXPLORED, *_PAPER, *_SCORED, *_SERVING, *_SQL, *_STORIES, *_WEAK, *_WHY, *_LAZY]


def __getattr__(name):
    if name in _LAZY:
        return _importlib.import_module(f"{__name__}.{name}")
    if name in _ASKED:
        return getattr(_importlib.import_module(f"{__name__}._asked"), name)
    if name in _CHARTS:
        return getattr(_importlib.import_module(f"{__name__}._charts"), name)
    if name in _EXPLAINED:
        return getattr(_importlib.import_module(f"{__name__}._explained"), name)
    if name in _EXPLORED:
        return getattr(_importlib.import_module(f"{__name__}._explored"), name)
    if name in _PAPER:
        return getattr(_importlib.import_module(f"{__name__}._paper"), name)
    if name in _SCORED:
        return getattr(_importlib.import_module(f"{__name__}._scored"), name)
    if name in _SERVING:
        return getattr(_importlib.import_module(f"{__name__}._serving"), name)
    if name in _SQL:
        return getattr(_importlib.import_module(f"{__name__}._sql"), name)
    if name in _STORIES:
        return getattr(_importlib.import_module(f"{__name__}._stories"), name)
    if name in _WEAK:
        return getattr(_importlib.import_module(f"{__name__}._weak"), name)
    if name in _WHY:
        return getattr(_importlib.import_module(f"{__name__}._why"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *_ASKED, *_CHARTS, *_EXPLAINED, *_EXPLORED, *_PAPER, *_SCORED, *_SERVING, *_SQL, *_STORIES, *_WEAK, *_WHY, *_LAZY])


def import_model(path, *, name="imported", target="target", classes=None):
    """A model file of LightGBM (text) or XGBoost (JSON, UBJSON), as a model over arrays and tables.

    Its margins are the library's, bit for bit; nothing of the library is needed, and nothing in the file runs.

    Parameters
    ----------
    path : str or path-like
        What ``save_model`` wrote.
    name, target : str
        What the model and the predicted column are called.
    classes : list of str, optional
        The classes in the order of their codes; ``0``, ``1`` and so on without them.

    Returns
    -------
    Model

    Raises
    ------
    SpanwiseError
        The file is none of these, or holds what is not supported.
    """
    with open(path, "rb") as file:
        return Model.from_source(file.read(), name, target, classes)


def run(path=".", *, data=None, threads=None, progress=None):
    """Run a project and return its record, as ``spanwise run --json`` prints it.

    Parameters
    ----------
    path : str or path-like
        The project's folder or file.
    data : dict of str to path-like, optional
        Files for ``[data.NAME]``, by name, instead of those of the project file.
    threads : int, optional
        How many threads may work; results do not depend on it.
    progress : bool, optional
        Whether to show which step runs; without it, on a terminal and in a notebook, for runs of more than a second.

    Raises
    ------
    SpanwiseError
        Something was refused; the message says what was found and what was expected.
    """
    sources = {name: _os.fspath(file) for name, file in (data or {}).items()}
    with _importlib.import_module(f"{__name__}._progress").Progress("run", progress) as told:
        listener = told.listener(lambda step, done, total: f"{done} of {total} steps: {step}")
        return _json.loads(_run_json(_os.fspath(path), sources, threads, listener))


def load_ipython_extension(ipython):
    """What ``%load_ext spanwise`` calls: makes ``%%spanwise_sql`` known."""
    _importlib.import_module(f"{__name__}._notebook").load(ipython)
