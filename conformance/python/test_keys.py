"""Keys with permissions and tokens of an issuer, on every route, over HTTP and gRPC."""

import datetime
import hashlib
import hmac
import json
import time

import grpc
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tritonclient.grpc import service_pb2, service_pb2_grpc

from conftest import Service, spanwise
from secrets_made import NOW, Issuer, b64


@pytest.fixture(scope="module")
def secrets(demo, tmp_path_factory):
    """A service with a keys file and an issuer, the keys by name, and the issuer."""
    folder, issuer = tmp_path_factory.mktemp("keys"), Issuer()
    file = folder / "keys.toml"

    def new(name, *arguments):
        done = spanwise("key", "new", name, *arguments, "--out", file, cwd=folder)
        return done.stdout.strip()

    yesterday = (NOW - datetime.timedelta(days=1)).date().isoformat()
    keys = {
        "churn": new("churn", "--model", "churn"),
        "other": new("other", "--model", "fraud", "--model", "credit"),
        "all": new("all", "--model", "*"),
        "admin": new("admin", "--model", "churn", "--admin"),
        "other admin": new("other admin", "--model", "fraud", "--admin"),
        "expired": new("expired", "--model", "*", "--expires", yesterday),
    }
    (folder / "jwks.json").write_text(json.dumps(issuer.jwks()))
    arguments = ["--keys", file, "--jwt-issuer", "https://issuer.example", "--jwt-audience", "spanwise", "--jwt-keys", folder / "jwks.json"]
    service = Service(demo, "churn", "--log", "off", *arguments)
    service.keys, service.issuer, service.file = keys, issuer, file
    yield service
    service.stop()


def asked(service, method, path, key, body=b"{}"):
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"} if key else {"Content-Type": "application/json"}
    return requests.request(method, service.url + path, headers=headers, data=body, timeout=10)


# Every route that is about one model; with what the right key gets for an empty object.
ROUTES = [
    ("GET", "/v2/models/churn", 200),
    ("GET", "/v2/models/churn/ready", 200),
    ("GET", "/v2/models/churn/versions/1", 200),
    ("GET", "/v2/models/churn/config", 200),
    ("GET", "/v2/models/churn/stats", 200),
    ("GET", "/v1/models/churn", 200),
    ("POST", "/v2/models/churn/infer", 400),
    ("POST", "/v2/models/churn/versions/1/infer", 400),
    ("POST", "/v1/models/churn:predict", 400),
    ("POST", "/v1/models/churn:explain", 400),
    ("POST", "/invocations", 400),
]


def test_a_key_opens_its_models_and_no_others_on_every_route(secrets):
    for method, path, status in ROUTES:
        for name in ("churn", "all", "admin"):
            assert asked(secrets, method, path, secrets.keys[name]).status_code == status, (path, name)
        refused = asked(secrets, method, path, secrets.keys["other"])
        assert refused.status_code == 403 and "`churn`" in refused.text, (path, refused.text)
        assert asked(secrets, method, path, secrets.keys["expired"]).status_code == 401, path
        assert asked(secrets, method, path, None).status_code == 401, path
        assert asked(secrets, method, path, "sw_" + "A" * 43).status_code == 401, path


def test_others_models_are_not_listed(secrets):
    lists = [("GET", "/v2/models"), ("GET", "/v1/models"), ("POST", "/v2/repository/index"), ("GET", "/v2/models/stats")]
    for method, path in lists:
        assert "churn" in asked(secrets, method, path, secrets.keys["churn"]).text, path
        hidden = asked(secrets, method, path, secrets.keys["other"])
        assert hidden.status_code == 200 and "churn" not in hidden.text, (path, hidden.text)
    missing = asked(secrets, "GET", "/v2/models/credit", secrets.keys["other"])
    assert missing.status_code == 404 and "churn" not in missing.text
    assert asked(secrets, "GET", "/metrics", secrets.keys["churn"]).status_code == 403
    assert asked(secrets, "GET", "/metrics", secrets.keys["all"]).status_code == 200
    for path in ("/v2/health/live", "/v2/health/ready", "/ping"):
        assert asked(secrets, "GET", path, None).status_code == 200


def test_loading_needs_an_admin_of_that_model(secrets):
    load = "/v2/repository/models/churn/load"
    for name, status in (("admin", 200), ("other admin", 403), ("churn", 403), ("all", 403), ("expired", 403)):
        assert asked(secrets, "POST", load, secrets.keys[name]).status_code == status, name


def test_grpc_asks_for_the_same_keys(secrets):
    def code(call, message, key):
        try:
            call(message, timeout=10, metadata=[("authorization", f"Bearer {key}")] if key else None)
            return grpc.StatusCode.OK
        except grpc.RpcError as error:
            return error.code()

    denied, unknown = grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED
    with grpc.insecure_channel(secrets.address) as channel:
        stub, health = service_pb2_grpc.GRPCInferenceServiceStub(channel), health_pb2_grpc.HealthStub(channel)
        calls = [
            (stub.ModelReady, service_pb2.ModelReadyRequest(name="churn"), grpc.StatusCode.OK),
            (stub.ModelMetadata, service_pb2.ModelMetadataRequest(name="churn"), grpc.StatusCode.OK),
            (stub.ModelConfig, service_pb2.ModelConfigRequest(name="churn"), grpc.StatusCode.OK),
            (stub.ModelStatistics, service_pb2.ModelStatisticsRequest(name="churn"), grpc.StatusCode.OK),
            (stub.ModelInfer, service_pb2.ModelInferRequest(model_name="churn"), grpc.StatusCode.INVALID_ARGUMENT),
            (health.Check, health_pb2.HealthCheckRequest(service="churn"), grpc.StatusCode.OK),
        ]
        for call, message, expected in calls:
            found = [code(call, message, key) for key in (secrets.keys["churn"], secrets.issuer.token(), secrets.keys["other"], secrets.keys["expired"], None)]
            assert found == [expected, expected, denied, unknown, unknown], message
        assert code(stub.RepositoryModelLoad, service_pb2.RepositoryModelLoadRequest(model_name="churn"), secrets.keys["all"]) is denied
        assert code(stub.RepositoryModelLoad, service_pb2.RepositoryModelLoadRequest(model_name="churn"), secrets.keys["admin"]) is grpc.StatusCode.OK
        for name, seen in (("churn", ["churn"]), ("other", [])):
            metadata = [("x-api-key", secrets.keys[name])]
            index = stub.RepositoryIndex(service_pb2.RepositoryIndexRequest(), timeout=10, metadata=metadata)
            assert [model.name for model in index.models] == seen
            statistics = stub.ModelStatistics(service_pb2.ModelStatisticsRequest(), timeout=10, metadata=metadata)
            assert [model.name for model in statistics.model_stats] == seen
        stream = stub.ModelStreamInfer(iter([service_pb2.ModelInferRequest(model_name="churn", id="7")]), timeout=10, metadata=[("x-api-key", secrets.keys["other"])])
        answer = next(stream)
        assert "`churn`" in answer.error_message and answer.infer_response.id == "7"


def test_keys_are_shown_once_and_kept_as_hashes(secrets):
    text = secrets.file.read_text()
    assert all(key.startswith("sw_") and key not in text and key[3:] not in text for key in secrets.keys.values())
    done = spanwise("key", "new", "churn", "--model", "churn", "--out", secrets.file, cwd=secrets.file.parent, ok=(3,))
    assert "`churn`" in done.stderr and secrets.file.read_text() == text


def test_tokens_of_each_kind_open_the_models_that_they_list(secrets):
    issuer = secrets.issuer
    for algorithm in ("RS256", "ES256", "EdDSA"):
        assert asked(secrets, "GET", "/v2/models/churn", issuer.token(algorithm)).status_code == 200, algorithm
        assert asked(secrets, "GET", "/v2/models/churn", issuer.token(algorithm, spanwise_models=["fraud"])).status_code == 403
    for claims in ({"spanwise_models": ["*"]}, {"spanwise_models": "churn"}, {"aud": ["x", "spanwise"]}, {"exp": time.time() - 5}, {"nbf": time.time() + 20}):
        assert asked(secrets, "GET", "/v2/models/churn", issuer.token(**claims)).status_code == 200, claims
    assert asked(secrets, "GET", "/v2/models/churn", issuer.token(spanwise_models=None)).status_code == 403
    # no token is an admin's
    assert asked(secrets, "POST", "/v2/repository/models/churn/load", issuer.token(spanwise_models=["*"], admin=True)).status_code == 403


def test_hostile_tokens_are_refused(secrets):
    issuer, stranger = secrets.issuer, Issuer()
    public = issuer.keys["RS256"].public_key()
    secrets_of = [public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo), public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)]
    sound, seconds = issuer.token(), time.time()
    head, claims, signature = sound.split(".")
    other_claims = b64(json.dumps({"iss": "https://issuer.example", "aud": "spanwise", "exp": seconds + 600, "spanwise_models": ["*"]}).encode())
    hostile = {
        "alg none, unsigned": issuer.token(header={"alg": "none"}, signature=lambda _: b""),
        "alg None, unsigned": issuer.token(header={"alg": "None", "kid": "RS256"}, signature=lambda _: b""),
        "no kid": issuer.token(header={"kid": None}),
        "unknown kid": issuer.token(header={"kid": "nobody"}),
        "kid of a key that encrypts": issuer.token("RS256", header={"kid": "encrypts"}),
        "kid of another kind": issuer.token("RS256", header={"kid": "ES256"}),
        "algorithm of another kind": issuer.token("RS256", header={"alg": "ES256"}),
        "RS512 by name": issuer.token("RS256", header={"alg": "RS512"}),
        "signed by a stranger": stranger.token(),
        "key in the token": stranger.token(header={"jwk": stranger.jwks()["keys"][1]}),
        "critical extension": issuer.token(header={"crit": ["b64"], "b64": False}),
        "expired": issuer.token(exp=seconds - 120),
        "never expires": issuer.token(exp=None),
        "expires as text": issuer.token(exp=str(seconds + 600)),
        "not yet": issuer.token(nbf=seconds + 120),
        "another issuer": issuer.token(iss="https://evil.example"),
        "no issuer": issuer.token(iss=None),
        "another audience": issuer.token(aud="elsewhere"),
        "no audience": issuer.token(aud=None),
        "truncated": sound[:-1],
        "without signature": f"{head}.{claims}.",
        "changed claims": f"{head}.{other_claims}.{signature}",
        "padding": sound + "=",
        "nothing": "..",
        "not base64": "!.!.!",
        "too long": f"{head}.{b64(b' ' * 20000)}.{signature}",
        "signature of zeros": issuer.token(signature=lambda _: bytes(64)),
    }
    for position, secret in enumerate(secrets_of):
        for kid in ("RS256", "ES256"):
            hostile[f"HS256 with public key {position} as {kid}"] = issuer.token(header={"alg": "HS256", "kid": kid}, signature=lambda message: hmac.new(secret, message, hashlib.sha256).digest())
    for what, token in hostile.items():
        if what == "too long":
            # longer than the head of a request may be: refused before anybody looks at it
            assert asked(secrets, "GET", "/v2/models/churn", token).status_code in (401, 431), what
            continue
        answer = asked(secrets, "GET", "/v2/models/churn", token)
        assert answer.status_code == 401, (what, answer.status_code, answer.text)
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert asked(secrets, "GET", "/v2/models/churn", sound).status_code == 200


def test_files_of_keys_that_make_no_sense_are_named(demo, tmp_path, secrets):
    def refused(text, *arguments, word):
        (tmp_path / "file").write_text(text)
        done = spanwise("serve", "churn", "--address", "127.0.0.1:0", *arguments, tmp_path / "file", cwd=demo, ok=(3,))
        assert word in done.stderr and str(tmp_path / "file") in done.stderr, done.stderr
        assert "aHVzaA" not in done.stderr and "hush" not in done.stderr

    refused("", "--keys", word="no key")
    refused('[[key]]\nname = "a"\nblake3 = "00"\nmodels = ["churn"]\n', "--keys", word="`a`")
    refused('[[key]]\nname = "a"\nsecret = "hush"\n', "--keys", word="secret")
    issuer = ["--jwt-issuer", "i", "--jwt-audience", "a", "--jwt-keys"]
    refused("{}", *issuer, word="JSON Web Key Set")
    refused('{"keys": [{"kty": "oct", "k": "aHVzaA"}]}', *issuer, word="oct")
    refused('{"keys": [{"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"}]}', *issuer, word="no key")


def test_a_project_names_its_keys_and_its_issuer(demo, tmp_path, secrets):
    text = (demo / "spanwise.toml").read_text()
    (demo / "keys.toml").write_text(secrets.file.read_text())
    (demo / "jwks.json").write_text(json.dumps(secrets.issuer.jwks()))
    lines = 'keys = "keys.toml"\njwt = { issuer = "https://issuer.example", audience = "spanwise", keys = "jwks.json", models_claim = "may" }\n'
    try:
        (demo / "spanwise.toml").write_text(text.replace("[service.churn]\n", f"[service.churn]\n{lines}"))
        service = Service(demo, "churn", "--log", "off")
        try:
            assert asked(service, "GET", "/v2/models/churn", secrets.keys["churn"]).status_code == 200
            assert asked(service, "GET", "/v2/models/churn", secrets.issuer.token(may=["churn"])).status_code == 200
            # the claim has another name here, and a token without it opens nothing
            assert asked(service, "GET", "/v2/models/churn", secrets.issuer.token()).status_code == 403
            assert asked(service, "GET", "/v2/models/churn", secrets.issuer.token(may=["fraud"])).status_code == 403
        finally:
            service.stop()
        (demo / "spanwise.toml").write_text(text.replace("[service.churn]\n", '[service.churn]\njwt = { issuer = "i", audiences = "a", keys = "jwks.json" }\n'))
        done = spanwise("serve", "churn", cwd=demo, ok=(2, 3))
        assert "audiences" in done.stderr and "audience" in done.stderr
    finally:
        (demo / "spanwise.toml").write_text(text)
