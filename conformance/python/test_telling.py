"""What a service tells: events and requests as lines of JSON, an audit log that cannot be changed unseen."""

import json
import os
import shutil
import signal
import subprocess
import time

import requests

from conftest import BINARY, spanwise


def started(folder, *arguments, env=None):
    """A service whose standard error is a file."""
    err = open(folder / "stderr.txt", "w")
    process = subprocess.Popen(
        [BINARY, "--json", "serve", "--address", "127.0.0.1:0", *map(str, arguments)],
        cwd=folder, stdout=subprocess.PIPE, stderr=err, text=True, env={**os.environ, **(env or {})},
    )
    text = ""
    while not text.rstrip().endswith("}"):
        line = process.stdout.readline()
        assert line, (folder / "stderr.txt").read_text()
        text += line
    return process, f"http://{json.loads(text)['address']}"


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def stop(process):
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0


def row(demo, n=3):
    table = (demo / "customers.csv").read_text().splitlines()
    return "\n".join(table[: n + 1]) + "\n"


def test_every_line_on_standard_error_is_an_object(demo, bundle, tmp_path):
    arguments = [bundle, "--log-format", "json", "--access-log", "access.jsonl"]
    process, url = started(tmp_path, *arguments, env={"SPANWISE_API_KEYS": "hush-hush", "SPANWISE_ADMIN_KEY": "boss-hush"})
    good = {"Authorization": "Bearer hush-hush", "X-Request-Id": 'q-1" }\n'.strip(), "Content-Type": "text/csv"}
    assert requests.post(url + "/invocations", headers=good, data=row(demo)).status_code == 200
    for _ in range(20):
        assert requests.get(url + "/metrics", headers={"X-Api-Key": "wrong-hush"}).status_code == 401
    page = requests.get(url + "/metrics", headers=good).text
    assert 'spanwise_told_lines_total{log="events",outcome="dropped"} 0' in page
    stop(process)
    told = lines(tmp_path / "stderr.txt")
    names = [line["event"] for line in told]
    assert names == ["model_loaded", "started", "listening", "caller_refused", "draining", "cost", "more", "stopped"]
    assert told[4]["reason"] == "SIGTERM" and told[6]["more"] == 19
    assert all(line["time"].endswith("Z") and line["level"] in ("info", "warn", "error") for line in told)
    seen = lines(tmp_path / "access.jsonl")
    assert [line["status"] for line in seen] == [200] + [401] * 20 + [200]
    assert seen[0]["rows"] == 3 and seen[0]["caller"] == "api key 1" and seen[0]["request"].startswith("q-1")
    for file in ("stderr.txt", "access.jsonl"):
        assert "hush" not in (tmp_path / file).read_text()


def test_people_get_sentences_and_levels_leave_out(bundle, tmp_path):
    process, _ = started(tmp_path, bundle)
    stop(process)
    text = (tmp_path / "stderr.txt").read_text()
    assert "info  listening: requests are answered address=http://127.0.0.1:" in text and "nothing is logged" in text
    process, _ = started(tmp_path, bundle, "--log-level", "warn", "--log-format", "json")
    stop(process)
    assert (tmp_path / "stderr.txt").read_text() == ""
    done = spanwise("serve", bundle, "--log-level", "loud", cwd=tmp_path, ok=(2,))
    assert "warn" in done.stderr


def test_an_access_log_that_was_moved_away_is_made_anew(bundle, tmp_path):
    process, url = started(tmp_path, bundle, "--access-log", "access.jsonl", "--log-format", "json")
    log, old = tmp_path / "access.jsonl", tmp_path / "access.jsonl.1"
    requests.get(url + "/ping")
    time.sleep(1.2)
    log.rename(old)
    requests.get(url + "/ping")
    time.sleep(0.2)
    requests.get(url + "/ping")
    stop(process)
    assert len(lines(old)) == 1 and len(lines(log)) == 2


def test_an_audit_log_names_the_first_line_that_was_changed(bundle, tmp_path):
    env = {"SPANWISE_ADMIN_KEY": "boss-hush"}
    audit = tmp_path / "audit.jsonl"
    for _ in range(2):
        process, url = started(tmp_path, bundle, "--audit-log", audit, env=env)
        model = requests.get(url + "/v2/models").json()["models"][0]
        model = model if isinstance(model, str) else model["name"]
        key = {"Authorization": "Bearer boss-hush"}
        assert requests.post(f"{url}/v2/repository/models/{model}/load", headers=key).status_code == 200
        # on disk before the answer
        assert [line["outcome"] for line in lines(audit)[-2:]] == ["asked", "done"]
        assert requests.post(f"{url}/v2/repository/models/{model}/load", headers={"X-Api-Key": "guess-hush"}).status_code == 403
        stop(process)
    assert [line["action"] for line in lines(audit)] == ["start", "load", "load", "refused", "stop"] * 2
    assert "hush" not in audit.read_text()
    checked = json.loads(spanwise("--json", "audit", "verify", audit, cwd=tmp_path).stdout)
    assert checked["lines"] == 10 and checked["fault"] is None
    text = audit.read_text()
    whole = text.splitlines(keepends=True)
    audit.write_text("".join([*whole[:3], whole[3].replace("not_admin", "no_admin"), *whole[4:]]))
    done = spanwise("audit", "verify", audit, cwd=tmp_path, ok=(5,))
    assert "4 lines fit" in done.stdout and "line 5 does not: found `previous`" in done.stdout
    # a log cut at its end fits, but for the hash that was kept
    audit.write_text("".join(whole[:7]))
    assert "7 lines fit" in spanwise("audit", "verify", audit, cwd=tmp_path).stdout
    spanwise("audit", "verify", audit, "--holds", checked["last_hash"], cwd=tmp_path, ok=(5,))
    assert spanwise("audit", "verify", tmp_path / "none", cwd=tmp_path, ok=(4,)).stderr


def test_a_kill_in_the_middle_of_an_audit_log_is_told(bundle, tmp_path):
    audit = tmp_path / "audit.jsonl"
    process, _ = started(tmp_path, bundle, "--audit-log", audit)
    second = subprocess.run([BINARY, "serve", str(bundle), "--address", "127.0.0.1:0", "--audit-log", str(audit)], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert second.returncode == 4 and "another process" in second.stderr
    process.kill()
    process.wait()
    with audit.open("a") as file:
        file.write('{"time":"2026-11-')
    process, _ = started(tmp_path, bundle, "--audit-log", audit)
    stop(process)
    assert [line["action"] for line in lines(audit)] == ["start", "torn_line_set_aside", "start", "stop"]
    assert (tmp_path / "audit.jsonl.torn").read_text() == '{"time":"2026-11-\n'
    spanwise("audit", "verify", audit, cwd=tmp_path)


def test_promotions_stand_in_the_audit_log(demo, tmp_path):
    """A project's service whose section says what it tells."""
    folder = shutil.copytree(demo, tmp_path / "project")
    toml = folder / "spanwise.toml"
    toml.write_text(toml.read_text().replace("decide = { gain", "params = { rounds = 20 }\ndecide = { gain"))
    spanwise("run", cwd=folder)
    wishes = 'log_format = "json"\naudit_log = "audit.jsonl"\naccess_log = "access.jsonl"\nwatch = "1s"\n'
    toml.write_text(toml.read_text().replace("[service.churn]\n", "[service.churn]\n" + wishes))
    process, url = started(folder, "churn", "--log", "off")
    swaps = []
    try:
        spanwise("promote", "churn@2", "--why", "newer", cwd=folder)
        for _ in range(200):
            swaps = [line for line in lines(folder / "audit.jsonl") if line["action"] == "swap"]
            if swaps:
                break
            time.sleep(0.1)
        assert requests.get(url + "/v2/models/churn").status_code == 200
    finally:
        stop(process)
    assert len(swaps) == 1 and swaps[0]["model"] == "churn" and swaps[0]["versions"].startswith("2 (listed")
    assert any(line["event"] == "model_swapped" for line in lines(folder / "stderr.txt"))
    seen = lines(folder / "access.jsonl")
    assert [line["route"] for line in seen] == ["/v2/models/{model}"] and seen[0]["status"] == 200
