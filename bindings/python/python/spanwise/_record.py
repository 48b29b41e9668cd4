"""Records that Rust made, as objects; no mathematics."""

import copy as _copy
import json as _json
import os as _os

from ._spanwise.experiment import frame_of_rows as _frame_of_rows


def sources(data):
    """Files by the name of their table, as paths."""
    return {name: _os.fspath(file) for name, file in (data or {}).items()}


def frame(rows):
    """Rows of plain values as a table."""
    return _frame_of_rows("".join(_json.dumps(row) + "\n" for row in rows).encode())


class Record:
    """A record whose fields are attributes; ``as_dict()`` is what ``--json`` prints."""

    def __init__(self, fields):
        self._fields = fields

    def __getattr__(self, name):
        try:
            return self.__dict__["_fields"][name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}") from None

    def __dir__(self):
        return sorted([*super().__dir__(), *self._fields])

    def as_dict(self):
        """The whole record, as ``--json`` prints it."""
        return self._fields

    def to_dict(self):
        """The whole record, a copy of its own."""
        return _copy.deepcopy(self._fields)

    def to_json(self):
        """The whole record as JSON text."""
        return _json.dumps(self._fields)

    def __eq__(self, other):
        return type(other) is type(self) and other._fields == self._fields

    __hash__ = None
