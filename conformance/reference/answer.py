#!/usr/bin/env python3
"""Answers reference cases over the wheel: answer.py REFERENCE.json > RESULTS.json

A case is answered by its family and its parameters; families that we do not have are left out. What cannot be computed
is answered by a refusal, {"error": "..."}. Paths of models are relative to the reference file.
"""

import json
import math
import pathlib
import sys

import numpy as np

import experiments
import explain_calibration
import hypothesis_tests
import metrics
import spanwise
import strd

FAMILIES = {
    "01_nist_strd": strd.FAMILIES,
    "02_hypothesis_tests": hypothesis_tests.FAMILIES,
    "04_ab_experiments": experiments.FAMILIES,
    "08_explain_calibration": explain_calibration.FAMILIES,
    "09_metrics": metrics.FAMILIES,
}


def main(path):
    path = pathlib.Path(path)
    reference = json.loads(path.read_text())
    families = FAMILIES.get(reference["topic"], {})
    results = {}
    for case in reference["cases"]:
        if case["family"] in families:
            found = answer(families[case["family"]], case, path.parent)
            if found is not None:
                results[case["id"]] = found
    json.dump(results, sys.stdout, indent=1)


def answer(family, case, folder):
    try:
        return plain(family(case, folder))
    except (spanwise.SpanwiseError, OSError) as error:
        return {"error": str(error)}


def plain(value):
    """As JSON holds it."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and math.isnan(value) else value


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
