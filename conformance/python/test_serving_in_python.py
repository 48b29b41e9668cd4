"""`spanwise.serve`: a service within a process of Python, and `spanwise.score_files`."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
import requests

import spanwise

from conftest import spanwise as command

ROW = {"contract": "monthly", "tenure_months": 3, "monthly_charge": 80.0, "support_calls": 4, "age": 41, "payment": "card", "region": "north", "channel": "shop"}


def ask(service, row=ROW):
    answer = requests.post(service.url + "/invocations", json={"dataframe_records": [row]}, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_service_answers_and_ends_with_its_block(bundle):
    with spanwise.serve(bundle) as service:
        assert service.url == f"http://127.0.0.1:{service.port}" and service.is_running
        answer = ask(service)
        loaded = spanwise.load(bundle)
        with spanwise.serve(loaded) as second:
            assert second.port != service.port and ask(second) == answer
        assert ask(service) == answer
    assert not service.is_running and "stopped" in repr(service)
    service.stop()
    with pytest.raises(requests.ConnectionError):
        ask(service)
    # the port is free again
    with spanwise.serve(bundle, port=service.port) as again:
        assert again.port == service.port


def test_a_project_and_a_folder_are_served_with_the_options_of_the_verb(demo, bundle, tmp_path):
    with spanwise.serve("churn", project=demo, log="off", watch="never", max_in_flight=8) as service:
        assert service.log is None
        assert requests.get(f"{service.url}/v2/models/churn/ready", timeout=30).status_code == 200
    (tmp_path / "one.bundle").write_bytes(bundle.read_bytes())
    with spanwise.serve(folder=tmp_path, memory="2GiB") as service:
        assert requests.get(f"{service.url}/v2/models/one/ready", timeout=30).status_code == 200
    log = tmp_path / "log"
    with spanwise.serve(bundle, log="audit", log_folder=log, mask="age", challenger=bundle, share=0.5) as service:
        ask(service)
        assert os.fspath(service.log) == str(log)
    assert list(log.rglob("*.parquet"))


def test_python_that_computes_keeps_nobody_waiting(bundle):
    with spanwise.serve(bundle) as service:
        done = subprocess.Popen(
            [sys.executable, "-c", f"import requests, json; r = requests.post('{service.url}/invocations', json={{'dataframe_records': [{json.dumps(ROW)}]}}, timeout=20); print(r.status_code)"],
            stdout=subprocess.PIPE, text=True,
        )
        # a loop that holds the interpreter, but for looks at the child
        until = time.monotonic() + 30
        while done.poll() is None and time.monotonic() < until:
            sum(range(200_000))
        assert done.stdout.read().strip() == "200"


def test_refusals_are_those_of_the_verb(bundle, demo, tmp_path):
    with spanwise.serve(bundle) as service:
        with pytest.raises(spanwise.SpanwiseError, match="in use|taken"):
            spanwise.serve(bundle, port=service.port)
    with pytest.raises(spanwise.SpanwiseError, match="key"):
        spanwise.serve(bundle, host="0.0.0.0")
    with pytest.raises(spanwise.SpanwiseError, match="`watch`: found `soon`, expected a number with s, m, h, d or w"):
        spanwise.serve(bundle, watch="soon")
    with pytest.raises(spanwise.SpanwiseError, match="did you mean `churn`"):
        spanwise.serve("chrn", project=demo)
    with pytest.raises((spanwise.SpanwiseError, OSError)):
        spanwise.serve(tmp_path / "none.bundle")
    with pytest.raises(TypeError, match="certificate"):
        spanwise.serve(bundle, certificate="c.pem")


def test_a_fork_has_no_service_and_ends(bundle):
    with spanwise.serve(bundle) as service:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                service.stop()
            except spanwise.SpanwiseError as error:
                code = 0 if "fork" in str(error) and not service.is_running else 2
            del service
            os._exit(code)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        ask(service)


def test_ctrl_c_ends_the_block_and_the_interpreter_ends_what_is_left(bundle, tmp_path):
    program = tmp_path / "serve.py"
    program.write_text(
        "import sys, spanwise\n"
        "kept = spanwise.serve(sys.argv[1])\n"
        "try:\n"
        "    with spanwise.serve(sys.argv[1]) as service:\n"
        "        print(service.url, flush=True)\n"
        "        service.wait()\n"
        "except KeyboardInterrupt:\n"
        "    print('heard', service.is_running, kept.is_running, flush=True)\n"
    )
    process = subprocess.Popen([sys.executable, program, bundle], stdout=subprocess.PIPE, text=True)
    url = process.stdout.readline().strip()
    assert requests.get(url + "/v2/health/ready", timeout=30).status_code == 200
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=30)
    assert rest.strip() == "heard False True" and process.returncode == 0


def test_files_are_scored_as_the_verb_scores_them(bundle, demo, tmp_path):
    inputs = tmp_path / "in"
    inputs.mkdir()
    header, *rows = (demo / "customers.csv").read_text().splitlines()
    for file in range(5):
        (inputs / f"{file}.csv").write_text("\n".join([header, *rows[file * 100 : file * 100 + 100]]) + "\n")
    heard = []
    records = spanwise.score_files(bundle, inputs, tmp_path / "out", progress=lambda *news: heard.append(news))
    assert [record["input"] for record in records] == [f"{file}.csv" for file in range(5)]
    assert sum(record["n_rows"] for record in records) == 500 and heard[-1][:2] == (5, 5)
    command("score", bundle, inputs, "--out", f"{tmp_path / 'verb'}/", cwd=tmp_path)
    for record in records:
        name = record["out"]["name"]
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "verb" / name).read_bytes()
    (inputs / "bad.csv").write_text("age\n1\n")
    records = spanwise.score_files(bundle, inputs, tmp_path / "out")
    assert [record["input"] for record in records if record["error"]] == ["bad.csv"]
    with pytest.raises(spanwise.SpanwiseError, match="expected one of .*csv"):
        spanwise.score_files(bundle, inputs, tmp_path / "other", format="parket")
    with pytest.raises(spanwise.SpanwiseError, match="--again"):
        spanwise.score_files(bundle, inputs, tmp_path / "out", reasons=2)


def test_ctrl_c_stops_scoring_and_keeps_what_is_done(bundle, demo, tmp_path):
    inputs = tmp_path / "in"
    inputs.mkdir()
    text = (demo / "customers.csv").read_text()
    for file in range(200):
        (inputs / f"{file:03}.csv").write_text(text)

    def stop():
        while len(list((tmp_path / "out").glob("*.csv"))) < 3:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=stop, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        spanwise.score_files(bundle, inputs, tmp_path / "out")
    assert 3 <= len([path for path in (tmp_path / "out").glob("*.csv") if "quarantine" not in path.name]) < 200
