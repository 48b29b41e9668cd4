"""What callers give to the shell, checked: a refusal says what was found where, and what was expected."""

from numbers import Integral, Real

import numpy as np

from .._spanwise import SpanwiseError


def _is_whole(value):
    return isinstance(value, Integral) and not isinstance(value, (bool, np.bool_))


#: Parameters of the shell that need no column and no class: whether a value is right, and what is.
DECLARED = {
    "n_jobs": (lambda value: value is None or (_is_whole(value) and value != 0), "a whole number other than 0, or None"),
    "verbose": (lambda value: isinstance(value, Integral) and value >= 0, "a whole number of at least 0"),
    "budget": (
        lambda value: value is None or (isinstance(value, Real) and not isinstance(value, bool)),
        "None or a number of seconds",
    ),
    "intervals": (
        lambda value: value is None or (isinstance(value, Real) and 0 < value < 1),
        "None or a share of rows above 0 and below 1",
    ),
    "interval_groups": (
        lambda value: value is None or isinstance(value, str) or _is_whole(value),
        "None or the name or position of a column",
    ),
    "oob_score": (
        lambda value: isinstance(value, (bool, np.bool_)) or callable(value),
        "True, False or a function of truths and predictions",
    ),
    "contamination": (
        lambda value: (isinstance(value, str) and value == "auto") or (isinstance(value, Real) and 0 < value <= 0.5),
        "'auto' or a number above 0 and at most 0.5",
    ),
}


def declared(estimator, name):
    """The value of a parameter of the shell, if it is one that its declaration allows."""
    value = getattr(estimator, name)
    is_right, expected = DECLARED[name]
    if not is_right(value):
        raise SpanwiseError(f"`{name}` is {value!r}, expected {expected}")
    return value


def check_declared(estimator):
    """Refuses the first parameter of the shell that its declaration does not allow."""
    for name in DECLARED:
        if hasattr(estimator, name):
            declared(estimator, name)
    if getattr(estimator, "interval_groups", None) is not None and estimator.intervals is None:
        raise SpanwiseError(
            f"`interval_groups` is {estimator.interval_groups!r} and `intervals` None, expected a share of rows such as `intervals=0.9`"
        )


def directions(monotone):
    """``monotone`` with whole numbers for directions such as 1.0; what else is wrong, the engine says."""
    if not isinstance(monotone, dict):
        return monotone
    return {name: int(value) if _is_integral(value) else value for name, value in monotone.items()}


def _is_integral(value):
    return isinstance(value, Real) and not isinstance(value, (bool, np.bool_)) and value == value // 1


def columns_asked(asked, names):
    """The names of the columns that ``categorical_features`` asks for: by name, position or mask.

    None for those of a type of categories.
    """
    what = "'from_dtype', names or positions of columns, a mask, or None"
    if asked is None:
        return []
    if isinstance(asked, str) and asked == "from_dtype":
        return None
    if isinstance(asked, str) or not np.iterable(asked):
        raise SpanwiseError(f"`categorical_features` is {asked!r}, expected {what}")
    items = list(asked)
    truths = [isinstance(item, (bool, np.bool_)) for item in items]
    if items and all(truths):
        return _masked(items, names)
    return [_named(item, names) for item in items]


def column_asked(asked, names):
    """The name of the column that ``interval_groups`` asks for by name or position, or None."""
    return None if asked is None else _named(asked, names, "interval_groups")


def _masked(mask, names):
    if len(mask) != len(names):
        raise SpanwiseError(
            f"`categorical_features` is a mask of {len(mask)} columns, expected one of {len(names)}, as `X` has"
        )
    return [name for name, is_asked in zip(names, mask) if is_asked]


def _named(item, names, parameter="categorical_features"):
    if _is_whole(item):
        if 0 <= item < len(names):
            return names[item]
        raise SpanwiseError(f"`{parameter}` holds {item}, expected positions from 0 to {len(names) - 1}")
    if isinstance(item, str):
        return item  # the engine knows the nearest name
    raise SpanwiseError(f"`categorical_features` holds {item!r}, expected only names, only positions, or a mask of all columns")
