"""From raw tables to insight, and from model to a monitored service.

    import spanwise
    bundle = spanwise.load("out/churn.bundle")
    bundle.predict(df)          # pandas, Polars or pyarrow in; anything that reads Arrow out
    bundle.explain(df)          # contributions that add up to the margin, bit for bit
    spanwise.run("my-project")  # the same as `spanwise run --json`
"""

import json as _json
import os as _os

from ._spanwise import Bundle, Frame, SpanwiseError, __version__, load
from ._spanwise import run_json as _run_json

__all__ = ["Bundle", "Frame", "SpanwiseError", "__version__", "load", "run"]


def run(path=".", *, data=None, threads=None):
    """Run a project and return its record, as ``spanwise run --json`` prints it.

    Parameters
    ----------
    path : str or path-like
        The project's folder or file.
    data : dict of str to path-like, optional
        Files for ``[data.NAME]``, by name, instead of those of the project file.
    threads : int, optional
        How many threads may work; results do not depend on it.

    Raises
    ------
    SpanwiseError
        Something was refused; the message says what was found and what was expected.
    """
    sources = {name: _os.fspath(file) for name, file in (data or {}).items()}
    return _json.loads(_run_json(_os.fspath(path), sources, threads))
