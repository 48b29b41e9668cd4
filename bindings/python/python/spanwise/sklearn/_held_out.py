"""Rows that are held out of a training, as callers give them and as the engine's refusals name them."""

import re

from sklearn.utils.validation import assert_all_finite, check_consistent_length, column_or_1d

from .._spanwise import SpanwiseError


def held_out(eval_set, parts):
    """The rows, target and more of ``eval_set``, or None; ``parts`` name what it may hold, the first two what it must.

    A list of one such tuple, as other libraries take it, is that tuple.
    """
    if eval_set is None:
        return None
    if isinstance(eval_set, list) and len(eval_set) == 1 and isinstance(eval_set[0], (tuple, list)):
        eval_set = eval_set[0]
    expected = " or ".join(f"({', '.join(parts[:n])})" for n in range(2, len(parts) + 1))
    if not isinstance(eval_set, (tuple, list)):
        raise SpanwiseError(f"`eval_set` is of the type {type(eval_set).__name__!r}, expected {expected}")
    if all(isinstance(part, tuple) for part in eval_set) and eval_set:
        raise SpanwiseError(f"`eval_set` holds {len(eval_set)} sets of rows, expected one: {expected}")
    if not 2 <= len(eval_set) <= len(parts):
        raise SpanwiseError(f"`eval_set` has {len(eval_set)} parts, expected {expected}")
    X, y, *more = eval_set
    return X, checked_target(X, y), *more


def checked_target(X, y):
    """A target without gaps, of as many rows as ``X``."""
    y = column_or_1d(y)
    if y.dtype.kind in "fc":
        assert_all_finite(y, input_name="y of `eval_set`")
    check_consistent_length(X, y)
    return y


def of_own_row(error, n_learnt, weights):
    """The refusal of a held-out target, told by the row's place in ``eval_set``."""
    if weights is not None and (weights == 0).any():
        return error  # rows of no weight are not counted
    found = re.match(r"`(.*?)` of row (\d+) is ", str(error))
    if not found or int(found[2]) < n_learnt:
        return error
    return SpanwiseError(f"`y` of row {int(found[2]) - n_learnt} of `eval_set` is {str(error)[found.end():]}")
