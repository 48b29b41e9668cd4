"""Files and folders scored, of any size."""

import json as _json
import os as _os

from ._progress import Progress as _Progress
from ._spanwise import score_files_json as _score_files_json


def score_files(model, inputs, out, *, project=".", format=None, keep=None, reasons=0, interactions=0, threads=None, again=False, progress=None):
    """Score files into a folder, each once; as ``spanwise score MODEL INPUT... --out FOLDER/``.

    Every output appears whole or not at all. A journal in the folder says what is done, so that a call that was interrupted
    (ctrl-c raises KeyboardInterrupt, and what is done is kept) goes on when it is made again.

    Parameters
    ----------
    model : str or path-like
        A bundle file, or a model of the project such as ``churn@champion``.
    inputs : path-like or list of path-like
        Files, folders (all tables below them) and patterns such as ``in/**/*.csv``.
    out : path-like
        The folder of outputs.
    project : path-like
        The project's folder or file, for ``MODEL@ALIAS``.
    format : {"csv", "tsv", "jsonl", "parquet", "arrow"}, optional
        The format of all outputs; that of each input if left out.
    keep : list of str, optional
        Columns of the inputs to carry along; all if left out.
    reasons, interactions : int
        How many to give with each row.
    threads : int, optional
        How many threads may work, all if left out; results do not depend on it.
    again : bool
        Whether outputs that are there are made anew.
    progress : bool or callable, optional
        Whether to show how far it is, or what is called with ``(n_files, of_files, n_rows, n_bytes, of_bytes)``.

    Returns
    -------
    list of dict
        A record a file, in the order of names: ``input``, ``path``, ``out``, ``quarantine``, ``n_rows``, ``n_quarantined``,
        ``breaches``, ``complaints``, and for files that were refused, which does not keep the others back, ``error`` and
        ``set_aside``, the new names of what an earlier run had made of them.

    Raises
    ------
    SpanwiseError
        Nothing to score, another run's folder, another run writes to it, or an output there is another file's.
    """
    paths = [inputs] if isinstance(inputs, (str, _os.PathLike)) else list(inputs)
    paths = [_os.fspath(path) for path in paths]
    kept = None if keep is None else [keep] if isinstance(keep, str) else list(keep)
    shown = None if callable(progress) else progress
    with _Progress("score_files", shown) as told:
        words = lambda n_files, of_files, n_rows, n_bytes, of_bytes: f"{n_files} of {of_files} files, {n_rows:,} rows"
        listener = progress if callable(progress) else told.listener(words)
        record = _score_files_json(_os.fspath(model), paths, _os.fspath(out), _os.fspath(project), format, kept, reasons, interactions, threads, again, listener)
    return _json.loads(record)
