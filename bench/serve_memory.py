"""Resident memory of a server of many bundles: `cargo xtask bench serve_memory BUNDLE [--memory SIZE]`.

Makes a folder of copies of one bundle, serves it with `--folder`, asks 1, 100 and 1,000 of its models once, and writes what
the process holds by then, as Linux tells it (`VmRSS`). With `--memory` the least recently used are dropped.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[1]
BINARY = ROOT / "target/release/spanwise"


def resident_mib(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in text.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def make(folder, bundle, n_models):
    for at in range(n_models):
        shutil.copy(bundle, folder / f"m{at}.bundle")


def start(folder, memory):
    command = [BINARY, "--json", "serve", "--folder", folder, "--address", "127.0.0.1:0"]
    process = subprocess.Popen([*map(str, command), *(["--memory", memory] if memory else [])], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    text = ""
    while not text.rstrip().endswith("}"):
        text += process.stdout.readline()
    return process, json.loads(text)["address"]


def ask(address, name):
    with urllib.request.urlopen(f"http://{address}/v2/models/{name}", timeout=60) as answer:
        answer.read()


def measure(bundle, memory):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        make(folder, bundle, 1000)
        process, address = start(folder, memory)
        size = bundle.stat().st_size
        try:
            rows, n_asked = [(0, resident_mib(process.pid), 0.0)], 0
            for goal in (1, 100, 1000):
                begin = time.perf_counter()
                for at in range(n_asked, goal):
                    ask(address, f"m{at}")
                seconds = (time.perf_counter() - begin) / (goal - n_asked)
                n_asked = goal
                # trees are laid out for single rows beside the first answers
                time.sleep(1)
                rows.append((goal, resident_mib(process.pid), seconds))
        finally:
            process.terminate()
            process.wait()
    return size, rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=pathlib.Path)
    parser.add_argument("--memory")
    arguments = parser.parse_args()
    size, rows = measure(arguments.bundle, arguments.memory)
    print(f"a bundle of {size / 1024:.0f} KiB, --memory {arguments.memory or 'not given'}")
    print("| models asked | resident MiB | times the files | ms to load and describe one |\n|---|---|---|---|")
    base = rows[0][1]
    for n, resident, seconds in rows:
        times = (resident - base) * 2**20 / (n * size) if n else 0
        print(f"| {n} | {resident:.1f} | {times:.1f} | {seconds * 1000:.1f} |")


if __name__ == "__main__":
    main()
