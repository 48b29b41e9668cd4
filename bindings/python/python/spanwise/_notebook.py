"""``%load_ext spanwise``: the cell magic ``%%spanwise_sql``."""

import difflib as _difflib
import importlib.util as _importlib
import os as _os
import re as _re
import shlex as _shlex

from ._spanwise import SpanwiseError
from ._spanwise import sql_tables as _sql_tables
from ._sql import KINDS as _KINDS
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


def _meant(word, known):
    """The nearest of the known words, as a refusal ends with it."""
    near = _difflib.get_close_matches(word, known, n=1)
    return f"; did you mean `{near[0]}`?" if near else ""


def _checked(kind):
    """The kind of frame, before anything is computed for it."""
    if kind not in _KINDS:
        raise SpanwiseError(f"`--as {kind}`: expected `spanwise`, `pandas`, `polars` or `arrow`{_meant(kind, _KINDS)}")
    package = "pyarrow" if kind == "arrow" else kind
    if kind != "spanwise" and _importlib.find_spec(package) is None:
        raise SpanwiseError(f"`--as {kind}`: found no package `{package}`, expected it beside spanwise; hint: pip install {package}")
    return kind


def _options(line):
    """Name of the result, project and kind of frame, as the magic's line says them."""
    name, project, kind = None, None, "spanwise"
    words = _shlex.split(line)
    while words:
        word = words.pop(0)
        if word.startswith("-") and word not in ("--project", "--as"):
            raise SpanwiseError(f"`{word}`: found an option that is not known, expected `--project` or `--as`{_meant(word, ('--project', '--as'))}")
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
    return name, project, _checked(kind)


def _is_table(value):
    return hasattr(value, "__arrow_c_stream__") or hasattr(value, "__arrow_c_array__")


def answer(line, cell, namespace):
    """The answer to a cell, under its name in ``namespace`` if it has one."""
    name, project, kind = _options(line)
    query, asked = _bound(cell)
    missing = [wanted for wanted in asked if wanted not in namespace]
    if missing:
        known = [variable for variable in namespace if not variable.startswith("_")]
        raise SpanwiseError(f"`{{{missing[0]}}}`: no variable of that name in the notebook{_meant(missing[0], known)}")
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
