"""A running service watches its challenger: it takes its requests away or makes it champion, and says why in the ledger."""

import json
import random
import shutil
import signal
import socket

import pytest
import requests

import spanwise as spanwise_in_python
from conftest import Service, spanwise
from test_versions import until

LIMITS = "error_rate = 0.2\nlatency = 50.0\nscore_shift = 0.9\n"


@pytest.fixture(scope="module")
def made(demo, tmp_path_factory):
    """The demo with a second version of its model that answers otherwise, and a third whose contract refuses many calls."""
    folder = tmp_path_factory.mktemp("made") / "project"
    shutil.copytree(demo, folder)
    toml = folder / "spanwise.toml"
    toml.write_text(toml.read_text().replace("decide = { gain", "params = { rounds = 20 }\ndecide = { gain"))
    spanwise("run", cwd=folder)
    toml.write_text(toml.read_text().replace("support_calls = { min = 0 }", "support_calls = { min = 0, max = 7 }"))
    spanwise("run", cwd=folder)
    history = json.loads(spanwise("--json", "promote", "churn", cwd=folder).stdout)
    assert [version["aliases"] for version in history["versions"]] == [["champion"], [], []]
    return folder


@pytest.fixture
def project(made, tmp_path):
    return shutil.copytree(made, tmp_path / "project")


def guarded(project, guard, challenger=2):
    """The project with a guard and a challenger."""
    toml = project / "spanwise.toml"
    service = f'[service.churn]\nchallenger = "churn@challenger"\nshare = 0.5\nwatch = "1s"\nguard = {{ {", ".join(guard.strip().splitlines())} }}\n'
    toml.write_text(toml.read_text().replace("[service.churn]\n", service))
    spanwise("promote", f"churn@{challenger}", "--alias", "challenger", "--why", "a try", cwd=project)
    return project


def row(draw, support_calls):
    return {"contract": draw.choice(["monthly", "yearly"]), "tenure_months": draw.randint(1, 60), "monthly_charge": draw.uniform(20, 90), "support_calls": support_calls, "age": 41, "payment": "card", "region": "north", "channel": "shop"}


def ask(service, keys, support_calls=4, session=None):
    """The status and version of an answer for each key."""
    session = session or requests.Session()
    found = []
    for key in keys:
        body = {"dataframe_records": [row(random.Random(key), support_calls)]}
        answer = session.post(f"{service.url}/invocations", json=body, headers={"x-spanwise-key": f"customer {key}"})
        found.append((answer.status_code, answer.headers.get("x-spanwise-version")))
    return found


def state(service):
    return requests.get(f"{service.url}/v1/models/churn/guard").json()["state"] or {"requests": [0, 0]}


def history(project):
    """Who is where, and the verified ledger."""
    told = json.loads(spanwise("--json", "promote", "churn", cwd=project).stdout)
    return {alias: version["version"] for version in told["versions"] for alias in version["aliases"]}, told["ledger"]


def test_a_challenger_that_refuses_rows_is_rolled_back(project):
    guarded(project, LIMITS + 'act = "rollback"', challenger=3)
    service = Service(project, "churn", "--audit-log", "audit.log", "--log-format", "json")
    try:
        found = []
        for start in range(0, 4_000, 100):
            found += ask(service, range(start, start + 100), support_calls=9)
            if history(project)[0]["challenger"] == 1:
                break
        # the champion never failed, and no request goes to the challenger from the next look on
        assert {status for status, version in found if version == "1"} == {200}
        assert {status for status, version in found if version != "1"} - {200}
        until("the challenger is gone", lambda: {status for status, _ in ask(service, range(40), support_calls=9)} == {200})
    finally:
        service.stop()
    aliases, ledger = history(project)
    assert aliases == {"champion": 1, "challenger": 1}
    evidence = ledger[-1]["evidence"]
    assert evidence["verdict"] == "rollback" and evidence["false_decisions"] == 0.05
    rail = {rail["name"]: rail for rail in evidence["guardrails"]}["error_rate"]
    assert rail["verdict"] == "beyond" and rail["limit"] < rail["low"] and rail["challenger"] == 1 and rail["champion"] == 0
    assert "version 3 is beyond a limit: error rate" in ledger[-1]["why"] and "false with probability 0.05" in ledger[-1]["why"]
    assert any(json.loads(line)["action"] == "guard" for line in (project / "audit.log").read_text().splitlines())
    spanwise("audit", "verify", "audit.log", cwd=project)


def test_a_good_challenger_becomes_champion(project):
    guarded(project, LIMITS + 'act = "both"')
    service = Service(project, "churn")
    try:
        for start in range(0, 6_000, 100):
            assert {status for status, _ in ask(service, range(start, start + 100))} == {200}
            if history(project)[0]["champion"] == 2:
                break
        until("the second version answers all", lambda: {version for _, version in ask(service, range(30))} == {"2"})
    finally:
        service.stop()
    aliases, ledger = history(project)
    assert aliases == {"champion": 2, "challenger": 2} and len(ledger) == 3
    assert [rail["verdict"] for rail in ledger[-1]["evidence"]["guardrails"]] == ["within"] * 3


def test_one_that_may_only_tell_moves_nothing_and_the_command_line_does(project):
    guarded(project, LIMITS, challenger=3)
    service = Service(project, "churn")
    try:
        ask(service, range(800), support_calls=9)
        until("it is found", lambda: state(service).get("verdict") == "rollback")
        assert history(project)[0] == {"champion": 1, "challenger": 3}
        known = spanwise_in_python.guard("churn", project=project)
        assert (known["verdict"], known["is_done"], known["versions"]) == ("rollback", False, ["1", "3"])
        told = spanwise("guard", "churn", cwd=project, ok=(5,)).stdout
        assert "error_rate" in told and "beyond" in told and "rollback: version 3" in told
        done = json.loads(spanwise("--json", "guard", "churn", "--act", cwd=project, ok=(5,)).stdout)
        assert done["is_done"] and done["requests"] == state(service)["requests"]
        assert history(project)[0] == {"champion": 1, "challenger": 1}
    finally:
        service.stop()
    refused = spanwise("guard", "churn", cwd=project, ok=(3,)).stderr
    assert "version 1 for both" in refused, refused


def test_sums_outlive_a_kill_and_instances_add_up(project):
    guarded(project, "error_rate = 0.01")
    first = Service(project, "churn")
    try:
        ask(first, range(60))
        until("60 requests are kept", lambda: sum(state(first)["requests"]) == 60)
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
        first = Service(project, "churn")
        until("they are there again", lambda: sum(state(first)["requests"]) == 60)
        second = Service(project, "churn")
        try:
            ask(first, range(60, 80))
            ask(second, range(80, 95))
            # who names a version was not assigned to it
            named = requests.post(f"{first.url}/v2/models/churn/versions/2/infer", json={})
            assert named.status_code == 400
            for service in (first, second):
                until("both know of all", lambda: sum(state(service)["requests"]) == 95)
        finally:
            second.stop()
        assert sum(json.loads(spanwise("--json", "guard", cwd=project).stdout)["requests"]) == 95
        # another challenger begins anew
        spanwise("promote", "churn@3", "--alias", "challenger", "--why", "another", cwd=project)
        until("the second is gone", lambda: state(first).get("versions") == ["1", "3"])
        ask(first, range(5))
        until("it begins anew", lambda: sum(state(first)["requests"]) == 5)
        # and the one before goes on, after a while without any
        spanwise("promote", "churn@2", "--alias", "challenger", "--why", "back", cwd=project)
        until("all are there again", lambda: sum(state(first)["requests"]) == 95)
        spanwise("promote", "churn@1", "--alias", "challenger", "--why", "none", cwd=project)
        until("there is no challenger", lambda: {version for _, version in ask(first, range(20))} == {"1"})
        n_so_far = sum(state(first)["requests"])
        assert 95 <= n_so_far
        spanwise("promote", "churn@2", "--alias", "challenger", "--why", "again", cwd=project)
        until("the second answers again", lambda: "2" in {version for _, version in ask(first, range(20))})
        until("nothing is lost", lambda: n_so_far < sum(state(first)["requests"]))
    finally:
        first.stop()


def test_of_two_instances_one_decides(project):
    guarded(project, LIMITS + 'act = "both"', challenger=3)
    services = [Service(project, "churn") for _ in range(2)]
    try:
        for start in range(0, 4_000, 50):
            for at, service in enumerate(services):
                ask(service, range(start + 10_000 * at, start + 10_000 * at + 50), support_calls=9)
            if history(project)[0]["challenger"] == 1:
                break
        for service in services:
            until("the challenger is gone", lambda: {status for status, _ in ask(service, range(30), support_calls=9)} == {200})
    finally:
        for service in services:
            service.stop()
    aliases, ledger = history(project)
    assert aliases == {"champion": 1, "challenger": 1} and len([entry for entry in ledger if "evidence" in entry]) == 1


@pytest.mark.parametrize(
    ("service", "found"),
    [
        ('guard = { error_rate = 0.1 }', "a guard without a challenger"),
        ('challenger = "churn@2"\nguard = { error_rate = 0.1, act = "both" }', 'act = "both" with `churn@2`'),
        ('challenger = "churn@challenger"\nguard = { act = "both" }', "no limit"),
        ('challenger = "churn@challenger"\nguard = { latency = 0.9 }', "a number above 1"),
        ('challenger = "churn@challenger"\nguard = { error_rat = 0.1 }', "did you mean `error_rate`"),
        ('challenger = "churn@challenger"\nwatch = "never"\nguard = { error_rate = 0.1 }', '`watch = "never"`'),
    ],
)
def test_guards_that_cannot_be_are_refused(project, service, found):
    toml = project / "spanwise.toml"
    toml.write_text(toml.read_text().replace("[service.churn]\n", f"[service.churn]\n{service}\n"))
    refused = spanwise("guard", "churn", cwd=project, ok=(2,)).stderr
    assert found in refused, refused


def test_who_is_compared_is_what_the_service_was_started_with(project):
    guarded(project, "error_rate = 0.01")
    service = Service(project, "churn", "--share", "0.3", "--challenger", "churn@3")
    try:
        ask(service, range(60))
        until("60 requests are kept", lambda: sum(state(service)["requests"]) == 60)
    finally:
        service.stop()
    done = spanwise("--json", "guard", "churn", cwd=project)
    record = json.loads(done.stdout)
    assert (record["share"]["expected"], record["versions"], sum(record["requests"])) == (0.3, ["1", "3"], 60)
    assert record["names"] == ["churn@champion", "churn@3"]
    assert "compared is `churn@3` with a share of 0.3" in done.stderr and "says `churn@challenger` with 0.5" in done.stderr
    # as the section says, from its next start on
    service = Service(project, "churn")
    try:
        until("the section's pair is met", lambda: state(service).get("versions") == ["1", "2"])
        done = spanwise("--json", "guard", "churn", cwd=project)
        assert json.loads(done.stdout)["share"]["expected"] == 0.5 and "compared is" not in done.stderr
    finally:
        service.stop()


def test_a_caller_who_leaves_in_the_midst_counts_as_one_who_got_no_answer(project):
    guarded(project, "error_rate = 0.01")
    service = Service(project, "churn")
    try:
        host, port = service.address.rsplit(":", 1)
        for key in range(40):
            with socket.create_connection((host, int(port))) as caller:
                head = f"POST /invocations HTTP/1.1\r\nhost: localhost\r\nx-spanwise-key: {key}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n"
                caller.sendall(head.encode() + b'{"dataframe_records": [')
        until("all are counted", lambda: sum(state(service)["requests"]) == 40)
        rail = state(service)["guardrails"][0]
        assert (rail["champion"], rail["challenger"]) == (1.0, 1.0) and min(state(service)["requests"]) > 0
    finally:
        service.stop()


@pytest.mark.parametrize(
    ("section", "options", "found"),
    [
        ("", ["--share", "0.1"], "`--share 0.1`: found no challenger, expected `--challenger NAME`, or `challenger` in `[service.churn]`"),
        ("", ["--act", "both"], "`--act both`: found no guard, expected `[service.churn.guard]`"),
        ('challenger = "churn@challenger"\nguard = { error_rate = 0.1 }', ["--watch", "never"], "`--watch never`: found `[service.churn.guard]`"),
        ('challenger = "churn@challenger"\nguard = { error_rate = 0.1, act = "both" }', ["--challenger", "churn@2"], "`--challenger churn@2`: found a guard that may move it"),
    ],
)
def test_options_that_would_say_nothing_are_refused_at_the_start(project, section, options, found):
    toml = project / "spanwise.toml"
    toml.write_text(toml.read_text().replace("[service.churn]\n", f"[service.churn]\n{section}\n"))
    refused = spanwise("serve", "churn", "--address", "127.0.0.1:0", *options, cwd=project, ok=(2,)).stderr
    assert found in refused, refused


def test_bundles_without_a_project_have_no_guard(bundle, tmp_path):
    refused = spanwise("serve", bundle, "--act", "tell", cwd=tmp_path, ok=(2,)).stderr
    assert "`--act tell`: found bundles without a project" in refused, refused
    refused = spanwise("serve", bundle, "--share", "0.1", cwd=tmp_path, ok=(2,)).stderr
    assert "`--share 0.1`: found no challenger, expected `--challenger FILE` beside it" in refused, refused


def test_python_serves_with_act_and_hears_the_same_refusals(project):
    with pytest.raises(spanwise_in_python.SpanwiseError, match="`--act both`: found no guard"):
        spanwise_in_python.serve("churn", project=project, act="both")
    with pytest.raises(spanwise_in_python.SpanwiseError, match="`act`: found `promot`, expected one of `tell`, `promote`"):
        spanwise_in_python.serve("churn", project=project, act="promot")
    guarded(project, LIMITS)
    with spanwise_in_python.serve("churn", project=project, act="rollback", port=0) as service:
        assert requests.get(f"{service.url}/v1/models/churn/guard").json()["is_guarded"]
