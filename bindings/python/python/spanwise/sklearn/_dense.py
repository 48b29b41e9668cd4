"""Sparse rows made dense, column by column: in float32 if that holds each value exactly, else in float64."""

import numpy as np
from scipy.sparse import issparse


def dense(matrix):
    """A matrix of scipy as a Fortran-ordered array; cells that are not stored are 0."""
    if not issparse(matrix):
        return matrix
    matrix = matrix.tocsc(copy=False)
    if not matrix.has_canonical_format:
        matrix = matrix.copy()
        matrix.sum_duplicates()
    out = np.zeros(matrix.shape, dtype=_narrowest([matrix.data]), order="F")
    ends = matrix.indptr
    for column in range(matrix.shape[1]):
        stored = slice(ends[column], ends[column + 1])
        out[matrix.indices[stored], column] = matrix.data[stored]
    return out


def dense_frame(X):
    """A frame of pandas whose sparse columns are dense; other rows as they are."""
    if "pandas" not in type(X).__module__ or not hasattr(X, "dtypes") or getattr(X, "ndim", 0) != 2:
        return X
    sparse = [position for position, dtype in enumerate(X.dtypes) if hasattr(dtype, "fill_value") and hasattr(dtype, "subtype")]
    if not sparse:
        return X
    if len(sparse) == X.shape[1] and all(dtype.subtype.kind in "iufb" for dtype in X.dtypes):
        return _array_frame(X)
    X = X.copy(deep=False)
    for position in sparse:
        X.isetitem(position, X.iloc[:, position].sparse.to_dense())
    return X


def _array_frame(X):
    """Sparse columns only, all of numbers: one array, never a second beside it."""
    columns = [X.iloc[:, position].array for position in range(X.shape[1])]
    dtype = _narrowest([part for column in columns for part in (column.sp_values, np.atleast_1d(column.fill_value))])
    out = np.empty(X.shape, dtype=dtype, order="F")
    for position, column in enumerate(columns):
        out[:, position] = column.fill_value
        out[column.sp_index.to_int_index().indices, position] = column.sp_values
    return type(X)(out, index=X.index, columns=X.columns, copy=False)


def _narrowest(parts):
    """float32 if it holds all values exactly, else float64."""
    return np.float32 if all(_fits(np.asarray(part)) for part in parts) else np.float64


def _fits(values):
    if values.dtype.kind == "b" or values.dtype == np.float32:
        return True
    with np.errstate(over="ignore"):
        single = values.astype(np.float32)
    return bool(np.array_equal(single.astype(np.float64), values.astype(np.float64), equal_nan=True))
