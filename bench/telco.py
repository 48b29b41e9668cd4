"""The whole run on Telco: ours against a Python script that does the same work."""

import argparse
import pathlib
import shutil
import subprocess
import tempfile

from common import BINARY, ROOT, TELCO, environment, in_turn, timed

PACKAGES = ["pandas", "scikit-learn", "scipy", "lightgbm", "matplotlib", "ydata-profiling", "setuptools<81"]

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--rounds", type=int, default=3)
arguments = parser.parse_args()

subprocess.run(["cargo", "build", "--release"], cwd=ROOT, check=True)
python = environment("telco", PACKAGES)
with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)

    def ours():
        project = folder / "ours"
        shutil.rmtree(project, ignore_errors=True)
        project.mkdir()
        shutil.copy(ROOT / "examples/telco-churn/spanwise.toml", project)
        return timed([BINARY, "-q", "run", "--data", f"customers={TELCO}"], project)

    def theirs():
        return timed([python, ROOT / "bench/telco_peer.py", TELCO, folder / "theirs"], folder)

    in_turn(ours, theirs, arguments.rounds)
    again = [timed([BINARY, "-q", "run", "--data", f"customers={TELCO}"], folder / "ours")[0] for _ in range(5)]
    print(f"second run of ours, nothing to do: {sorted(again)[2]:.3f} s")
