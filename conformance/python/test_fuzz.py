"""Odd arrays and settings into every public function of statistics: an answer or a refusal, never a crash or a NaN p-value.

Each module is fuzzed in a process of its own, because an abort ends the process. SPANWISE_FUZZ_EXAMPLES says how many
calls a function gets (30 by default; 3000 is a long run). The calls are the same each time.
"""

import ast
import json
import math
import os
import pathlib
import subprocess
import sys
import time
import warnings

import pytest

N_EXAMPLES = int(os.environ.get("SPANWISE_FUZZ_EXAMPLES", "30"))
SLOW_SECONDS = 20.0
MODULES = ["stats", "metrics", "experiment"]


@pytest.mark.parametrize("module", MODULES)
def test_nothing_crashes_and_no_p_value_is_nan(module):
    done = subprocess.run([sys.executable, __file__, module], capture_output=True, text=True, timeout=60 + 20 * N_EXAMPLES)
    assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-2000:]}"


# ---- what follows runs in the process of its own

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, math.nan, math.inf, -math.inf, 1e308, -1e308, 1e-308, 5e-324, 2.0**53 + 2, 1e140, 1e200, -1e200, 1e-200, 3.0]
TABLES = {"table", "observed", "exog", "exog_het", "points", "samples", "tables"}
WHOLE = {"n_resamples": [-1, 0, 1, 20, 50], "n_jobs": [-1, 0, 1, 3, 10**6], "random_state": [0, 1, 2**64 - 1, -1]}
# Work grows with these: sizes that a test of seconds can bear.
SMALL = {"k_groups": [0, 1, 2, 5], "n_bins": [0, 1, 10, 10**5]}


def parts(text, inner="["):
    """The comma-separated parts of what stands in brackets."""
    return ast.literal_eval("[" + text[text.index(inner) + 1 : text.rindex("]")] + "]")


def numbers(st, np, pd, n):
    """A list of about ``n`` numbers in some holder."""
    finite = st.floats(-1e6, 1e6, allow_nan=False, width=32)
    cells = st.one_of(
        st.lists(finite, min_size=n, max_size=n), st.lists(st.integers(0, 1), min_size=n, max_size=n), st.lists(st.integers(0, 4), min_size=n, max_size=n),
        st.lists(st.floats(0, 1), min_size=n, max_size=n), st.lists(st.sampled_from(SPECIAL), min_size=n, max_size=n),
        st.lists(st.one_of(finite, st.sampled_from(SPECIAL)), min_size=n, max_size=n), st.sampled_from(SPECIAL).map(lambda x: [x] * n),
        st.floats(-1e300, 1e300).map(lambda x: [x + k for k in range(n)]), st.just(list(range(n))),
    )

    def cast(values, dtype):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return np.array(values, dtype=float).astype(dtype)

    holders = [
        np.array, np.array, np.array, list, lambda x: np.array(x, dtype=float)[::-1], lambda x: np.repeat(np.array(x, dtype=float), 2)[::2],
        lambda x: cast(x, "float16"), lambda x: cast(x, ">f4"), lambda x: cast(x, "int8"), lambda x: cast(x, "uint64"), lambda x: cast(x, "bool"),
        lambda x: np.ma.array(x, mask=[k % 3 == 0 for k in range(len(x))]), lambda x: pd.Series(x, dtype="Float64"), lambda x: [None if k % 4 == 1 else v for k, v in enumerate(x)],
        lambda x: np.array(x, dtype=object), pd.Series,
    ]
    return st.builds(lambda values, holder: holder(values), cells, st.sampled_from(holders))


def value_for(draw, st, tools, name, kind, n):
    """Something for an argument of this name and kind in the stub."""
    np, pd, made = tools
    if kind.startswith("list[ArrayLike]") or name == "tables":
        return [np.array(draw(st.lists(st.integers(0, 30), min_size=4, max_size=4))).reshape(2, 2) for _ in range(draw(st.integers(0, 3)))]
    if name == "cluster":
        return draw(st.one_of(st.none(), st.lists(st.sampled_from(["a", "b", "c", None]), min_size=n, max_size=n), st.lists(st.integers(0, 3), min_size=n, max_size=n)))
    if name == "data":
        count = draw(st.sampled_from([1, 2, 2, 2, 3]))
        return tuple(draw(numbers(st, np, pd, n)) for _ in range(count))
    if name == "p0":
        return draw(st.dictionaries(st.sampled_from(["a", "b", "x"]), st.sampled_from(SPECIAL), max_size=2))
    if name == "f" and kind == "str":
        return draw(st.sampled_from(["a * x + b", "a", "a * exp(b * x)", "ln(a) / x", "", "a ** b ** x", "1/0 * a", "((", "x"]))
    if name in TABLES or kind == "grid" or name == "probability" and draw(st.booleans()):
        columns = draw(st.sampled_from([1, 2, 2, 3, 5, 0]))
        cells = draw(st.one_of(
            st.lists(st.integers(0, 40), min_size=n * columns, max_size=n * columns), st.lists(st.floats(0, 1), min_size=n * columns, max_size=n * columns),
            st.lists(st.sampled_from(SPECIAL), min_size=n * columns, max_size=n * columns), st.lists(st.floats(-1e3, 1e3), min_size=n * columns, max_size=n * columns)))
        grid = np.array(cells, dtype=float).reshape(n, columns)
        return grid if draw(st.booleans()) else np.asfortranarray(grid)[::-1]
    if "ArrayLike" in kind and not (kind.endswith("None") and draw(st.booleans())):
        length = n if draw(st.integers(0, 9)) else draw(st.integers(0, 6))
        return draw(numbers(st, np, pd, length))
    for word, objects in made.items():
        if kind == word or kind == f"Sequence[{word}]":
            pick = st.sampled_from(objects)
            return draw(pick) if kind == word else draw(st.lists(pick, max_size=3))
    if "Callable" in kind:
        return draw(st.sampled_from(["norm", "uniform", "cauchy", lambda x: 0.5, lambda x: math.nan, lambda x: 2.0, *made["Distribution"]]))
    options = [None] if "None" in kind else []
    if "Literal" in kind:
        options += parts(kind[kind.index("Literal") :].split("]")[0] + "]") * 3 + ["nonsense"]
    if "_" in kind and not options or kind.startswith("_"):
        options += ["absolute", "relative", ("scaled", 0.5, 7.0), "two-sided", "less", "greater", "mean", "ratio", "holm", "bh", "obrien_fleming", "pocock", "gamma", "unpooled"]
    if "bool" in kind:
        options += [False, True]
    if "int" in kind and "tuple" not in kind and "Sequence" not in kind:
        options += WHOLE.get(name) or SMALL.get(name) or [0, 1, 2, 3, 5, n, -1, 2**31, 2**64]
    if "float" in kind and "tuple" not in kind:
        options += [0.05, 0.5, 0.95, 1.0, 0.0, 2.0, 10.0, 100.0, -1.0, *SPECIAL]
    if "tuple[int, int]" in kind:
        pair = st.tuples(st.integers(0, 50), st.sampled_from([0, 1, 50, 60, 1000, 2**63]))
        return draw(st.lists(pair, max_size=4) if "Sequence" in kind else pair)
    if "tuple[float, float]" in kind:
        options += [(0.0, 1.0), (1.0, 1.0), (-1.0, 0.0), (math.nan, math.inf)]
    if "Sequence[int]" in kind:
        return draw(st.lists(st.sampled_from([0, 1, 5, 1000, 2**62]), max_size=4))
    if "Sequence[float]" in kind:
        options += [[0.5, 1.0], [], [0.2, 0.2], [math.nan]]
    if "str" in kind and not options:
        options += ["pocock", "obrien_fleming", "wang_tsiatis", "haybittle_peto", "spending:pocock", "spending:", "", "?"]
    return draw(st.sampled_from(options or [None, 0, "x", 1.5]))


def bad_numbers(value, name=""):
    """The p-values that are no probability, and numbers that are none."""
    if isinstance(value, dict):
        return [bad for key, inner in value.items() for bad in bad_numbers(inner, key)]
    if isinstance(value, (list, tuple)):
        return [bad for inner in value for bad in bad_numbers(inner, name)]
    is_p = name in ("p_value", "pvalue", "p_values", "f_p_value", "adjusted_p_values", "chance_to_win")
    if is_p and isinstance(value, float) and not 0 <= value <= 1:
        return [f"{name} = {value}"]
    return []


def looked_at(found, name):
    if hasattr(found, "to_dict"):
        found.to_json(), found.to_frame(), found._repr_html_()
        bad = bad_numbers(found.to_dict())
        assert not bad, bad
    elif isinstance(found, float):
        assert not math.isnan(found), f"{name} gave NaN"


def fuzz(module_name):
    import hypothesis
    import numpy as np
    import pandas as pd
    from hypothesis import strategies as st

    import spanwise
    from spanwise import experiment, stats

    module = __import__(f"spanwise.{module_name}", fromlist=["x"])
    stub = pathlib.Path(module.__file__).with_suffix(".pyi").read_text()
    told = {node.name: node for node in ast.parse(stub).body if isinstance(node, ast.FunctionDef)}
    arms = [experiment.proportion(210, 2000), experiment.mean([1.0, 2.0, 4.0]), experiment.Arm(0, 0.0, 0.0), experiment.Arm(10, 1e300, 1e300), experiment.Arm(5, -1.0, math.nan)]
    sums = [experiment.Sums([1.0, 2.0, 5.0, 3.0], [0.5, 1.0, 1.5, 4.0]), experiment.Sums([1.0, 2.0]), experiment.Sums([1e300, 1.0], [0.0, 0.0]), experiment.Sums([], [])]
    compared = [experiment.fixed_horizon(arms[0], arms[0]), experiment.fixed_horizon(arms[0], arms[1]), experiment.fixed_horizon(arms[1], arms[1], alternative="less")]
    made = {"Arm": arms, "Sums": sums, "Comparison": compared, "Distribution": [stats.norm(), stats.expon()]}
    failures = {}
    for name, node in told.items():
        if name in ("plan", "analyse") or sys.argv[2:] and name not in sys.argv[2:]:
            continue  # they read projects
        print(name, file=sys.stderr, flush=True)
        function = getattr(module, name)
        arguments = node.args
        is_grid = {"probability"} if name.startswith(("multiclass", "top_k")) else {"y", "score"} if name == "label_ranking" else set()
        required = len(arguments.args) - len(arguments.defaults)
        positional = [(a.arg, "grid" if a.arg in is_grid else ast.unparse(a.annotation)) for a in arguments.args]
        named = [(a.arg, ast.unparse(a.annotation), default is None) for a, default in zip(arguments.kwonlyargs, arguments.kw_defaults)]

        @hypothesis.settings(max_examples=N_EXAMPLES, derandomize=True, deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck))
        @hypothesis.given(st.data())
        def call(data):
            draw = data.draw
            n = draw(st.sampled_from([0, 1, 2, 3, 5, 8, 13, 25, 40]))
            give = lambda name, kind: value_for(draw, st, (np, pd, made), name, kind, n)  # noqa: E731
            count = draw(st.integers(required, len(positional)))
            given = [give(*argument) for argument in positional[:count]]
            if arguments.vararg:
                given += [give("sample", "ArrayLike") for _ in range(draw(st.integers(0, 4)))]
            keywords = {name: give(name, kind) for name, kind, is_needed in named if is_needed or not draw(st.integers(0, 3))}
            start = time.process_time()
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    found = function(*given, **keywords)
                assert time.process_time() - start < SLOW_SECONDS, "slow"
            except (spanwise.SpanwiseError, TypeError, ValueError):
                return
            except OverflowError as error:
                # Python's own word for a whole number that is below 0 or beyond 64 bits
                assert "int" in str(error), error
                return
            except BaseException as error:
                raise AssertionError(f"{type(error).__name__}: {error} for {given!r:.600} {keywords!r:.300}") from None
            try:
                looked_at(found, name)
            except AssertionError as error:
                raise AssertionError(f"{error} for {given!r:.600} {keywords!r:.300}") from None

        try:
            call()
        except Exception as error:
            failures[name] = str(error)[:1500]
    print(json.dumps(failures, indent=1))
    return len(failures)


if __name__ == "__main__":
    sys.exit(1 if fuzz(sys.argv[1]) else 0)
