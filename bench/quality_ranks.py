"""Ranks of libraries over tables, for bench/quality.py: J. Demsar (2006), Statistical comparisons of classifiers over
multiple data sets, JMLR 7."""
import statistics

import numpy as np
from scipy import stats


def losses(found):
    """The mean loss and its spread over folds of each library on a table; None where it gave up or nothing is known.

    A library with few folds gets their mean, times the median of what all folds are to these among libraries that have all.
    """
    folds = {lib: {int(f): r["loss"] for f, r in results.items() if "loss" in r} for lib, results in found.items()}
    most = max(map(len, folds.values()))
    full = [lib for lib, known in folds.items() if len(known) == most]
    whole = {lib: statistics.mean(folds[lib].values()) for lib in full}
    means = {}
    for lib, known in folds.items():
        if not known or any("gave_up" in r for r in found[lib].values()):
            means[lib] = None
            continue
        mean = statistics.mean(known.values())
        if lib not in full:
            mean *= statistics.median(all_folds / statistics.mean(folds[other][f] for f in known) for other, all_folds in whole.items())
        spread = statistics.stdev(known.values()) if 1 < len(known) else float("nan")
        means[lib] = (mean, spread, len(known))
    return means


def show(found, tables):
    libs = list(next(iter(found.values())))
    rows = {table: losses(results) for table, results in found.items()}
    libs = [lib for lib in libs if any(row[lib] for row in rows.values())]
    ranks = {table: stats.rankdata([row[lib][0] if row[lib] else np.inf for lib in libs]) for table, row in rows.items()}
    print("\nmean loss (spread over folds); * marks the best, n= fewer folds than ten")
    for table, row in rows.items():
        best = min(row[lib][0] for lib in libs if row[lib])
        print(f"{table:12} {tables[table][2]:10} " + "  ".join(f"{lib} {cell(row[lib], best)}" for lib in libs))
    for part in ("choose", "confirm", None):
        of_part = [r for table, r in ranks.items() if part in (None, tables[table][3])]
        if of_part:
            told(libs, np.array(of_part), part or "all")
    against_ours(libs, rows)
    times(libs, found)


def cell(value, best):
    if value is None:
        return "gave up"
    mean, spread, n = value
    return f"{mean:.5g}{'*' if mean == best else ''} ({spread:.2g}{f', n={n}' if n < 10 else ''})"


def told(libs, ranks, part):
    n, k = ranks.shape
    mean = ranks.mean(axis=0)
    line = "  ".join(f"{lib} {mean[i]:.2f}" for i, lib in sorted(enumerate(libs), key=lambda pair: mean[pair[0]]))
    distance = stats.studentized_range.ppf(0.95, k, 1e6) / np.sqrt(2) * np.sqrt(k * (k + 1) / (6 * n))
    p = stats.friedmanchisquare(*ranks.T).pvalue if 2 < n else float("nan")
    print(f"\nmean rank on {n} tables ({part}): {line}\n  Friedman p = {p:.3g}; Nemenyi: ranks nearer than {distance:.2f} are not told apart")


def against_ours(libs, rows):
    print()
    for lib in libs:
        if lib == "ours":
            continue
        pairs = [(row["ours"][0], row[lib][0] if row[lib] else np.inf) for row in rows.values() if row["ours"]]
        wins = sum(a < b for a, b in pairs)
        ratio = np.exp(np.mean([np.log(b / a) for a, b in pairs if b < np.inf]))
        worse = [f"{table} {row['ours'][0] / row[lib][0] - 1:+.1%}" for table, row in rows.items() if row["ours"] and row[lib] and row[lib][0] < row["ours"][0]]
        print(f"ours is better than {lib} on {wins} of {len(pairs)}; its loss is {ratio:.4f} of ours (geometric mean); ours worse on: {', '.join(worse)}")


def times(libs, found):
    """Of tables that all libraries have a time for."""
    seconds = {lib: [] for lib in libs}
    for results in found.values():
        mine = {lib: [r["cpu_seconds"] for r in results[lib].values() if "cpu_seconds" in r] for lib in libs}
        if all(mine.values()):
            for lib in libs:
                seconds[lib].append(statistics.mean(mine[lib]))
    told = [f"{lib} sum {sum(s):.1f}, median {statistics.median(s):.2f}" for lib, s in seconds.items() if s]
    print(f"\nprocessor seconds of a training on {len(seconds[libs[0]])} tables: " + "; ".join(told))
