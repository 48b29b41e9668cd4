"""The containers of SageMaker, Vertex AI and Azure ML: the same binary, told by its environment where it is."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest
import requests

from conftest import BINARY, SHARED
from spanwise.sklearn import SpanwiseRegressor

CHECK = SHARED / "contracts/checks/cloud_container_check.py"
checks = pytest.mark.skipif(not CHECK.is_file(), reason="the shared checks are not on this machine")
HEALTH = "/v1/endpoints/1/deployedModels/2"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "m.bundle"
    rows = pd.DataFrame({"a": range(300), "b": [k % 7 for k in range(300)]}, dtype=float)
    SpanwiseRegressor(rounds=5).fit(rows, rows.a + rows.b).to_bundle(path)
    return path


class Container:
    """`spanwise serve` as a platform starts it, but on loopback."""

    def __init__(self, folder, port, **environment):
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [BINARY, "serve", "--address", f"127.0.0.1:{port}"],
            cwd=folder, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(100):
            assert self.process.poll() is None, self.process.stderr.read()
            try:
                requests.get(self.url + "/v2/health/live", timeout=1)
                return
            except requests.ConnectionError:
                time.sleep(0.05)
        raise TimeoutError

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=30) == 0


def free_port():
    import socket

    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def run_check(*arguments):
    done = subprocess.run([sys.executable, CHECK, *arguments], capture_output=True, text=True, timeout=120)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr


@checks
def test_sagemaker(tmp_path, bundle):
    (tmp_path / "model").mkdir()
    shutil.copy(bundle, tmp_path / "model")
    with Container(tmp_path, free_port(), SAGEMAKER_BASE_DIR=str(tmp_path)) as container:
        run_check("--sagemaker", container.url)


@checks
def test_sagemaker_with_many_models(tmp_path, bundle):
    model = tmp_path / "models/x1/model"
    model.mkdir(parents=True)
    shutil.copy(bundle, model)
    with Container(tmp_path, free_port(), SAGEMAKER_BASE_DIR=str(tmp_path), SAGEMAKER_MULTI_MODEL="true") as container:
        requests.post(container.url + "/models", json={"model_name": "first", "url": str(model)}, timeout=10).raise_for_status()
        run_check("--sagemaker", container.url, "--mme", str(model))


@checks
def test_vertex_ai(tmp_path, bundle):
    variables = {"AIP_STORAGE_URI": str(bundle.parent), "AIP_HEALTH_ROUTE": HEALTH, "AIP_PREDICT_ROUTE": HEALTH + ":predict"}
    with Container(tmp_path, free_port(), **variables) as container:
        run_check("--vertex", container.url, "--health", HEALTH, "--predict", HEALTH + ":predict", "--instances", json.dumps([{"a": 1.0, "b": 2.0}, [3, 4]]))


@checks
def test_azure_ml(tmp_path, bundle):
    (tmp_path / "mounted/churn").mkdir(parents=True)
    shutil.copy(bundle, tmp_path / "mounted/churn")
    body = json.dumps({"input_data": {"columns": ["a", "b"], "index": [0], "data": [[1.0, 2.0]]}})
    with Container(tmp_path, free_port(), AZUREML_MODEL_DIR=str(tmp_path / "mounted")) as container:
        run_check("--azure", container.url, "--live", "/", "--ready", "/v2/health/ready", "--score", "/score", "--body", body)
        run_check("--azure", container.url, "--live", "/v2/health/live", "--ready", "/v2/health/ready", "--score", "/invocations", "--body", body)


def test_a_folder_without_a_bundle_says_so(tmp_path):
    done = subprocess.run([BINARY, "serve"], cwd=tmp_path, env={**os.environ, "AZUREML_MODEL_DIR": str(tmp_path)}, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and "found none, expected one file `*.bundle`" in done.stderr, done.stderr
