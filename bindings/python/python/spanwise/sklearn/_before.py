"""The model that a training goes on from."""

import os

from .._spanwise import Bundle, Model, SpanwiseError, load

#: What ``init_model`` may be.
EXPECTED = "a fitted estimator of boosted trees, a `spanwise.Bundle`, or the path of one"


def bundle_before(init_model):
    """The bundle of ``init_model``, or None without one."""
    if init_model is None or isinstance(init_model, Bundle):
        return init_model
    if isinstance(init_model, Model):
        return init_model.bundle
    if isinstance(init_model, (str, os.PathLike)):
        return load(os.fspath(init_model))
    is_estimator = not isinstance(init_model, type) and hasattr(type(init_model), "bundle_")
    if not is_estimator:
        found = init_model.__name__ if isinstance(init_model, type) else type(init_model).__name__
        raise SpanwiseError(f"`init_model` is of the type {found!r}, expected {EXPECTED}")
    return init_model.bundle_
