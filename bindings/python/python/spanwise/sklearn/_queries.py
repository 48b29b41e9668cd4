"""The queries that a ranker's rows answer, and how often each counts."""

import numpy as np
from sklearn.utils.validation import _check_sample_weight, check_consistent_length, column_or_1d

from .._spanwise import SpanwiseError


def query_codes(qid, n_rows):
    """A number for each row's query, from 0 on; without ``qid`` all rows answer one."""
    if qid is None:
        return np.zeros(n_rows, dtype=np.int64)
    qid = column_or_1d(qid)
    check_consistent_length(qid, np.empty(n_rows))
    missing = _missing(qid)
    if len(missing):
        raise SpanwiseError(f"`qid` of row {missing[0]} is missing, expected a query for each row")
    return np.unique(qid, return_inverse=True)[1].astype(np.int64)


def _missing(qid):
    """The rows without a query."""
    if qid.dtype.kind != "O":
        return np.flatnonzero(qid != qid)  # what is missing differs from itself
    is_missing = [name is None or type(name).__name__ == "NAType" or name != name for name in qid]
    return np.flatnonzero(is_missing)


def query_weights(query_weight, codes, X):
    """The weight of each row, which all rows of a query share."""
    if query_weight is None:
        return None
    weights = _check_sample_weight(query_weight, X, dtype=np.float64, ensure_non_negative=True)
    first = np.unique(codes, return_index=True)[1][codes]
    differing = np.flatnonzero(weights != weights[first])
    if len(differing):
        row = differing[0]
        raise SpanwiseError(
            f"`query_weight` of row {row} is {weights[row]}, expected {weights[first[row]]}, as of row {first[row]} of the same query"
        )
    return weights
