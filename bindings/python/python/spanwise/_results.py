"""What every result of ``spanwise.stats`` and ``spanwise.experiment`` can do."""

from typing import Any, Protocol, runtime_checkable

from ._spanwise import Frame


@runtime_checkable
class Result(Protocol):
    """Plain data with names; equal when its data are, and the same after ``pickle`` and ``copy``."""

    def to_dict(self) -> dict[str, Any]:
        """Every field as plain data: numbers, texts, lists, dictionaries."""
        ...

    def to_json(self) -> str:
        """The same as JSON text; what is infinite or missing is null."""
        ...

    def to_frame(self) -> Frame:
        """A table with a row for each estimate, for pandas, Polars and pyarrow."""
        ...
