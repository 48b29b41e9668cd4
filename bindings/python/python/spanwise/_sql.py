"""SQL over tables of Python, files and a project's tables; and the cell magic of notebooks."""

import os as _os
import warnings as _warnings

from ._spanwise import sql as _sql


def sql(query, tables=None, *, parameters=None, project=None, **more):
    """Answer one SELECT, as ``spanwise query`` does, over tables in memory, files, and the tables of a project.

    Sums and means are exact: order and threads never change a bit. Names keep their case.

    Parameters
    ----------
    query : str
        One ``SELECT``; ``$name`` stands for the parameter of that name.
    tables : dict of str to table, str or path-like, optional
        Tables by name: pandas, Polars, pyarrow or anything that gives Arrow; or files.
    parameters : dict, optional
        Values by name: numbers, texts, truths, dates, times without a zone, None. They are bound, never read as SQL.
    project : str or path-like, optional
        A project whose tables may be named as well, their contracts applied; they are made first if they are not known.
    **more
        Further tables by name.

    Returns
    -------
    Frame
        What ``polars.DataFrame``, ``pyarrow.table`` and ``pandas.DataFrame.from_arrow`` take.

    Raises
    ------
    OSError
        A file cannot be read.
    SpanwiseError
        The query is not valid, with the nearest right name; a parameter has no value; a table is none.

    Examples
    --------
    >>> spanwise.sql("SELECT city, avg(price) AS mean FROM prices WHERE price > $least GROUP BY city", prices=df, parameters={"least": 3})
    """
    given = {**(tables or {}), **more}
    place = None if project is None else _os.fspath(project)
    frame, notes = _sql(query, list(given.items()), list((parameters or {}).items()), place)
    for note in notes:
        _warnings.warn(note, UserWarning, stacklevel=2)
    return frame


KINDS = ("spanwise", "pandas", "polars", "arrow")


def converted(frame, kind):
    """The frame as one of ``KINDS`` has it."""
    if kind == "pandas":
        return frame.to_pandas()
    if kind == "polars":
        import polars

        return polars.DataFrame(frame)
    if kind == "arrow":
        import pyarrow

        return pyarrow.table(frame)
    return frame
