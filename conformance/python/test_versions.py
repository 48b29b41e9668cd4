"""A running service hears of promotion and rollback; a challenger and a shadow by alias."""

import json
import shutil
import time

import pyarrow.parquet as pq
import pytest
import requests

from conftest import Service, spanwise

ROWS = {"dataframe_records": [{"contract": "monthly", "tenure_months": 3, "monthly_charge": 80.0, "support_calls": 4, "age": 41, "payment": "card", "region": "north", "channel": "shop"}]}


@pytest.fixture(scope="module")
def made(demo, tmp_path_factory):
    """The demo with two versions of its model, of which the first is the champion."""
    folder = tmp_path_factory.mktemp("made") / "project"
    shutil.copytree(demo, folder)
    toml = folder / "spanwise.toml"
    toml.write_text(toml.read_text().replace("decide = { gain", "params = { rounds = 20 }\ndecide = { gain"))
    spanwise("run", cwd=folder)
    versions = json.loads(spanwise("--json", "promote", "churn", cwd=folder).stdout)["versions"]
    assert [version["aliases"] for version in versions] == [["champion"], []]
    return folder


@pytest.fixture
def project(made, tmp_path):
    return shutil.copytree(made, tmp_path / "project")


def ask(service, **headers):
    answer = requests.post(f"{service.url}/invocations", json=ROWS, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.headers["x-spanwise-version"], answer.json()["predictions"][0]


def until(what, is_so):
    for _ in range(200):
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError(what)


def test_promotion_and_rollback_are_heard(project):
    service = Service(project, "churn", "--watch", "1s")
    try:
        before = ask(service)
        assert before[0] == "1"
        spanwise("promote", "churn@2", "--why", "better", cwd=project)
        until("the second version answers", lambda: ask(service)[0] == "2")
        assert ask(service)[1] != before[1]
        spanwise("rollback", "churn", "--why", "worse", cwd=project)
        until("the first version answers again", lambda: ask(service) == before)
    finally:
        service.stop()


def test_a_challenger_and_a_shadow_come_by_alias(project):
    toml = project / "spanwise.toml"
    toml.write_text(toml.read_text().replace('[service.churn]\n', '[service.churn]\nchallenger = "churn@challenger"\nshare = 0.5\nshadow = "churn@candidate"\nwatch = "1s"\n'))
    service = Service(project, "churn")
    try:
        assert {ask(service)[0] for _ in range(20)} == {"1"}
        spanwise("promote", "churn@2", "--alias", "candidate", "--why", "let us see", cwd=project)
        until("the shadow is there", lambda: requests.get(f"{service.url}/v1/models/churn/shadows").json()["shadows"])
        for _ in range(5):
            assert ask(service)[0] == "1"
        told = lambda: requests.get(f"{service.url}/v1/models/churn/shadows").json()["shadows"][0]
        until("5 rows are compared", lambda: told()["rows"] == 5)
        assert told()["version"] == "2" and told()["difference"]["value"] != 0 and told()["other_decisions"]["high"] <= 1
        # as challenger the same version is no shadow any more
        spanwise("promote", "churn@2", "--alias", "challenger", "--why", "a try", cwd=project)
        until("the challenger answers", lambda: "2" in {ask(service)[0] for _ in range(10)})
        by_key = {key: ask(service, **{"x-spanwise-key": str(key)}) for key in range(40)}
        assert {version for version, _ in by_key.values()} == {"1", "2"}
        assert all(ask(service, **{"x-spanwise-key": str(key)}) == told for key, told in by_key.items())
        for key in range(40):
            ask(service, **{"x-spanwise-key": str(key), "x-request-id": f"customer {key}"})
    finally:
        service.stop()
    # who answered whom can be joined later
    tables = [pq.read_table(file, columns=["request", "bundle"]) for file in (project / ".spanwise/log/churn").glob("*.parquet")]
    bundle_of = {request: bundle for table in tables for request, bundle in zip(*(table[name].to_pylist() for name in ("request", "bundle")))}
    answered = {by_key[key][0]: set() for key in by_key}
    for key, (version, _) in by_key.items():
        answered[version].add(bundle_of[f"customer {key}"])
    assert [len(bundles) for bundles in answered.values()] == [1, 1] and answered["1"] != answered["2"]
