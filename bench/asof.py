"""As-of joins of a million rows onto a million, beside DuckDB's: the same rows, whole processes, files in and out.

    .venv/bin/python bench/asof.py [ROWS]
"""

import pathlib
import subprocess
import sys
import tempfile
import time

import duckdb
import numpy as np
import pandas as pd

from common import BINARY

OURS = "SELECT l.id, r.v FROM l ASOF JOIN r MATCH_CONDITION (l.at >= r.at) ON l.k = r.k"
KNOWN = "SELECT l.id, r.v FROM l ASOF JOIN r MATCH_CONDITION (l.at >= r.at AND l.at >= r.known) ON l.k = r.k"
THEIRS = "SELECT l.id, r.v FROM read_parquet('{0}/l.parquet') l ASOF LEFT JOIN read_parquet('{0}/r.parquet') r ON l.k = r.k AND l.at >= r.at"
# What was known has no join of its own: every pair within a key, the best kept.
THEIRS_KNOWN = "SELECT l.id, arg_max(r.v, r.at) FROM read_parquet('{0}/l.parquet') l JOIN read_parquet('{0}/r.parquet') r ON l.k = r.k AND l.at >= r.at AND l.at >= r.known GROUP BY l.id"


def make(folder, n, n_keys):
    draw = np.random.default_rng(7)
    times = lambda: pd.to_datetime(1_700_000_000_000_000 + draw.permutation(4 * n)[:n] * 1_000_000, unit="us")
    pd.DataFrame({"id": np.arange(n), "k": draw.integers(0, n_keys, n), "at": times()}).to_parquet(folder / "l.parquet")
    at = times()
    late = pd.to_timedelta(draw.integers(0, 86_400, n), unit="s")
    pd.DataFrame({"k": draw.integers(0, n_keys, n), "at": at, "known": at + late, "v": draw.normal(size=n)}).to_parquet(folder / "r.parquet")


def best(work, times=3):
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def ours(folder, sql):
    files = ["-f", f"l={folder}/l.parquet", "-f", f"r={folder}/r.parquet"]
    subprocess.run([BINARY, "-q", "query", *files, sql, "-o", folder / "ours.parquet"], check=True)


def theirs(folder, sql):
    query = f"COPY ({sql.format(folder)}) TO '{folder}/theirs.parquet'"
    subprocess.run([sys.executable, "-c", f"import duckdb; duckdb.sql('SET threads = 2'); duckdb.sql({query!r})"], check=True)


def same(folder):
    read = lambda name: pd.read_parquet(folder / name).set_axis(["id", "v"], axis=1).sort_values("id").reset_index(drop=True)
    mine, other = read("ours.parquet"), read("theirs.parquet")
    if len(other) < len(mine):
        mine = mine[mine["id"].isin(other["id"])].reset_index(drop=True)
    return mine["v"].equals(other["v"])


def main():
    n = int(sys.argv[1]) if 1 < len(sys.argv) else 1_000_000
    print("| rows on each side | keys | join | Spanwise | DuckDB | the same |\n|---|---|---|---|---|---|")
    for n_keys in (100, 10_000):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            make(folder, n, n_keys)
            for name, mine, other, times in [("event time", OURS, THEIRS, 3), ("event and knowledge", KNOWN, THEIRS_KNOWN, 1)]:
                if name != "event time" and n_keys < 1000 and 100_000 < n:
                    # Ten thousand times ten thousand pairs for each of its keys.
                    print(f"| {n:,} | {n_keys:,} | {name} | {best(lambda: ours(folder, mine)):.2f} s | too many pairs | |")
                    continue
                a, b = best(lambda: ours(folder, mine)), best(lambda: theirs(folder, other), times)
                print(f"| {n:,} | {n_keys:,} | {name} | {a:.2f} s | {b:.2f} s | {'yes' if same(folder) else 'no'} |", flush=True)
    print(f"\nDuckDB {duckdb.__version__}; reading and writing Parquet and starting the process included")


if __name__ == "__main__":
    main()
