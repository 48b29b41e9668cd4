#!/usr/bin/env python3
"""Statistics of spanwise beside scipy and statsmodels: python3 bench/stats.py [PART ...]

Runs in the tests' environment (`cargo xtask wheel` first). Both sides get the same arrays, in turn, five times or more;
medians and their ratio are printed as a Markdown table. Parts: tests, resampling, import. Threads: spanwise takes what the
function takes by itself, resampling all cores and one.
"""

import importlib.util
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".venv/bin/python"
N = 1_000_000
REPEATS = int(os.environ.get("REPEATS", 5))


def timed(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def beside(ours, theirs, repeats=REPEATS):
    """Medians of both sides, taken in turn."""
    ours(), theirs()
    pairs = [(timed(ours), timed(theirs)) for _ in range(repeats)]
    return [statistics.median(side) for side in zip(*pairs)]


def row(name, ours, theirs, repeats=REPEATS):
    mine, other = beside(ours, theirs, repeats)
    digits = 1 if other > 0.002 else 3
    print(f"| {name} | {1000 * mine:.{digits}f} | {1000 * other:.{digits}f} | {other / mine:.2f} |", flush=True)


def head(what):
    print(f"\n| {what} | spanwise, ms | scipy or statsmodels, ms | ratio |\n|---|---:|---:|---:|")


def tests():
    import numpy as np
    import scipy.stats as S
    import statsmodels.stats.diagnostic as D
    import statsmodels.tsa.stattools as T

    from spanwise import stats as W

    r = np.random.default_rng(1)
    a, b, c = r.normal(size=N), r.normal(0.001, 1, N), r.normal(size=N)
    y = a + r.normal(size=N)
    table = r.integers(1000, 2000, (20, 20))
    strong, small_counts = r.integers(100, 5000, (20, 20)), r.integers(10, 51, (20, 20))
    small, series, walk = a[:5000], a[:100_000], np.cumsum(a[:10_000])
    regressors = np.column_stack([a, b])
    head(f"{N:,} values a sample")
    row("ttest_ind (Welch)", lambda: W.ttest_ind(a, b), lambda: S.ttest_ind(a, b, equal_var=False))
    row("ttest_rel", lambda: W.ttest_rel(a, b), lambda: S.ttest_rel(a, b))
    row("f_oneway, 3 groups", lambda: W.f_oneway(a, b, c), lambda: S.f_oneway(a, b, c))
    row("mannwhitneyu", lambda: W.mannwhitneyu(a, b, method="asymptotic"), lambda: S.mannwhitneyu(a, b, method="asymptotic"))
    row("wilcoxon", lambda: W.wilcoxon(a, b, method="asymptotic"), lambda: S.wilcoxon(a, b, method="asymptotic"))
    row("kruskal, 3 groups", lambda: W.kruskal(a, b, c), lambda: S.kruskal(a, b, c))
    row("ks_2samp (asymptotic)", lambda: W.ks_2samp(a, b, method="asymp"), lambda: S.ks_2samp(a, b, method="asymp"))
    row("ks_1samp (normal)", lambda: W.ks_1samp(a, "norm"), lambda: S.ks_1samp(a, S.norm.cdf))
    row("levene", lambda: W.levene(a, b, c), lambda: S.levene(a, b, c))
    row("bartlett", lambda: W.bartlett(a, b, c), lambda: S.bartlett(a, b, c))
    row("fligner", lambda: W.fligner(a, b, c), lambda: S.fligner(a, b, c))
    row("pearsonr", lambda: W.pearsonr(a, y), lambda: S.pearsonr(a, y))
    row("spearmanr", lambda: W.spearmanr(a, y), lambda: S.spearmanr(a, y))
    row("kendalltau", lambda: W.kendalltau(a, y), lambda: S.kendalltau(a, y))
    for words, counts in (("", table), (", strong", strong), (", small counts", small_counts)):
        row(f"chi2_contingency, 20 x 20{words}", lambda: W.chi2_contingency(counts), lambda: S.chi2_contingency(counts), 501)
    row("chi2_contingency, 5 x 4, strong", lambda: W.chi2_contingency(strong[:5, :4]), lambda: S.chi2_contingency(strong[:5, :4]), 501)
    row("jarque_bera", lambda: W.jarque_bera(a), lambda: S.jarque_bera(a))
    row("normaltest", lambda: W.normaltest(a), lambda: S.normaltest(a))
    row("describe", lambda: W.describe(a), lambda: S.describe(a))
    row("het_breuschpagan, 2 columns", lambda: W.het_breuschpagan(y, regressors), lambda: D.het_breuschpagan(y, np.column_stack([np.ones(N), regressors])))
    head("fewer values")
    row("shapiro, 5,000", lambda: W.shapiro(small), lambda: S.shapiro(small))
    row("normal_ad, 100,000", lambda: W.normal_ad(series), lambda: D.normal_ad(series))
    row("lilliefors, 100,000", lambda: W.lilliefors(series), lambda: D.lilliefors(series))
    row("acorr_ljungbox, 10 lags, 20,000", lambda: W.acorr_ljungbox(a[:20_000], 10), lambda: D.acorr_ljungbox(a[:20_000], 10))
    row("kpss, 100,000", lambda: W.kpss(series), lambda: quiet(T.kpss, series))
    row("adfuller, 10,000", lambda: W.adfuller(walk), lambda: quiet(T.adfuller, walk))
    row("tukey_hsd, 3 groups of 5,000", lambda: W.tukey_hsd(small, b[:5000], c[:5000]), lambda: S.tukey_hsd(small, b[:5000], c[:5000]))


def quiet(function, *arguments):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*arguments)


def resampling():
    import numpy as np
    import scipy.stats as S

    from spanwise import stats as W

    r = np.random.default_rng(1)
    x, y = r.normal(size=1000), r.normal(0.1, 1, 1000)
    both = x + y
    std = lambda v, axis: v.std(axis=axis, ddof=1)  # noqa: E731
    def correlation(x, y, axis):
        x, y = x - x.mean(axis, keepdims=True), y - y.mean(axis, keepdims=True)
        return (x * y).sum(axis) / np.sqrt((x * x).sum(axis) * (y * y).sum(axis))
    difference = lambda a, b, axis: a.mean(axis) - b.mean(axis)  # noqa: E731
    medians = lambda a, b, axis: np.median(a, axis) - np.median(b, axis)  # noqa: E731
    for n_jobs, words in ((None, "all cores"), (1, "one core")):
        head(f"9,999 resamples of 1,000 values, {words}")
        options = {"n_jobs": n_jobs, "random_state": 1}
        for name, theirs in (("mean", np.mean), ("median", np.median), ("std", std)):
            for method in ("BCa", "percentile"):
                row(f"bootstrap {name}, {method}", lambda: W.bootstrap((x,), name, method=method, **options),
                    lambda: S.bootstrap((x,), theirs, method=method, vectorized=True, rng=np.random.default_rng(1)))
        row("bootstrap correlation, BCa", lambda: W.bootstrap((x, both), "pearsonr", **options),
            lambda: S.bootstrap((x, both), correlation, paired=True, vectorized=True, rng=np.random.default_rng(1)))
        row("bootstrap difference of means, percentile", lambda: W.bootstrap((x, y), "mean", method="percentile", **options),
            lambda: S.bootstrap((x, y), difference, method="percentile", vectorized=True, rng=np.random.default_rng(1)))
        row("permutation, difference of means", lambda: W.permutation_test((x, y), "mean", **options),
            lambda: S.permutation_test((x, y), difference, vectorized=True, n_resamples=9999, rng=np.random.default_rng(1)))
        row("permutation, difference of medians", lambda: W.permutation_test((x, y), "median", **options),
            lambda: S.permutation_test((x, y), medians, vectorized=True, n_resamples=9999, rng=np.random.default_rng(1)))
        row("permutation, pairs", lambda: W.permutation_test((x, y), "mean", permutation_type="samples", **options),
            lambda: S.permutation_test((x, y), difference, vectorized=True, permutation_type="samples", n_resamples=9999, rng=np.random.default_rng(1)))
        row("permutation, correlation", lambda: W.permutation_test((x, both), "pearsonr", permutation_type="pairings", **options),
            lambda: S.permutation_test((x,), lambda v, axis: correlation(v, both, axis), vectorized=True, permutation_type="pairings", n_resamples=9999, rng=np.random.default_rng(1)))


def start():
    """Import times in fresh processes, in turn, and sizes."""
    codes = {"python alone": "pass", "import spanwise": "import spanwise", "import spanwise.stats": "import spanwise.stats", "import scipy.stats": "import scipy.stats"}
    times = {name: [] for name in codes}
    for _ in range(9):
        for name, code in codes.items():
            times[name].append(timed(lambda: subprocess.run([sys.executable, "-c", code], check=True)))
    print("\n| fresh process | ms |\n|---|---:|")
    for name, found in times.items():
        print(f"| {name} | {1000 * statistics.median(found):.0f} |")
    print("\n| installed | MB |\n|---|---:|")
    for name in ("spanwise", "scipy", "statsmodels"):
        folder = pathlib.Path(importlib.util.find_spec(name).origin).parent
        folders = [folder, *folder.parent.glob(f"{name}.libs")]
        size = sum(file.stat().st_size for of in folders for file in of.rglob("*") if file.is_file() and file.suffix != ".pyc")
        print(f"| {name} | {size / 1e6:.1f} |")
    for wheel in (ROOT / "target/wheels").glob("*.whl"):
        print(f"| {wheel.name} (compressed) | {wheel.stat().st_size / 1e6:.1f} |")


PARTS = {"tests": tests, "resampling": resampling, "import": start}

if __name__ == "__main__":
    if importlib.util.find_spec("spanwise") is None and ENVIRONMENT.exists():
        os.execv(ENVIRONMENT, [str(ENVIRONMENT), __file__, *sys.argv[1:]])
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
