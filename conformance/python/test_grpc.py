"""gRPC with its real clients: tritonclient, gRPC's own health checks and reflection, a stub of the contract's messages."""

import gzip
import subprocess
import sys
import threading
import time

import grpc
import numpy as np
import pytest
import requests
import tritonclient.grpc as triton
import tritonclient.http
from google.protobuf import descriptor_pb2, descriptor_pool, text_format
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from tritonclient.grpc import model_config_pb2, service_pb2, service_pb2_grpc
from tritonclient.utils import InferenceServerException

from conftest import ROOT, SHARED, Service, spanwise

ROWS = 200
FIELDS = {"FP64": "fp64_contents", "INT64": "int64_contents", "BYTES": "bytes_contents", "BOOL": "bool_contents"}
PROTO = ROOT / "crates/serve/proto"


@pytest.fixture(scope="module")
def channel(service):
    with grpc.insecure_channel(service.address) as channel:
        yield channel


@pytest.fixture(scope="module")
def client(service):
    return triton.InferenceServerClient(service.address)


@pytest.fixture(scope="module")
def columns(demo):
    """The demo's first rows, column by column; an empty cell is a missing one."""
    import csv

    with open(demo / "customers.csv", newline="") as file:
        rows = [row for row, _ in zip(csv.DictReader(file), range(ROWS))]
    return {name: [row[name] for row in rows] for name in rows[0]}


def arrays(metadata, columns, n=ROWS):
    for tensor in metadata.inputs:
        cells = columns[tensor.name][:n]
        if tensor.datatype == "BYTES":
            yield tensor.name, "BYTES", np.array(cells, dtype=object)
        else:
            yield tensor.name, "FP64", np.array([float(cell) if cell else np.nan for cell in cells])


def inputs(module, metadata, columns, n=ROWS):
    for name, datatype, array in arrays(metadata, columns, n):
        item = module.InferInput(name, list(array.shape), datatype)
        item.set_data_from_numpy(array)
        yield item


def typed(metadata, columns, n=ROWS, **fields):
    request = service_pb2.ModelInferRequest(model_name="churn", **fields)
    for name, datatype, array in arrays(metadata, columns, n):
        tensor = request.inputs.add(name=name, datatype=datatype, shape=list(array.shape))
        cells = [cell.encode() if isinstance(cell, str) else cell for cell in array.tolist()]
        getattr(tensor.contents, FIELDS[datatype]).extend(cells)
    return request


def refused(code, call, *arguments, **options):
    with pytest.raises(grpc.RpcError) as caught:
        call(*arguments, timeout=20, **options)
    assert caught.value.code() is code, caught.value
    return caught.value.details()


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared checks are not on this machine")
def test_both_transports_pass_the_strict_check_on_one_address_and_on_two(demo):
    service = Service(demo, "churn", "--grpc-address", "127.0.0.1:0", "--log", "off")
    try:
        script = SHARED / "contracts/checks/oip_check.py"
        for address in (service.address, service.told["grpc_address"]):
            command = [sys.executable, script, "--http", service.address, "--grpc", address, "--model", "churn", "--triton"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=300)
            assert done.returncode == 0, done.stdout + done.stderr
        assert requests.get(f"http://{service.told['grpc_address']}/v2", timeout=10).status_code == 200
    finally:
        service.stop()


def test_rows_get_the_bits_of_files_and_of_http_raw_or_typed(service, demo, client, channel, columns, tmp_path):
    rows = (demo / "customers.csv").read_text().splitlines(keepends=True)[: ROWS + 1]
    (tmp_path / "rows.csv").write_text("".join(rows))
    spanwise("score", demo / "out/churn.bundle", "rows.csv", "--out", "scores.csv", cwd=tmp_path)
    import csv

    with open(tmp_path / "scores.csv", newline="") as file:
        expected = [float(row["margin"]) for row in csv.DictReader(file)]
    metadata = client.get_model_metadata("churn")
    raw = client.infer("churn", list(inputs(triton, metadata, columns)))
    http = tritonclient.http.InferenceServerClient(service.address)
    over_http = http.infer("churn", list(inputs(tritonclient.http, metadata, columns)))
    stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
    answer = stub.ModelInfer(typed(metadata, columns, id="t"), timeout=20)
    assert not answer.raw_output_contents and answer.id == "t" and answer.model_version == "1"
    margins = next(output for output in answer.outputs if output.name == "margin")
    assert list(margins.shape) == [ROWS] and margins.datatype == "FP64"
    assert raw.as_numpy("margin").tolist() == expected
    assert over_http.as_numpy("margin").tolist() == expected
    assert list(margins.contents.fp64_contents) == expected
    decisions = next(output for output in answer.outputs if output.name == "decision")
    assert list(decisions.contents.bytes_contents) == raw.as_numpy("decision").tolist()
    reasons = client.infer("churn", list(inputs(triton, metadata, columns, 2)), outputs=[triton.InferRequestedOutput("reasons")], parameters={"n_reasons": 1})
    assert all(sentence and b"; " not in sentence for sentence in reasons.as_numpy("reasons"))


def test_the_calls_of_triton_are_answered_or_unimplemented(client, channel):
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("churn", "1")
    metadata = client.get_model_metadata("churn", as_json=True)
    assert metadata["platform"] == "spanwise_bundle1" and metadata["versions"] == ["1"]
    config = client.get_model_config("churn").config
    kinds = {tensor.name: model_config_pb2.DataType.Name(tensor.data_type) for tensor in config.input}
    assert kinds["contract"] == "TYPE_STRING" and kinds["monthly_charge"] == "TYPE_FP64" and config.backend == "spanwise"
    before = client.get_inference_statistics("churn").model_stats[0].inference_count
    assert client.get_model_repository_index().models[0].state == "READY"
    assert client.get_inference_statistics().model_stats[0].inference_count == before
    stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
    refused(grpc.StatusCode.UNIMPLEMENTED, stub.TraceSetting, service_pb2.TraceSettingRequest())
    refused(grpc.StatusCode.UNIMPLEMENTED, stub.CudaSharedMemoryStatus, service_pb2.CudaSharedMemoryStatusRequest())
    refused(grpc.StatusCode.NOT_FOUND, stub.ModelReady, service_pb2.ModelReadyRequest(name="churn", version="9"))
    refused(grpc.StatusCode.PERMISSION_DENIED, stub.RepositoryModelLoad, service_pb2.RepositoryModelLoadRequest(model_name="churn"))


def test_each_fault_has_its_status_and_names_the_offender(channel, client, columns):
    stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
    metadata = client.get_model_metadata("churn")

    def said(change, code=grpc.StatusCode.INVALID_ARGUMENT):
        request = typed(metadata, columns, 2)
        change(request)
        return refused(code, stub.ModelInfer, request)

    assert "`churn`" in said(lambda r: setattr(r, "model_name", "nobody"), grpc.StatusCode.NOT_FOUND)
    assert "`1`" in said(lambda r: setattr(r, "model_version", "7"), grpc.StatusCode.NOT_FOUND)
    assert "`contract`" in said(lambda r: setattr(r.inputs[0], "name", "contrat") or None)
    assert "FP31" in said(lambda r: setattr(r.inputs[0], "datatype", "FP31"))
    assert "expected 3" in said(lambda r: [tensor.shape.__setitem__(0, 3) for tensor in r.inputs])
    assert "raw_input_contents" in said(lambda r: r.raw_input_contents.append(b""))
    assert "stands twice" in said(lambda r: r.inputs[1].CopyFrom(r.inputs[0]))
    assert "more than" in said(lambda r: r.inputs.extend([r.inputs[0]] * 50))
    assert "`score`" in said(lambda r: r.outputs.add(name="score"))
    assert "n_reasons" in said(lambda r: r.parameters["n_reasons"].MergeFrom(service_pb2.InferParameter(int64_param=-1)))
    assert "Ünknown" in said(lambda r: setattr(r.inputs[0], "name", "Ünknown"))
    garbage = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer", request_serializer=bytes, response_deserializer=bytes)
    for message in (b"\xff", b"\x2a\xff\xff\xff\xff\x0f", b"\x0b\x0c", b"\x0a\x02\xff\xfe"):
        refused(grpc.StatusCode.INVALID_ARGUMENT, garbage, message)


def test_health_is_told_of_the_server_the_process_and_each_model(channel):
    stub = health_pb2_grpc.HealthStub(channel)
    for name in ("", "inference.GRPCInferenceService", "churn"):
        assert stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=10).status == health_pb2.HealthCheckResponse.SERVING, name
    refused(grpc.StatusCode.NOT_FOUND, stub.Check, health_pb2.HealthCheckRequest(service="nobody"))
    watch = stub.Watch(health_pb2.HealthCheckRequest(service="nobody"), timeout=10)
    assert next(watch).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
    watch.cancel()


def test_reflection_tells_every_service_in_both_versions(channel):
    from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

    database = ProtoReflectionDescriptorDatabase(channel)
    names = {"inference.GRPCInferenceService", "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"}
    assert set(database.get_services()) == names
    pool = descriptor_pool.DescriptorPool(database)
    service = pool.FindServiceByName("inference.GRPCInferenceService")
    assert "ModelStreamInfer" in service.methods_by_name
    assert pool.FindMessageTypeByName("inference.ModelInferRequest.InferInputTensor").fields_by_name["contents"].number == 5
    with pytest.raises(KeyError):
        pool.FindMessageTypeByName("inference.Nothing")
    # version 1 has the same messages under another name
    ask = channel.stream_stream(
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    questions = [reflection_pb2.ServerReflectionRequest(list_services=""), reflection_pb2.ServerReflectionRequest(file_containing_extension={"containing_type": "x", "extension_number": 1})]
    first, second = ask(iter(questions), timeout=10)
    assert {service.name for service in first.list_services_response.service} == names
    assert second.error_response.error_code == 5


def test_our_messages_are_those_of_the_clients():
    """Names, numbers and types of everything in `proto/`, beside Triton's."""
    files = descriptor_pb2.FileDescriptorSet.FromString((PROTO / "descriptors.bin").read_bytes()).file
    ours = next(file for file in files if file.name == "inference.proto")
    theirs = {}
    for module in (service_pb2, model_config_pb2):
        file = descriptor_pb2.FileDescriptorProto()
        module.DESCRIPTOR.CopyToProto(file)
        theirs |= {message.name: message for message in file.message_type}

    def compare(message, other, path):
        numbers = {field.name: (field.number, field.type, field.label) for field in other.field}
        for field in message.field:
            if (message.name, field.name) != ("ModelMetadataResponse", "properties"):
                assert numbers[field.name] == (field.number, field.type, field.label), (path, field.name)
        nested = {inner.name: inner for inner in other.nested_type}
        for inner in message.nested_type:
            if inner.name != "PropertiesEntry":
                compare(inner, nested[inner.name], f"{path}.{inner.name}")

    for message in ours.message_type:
        compare(message, theirs[message.name], message.name)
    # The descriptors are those of the text beside them.
    text = "\n".join(path.read_text() for path in PROTO.rglob("*.proto"))
    declared = [field.name for file in files for message in file.message_type for field in message.field]
    fields = [line for line in text.splitlines() if line.strip().endswith(";") and "=" in line and "syntax" not in line]
    nested = [field for file in files for message in file.message_type for inner in message.nested_type if not inner.options.map_entry for field in inner.field]
    values = [value for file in files for enum in list(file.enum_type) + [e for m in file.message_type for e in m.enum_type] for value in enum.value]
    assert len(fields) == len(declared) + len(nested) + len(values)
    assert all(f" {name} = " in text for name in declared), text_format.MessageToString(ours)[:200]


def test_a_stream_answers_each_request_in_turn_and_outlives_refusals(client, columns):
    metadata = client.get_model_metadata("churn")
    answers, ready = [], threading.Event()

    def hear(result, error):
        answers.append((result, error))
        if len(answers) == 6:
            ready.set()

    client.start_stream(callback=hear)
    try:
        for turn in range(6):
            client.async_stream_infer("nobody" if turn == 2 else "churn", list(inputs(triton, metadata, columns, turn + 1)), request_id=str(turn))
        assert ready.wait(20), answers
    finally:
        client.stop_stream()
    for turn, (result, error) in enumerate(answers):
        if turn == 2:
            assert result is None and "`nobody`" in error.message()
        else:
            assert result.get_response().id == str(turn) and result.as_numpy("margin").shape == (turn + 1,)


def test_gzip_is_read_and_limited_by_what_it_holds(service, client, columns, channel):
    metadata = client.get_model_metadata("churn")
    plain = client.infer("churn", list(inputs(triton, metadata, columns)))
    for algorithm in ("gzip", "deflate"):
        small = client.infer("churn", list(inputs(triton, metadata, columns)), compression_algorithm=algorithm)
        assert small.as_numpy("margin").tolist() == plain.as_numpy("margin").tolist()
    bomb = gzip.compress(gzip.compress(bytes(2**28), 9), 9)
    call = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer", request_serializer=bytes, response_deserializer=bytes)
    assert len(bomb) < 4096
    zeros = bytes(80 << 20)
    said = refused(grpc.StatusCode.RESOURCE_EXHAUSTED, call, zeros, compression=grpc.Compression.Gzip)
    assert "67108864 bytes" in said


def test_messages_beyond_four_mebibytes_are_taken_and_those_beyond_the_limit_refused(service, client, columns):
    metadata = client.get_model_metadata("churn")
    n = 100_000
    many = {name: (cells * (n // len(cells) + 1))[:n] for name, cells in columns.items()}
    large = client.infer("churn", list(inputs(triton, metadata, many, n)))
    assert large.as_numpy("margin").shape == (n,)
    assert large.as_numpy("margin")[:ROWS].tolist() == client.infer("churn", list(inputs(triton, metadata, columns))).as_numpy("margin").tolist()
    padded = {name: ["x" * 800] * n if name == "region" else cells for name, cells in many.items()}
    with pytest.raises(InferenceServerException) as caught:
        client.infer("churn", list(inputs(triton, metadata, padded, n)))
    assert caught.value.status() == "StatusCode.RESOURCE_EXHAUSTED"
    assert client.is_server_ready()


def test_names_of_requests_come_back_and_metrics_tell_the_protocol(service, client, channel, columns):
    stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
    request = typed(client.get_model_metadata("churn"), columns, 2)
    _, call = stub.ModelInfer.with_call(request, timeout=10, metadata=[("x-request-id", "r-7")])
    assert ("x-request-id", "r-7") in call.initial_metadata()
    page = requests.get(f"{service.url}/metrics", timeout=10).text
    assert 'protocol="open_inference_grpc",route="model_infer",code="200"' in page
    assert 'protocol="open_inference_grpc",route="model_infer",code="413"' in page or "model_infer" in page


def test_keys_are_asked_as_over_http(demo, monkeypatch):
    monkeypatch.setenv("SPANWISE_API_KEYS", "k1")
    monkeypatch.setenv("SPANWISE_ADMIN_KEY", "boss")
    service = Service(demo, "churn", "--log", "off")
    try:
        with grpc.insecure_channel(service.address) as channel:
            stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
            health = health_pb2_grpc.HealthStub(channel)
            metadata = service_pb2.ModelMetadataRequest(name="churn")
            assert stub.ServerReady(service_pb2.ServerReadyRequest(), timeout=10).ready
            assert health.Check(health_pb2.HealthCheckRequest(), timeout=10).status == 1
            refused(grpc.StatusCode.UNAUTHENTICATED, stub.ModelMetadata, metadata)
            refused(grpc.StatusCode.UNAUTHENTICATED, stub.ModelInfer, service_pb2.ModelInferRequest(model_name="churn"))
            refused(grpc.StatusCode.UNAUTHENTICATED, health.Check, health_pb2.HealthCheckRequest(service="churn"))
            refused(grpc.StatusCode.UNAUTHENTICATED, stub.ModelMetadata, metadata, metadata=[("authorization", "Bearer no")])
            for key in (("authorization", "Bearer k1"), ("x-api-key", "k1")):
                assert stub.ModelMetadata(metadata, timeout=10, metadata=[key]).name == "churn"
            watch = health.Watch(health_pb2.HealthCheckRequest(service="churn"), timeout=20, metadata=[("x-api-key", "k1")])
            assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
            unload = service_pb2.RepositoryModelUnloadRequest(model_name="churn")
            refused(grpc.StatusCode.PERMISSION_DENIED, stub.RepositoryModelUnload, unload, metadata=[("x-api-key", "k1")])
            boss = [("x-api-key", "boss")]
            stub.RepositoryModelUnload(unload, timeout=10, metadata=boss)
            assert next(watch).status == health_pb2.HealthCheckResponse.NOT_SERVING
            assert not stub.ServerReady(service_pb2.ServerReadyRequest(), timeout=10).ready
            assert not stub.ModelReady(service_pb2.ModelReadyRequest(name="churn"), timeout=10, metadata=boss).ready
            refused(grpc.StatusCode.UNAVAILABLE, stub.ModelInfer, service_pb2.ModelInferRequest(model_name="churn"), metadata=boss)
            assert [m.state for m in stub.RepositoryIndex(service_pb2.RepositoryIndexRequest(), timeout=10, metadata=boss).models] == ["UNAVAILABLE"]
            stub.RepositoryModelLoad(service_pb2.RepositoryModelLoadRequest(model_name="churn"), timeout=20, metadata=boss)
            assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
    finally:
        service.stop()


def test_a_foreign_authority_is_refused(service):
    with grpc.insecure_channel(service.address, options=[("grpc.default_authority", "evil.example")]) as channel:
        stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
        assert "evil.example" in refused(grpc.StatusCode.PERMISSION_DENIED, stub.ServerLive, service_pb2.ServerLiveRequest())


def test_a_flood_is_told_to_come_later(demo, columns):
    service = Service(demo, "churn", "--log", "off", "--max-in-flight", "1")
    try:
        client = triton.InferenceServerClient(service.address)
        metadata = client.get_model_metadata("churn")
        n = 20_000
        many = {name: (cells * (n // len(cells) + 1))[:n] for name, cells in columns.items()}
        large, said, lock = list(inputs(triton, metadata, many, n)), [], threading.Event()

        def hear(result, error):
            said.append("ok" if error is None else error.status())
            if len(said) == 24:
                lock.set()

        for _ in range(24):
            client.async_infer("churn", large, hear)
        assert lock.wait(60), said
        assert "ok" in said and "StatusCode.RESOURCE_EXHAUSTED" in said and set(said) == {"ok", "StatusCode.RESOURCE_EXHAUSTED"}, said
        assert client.infer("churn", list(inputs(triton, metadata, columns, 2))).as_numpy("margin").shape == (2,)
    finally:
        service.stop()


def test_calls_under_way_are_answered_when_the_service_stops(demo, columns):
    service = Service(demo, "churn", "--log", "off")
    client = triton.InferenceServerClient(service.address)
    metadata = client.get_model_metadata("churn")
    n = 60_000
    many = {name: (cells * (n // len(cells) + 1))[:n] for name, cells in columns.items()}
    large, said, done = list(inputs(triton, metadata, many, n)), [], threading.Event()
    with grpc.insecure_channel(service.address) as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=30)
        assert next(watch).status == health_pb2.HealthCheckResponse.SERVING

        def hear(result, error):
            said.append(str(error) if error else result.as_numpy("margin").shape)
            done.set()

        client.async_infer("churn", large, hear)
        # a call that has not come yet when the service stops is one that nobody has promised to answer
        until = time.monotonic() + 60
        while "spanwise_inference_in_flight 1" not in requests.get(f"{service.url}/metrics", timeout=30).text and not said:
            assert time.monotonic() < until, "the call does not come"
        began = time.monotonic()
        service.stop()
        # those who watch keep nobody up
        assert time.monotonic() - began < 20
        assert [answer.status for answer in watch] == [health_pb2.HealthCheckResponse.NOT_SERVING]
    assert done.wait(20) and said == [(n,)], said


def test_a_channel_that_rests_is_kept(service):
    with grpc.insecure_channel(service.address) as channel:
        stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
        states = []
        channel.subscribe(states.append)
        assert stub.ServerLive(service_pb2.ServerLiveRequest(), timeout=10).live
        # longer than the head of a request may take
        time.sleep(11)
        assert grpc.ChannelConnectivity.READY == states[-1], states
        assert stub.ServerLive(service_pb2.ServerLiveRequest(), timeout=10).live
