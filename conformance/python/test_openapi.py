"""`/openapi.json` holds for the server that gives it: schemathesis asks everything that it promises."""

import pathlib
import subprocess
import sys

import requests

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def test_the_document_is_of_this_server(service, demo):
    document = requests.get(f"{service.url}/openapi.json", timeout=10).json()
    assert document["openapi"] == "3.1.0"
    paths = document["paths"]
    assert {"/v1/models/churn:predict", "/v2/models/churn/infer", "/invocations", "/openapi.json"} <= set(paths)
    assert "/score" not in paths and "/execution-parameters" not in paths
    row = document["components"]["schemas"]["row_0"]
    assert row["properties"]["contract"]["type"] == ["string", "null"] and "tenure_months" in row["required"]


def test_nothing_is_answered_that_the_document_does_not_know(service, tmp_path):
    schemathesis = pathlib.Path(sys.executable).with_name("schemathesis")
    arguments = ["run", f"{service.url}/openapi.json", "--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--max-time", "75", "--seed", "7", "--generation-database", "none", "--continue-on-failure"]
    done = subprocess.run([schemathesis, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    print(done.stdout[-6000:])
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert requests.get(f"{service.url}/ping", timeout=10).status_code == 200
