"""What answers cost: processor time and bytes a prediction, in metrics, over HTTP and at the end."""

import json
import subprocess

import requests

from conftest import BINARY, Service, spanwise

ROW = {"contract": "monthly", "tenure_months": 3, "monthly_charge": 80.0, "support_calls": 4, "age": 41, "payment": "card", "region": "north", "channel": "shop"}


def test_a_million_predictions_have_a_price(bundle, tmp_path):
    arguments = [BINARY, "--json", "serve", "--address", "127.0.0.1:0", str(bundle), "--log-format", "json", "--price", "0.36 USD/cpu-hour, 1000 USD/GB"]
    with open(tmp_path / "stderr.txt", "w") as err:
        process = subprocess.Popen(arguments, cwd=tmp_path, stdout=subprocess.PIPE, stderr=err, text=True)
    text = ""
    while not text.rstrip().endswith("}"):
        text += process.stdout.readline()
    url = f"http://{json.loads(text)['address']}"
    try:
        model = json.loads(requests.get(url + "/v1/models").text)["models"][0]
        before = requests.get(f"{url}/v1/models/{model}/cost").json()
        assert before["versions"][0]["predictions"] == 0 and before["versions"][0]["cost_per_million_predictions"] is None
        read = written = 0
        for _ in range(50):
            answer = requests.post(url + "/invocations", json={"dataframe_records": [ROW] * 200})
            assert answer.status_code == 200
            read += len(answer.request.body)
            written += int(answer.headers["content-length"])
        told = requests.get(f"{url}/v1/models/{model}/cost").json()
        (version,) = told["versions"]
        assert version["predictions"] == 10_000
        assert (version["bytes_read"], version["bytes_written"]) == (read, written)
        # what the system says of the process, no more than was spent since
        ticks = sum(int(field) for field in open(f"/proc/{process.pid}/stat").read().rsplit(")", 1)[1].split()[11:13])
        assert 0 < version["cpu_microseconds"] <= ticks * 1e4
        expected = (version["cpu_microseconds"] / 3.6e9 * 0.36 + written / 1e9 * 1000) / 10_000 * 1e6
        assert abs(version["cost_per_million_predictions"] / expected - 1) < 1e-9
        assert told["price"] == {"currency": "USD", "per_cpu_hour": 0.36, "per_gb_written": 1000.0}
        page = requests.get(url + "/metrics").text
        assert f'spanwise_body_bytes_total{{model="{model}",version="1",direction="written"}} {written}\n' in page
        assert f'spanwise_cost_per_million_predictions{{model="{model}",version="1",currency="USD"}}' in page
        assert requests.get(url + "/v1/models/none/cost").status_code == 404
    finally:
        process.terminate()
        assert process.wait(timeout=30) == 0
    events = [json.loads(line) for line in (tmp_path / "stderr.txt").read_text().splitlines()]
    (cost,) = [event for event in events if event["event"] == "cost"]
    assert cost["predictions"] == 10_000 and cost["currency"] == "USD" and 0 < cost["cost_per_million_predictions"]


def test_a_price_that_is_none_is_refused(bundle, tmp_path):
    done = spanwise("serve", bundle, "--price", "5 cents", cwd=tmp_path, ok=(2,))
    assert "USD/cpu-hour" in done.stderr
    service = Service(tmp_path, bundle)
    model = requests.get(service.url + "/v1/models").json()["models"][0]
    told = requests.get(f"{service.url}/v1/models/{model}/cost").json()
    assert told["price"] is None and "how" in told
    service.stop()
