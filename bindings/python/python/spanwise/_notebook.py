"""``%load_ext spanwise``: the cell magic ``%%spanwise_sql``."""

import os as _os
import re as _re
import shlex as _shlex

from ._spanwise import SpanwiseError
from ._spanwise import sql_tables as _sql_tables
from ._sql import converted as _converted
from ._sql import sql as _run

# Texts, quoted names and comments stay as they are; what is left and reads {name} is a parameter.
_PIECES = _re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|\{([A-Za-z_]\w*)\}", _re.DOTALL)


def _bound(query):
    """The query with ``$name`` for ``{name}``, and the names."""
    names = []

    def piece(match):
        if match[1] is None:
            return match[0]
        names.append(match[1])
        return f"${match[1]}"

    return _PIECES.sub(piece, query), names


def _options(line):
    """Name of the result, project and kind of frame, as the magic's line says them."""
    name, project, kind = None, None, "spanwise"
    words = _shlex.split(line)
    while words:
        word = words.pop(0)
        if word in ("--project", "--as"):
            if not words:
                raise SpanwiseError(f"`{word}`: found nothing, expected a {'folder' if word == '--project' else 'kind of frame'} behind it")
            project, kind = (words.pop(0), kind) if word == "--project" else (project, words.pop(0))
        elif name is None and word.isidentifier():
            name = word
        else:
            raise SpanwiseError(f"`%%spanwise_sql {line}`: found `{word}`, expected `[NAME] [--project FOLDER] [--as pandas|polars|arrow]`")
    if project is None and _os.path.exists("spanwise.toml"):
        project = "."
    return name, project, kind


def _is_table(value):
    return hasattr(value, "__arrow_c_stream__") or hasattr(value, "__arrow_c_array__")


def answer(line, cell, namespace):
    """The answer to a cell, under its name in ``namespace`` if it has one."""
    name, project, kind = _options(line)
    query, asked = _bound(cell)
    missing = [wanted for wanted in asked if wanted not in namespace]
    if missing:
        raise SpanwiseError(f"`{{{missing[0]}}}`: no variable of that name in the notebook")
    tables = {table: namespace[table] for table in _sql_tables(query) if _is_table(namespace.get(table))}
    parameters = {wanted: namespace[wanted] for wanted in asked}
    found = _converted(_run(query, tables, parameters=parameters, project=project), kind)
    if name is None:
        return found
    namespace[name] = found
    return None


def load(ipython):
    """Makes the magic known to IPython."""

    def spanwise_sql(line, cell):
        """SQL over the tables of the notebook and of the project: ``%%spanwise_sql [NAME] [--project FOLDER] [--as KIND]``.

        Tables are variables of the notebook (pandas, Polars, pyarrow, spanwise), else tables of the project: that of
        ``--project``, or of this folder. ``{name}`` is the value of a variable; it is bound, never read as SQL. With
        ``NAME`` the answer is kept under it, without it is shown.
        """
        try:
            return answer(line, cell, ipython.user_ns)
        except (SpanwiseError, OSError) as error:
            # A refusal says what is wrong; where it was raised says nothing.
            raise _Refused(str(error)) from None

    class _Refused(SpanwiseError):
        def _render_traceback_(self):
            return [f"spanwise: {self}"]

    ipython.register_magic_function(spanwise_sql, "cell", "spanwise_sql")
