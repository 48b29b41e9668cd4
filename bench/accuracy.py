"""AUC on Telco, 5 folds, averaged over five fold seeds, defaults; paired differences to the other trainers."""

import json
import pathlib
import statistics
import subprocess
import tempfile

from common import BINARY, ROOT, TELCO

SEEDS = [1, 2, 3, 4, 5]
example = (ROOT / "examples/telco-churn/spanwise.toml").read_text()
found = {}
with tempfile.TemporaryDirectory() as folder:
    for seed in SEEDS:
        project = pathlib.Path(folder) / str(seed)
        project.mkdir()
        (project / "spanwise.toml").write_text(example.replace("seed = 7", f"seed = {seed}"))
        command = [BINARY, "--json", "-q", "run", "--data", f"customers={TELCO}"]
        record = json.loads(subprocess.run(command, cwd=project, check=True, capture_output=True, text=True).stdout)
        for candidate in record["models"]["churn"]["candidates"]:
            found.setdefault(candidate["trainer"], []).append(candidate)
        print(seed, "chosen:", record["models"]["churn"]["trainer"])
for trainer, candidates in found.items():
    values = [candidate["metric"]["value"] for candidate in candidates]
    print(f"{trainer:9} AUC {statistics.mean(values):.4f}  by seed {[round(value, 4) for value in values]}")
    for candidate in candidates:
        if candidate["difference"]:
            difference = candidate["difference"]
            print(f"          minus the chosen one {difference['value']:+.4f} [{difference['low']:+.4f}, {difference['high']:+.4f}], p = {candidate['p_value']:.3g}")
