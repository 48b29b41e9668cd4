"""Statistics in Python beside scipy and statsmodels: numbers, results as plain data, odd input, names, free threads."""

import ast
import copy
import decimal
import fractions
import importlib
import inspect
import json
import pathlib
import pickle
import threading
import time

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.optimize
import scipy.stats
import statsmodels.stats.contingency_tables
import statsmodels.stats.diagnostic
import statsmodels.stats.multitest
import statsmodels.stats.outliers_influence
import statsmodels.stats.power
import statsmodels.stats.proportion
import statsmodels.stats.stattools
import statsmodels.stats.weightstats
import statsmodels.tsa.stattools

import spanwise
from spanwise import experiment, metrics, stats
from spanwise._results import Result

R = np.random.default_rng(7)
A, B, C = R.normal(0, 1, 40), R.normal(0.6, 1.5, 55), R.normal(0.2, 1, 48)
PAIRED = A[:30] + R.normal(0.3, 0.5, 30)
TABLE = [[12, 5, 7], [3, 9, 11]]
SERIES = np.cumsum(R.normal(size=120))
WEEKS = np.arange(210) % 7 + R.normal(size=210)
X = R.normal(size=(80, 2))
Y = X @ [1.0, -2.0] + R.normal(size=80)
LABELS = R.integers(0, 2, 200)
SCORE_A = LABELS + R.normal(0, 1.0, 200)
SCORE_B = LABELS + R.normal(0, 1.6, 200)


# ---- numbers


def close(ours, theirs, rtol=1e-9):
    statistic = ours.effect.value if getattr(ours, "method", "") == "exact binomial test" else ours.statistic
    assert statistic == pytest.approx(float(theirs.statistic), rel=rtol)
    assert ours.p_value == pytest.approx(float(theirs.pvalue), rel=rtol)


BESIDE_SCIPY = {
    "ttest_ind": lambda m: m.ttest_ind(A, B, equal_var=False),
    "ttest_ind pooled": lambda m: m.ttest_ind(A, B, equal_var=True),
    "ttest_ind less": lambda m: m.ttest_ind(A, B, equal_var=False, alternative="less"),
    "ttest_1samp": lambda m: m.ttest_1samp(A, 0.1),
    "ttest_rel": lambda m: m.ttest_rel(A[:30], PAIRED),
    "mannwhitneyu": lambda m: m.mannwhitneyu(A, B, True, "two-sided", method="asymptotic"),
    "mannwhitneyu exact": lambda m: m.mannwhitneyu(A[:9], B[:8], method="exact"),
    "kruskal": lambda m: m.kruskal(A, B, C),
    "friedmanchisquare": lambda m: m.friedmanchisquare(A[:30], PAIRED, C[:30]),
    "f_oneway": lambda m: m.f_oneway(A, B, C),
    "levene": lambda m: m.levene(A, B, C),
    "bartlett": lambda m: m.bartlett(A, B, C),
    "fligner": lambda m: m.fligner(A, B, C),
    "shapiro": lambda m: m.shapiro(A),
    "normaltest": lambda m: m.normaltest(A),
    "jarque_bera": lambda m: m.jarque_bera(A),
    "ks_1samp": lambda m: m.ks_1samp(A, m.norm().cdf),
    "ks_2samp": lambda m: m.ks_2samp(A, B),
    "pearsonr": lambda m: m.pearsonr(A[:30], PAIRED),
    "spearmanr": lambda m: m.spearmanr(A[:30], PAIRED),
    "kendalltau": lambda m: m.kendalltau(A[:30], PAIRED),
    "chi2_contingency": lambda m: m.chi2_contingency(TABLE),
    "chisquare": lambda m: m.chisquare([16, 18, 16, 14, 12, 12]),
    "fisher_exact": lambda m: m.fisher_exact([[8, 2], [1, 5]]),
    "binomtest": lambda m: m.binomtest(9, 30, 0.2, "greater"),
}


@pytest.mark.parametrize("name", BESIDE_SCIPY)
def test_the_same_call_gives_the_numbers_of_scipy(name):
    close(BESIDE_SCIPY[name](stats), BESIDE_SCIPY[name](scipy.stats), 1e-7 if name == "shapiro" else 1e-9)


def test_permutation_tests_are_scipys():
    difference = lambda x, y, axis: x.mean(axis) - y.mean(axis)  # noqa: E731
    ours = stats.permutation_test((A[:7], B[:6]), "mean", n_resamples=10_000)
    theirs = scipy.stats.permutation_test((A[:7], B[:6]), difference, n_resamples=np.inf, vectorized=True)
    assert ours.is_exact and ours.n_arrangements == 1716 and ours.p_value_error == 0
    close(ours, theirs)
    flipped = stats.permutation_test((A[:10], PAIRED[:10]), "mean", permutation_type="samples", alternative="less")
    theirs = scipy.stats.permutation_test((A[:10], PAIRED[:10]), difference, permutation_type="samples", n_resamples=np.inf, alternative="less", vectorized=True)
    close(flipped, theirs)
    shuffled = stats.permutation_test((A[:7], PAIRED[:7]), "pearsonr", permutation_type="pairings")
    theirs = scipy.stats.permutation_test((A[:7],), lambda x: scipy.stats.pearsonr(x, PAIRED[:7]).statistic, permutation_type="pairings", n_resamples=np.inf)
    close(shuffled, theirs)
    drawn = stats.permutation_test((A, B), "mean", n_resamples=20_000)
    theirs = scipy.stats.permutation_test((A, B), difference, n_resamples=20_000, rng=np.random.default_rng(1), vectorized=True)
    assert not drawn.is_exact and abs(drawn.p_value - theirs.pvalue) < 5 * drawn.p_value_error
    again = [stats.permutation_test((A, B), "mean", n_resamples=20_000, n_jobs=n).to_dict() for n in (1, 2, 5)]
    assert again[0] == again[1] == again[2] == drawn.to_dict()
    near = [stats.permutation_test((A, C), "mean", random_state=seed) for seed in (0, 1)]
    assert near[0] != near[1] and abs(near[0].p_value - near[1].p_value) < 6 * near[0].p_value_error
    with pytest.raises(spanwise.SpanwiseError, match='"mean" or "signed_rank" with "samples"'):
        stats.permutation_test((A, B), "median", permutation_type="samples")
    with pytest.raises(spanwise.SpanwiseError, match="found 1 samples, expected two"):
        stats.permutation_test(A, "mean")


VARIANCE = {
    "mean": np.mean, "median": np.median, "std": lambda x, axis: np.std(x, axis=axis, ddof=1),
    "var": lambda x, axis: np.var(x, axis=axis, ddof=1), "quantile": lambda x, axis: np.quantile(x, 0.25, axis=axis),
}


@pytest.mark.parametrize("method", ["BCa", "percentile", "basic"])
@pytest.mark.parametrize("statistic", VARIANCE)
def test_bootstrap_intervals_are_scipys_up_to_chance(statistic, method):
    ours = stats.bootstrap((A,), statistic, n_resamples=30_000, method=method, q=0.25)
    theirs = scipy.stats.bootstrap((A,), VARIANCE[statistic], n_resamples=30_000, method=method, vectorized=True, rng=np.random.default_rng(3))
    assert ours.value == pytest.approx(VARIANCE[statistic](A, axis=0))
    width = ours.high - ours.low
    low, high = theirs.confidence_interval
    tolerance = 0.15 if statistic in ("median", "quantile") else 0.04
    assert abs(ours.low - low) < tolerance * width and abs(ours.high - high) < tolerance * width
    assert ours.standard_error == pytest.approx(theirs.standard_error, rel=0.03)


def test_bootstrap_of_two_samples_clusters_and_blocks():
    two = stats.bootstrap((A, B), "mean", n_resamples=5000)
    assert two.name == "difference of means" and two.value == pytest.approx(A.mean() - B.mean())
    pairs = stats.bootstrap((np.abs(A[:30]), np.abs(PAIRED)), "ratio", n_resamples=5000)
    assert pairs.value == pytest.approx(np.abs(A[:30]).sum() / np.abs(PAIRED).sum())
    assert stats.bootstrap((A[:30], PAIRED), "pearsonr").value == pytest.approx(scipy.stats.pearsonr(A[:30], PAIRED).statistic)
    users = np.repeat([f"u{k}" for k in range(12)], 10)
    values = np.repeat(R.normal(size=12), 10) + 0.1 * R.normal(size=120)
    clustered = stats.bootstrap(values, "mean", cluster=users)
    assert clustered.standard_error > 2 * stats.bootstrap(values, "mean").standard_error
    assert clustered == stats.bootstrap(values, "mean", cluster=np.repeat(np.arange(12), 10), n_jobs=1)
    assert stats.bootstrap(SERIES, "mean", block=10).standard_error > stats.bootstrap(SERIES, "mean").standard_error
    assert stats.bootstrap([1.0, 2.0, 4.0], "mean") == stats.bootstrap(np.array([1.0, 2.0, 4.0]), "mean")
    assert (two.confidence_interval.low, two.confidence_interval.high) == (two.low, two.high)
    for wrong, told in [
        (dict(statistic="mode"), "the statistic \"mode\""), (dict(cluster=users[:3]), "length 3"), (dict(cluster=users, block=3), "both"),
        (dict(method="bc"), "the method"), (dict(statistic="pearsonr"), "two columns"), (dict(n_resamples=5), "at least 20"),
    ]:
        with pytest.raises(spanwise.SpanwiseError, match=told):
            stats.bootstrap(values, **({"statistic": "mean"} | wrong))


def by_pairs(y, a, b):
    """DeLong's z as the paper writes it."""
    kernel = lambda s: (s[y == 1][:, None] > s[y == 0]) + 0.5 * (s[y == 1][:, None] == s[y == 0])  # noqa: E731
    gap = kernel(a) - kernel(b)
    variance = gap.mean(1).var(ddof=1) / (y == 1).sum() + gap.mean(0).var(ddof=1) / (y == 0).sum()
    return gap.mean() / np.sqrt(variance)


def test_delong_is_the_papers():
    found = metrics.delong_test(LABELS, SCORE_A, SCORE_B)
    assert found.statistic == pytest.approx(by_pairs(LABELS, SCORE_A, SCORE_B), rel=1e-12)
    assert found.p_value == pytest.approx(2 * scipy.stats.norm.sf(abs(found.statistic)), rel=1e-12)
    one = metrics.roc_auc_interval(LABELS, SCORE_A)
    assert one.value == metrics.roc_auc(LABELS, SCORE_A) == found.more_effects[0].value
    assert 0 < one.low < one.value < one.high < 1
    assert metrics.roc_auc_interval(LABELS, SCORE_A, level=0.5).low > one.low


def test_curves_are_fitted_as_by_scipy():
    x = np.linspace(0, 4, 40)
    y = 3 * np.exp(-0.8 * x) + 1 + 0.05 * R.normal(size=40)
    found = stats.curve_fit("a * exp(-b * x) + c", x, y, {"a": 2, "b": 1, "c": 0})
    theirs, covariance = scipy.optimize.curve_fit(lambda x, a, b, c: a * np.exp(-b * x) + c, x, y, (2, 1, 0))
    assert found.coefficients == pytest.approx(theirs, rel=1e-6)
    assert found.covariance == pytest.approx(covariance, rel=1e-4)
    assert found.standard_errors == pytest.approx(np.sqrt(np.diag(found.covariance)), rel=1e-12)
    t = scipy.stats.t(37).isf(0.025)
    assert found.high == pytest.approx(found.coefficients + t * found.standard_errors, rel=1e-10)
    frame = pd.DataFrame({"time": x, "name": ["n"] * 40})
    by_name = stats.curve_fit("a * exp(-b * time) + c", frame, y, {"a": 2, "b": 1, "c": 0})
    assert (by_name.coefficients == found.coefficients).all() and by_name.n_used == 40
    assert stats.curve_fit("a * exp(-b * time) + c", pl.from_pandas(frame[["time"]]), y, {"a": 2, "b": 1, "c": 0}) == by_name
    # NIST StRD Misra1a, certified
    misra = [77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0]
    target = [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78]
    found = stats.curve_fit("b1*(1-exp(-b2*x))", misra, target, {"b1": 500, "b2": 0.0001})
    assert found.coefficients == pytest.approx([2.3894212918e2, 5.5015643181e-4], rel=1e-9)
    assert found.standard_errors == pytest.approx([2.7070075241, 7.2668688436e-6], rel=1e-9)
    assert found.residual_sd == pytest.approx(1.0187876330e-1, rel=1e-9)
    with pytest.raises(spanwise.SpanwiseError, match="found `z` at character 5"):
        stats.curve_fit("a * z", x, y, {"a": 1})
    with pytest.raises(spanwise.SpanwiseError, match="among columns and parameters"):
        stats.curve_fit("a * x", x, y, {"a": 1, "x": 1})


# ---- results as plain data


def results():
    """One of every class of results."""
    control, treatment = experiment.proportion(210, 2000), experiment.proportion(260, 2010)
    compared = experiment.fixed_horizon(control, treatment)
    looks = experiment.group_sequential("obrien_fleming", 3)
    sums = [experiment.Sums(R.normal(k, 1, 50), R.normal(size=50)) for k in (0, 1)]
    return [
        stats.cohen_d(A, B), stats.ttest_ind(A, B), stats.ttest_ind(A, B, alternative="less"), stats.anova_table(A, B, C), stats.describe(A), stats.gaussian_kde(A),
        stats.two_way_anova(A, np.arange(40) % 2, np.arange(40) % 4 // 2), stats.two_way_anova(A, np.arange(40) % 2, np.arange(40) % 4 // 2).first,
        stats.norm(1.0, 2.0), stats.studentized_range(3, 10.0), stats.linear_regression(Y, X), stats.regression_diagnostics(Y, X),
        stats.tukey_hsd(A, B, C), stats.tukey_hsd(A, B, C).pairs[0], stats.adfuller(SERIES), stats.bootstrap(A, "mean", n_resamples=50),
        stats.permutation_test((A, B), "mean", n_resamples=99), stats.curve_fit("a + b * x", X[:, 0], Y, {"a": 0, "b": 0}),
        stats.mcnemar([[10, 5], [2, 7]]),
        stats.stl(WEEKS, 7), stats.anomalies(WEEKS, 7), stats.seasons(WEEKS)[0], stats.change_points(np.r_[A, A + 9])[0],
        control, compared, compared.effect, looks, looks.look(0, control, treatment), experiment.posterior(control, treatment),
        experiment.beta_binomial((210, 2000), (260, 2010)), experiment.cuped(*sums), sums[0], experiment.sample_ratio([1000, 1010], [1, 1]),
        experiment.exposures([0, 0, 1, 2], [0, 1, 1, 0]), experiment.segments([compared, compared]), experiment.Plan(tuning=5000.0),
    ]


def classes():
    found = {getattr(module, name) for module in (stats, experiment) for name in module.__all__}
    return {kind for kind in found if isinstance(kind, type) and not kind.__name__.startswith("Project")}


def test_every_class_of_results_is_looked_at():
    assert {type(result) for result in results()} == classes()


@pytest.mark.parametrize("result", results(), ids=lambda result: type(result).__name__)
def test_results_are_plain_data(result):
    assert isinstance(result, Result)
    plain = result.to_dict()
    assert list(json.loads(result.to_json())) == list(plain)
    attributes = {name for name in plain if hasattr(result, name)}
    assert attributes or type(result).__name__ in ("Sums", "Distribution")
    for name in attributes - {"n"}:
        if isinstance(plain[name], (int, float, str)):
            assert plain[name] == getattr(result, name) or plain[name] != plain[name]
    for again in (pickle.loads(pickle.dumps(result)), copy.copy(result), copy.deepcopy(result)):
        assert type(again) is type(result) and again == result and again.to_json() == result.to_json()
        assert repr(again) == repr(result) and hash(again) == hash(result)
    assert result != 3 and not result == None  # noqa: E711
    frame = result.to_frame()
    n_rows = len(frame)
    assert n_rows > 0 and len(pl.DataFrame(frame)) == n_rows == pa.table(frame).num_rows == len(frame.to_pandas())
    page = result._repr_html_()
    assert page.startswith("<table>") and page.count("<tr>") == n_rows + 1 and "<script" not in page


def test_frames_are_tidy():
    frame = pl.DataFrame(stats.ttest_ind(A, B).to_frame())
    assert frame["name"].to_list() == ["mean difference", "Hedges' g"] and frame["n_used"].dtype == pl.Int64
    assert frame["p_value"][0] == frame["p_value"][1] == stats.ttest_ind(A, B).p_value
    assert pl.DataFrame(stats.ttest_ind(A, B, alternative="less").to_frame())["low"][0] is None
    assert pl.DataFrame(stats.tukey_hsd(A, B, C).to_frame()).height == 3
    two_way = pl.DataFrame(stats.two_way_anova(A, np.arange(40) % 2, np.arange(40) % 4 // 2).to_frame())
    assert two_way["term"].to_list() == ["first", "second", "interaction", "residual"]
    fit = pl.DataFrame(stats.linear_regression(Y, X).to_frame())
    assert fit["term"].to_list() == ["constant", "x1", "x2"]
    assert stats.describe(A).to_frame()["n"] == [40]


def test_pages_are_escaped_and_pickles_hold_plain_data():
    fit = stats.curve_fit("a * x", [1, 2, 3.5], [1, 2, 3.0], {"a": 1})
    forged = spanwise._spanwise.restore("CurveFit", fit.to_dict() | {"parameters": ["<script>x</script>"]})
    assert "<script>" not in forged._repr_html_() and "&lt;script&gt;" in forged._repr_html_()
    assert b"_of_dict" not in pickle.dumps(fit) and b"restore" in pickle.dumps(fit)
    for name, fields in [("CurveFit", {}), ("Nothing", {}), ("Sums", {"n": 1, "n_dropped": 0, "n_columns": 2**62, "parts": []})]:
        with pytest.raises(spanwise.SpanwiseError, match="found the"):
            spanwise._spanwise.restore(name, fields)
    deep = []
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(ValueError):
        spanwise._spanwise.restore("Effect", {"name": deep, "value": 0.0, "low": 0.0, "high": 0.0})


def test_restored_arms_and_sums_go_on():
    sums = experiment.Sums(A, A**2)
    again = pickle.loads(pickle.dumps(sums))
    more = experiment.Sums(B, B**2)
    assert again.merged(more) == sums.merged(more) and again.covariance(0, 1) == sums.covariance(0, 1)
    control, treatment = experiment.mean(A), experiment.mean(B)
    compared = experiment.fixed_horizon(control, treatment, difference="relative")
    assert experiment.fixed_horizon(*pickle.loads(pickle.dumps((control, treatment))), difference="relative") == compared
    assert experiment.family(pickle.loads(pickle.dumps([compared, compared]))) == experiment.family([compared, compared])


# ---- input


NAN = float("nan")
MISSING = {
    "list": [1.0, None, 3.0, 4.5], "nan": np.array([1.0, NAN, 3.0, 4.5]), "masked": np.ma.array([1.0, 77.0, 3.0, 4.5], mask=[0, 1, 0, 0]),
    "masked objects": np.ma.array([1.0, "x", 3.0, 4.5], mask=[0, 1, 0, 0], dtype=object), "masked cell": [1.0, np.ma.masked, 3.0, 4.5],
    "pandas": pd.Series([1.0, None, 3.0, 4.5]), "pandas Float64": pd.array([1.0, None, 3.0, 4.5], dtype="Float64"), "pandas.NA": [1, pd.NA, 3, 4.5],
    "pandas objects": pd.Series([1, pd.NA, 3, 4.5], dtype=object), "pandas arrow": pd.Series([1.0, None, 3.0, 4.5], dtype="double[pyarrow]"),
    "polars": pl.Series([1.0, None, 3.0, 4.5]), "pyarrow": pa.array([1.0, None, 3.0, 4.5]), "chunks": pa.chunked_array([[1.0, None], [3.0, 4.5]]),
    "decimals": [decimal.Decimal("1"), None, decimal.Decimal("3"), decimal.Decimal("4.5")], "fractions": [1, None, fractions.Fraction(3), fractions.Fraction(9, 2)],
    "pyarrow decimals": pa.array([decimal.Decimal("1.0"), None, decimal.Decimal("3.0"), decimal.Decimal("4.5")]),
}


@pytest.mark.parametrize("holder", MISSING)
def test_missing_is_missing_in_every_holder(holder):
    found = stats.describe(MISSING[holder])
    assert (found.n, found.n_missing) == (3, 1) and found.mean == pytest.approx(8.5 / 3)


def test_whole_numbers_with_missing_ones_and_truths():
    for data in (pd.array([1, None, 4], dtype="Int64"), pl.Series([1, None, 4]), pa.array([1, None, 4]), pd.Series([1, None, 4], dtype="int64[pyarrow]")):
        assert (stats.describe(data).n, stats.describe(data).mean) == (2, 2.5)
    for data in (pd.array([True, None, False], dtype="boolean"), pl.Series([True, None, False]), pa.array([True, None, False]), [True, None, False]):
        assert (stats.describe(data).n, stats.describe(data).mean) == (2, 0.5)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "longdouble", ">f8", ">f4", ">i2", "int8", "uint64", "bool"])
def test_every_kind_of_number_is_taken(dtype):
    values = np.array([1, 0, 1, 1, 0], dtype=dtype)
    assert stats.describe(values).mean == pytest.approx(0.6)
    assert stats.describe(np.repeat(values, 3)[::3]).mean == pytest.approx(0.6)
    assert stats.describe(values[::-1]).mean == pytest.approx(0.6)


def test_whole_numbers_beyond_53_bits_are_rounded_as_by_numpy():
    big = np.array([2**53 + 1, 2**63, 2**64 - 1], dtype=np.uint64)
    assert stats.describe(big).max == float(2**64) and stats.describe(big).min == float(2**53)
    with pytest.raises(spanwise.SpanwiseError, match="too many digits at index 1"):
        stats.describe([1, 10**400, 2])
    with pytest.raises(spanwise.SpanwiseError, match="code"):
        metrics.accuracy(big, big)


REFUSED = [
    ("text", "a `<class 'str'>`"), (["a", "b"], "'a' at index 0"), ([1.0, "2"], "'2' at index 1"), (np.array(["a"]), "such as 'a'"),
    (np.array([1.0, "x"], dtype=object), "'x' at index 1"), (np.array([1j]), "complex128"), (np.array(5.0), "0 axes"), (np.float64(5), "0 axes"),
    (5, "`<class 'int'>`"), (b"12", "bytes"), ({1.0, 2.0}, "set"), ({"a": 1}, "dict"), (np.zeros((2, 2)), "2 axes"), ([[1.0], [2.0]], "[1.0] at index 0"),
    (pd.Series(["a", None]), "at index 0"), (pl.Series(["a", None]), "index 0"), (pd.to_datetime(["2020-01-01"]), "datetime64"), ([object()], "object object at"),
    ([np.array([1.0])], "index 0"), (np.array([], dtype=object), "at least 2"), ([], "at least 2"), (np.array([1, 2], dtype="m8[s]"), "timedelta64"),
    ([float("inf"), 1.0], "inf"), (None, "NoneType"),
]


@pytest.mark.parametrize("data, told", REFUSED, ids=[str(k) for k in range(len(REFUSED))])
def test_what_is_no_number_is_refused_by_value_and_place(data, told):
    with pytest.raises(spanwise.SpanwiseError) as error:
        stats.describe(data)
    assert told in str(error.value)


# ---- free threads


@pytest.mark.parametrize("work", [
    lambda x, y: stats.mann_kendall(x[:20_000]), lambda x, y: stats.kendalltau(x, y), lambda x, y: stats.spearmanr(x, y), lambda x, y: stats.kruskal(x, y, y),
    lambda x, y: metrics.roc_auc(y > 0, x), lambda x, y: experiment.Sums(x, y, x, y, x, y), lambda x, y: stats.fligner(x, y),
], ids=["mann_kendall", "kendalltau", "spearmanr", "kruskal", "roc_auc", "Sums", "fligner"])
def test_other_threads_go_on_meanwhile(work):
    x, y = R.normal(size=(2, 400_000))
    stop, ticks = threading.Event(), []

    def tick():
        while not stop.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.0002)

    other = threading.Thread(target=tick)
    other.start()
    within = 0
    for _ in range(100):
        start = time.perf_counter()
        work(x, y)
        end = time.perf_counter()
        # not at its ends, where arguments come in and results go out; a function that holds the interpreter has none
        within += sum(0.3 * (end - start) < moment - start < 0.9 * (end - start) for moment in ticks[-5000:])
        if within:
            break
    stop.set()
    other.join()
    assert within, "the other thread stood still whenever the function ran"


# ---- names and words


def functions(module):
    return {name: getattr(module, name) for name in module.__all__ if not isinstance(getattr(module, name), type)}


@pytest.mark.parametrize("module", [stats, metrics, experiment], ids=lambda module: module.__name__)
def test_every_function_tells_shapes_missing_errors_and_source(module):
    for name, function in functions(module).items():
        words = inspect.getdoc(function)
        if module is experiment and name in ("plan", "analyse"):
            assert "Raises" in words
            continue
        for word in ("Shapes:", "Missing:", "Errors:", "Source:"):
            assert f"\n{word} " in words, (name, word)


@pytest.mark.parametrize("module", [stats, experiment], ids=lambda module: module.__name__)
def test_stubs_name_every_attribute_of_every_class(module):
    stub = pathlib.Path(importlib.import_module(module.__name__).__file__).with_suffix(".pyi")
    told = {node.name: node for node in ast.parse(stub.read_text()).body if isinstance(node, ast.ClassDef)}
    shared = {"to_dict", "to_json", "to_frame"}
    for kind in (kind for kind in classes() if kind.__name__ in told and getattr(module, kind.__name__, None) is kind):
        named = {node.name for node in told[kind.__name__].body if isinstance(node, ast.FunctionDef)} - {"__new__"}
        assert named == {name for name in vars(kind) if not name.startswith("_")} - shared, kind


THEIRS = [
    scipy.stats, statsmodels.tsa.stattools, statsmodels.stats.diagnostic, statsmodels.stats.multitest, statsmodels.stats.proportion,
    statsmodels.stats.contingency_tables, statsmodels.stats.power, statsmodels.stats.stattools, statsmodels.stats.weightstats,
    statsmodels.stats.outliers_influence, scipy.optimize,
]
# Ours differ, and why.
OTHERWISE = {
    "acorr_breusch_godfrey": "theirs takes statsmodels' fitted model",
    "linear_reset": "theirs takes statsmodels' fitted model",
    "variance_inflation_factor": "theirs takes one column at a time and no constant of its own",
    "multipletests": "theirs also judges by an alpha; ours gives corrected p-values alone",
    "describe": "theirs has axis and ddof next; ours takes one sample",
    "gaussian_kde": "theirs is asked for places later, and its bandwidth is a multiple of the deviation",
    **{name: "frozen: the parameters alone" for name in ("norm", "uniform", "expon", "t", "chi2", "f", "nct", "studentized_range")},
}
SKIPPED = {"axis", "nan_policy"}


def leading(function):
    """Names that may stand without being named, arrays' housekeeping left out."""
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL)
    return [p.name for p in inspect.signature(function).parameters.values() if p.kind in kinds and p.name not in SKIPPED]


def test_names_and_order_of_arguments_are_scipys_and_statsmodels():
    shared = 0
    for name, ours in functions(stats).items():
        theirs = next((getattr(module, name) for module in THEIRS if callable(getattr(module, name, None))), None)
        if theirs is None or name in OTHERWISE:
            continue
        mine, other = leading(ours), leading(theirs)
        assert mine == other[: len(mine)] or mine[: len(other)] == other, (name, mine, other)
        shared += 1
    assert shared >= 40
    keywords = ["ttest_ind", "mannwhitneyu", "wilcoxon", "levene", "binomtest", "tukey_hsd"]
    for name in keywords:
        every = set(inspect.signature(getattr(scipy.stats, name)).parameters)
        assert set(inspect.signature(getattr(stats, name)).parameters) - every <= {"level"}, name


def test_keywords_of_scipy_are_taken_by_the_new_functions():
    assert {"n_resamples", "confidence_level", "method", "random_state"} <= set(inspect.signature(stats.bootstrap).parameters)
    assert {"permutation_type", "n_resamples", "alternative", "random_state"} <= set(inspect.signature(stats.permutation_test).parameters)


# ---- the doubt of metrics


def test_any_metric_has_an_interval():
    found = metrics.interval(metrics.roc_auc, LABELS, SCORE_A, n_resamples=1000)
    delong = metrics.roc_auc_interval(LABELS, SCORE_A)
    assert found.value == pytest.approx(metrics.roc_auc(LABELS, SCORE_A)) and found.n_units == 200
    assert (found.low, found.high) == pytest.approx((delong.low, delong.high), abs=0.02)
    assert found == metrics.interval(metrics.roc_auc, LABELS, SCORE_A, n_resamples=1000)
    assert pickle.loads(pickle.dumps(found)) == found


def test_groups_are_drawn_whole_and_weights_with_their_rows():
    truth, error = np.repeat(R.normal(size=20), 10), np.repeat(R.normal(size=20), 10)
    by_row = metrics.interval(metrics.mean_squared_error, truth, truth + error)
    by_group = metrics.interval(metrics.mean_squared_error, truth, truth + error, groups=np.repeat(np.arange(20), 10))
    assert by_group.n_units == 20 and by_group.high - by_group.low > 2 * (by_row.high - by_row.low)
    weights = np.r_[np.ones(100), np.zeros(100)]
    weighted = metrics.interval(metrics.mean_squared_error, truth, truth + error, sample_weight=weights)
    assert weighted.value == pytest.approx(float(np.mean(error[:100] ** 2)))
    halved = metrics.interval(lambda y, pred: float(np.mean(np.abs(y - pred))), truth, truth + error, method="percentile")
    assert halved.low < float(np.mean(np.abs(error))) < halved.high


def test_a_metric_without_a_value_is_refused_and_faults_are_not_hidden():
    with pytest.raises(spanwise.SpanwiseError, match="class"):
        metrics.interval(metrics.roc_auc, np.ones(50), SCORE_A[:50])
    with pytest.raises(ZeroDivisionError):
        metrics.interval(lambda y: 1 / 0, LABELS)
    with pytest.raises(spanwise.SpanwiseError, match="199 rows in array 1"):
        metrics.interval(metrics.roc_auc, LABELS, SCORE_A[1:])


def test_a_failed_assumption_proposes_another_test():
    found = stats.ttest_ind([1.0, 2.0, 4.0], [100.0, 500.0, 1200.0], equal_var=True)
    assert "Welch's t-test" in found.proposals and stats.ttest_ind(A, B, equal_var=False).proposals == []
