"""The prediction log: shares of requests, masked columns, days; readable by others, whole after kills."""

import json
import os
import random
import signal
import subprocess
import time

import duckdb
import pyarrow.parquet as pq
import requests

from conftest import BINARY, Service, spanwise

HEAD = "age,region,channel,contract,payment,monthly_charge,tenure_months,support_calls"


def ask(url, names, row):
    session = requests.Session()
    for name in names:
        answer = session.post(url + "/invocations", json={"dataframe_records": [row]}, headers={"X-Request-Id": name})
        assert answer.status_code == 200, answer.text


ROW = {"contract": "monthly", "tenure_months": 3, "monthly_charge": 80.0, "support_calls": 4, "age": 41, "payment": "card", "region": "north", "channel": "shop"}


def rows(folder, query="select count(*), count(distinct request) from"):
    return duckdb.sql(f"{query} read_parquet('{folder}/[0-9a-f]*.parquet', union_by_name=true)").fetchall()[0]


def service(folder, *arguments, env=None):
    old = dict(os.environ)
    os.environ.update(env or {})
    try:
        return Service(folder, *arguments)
    finally:
        os.environ.clear()
        os.environ.update(old)


def test_a_share_is_the_same_requests_and_the_monitor_knows(demo, tmp_path):
    import shutil

    folder = shutil.copytree(demo, tmp_path / "project")
    shutil.rmtree(folder / ".spanwise/log", ignore_errors=True)
    names = [f"q-{number}" for number in range(400)]
    logged = []
    for share in (0.5, 0.2):
        before = set(logged[0]) if logged else set()
        served = Service(folder, "churn", "--sample", share)
        ask(served.url, names, ROW)
        served.stop()
        table = pq.read_table(sorted((folder / ".spanwise/log/churn").glob("*.parquet")))
        of_share = [name for name, found in zip(table["request"].to_pylist(), table["share"].to_pylist()) if found == share]
        assert len(of_share) == len(set(of_share))
        logged.append(of_share)
        assert not before or set(of_share) < before
    assert 140 < len(logged[0]) < 260 and 45 < len(logged[1]) < 120
    watched = json.loads(spanwise("--json", "monitor", "churn", cwd=folder, ok=(0, 5)).stdout)
    # of the larger share, only those that are in the smaller one
    assert watched["share"] == 0.2 and watched["n_rows"] == 2 * len(logged[1])
    spanwise("log", "compact", folder / ".spanwise/log/churn", cwd=folder)
    again = json.loads(spanwise("--json", "monitor", "churn", cwd=folder, ok=(0, 5)).stdout)
    assert (again["n_rows"], again["verdict"]) == (watched["n_rows"], watched["verdict"])


def test_masked_values_are_in_no_file(bundle, tmp_path):
    row = {**ROW, "region": "south"}
    for key in ("hush-hush", ""):
        log = tmp_path / f"log{len(key)}"
        served = service(tmp_path, bundle, "--log-folder", log, "--mask", "region", env={"SPANWISE_MASK_KEY": key})
        ask(served.url, ["a", "b"], row)
        served.stop()
        table = pq.read_table(next(log.glob("*.parquet")))
        assert "in.region" not in table.column_names and "in.contract" in table.column_names
        assert ("masked.region" in table.column_names) == bool(key)
        if key:
            hashes = table["masked.region"].to_pylist()
            assert hashes[0] == hashes[1] and len(hashes[0]) == 32
        for file in log.iterdir():
            assert b"south" not in file.read_bytes() and b"hush" not in file.read_bytes()
    done = spanwise("serve", bundle, "--log-folder", "log", "--mask", "regio", cwd=tmp_path, ok=(2,))
    assert "did you mean `region`?" in done.stderr
    spanwise("serve", bundle, "--log-folder", "log", "--sample", "1.5", cwd=tmp_path, ok=(2,))


def test_kills_in_the_middle_of_merges_lose_and_double_nothing(bundle, tmp_path):
    log, draw, n = tmp_path / "log", random.Random(5), 0
    for turn in range(6):
        served = Service(tmp_path, bundle, "--log-folder", log, "--log", "audit")
        ask(served.url, [f"q-{number}" for number in range(n, n + 40)], ROW)
        n += 40
        if turn % 2:
            served.process.kill()
            served.process.wait()
        else:
            served.stop()
        for _ in range(6):
            merging = subprocess.Popen([BINARY, "log", "compact", str(log)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(draw.random() * 0.05)
            merging.send_signal(signal.SIGKILL)
            merging.wait()
            # whatever stands there can be read
            for file in log.glob("[0-9a-f]*.parquet"):
                pq.read_table(file)
    done = json.loads(spanwise("--json", "log", "compact", log, cwd=tmp_path).stdout)
    assert done["days"] in (0, 1, 2)
    spanwise("log", "compact", log, cwd=tmp_path)
    files = sorted(file.name for file in log.iterdir() if not file.name.startswith("."))
    # midnight may have come
    assert 1 <= len(files) <= 2 and all(file.endswith(".parquet") for file in files), files
    assert rows(log) == (n, n)
    assert json.loads(spanwise("--json", "log", "compact", log, "--keep", "90d", cwd=tmp_path).stdout)["removed"] == []
    assert rows(log) == (n, n)


def test_days_that_are_old_are_removed(bundle, tmp_path):
    log = tmp_path / "log"
    served = Service(tmp_path, bundle, "--log-folder", log)
    ask(served.url, ["a"], ROW)
    served.stop()
    spanwise("log", "compact", log, cwd=tmp_path)
    (day,) = log.glob("*.parquet")
    old = day.with_name(day.name[:-18] + "-2020-01-31.parquet")
    old.write_bytes(day.read_bytes())
    removed = json.loads(spanwise("--json", "log", "compact", log, "--keep", "1d", cwd=tmp_path).stdout)["removed"]
    assert removed == [str(old)] and day.exists() and not old.exists()
    spanwise("log", "compact", log, "--keep", "soon", cwd=tmp_path, ok=(2,))


def test_a_running_service_and_the_verb_share_a_folder(bundle, tmp_path):
    log = tmp_path / "log"
    served = Service(tmp_path, bundle, "--log-folder", log, "--log", "audit")
    try:
        for turn in range(5):
            ask(served.url, [f"q-{turn}-{number}" for number in range(20)], ROW)
            spanwise("log", "compact", log, cwd=tmp_path)
            # what is written is left to who writes it
            assert len(list(log.glob("*.seg"))) == 1
    finally:
        served.stop()
    spanwise("log", "compact", log, cwd=tmp_path)
    assert rows(log) == (100, 100)
