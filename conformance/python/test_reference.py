"""The reference cases answered over the wheel, and the faces of the mathematics behind them."""

import ast
import importlib
import inspect
import json
import pathlib
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import spanwise
from conftest import ROOT, SHARED
from spanwise import calibration, conformal, experiment, inspection, metrics, stats

ANSWER = ROOT / "conformance/reference/answer.py"
CHECK = SHARED / "reference/check.py"
MODULES = ["calibration", "conformal", "experiment", "inspection", "metrics", "stats"]


def score(reference, tmp_path):
    """What check.py counts: right, wrong and missing cases."""
    results = tmp_path / "results.json"
    done = subprocess.run([sys.executable, ANSWER, reference], capture_output=True, text=True, check=True)
    results.write_text(done.stdout)
    told = subprocess.run([sys.executable, CHECK, reference, results], capture_output=True, text=True).stdout
    right, wrong, missing, _ = told.splitlines()[-1].split()[1:]
    return int(right), int(wrong), int(missing), told


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared reference is not on this machine")
@pytest.mark.parametrize("topic, least", [("08_explain_calibration", 14), ("09_metrics", 59), ("02_hypothesis_tests", 107), ("04_ab_experiments", 37), ("01_nist_strd", 19)])
def test_what_is_answered_is_right(topic, least, tmp_path):
    right, wrong, missing, told = score(SHARED / f"reference/{topic}.json", tmp_path)
    assert wrong == 0, told
    assert right >= least
    assert missing == 0 or topic == "04_ab_experiments", told


def test_cases_are_answered_by_family_and_nothing_else(tmp_path):
    case = {"id": "a", "family": "conformal", "data": {"abs_residuals": [1.0, 2.0, 3.0]}, "params": {"alpha": 0.5}, "expected": {"q": 0}}
    cases = [case, case | {"id": "b", "family": "unheard of"}, case | {"id": "c", "data": {"abs_residuals": []}}]
    path = tmp_path / "reference.json"
    path.write_text(json.dumps({"topic": "08_explain_calibration", "cases": cases}))
    done = subprocess.run([sys.executable, ANSWER, path], capture_output=True, text=True, check=True)
    answers = json.loads(done.stdout)
    assert answers["a"] == {"q": 2.0} and "b" not in answers and "at least 1" in answers["c"]["error"]


def test_an_imported_model_answers_and_explains(tmp_path):
    lightgbm = pytest.importorskip("lightgbm")
    r = np.random.default_rng(0)
    X = r.normal(size=(500, 4))
    y = (X[:, 0] + X[:, 1] * X[:, 2] > 0).astype(int)
    theirs = lightgbm.train({"objective": "binary", "verbose": -1, "num_leaves": 7}, lightgbm.Dataset(X, y), 20)
    theirs.save_model(tmp_path / "model.txt")
    ours = spanwise.import_model(tmp_path / "model.txt", classes=["no", "yes"])
    assert (ours.margins(X) == theirs.predict(X, raw_score=True)).all()
    assert (ours.leaves(X) == theirs.predict(X, pred_leaf=True)).all()
    base, values = ours.explain(X)
    assert np.allclose(np.column_stack([values, base]), theirs.predict(X, pred_contrib=True), atol=1e-9)
    n_splits, gains = ours.source_importances()
    assert (n_splits == theirs.feature_importance("split")).all()
    assert np.allclose(gains, theirs.feature_importance("gain"), rtol=1e-4)
    assert ours.bundle.classes == ["no", "yes"]
    import pickle
    again = pickle.loads(pickle.dumps(ours))
    assert (again.leaves(X) == ours.leaves(X)).all()
    with pytest.raises(spanwise.SpanwiseError, match="the file is something else"):
        (tmp_path / "junk").write_text("junk")
        spanwise.import_model(tmp_path / "junk")


def test_intervals_cover_what_they_promise():
    r = np.random.default_rng(1)
    y, new = r.normal(size=2000), r.normal(size=4000)
    q = conformal.quantile(conformal.absolute_scores(y, np.zeros(2000)), level=0.8)
    held, width = conformal.coverage(new, conformal.around(np.zeros(4000), q))
    assert 0.77 < held < 0.83 and width == pytest.approx(2 * q)
    by_group = conformal.group_quantiles(np.abs(y), np.arange(2000) % 2, level=0.8)
    assert by_group.shape == (2,)
    p = r.dirichlet([1, 1, 1], size=3000)
    drawn = np.array([r.choice(3, p=row) for row in p])
    q = conformal.quantile(conformal.adaptive_scores(p[:1500], drawn[:1500]), 0.9)
    sets = conformal.adaptive_sets(p[1500:], q)
    assert 0.87 < sets[np.arange(1500), drawn[1500:]].mean() <= 1


def test_shapley_values_by_definition_are_those_of_the_trees():
    from spanwise.sklearn import SpanwiseRegressor
    r = np.random.default_rng(2)
    X = r.normal(size=(300, 4))
    model = SpanwiseRegressor(rounds=15).fit(X, X[:, 0] + X[:, 1] * X[:, 2])
    found = inspection.shapley_values(model, X[:3], X[:30])
    assert np.allclose(found.values, model.explain(X[:3], X[:30]).values, atol=1e-9)
    drawn = inspection.permutation_importance(model, X, X[:, 0] + X[:, 1] * X[:, 2], n_repeats=5)
    assert drawn.mean[3] < drawn.mean[0] and drawn.each.shape == (4, 5)
    line = inspection.partial_dependence(model, X, 0, [-2, 0, 2])
    assert (np.diff(line.mean) > 0).all() and line.each.shape == (300, 3)
    with pytest.raises(ZeroDivisionError):
        inspection.partial_dependence(lambda X: 1 / 0, X, 0, [0.0])
    with pytest.raises(spanwise.SpanwiseError, match="found 2 numbers, expected 300"):
        inspection.partial_dependence(lambda X: [1.0, 2.0], X, 0, [0.0])


@pytest.mark.parametrize("holder", [list, tuple, np.array, pd.Series, pl.Series, pa.array, lambda x: np.array(x, np.float32).astype(">f4"), lambda x: np.repeat(x, 2)[::2]])
def test_numbers_come_in_any_holder(holder):
    y, score = [0, 1, 1, 0, 1], [0.125, 0.5, 0.25, 0.375, 0.75]
    assert metrics.roc_auc(holder(y), holder(score)) == metrics.roc_auc(y, score)
    assert stats.ttest_ind(holder(score), holder(y)).p_value == stats.ttest_ind(score, y).p_value


def test_odd_input_is_refused_and_never_crashes():
    odd = [[], [1.0], [np.nan] * 3, [np.inf, 1.0, 2.0], "text", b"bytes", None, 3, [[1, 2], [3]], ["a", "b"], np.zeros((2, 2)), np.array([1j]), {}, [None, None], [2**70, 1], np.array([], dtype=object)]
    for module in (calibration, conformal, experiment, metrics, stats):
        for name in module.__all__:
            function = getattr(module, name)
            if isinstance(function, type):
                continue
            needed = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
            for value in odd:
                for count in {len(needed), len(needed) + 1}:
                    try:
                        function(*[value] * count)
                    except (ValueError, TypeError, OverflowError, OSError):
                        pass


def test_missing_values_are_dropped_and_counted():
    found = stats.ttest_rel([1.0, None, 3.0, 4.5], [2.0, 1.0, np.nan, 7.0])
    assert (found.n_used, found.n_dropped) == (2, 2)
    assert found.method == "paired t-test" and "p =" in repr(found)


@pytest.mark.parametrize("name", MODULES)
def test_stubs_say_what_the_functions_are(name):
    module = importlib.import_module(f"spanwise.{name}")
    stub = pathlib.Path(module.__file__).with_suffix(".pyi")
    if not stub.exists():
        return  # written in Python, with its own signatures
    told = {node.name: node for node in ast.parse(stub.read_text()).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    assert set(told) == set(module.__all__)
    for function, node in told.items():
        found = getattr(module, function)
        assert found.__doc__, function
        if isinstance(node, ast.FunctionDef):
            of = node.args
            names = [argument.arg for argument in [*of.args, *([of.vararg] if of.vararg else []), *of.kwonlyargs]]
            assert names == list(inspect.signature(found).parameters), function
