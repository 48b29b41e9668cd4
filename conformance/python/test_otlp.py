"""Traces and logs, decoded with OpenTelemetry's own messages from what a small collector got."""

import http.server
import os
import threading
import time

import pytest
import requests
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2 as logs_service
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as trace_service

from conftest import Service

ROW = {"contract": "monthly", "tenure_months": 3, "monthly_charge": 80.0, "support_calls": 4, "age": 41, "payment": "card", "region": "north", "channel": "shop"}
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Collector:
    """Keeps what it gets; answers as it is told to."""

    def __init__(self):
        self.got, self.answers = [], []
        kept = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                status, headers = kept.answers.pop(0) if kept.answers else (200, {})
                kept.got.append((self.path, dict(self.headers), body, status, time.monotonic()))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def spans(self):
        found = []
        for path, _, body, status, _ in self.got:
            if path.endswith("/v1/traces") and status == 200:
                request = trace_service.ExportTraceServiceRequest()
                request.ParseFromString(body)
                for resource in request.resource_spans:
                    for scope in resource.scope_spans:
                        assert scope.scope.name == "spanwise"
                        found += [(resource.resource, span) for span in scope.spans]
        return found

    def logs(self):
        found = []
        for path, _, body, status, _ in self.got:
            if path.endswith("/v1/logs") and status == 200:
                request = logs_service.ExportLogsServiceRequest()
                request.ParseFromString(body)
                found += [record for resource in request.resource_logs for scope in resource.scope_logs for record in scope.log_records]
        return found


@pytest.fixture
def collector():
    collector = Collector()
    yield collector
    collector.server.shutdown()


def values(attributes):
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in attributes}


def served(folder, bundle, *arguments, **variables):
    old = dict(os.environ)
    os.environ.update(variables)
    try:
        return Service(folder, bundle, *arguments)
    finally:
        os.environ.clear()
        os.environ.update(old)


def until(what, is_so):
    for _ in range(400):
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError(what)


def test_a_request_is_a_span_of_its_callers_trace(bundle, tmp_path, collector):
    variables = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_EXPORTER_OTLP_HEADERS": "api-key=hush%20hush",
        "OTEL_SERVICE_NAME": "churn",
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test",
    }
    service = served(tmp_path, bundle, "--access-log", "access.jsonl", "--log-format", "json", **variables)
    headers = {"traceparent": PARENT, "X-Request-Id": "q-1"}
    answer = requests.post(service.url + "/invocations", json={"dataframe_records": [ROW, ROW]}, headers=headers)
    assert answer.status_code == 200
    told = answer.headers["traceparent"].split("-")
    assert told[1] == PARENT.split("-")[1] and told[3] == "01"
    assert requests.get(service.url + "/no/such").status_code == 404
    until("two spans", lambda: len(collector.spans()) == 2)
    service.stop()
    (resource, span), (_, other) = collector.spans()
    assert span.trace_id.hex() == told[1] and span.span_id.hex() == told[2]
    assert span.parent_span_id.hex() == PARENT.split("-")[2]
    assert span.name == "POST /invocations" and span.kind == 2
    assert 0 < span.end_time_unix_nano - span.start_time_unix_nano < 5e9 and abs(span.end_time_unix_nano / 1e9 - time.time()) < 60
    found = values(span.attributes)
    assert found["http.request.method"] == "POST" and found["http.route"] == "/invocations"
    assert found["http.response.status_code"] == 200 and found["spanwise.rows"] == 2
    assert found["spanwise.request"] == "q-1" and found["url.scheme"] == "http" and found["client.address"] == "127.0.0.1"
    assert "error.type" not in found and found["spanwise.model.version"] == "1"
    about = values(resource.attributes)
    assert about["service.name"] == "churn" and about["deployment.environment.name"] == "test"
    assert other.parent_span_id == b"" and other.name == "GET" and values(other.attributes)["http.response.status_code"] == 404
    assert all(head["api-key"] == "hush hush" and head["content-type"] == "application/x-protobuf" for _, head, *_ in collector.got)
    names = [record.event_name for record in collector.logs()]
    assert names[:3] == ["spanwise.model_loaded", "spanwise.started", "spanwise.listening"] and "spanwise.draining" in names
    record = collector.logs()[0]
    assert record.severity_number == 9 and record.body.string_value == "a model was loaded" and values(record.attributes)["spanwise.version"] == "1"
    for file in tmp_path.iterdir():
        assert b"hush" not in file.read_bytes()


def test_samplers_take_their_share(bundle, tmp_path, collector):
    variables = {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0"}
    service = served(tmp_path, bundle, "--otlp", collector.url, **variables)
    for _ in range(5):
        assert requests.get(service.url + "/ping").headers["traceparent"].endswith("-00")
    requests.get(service.url + "/ping", headers={"traceparent": PARENT})
    requests.get(service.url + "/ping", headers={"traceparent": PARENT[:-1] + "0"})
    service.stop()
    assert [span.trace_id.hex() for _, span in collector.spans()] == [PARENT.split("-")[1]]


def test_a_collector_that_is_busy_is_asked_again_as_late_as_it_says(bundle, tmp_path, collector):
    collector.answers = [(503, {"Retry-After": "1"}), (429, {"Retry-After": "1"}), (429, {"Retry-After": "1"})]
    service = served(tmp_path, bundle, "--otlp", collector.url + "/", OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=collector.url + "/elsewhere")
    requests.get(service.url + "/ping")
    until("the span", lambda: len(collector.spans()) == 1)
    service.stop()
    refused = [when for _, _, _, status, when in collector.got if status != 200]
    assert len(refused) == 3
    traces = [when for path, _, _, _, when in collector.got if path == "/v1/traces"]
    assert all(0.95 < later - sooner for sooner, later in zip(traces, traces[1:]))


def test_a_collector_that_is_down_costs_nothing_and_is_counted(bundle, tmp_path):
    service = served(tmp_path, bundle, "--otlp", "http://127.0.0.1:9")
    begin = time.monotonic()
    session = requests.Session()
    for _ in range(200):
        assert session.get(service.url + "/ping").status_code == 200
    assert time.monotonic() - begin < 10
    assert 'spanwise_told_lines_total{log="otlp_traces",outcome="dropped"}' in session.get(service.url + "/metrics").text
    service.stop()
