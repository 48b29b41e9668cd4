"""The whole profile of a table beside DuckDB's SUMMARIZE, Polars' describe and ydata-profiling, reading included.

    python3 bench/explore.py                    # 1M and 5M rows of CSV, 1M of Parquet, ydata-profiling once
    python3 bench/explore.py --memory           # ours alone on 1M, 5M and 20M rows: does memory grow?

Runs are interleaved, medians of five; ours is the wall time of the whole process, the peers' without starting Python and
importing; memory is the peak of each process. The table is the mixed one of ../shared/bench (20 columns: whole numbers,
numbers, categories, texts, days, times, truths, missing cells); threads are two for all. 20 million
rows are four times the same five.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

from common import BINARY, SHARED, environment, timed

CACHE = os.environ.get("BENCH_CACHE", os.path.join(tempfile.gettempdir(), "bench-cache"))
FAST = ["duckdb", "polars", "pyarrow", "numpy"]
YDATA = ["ydata-profiling", "pandas<3", "setuptools<81"]
SCRIPTS = {
    "duckdb": "import duckdb, time, sys\np = sys.argv[1]\nt = time.perf_counter()\nk = duckdb.connect(config={'threads': 2})\n"
    "r = 'read_parquet' if p.endswith('parquet') else 'read_csv'\nk.sql(f\"summarize select * from {r}('{p}')\").fetchall()\nprint(time.perf_counter() - t)",
    "polars": "import polars, time, sys\np = sys.argv[1]\nt = time.perf_counter()\n"
    "f = polars.read_parquet(p) if p.endswith('parquet') else polars.read_csv(p, try_parse_dates=True)\nf.describe()\nprint(time.perf_counter() - t)",
    "ydata": "import pandas, time, sys\nfrom ydata_profiling import ProfileReport\nt = time.perf_counter()\n"
    "ProfileReport(pandas.read_csv(sys.argv[1]), progress_bar=False).to_html()\nprint(time.perf_counter() - t)",
}


def table(rows, kind, python):
    """The file of the shared generator, made when it is first needed."""
    path = os.path.join(CACHE, f"mixed-{rows}.csv")
    if not os.path.exists(path) and 5_000_000 < rows:
        with open(table(5_000_000, "csv", python), "rb") as part, open(path, "wb") as whole:
            whole.write(part.readline())
            for _ in range(rows // 5_000_000):
                part.seek(0)
                part.readline()
                shutil.copyfileobj(part, whole, 1 << 24)
    if not os.path.exists(path):
        code = f"import sys; sys.path.insert(0, {str(SHARED / 'bench')!r}); import bench_profiling; print(bench_profiling.csv({rows}))"
        subprocess.run([python, "-c", code], check=True, env={**os.environ, "BENCH_CACHE": CACHE}, stdout=subprocess.DEVNULL)
    if kind == "csv":
        return path
    target = path.replace(".csv", ".parquet")
    if not os.path.exists(target):
        code = f"import polars; polars.scan_csv({path!r}, try_parse_dates=True).sink_parquet({target!r}, row_group_size=200_000)"
        subprocess.run([python, "-c", code], check=True)
    return target


def peer(python, name, path):
    """Seconds and peak megabytes of one run."""
    env = {**os.environ, "POLARS_MAX_THREADS": "2", "OMP_NUM_THREADS": "2"}
    code = SCRIPTS[name] + "\nimport resource\nprint(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    done = subprocess.run([python, "-c", code, path], capture_output=True, text=True, env=env)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    seconds, memory = done.stdout.split()[-2:]
    return float(seconds), float(memory)


def ours(path):
    return timed([BINARY, "explore", path, "--no-page"], CACHE)


def row(name, runs):
    seconds = [run[0] for run in runs]
    print(f"| {name} | {statistics.median(seconds):.2f} | {min(seconds):.2f} to {max(seconds):.2f} | {max(run[1] for run in runs):.0f} |", flush=True)
    return statistics.median(seconds)


def compare(rows, kind, python, rounds):
    path = table(rows, kind, python)
    runs = {"spanwise": [], "duckdb": [], "polars": []}
    for _ in range(rounds):
        runs["spanwise"].append(ours(path))
        for name in ("duckdb", "polars"):
            runs[name].append(peer(python, name, path))
    print(f"\n{rows:,} rows x 20 columns, {kind}\n\n| | median, s | from to | peak, MB |\n|---|---:|---|---:|")
    return {name: row(name, found) for name, found in runs.items()}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--memory", action="store_true")
    arguments.add_argument("--rounds", type=int, default=5)
    asked = arguments.parse_args()
    python = environment("explore", FAST)
    if asked.memory:
        print("| rows | kind | seconds | peak, MB |\n|---:|---|---:|---:|")
        for rows in (1_000_000, 5_000_000, 20_000_000):
            for kind in ("csv", "parquet"):
                seconds, memory = ours(table(rows, kind, python))
                print(f"| {rows:,} | {kind} | {seconds:.2f} | {memory:.0f} |", flush=True)
        return
    for rows, kind in ((1_000_000, "csv"), (1_000_000, "parquet"), (5_000_000, "csv")):
        found = compare(rows, kind, python, asked.rounds)
        print(f"\nDuckDB's SUMMARIZE takes {found['duckdb'] / found['spanwise']:.2f} times as long, Polars' describe {found['polars'] / found['spanwise']:.2f} times.")
    path = table(1_000_000, "csv", python)
    seconds, memory = peer(environment("ydata", YDATA), "ydata", path)
    mine = statistics.median(ours(path)[0] for _ in range(3))
    print(f"\nydata-profiling, 1,000,000 rows: {seconds:.1f} s, {memory:.0f} MB: {seconds / mine:.0f} times ours ({mine:.2f} s)")


if __name__ == "__main__":
    sys.exit(main())
