"""The real clients against the running service: tritonclient and the MLflow scoring protocol."""

import json
import re
import socket
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
import requests
import tritonclient.http as triton

from conftest import SHARED, Service
from spanwise.sklearn import SpanwiseRegressor

COLUMNS = ["contract", "tenure_months", "monthly_charge", "support_calls", "payment", "region", "age", "channel", "joined"]
ROWS = [
    ["monthly", 3, 70.5, 5, "card", "north", 40, "web", "2021-05-06"],
    ["two years", 60, 20.0, 0, "invoice", "south", None, "shop", "2019-01-31"],
]

checks = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared checks are not on this machine")


@checks
def test_open_inference_protocol(service):
    script = SHARED / "contracts/checks/oip_check.py"
    done = subprocess.run([sys.executable, script, "--http", service.address, "--model", "churn", "--triton"], capture_output=True, text=True, timeout=300)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr


@checks
def test_mlflow_scoring(service):
    script = SHARED / "contracts/checks/mlflow_scoring_check.py"
    # The check sends the rows as CSV too, where a number without a fraction must mean the same.
    split = json.dumps({"columns": COLUMNS, "data": [[*ROWS[0]], [*ROWS[1][:6], 30, *ROWS[1][7:]]]})
    done = subprocess.run([sys.executable, script, service.url, split], capture_output=True, text=True, timeout=300)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr


def test_both_protocols_give_the_same_bits(service):
    answer = requests.post(f"{service.url}/invocations", json={"dataframe_split": {"columns": COLUMNS, "data": ROWS}}, timeout=10)
    assert answer.status_code == 200, answer.text
    mlflow = [row["margin"] for row in answer.json()["predictions"]]
    client = triton.InferenceServerClient(service.address)
    metadata = client.get_model_metadata("churn")
    inputs = []
    for tensor in metadata["inputs"]:
        position = COLUMNS.index(tensor["name"])
        cells = [row[position] for row in ROWS]
        if tensor["datatype"] == "BYTES":
            array = np.array(cells, dtype=object)
        else:
            array = np.array([np.nan if cell is None else cell for cell in cells], dtype=np.float64)
        kind = "BYTES" if tensor["datatype"] == "BYTES" else "FP64"
        item = triton.InferInput(tensor["name"], list(array.shape), kind)
        item.set_data_from_numpy(array, binary_data=True)
        inputs.append(item)
    found = client.infer("churn", inputs).as_numpy("margin")
    assert found.tolist() == mlflow


def test_intervals_are_answered_alike_by_every_protocol(tmp_path):
    r = np.random.default_rng(4)
    rows = pd.DataFrame({"x": r.normal(size=300).round(3), "y": r.normal(size=300).round(3)})
    model = SpanwiseRegressor(intervals=0.9, rounds=15).fit(rows, rows.x + 0.3 * r.normal(size=300))
    model.to_bundle(tmp_path / "m.bundle")
    ends = model.predict_interval(rows)[:5]
    service = Service(tmp_path, "m.bundle")
    try:
        records = rows[:5].to_dict("records")
        v1 = requests.post(f"{service.url}/v1/models/{model.bundle_.name}:predict", json={"instances": records}, timeout=10).json()["predictions"]
        mlflow = requests.post(f"{service.url}/invocations", json={"dataframe_records": records}, timeout=10).json()["predictions"]
        tensors = [{"name": name, "shape": [5], "datatype": "FP64", "data": rows[name][:5].tolist()} for name in rows]
        v2 = requests.post(f"{service.url}/v2/models/{model.bundle_.name}/infer", json={"inputs": tensors}, timeout=10).json()["outputs"]
        v2 = {tensor["name"]: tensor["data"] for tensor in v2}
        for end, name in enumerate(["interval_low", "interval_high"]):
            expected = ends[:, end].tolist()
            assert [row[name] for row in v1] == [row[name] for row in mlflow] == v2[name] == expected
    finally:
        service.stop()


def test_metrics_are_prometheus_text(service):
    requests.get(f"{service.url}/ping", timeout=10)
    text = requests.get(f"{service.url}/metrics", timeout=10)
    assert text.status_code == 200 and text.headers["content-type"].startswith("text/plain")
    names = {line.split("{")[0].split(" ")[0] for line in text.text.splitlines() if line and not line.startswith("#")}
    assert any(name.startswith("spanwise_") for name in names), names
    for line in text.text.splitlines():
        if line and not line.startswith("#"):
            float(line.rsplit(" ", 1)[1])


def test_a_foreign_host_is_refused(service):
    answer = requests.get(f"{service.url}/ping", headers={"Host": "evil.example"}, timeout=10)
    assert 400 <= answer.status_code < 500, answer.status_code


def test_an_answer_on_its_way_is_not_lost_by_what_its_caller_says_meanwhile(demo):
    service = Service(demo, "churn", "--log", "off")
    try:
        host, port = service.address.rsplit(":", 1)
        with socket.socket() as caller:
            # most of the answer stays with the service's kernel until the caller reads
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            caller.settimeout(20)
            caller.connect((host, int(port)))
            caller.sendall(b"GET /openapi.json HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
            time.sleep(0.3)
            caller.sendall(b"GET /ping HTTP/1.1\r\n")
            time.sleep(0.1)
            answer = b"".join(iter(lambda: caller.recv(1 << 16), b""))
        head, body = answer.split(b"\r\n\r\n", 1)
        assert len(body) == int(re.search(rb"content-length: (\d+)", head)[1]) > 20_000
        json.loads(body)
        # who neither reads nor goes is not waited for long
        with socket.create_connection((host, int(port))) as caller:
            caller.sendall(b"GET /openapi.json HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
            time.sleep(0.3)
            began = time.monotonic()
            service.stop()
            assert time.monotonic() - began < 10
    finally:
        service.stop()
