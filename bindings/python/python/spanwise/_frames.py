"""Data frames that Arrow does not take as they are."""

from ._spanwise import SpanwiseError


def check_collected(X):
    """Refuses a query that Polars has not run yet."""
    if type(X).__name__ == "LazyFrame":
        raise SpanwiseError("`X` is a LazyFrame of Polars, expected its rows: collect it first, `X.collect()`")


def without_intervals(X):
    """A frame of pandas in which intervals, such as those of ``pandas.cut``, are text such as ``(0.5, 1.0]``."""
    if "pandas" not in type(X).__module__ or getattr(X, "ndim", 0) != 2:
        return X
    told = X
    for position, dtype in enumerate(X.dtypes):
        column = X.iloc[:, position]
        if dtype.name == "category" and dtype.categories.dtype.name.startswith("interval"):
            column = column.cat.rename_categories(str)
        elif dtype.name.startswith("interval"):
            column = column.astype("category").cat.rename_categories(str)
        else:
            continue
        told = X.copy(deep=False) if told is X else told
        told.isetitem(position, column)
    return told
