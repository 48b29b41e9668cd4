"""Shared by the benchmarks: the binary, peers' environments, runs in turn with time and memory."""

import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
BINARY = pathlib.Path(os.environ.get("SPANWISE_BINARY", ROOT / "target/release/spanwise"))
SHARED = ROOT.parent / "shared"
TELCO = pathlib.Path(os.environ.get("TELCO_CSV", SHARED / "data/churn/telco_customer_churn.csv"))


def environment(name, packages):
    """The Python of a virtual environment with `packages`, made when it is first needed."""
    folder = ROOT / "target/bench" / name
    python = folder / "bin/python"
    mark = folder / "packages.txt"
    if not mark.exists() or mark.read_text() != "\n".join(packages):
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
        mark.write_text("\n".join(packages))
    return python


def timed(command, cwd):
    """Wall seconds and peak megabytes of one run."""
    began = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(error.decode())
    return time.perf_counter() - began, usage.ru_maxrss / 1024


def in_turn(ours, theirs, rounds):
    """Runs A B A B ... and prints medians and the ratio pair by pair; each side is a function that runs once."""
    runs = {"ours": [], "theirs": []}
    for _ in range(rounds):
        runs["ours"].append(ours())
        runs["theirs"].append(theirs())
    for side, measured in runs.items():
        wall = sorted(run[0] for run in measured)
        memory = max(run[1] for run in measured)
        print(f"{side:7} wall {statistics.median(wall):8.2f} s (from {wall[0]:.2f} to {wall[-1]:.2f}), peak {memory:6.0f} MB")
    ratios = sorted(a[0] / b[0] for a, b in zip(runs["ours"], runs["theirs"]))
    print(f"ratio ours/theirs: median {statistics.median(ratios):.3f} (from {ratios[0]:.3f} to {ratios[-1]:.3f})")
