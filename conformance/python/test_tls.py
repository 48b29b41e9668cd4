"""TLS with real clients: Python's ssl, requests, tritonclient and a raw socket that is slow."""

import socket
import ssl
import subprocess
import time

import grpc
import pytest
import requests
import tritonclient.grpc as triton
from tritonclient.grpc import service_pb2, service_pb2_grpc

from conftest import BINARY, Service, spanwise
from secrets_made import Authority


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    return folder


@pytest.fixture(scope="module")
def authority():
    return Authority("an authority")


@pytest.fixture(scope="module")
def secure(demo, folder, authority):
    """A service over TLS, and where its authority's certificate lies."""
    (folder / "ca.pem").write_bytes(authority.pem())
    certificate, key = authority.sign("a service", folder, "server")
    service = Service(demo, "churn", "--log", "off", "--certificate", certificate, "--key", key)
    yield service
    service.stop()


def shaken(service, folder, context=None, **options):
    context = context or ssl.create_default_context(cafile=folder / "ca.pem")
    for name, value in options.items():
        setattr(context, name, value)
    return context.wrap_socket(socket.create_connection(address(service), timeout=20), server_hostname="localhost")


def address(service):
    host, port = service.address.rsplit(":", 1)
    return host, int(port)


def metric(service, folder, line):
    page = requests.get(f"https://localhost:{address(service)[1]}/metrics", verify=str(folder / "ca.pem"), timeout=10).text
    return next(float(found.rsplit(" ", 1)[1]) for found in page.splitlines() if found.startswith(line))


def test_http_and_grpc_are_spoken_over_tls(secure, folder):
    port = address(secure)[1]
    with requests.Session() as session:
        # else the environment may name other certificates
        session.trust_env = False
        session.verify = str(folder / "ca.pem")
        for _ in range(2):
            assert session.get(f"https://localhost:{port}/v2/models/churn", timeout=10).json()["name"] == "churn"
    credentials = grpc.ssl_channel_credentials((folder / "ca.pem").read_bytes())
    with grpc.secure_channel(f"localhost:{port}", credentials) as channel:
        stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
        assert stub.ModelReady(service_pb2.ModelReadyRequest(name="churn"), timeout=10).ready
    client = triton.InferenceServerClient(f"localhost:{port}", ssl=True, root_certificates=str(folder / "ca.pem"))
    assert client.is_server_ready()


def test_versions_and_protocols_are_agreed_on(secure, folder):
    for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
        with shaken(secure, folder, minimum_version=version, maximum_version=version) as shook:
            assert shook.version() == name
    for offered, agreed in ((["h2", "http/1.1"], "h2"), (["http/1.1"], "http/1.1"), ([], None)):
        context = ssl.create_default_context(cafile=folder / "ca.pem")
        if offered:
            context.set_alpn_protocols(offered)
        with shaken(secure, folder, context) as shook:
            assert shook.selected_alpn_protocol() == agreed
    context = ssl.create_default_context(cafile=folder / "ca.pem")
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        shaken(secure, folder, context, minimum_version=ssl.TLSVersion.TLSv1, maximum_version=ssl.TLSVersion.TLSv1_1)


def test_what_is_in_clear_is_not_answered(secure, folder):
    with socket.create_connection(address(secure), timeout=20) as plain:
        plain.sendall(b"GET /v2 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try:
            assert b"HTTP" not in plain.recv(1000)
        except ConnectionError:
            pass
    assert metric(secure, folder, "spanwise_failed_handshakes_total") >= 1


def test_who_does_not_shake_hands_is_cut_off_and_holds_nobody_up(secure, folder):
    began = time.monotonic()
    with socket.create_connection(address(secure), timeout=30) as slow:
        slow.sendall(b"\x16\x03")
        with shaken(secure, folder) as quick:
            quick.sendall(b"GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert quick.recv(12).startswith(b"HTTP/1.1 200")
        assert time.monotonic() - began < 5
        try:
            assert slow.recv(1000) == b""
        except ConnectionError:
            pass
    assert 5 < time.monotonic() - began < 20


def test_new_certificates_are_shown_and_broken_ones_are_not(demo, tmp_path, authority):
    (tmp_path / "ca.pem").write_bytes(authority.pem())
    certificate, key = authority.sign("the first", tmp_path, "server")
    service = Service(demo, "churn", "--log", "off", "--certificate", certificate, "--key", key)

    def shown():
        with shaken(service, tmp_path) as shook:
            return dict(part[0] for part in shook.getpeercert()["subject"])["commonName"]

    def within(seconds, found):
        for _ in range(int(seconds * 5)):
            if found():
                return True
            time.sleep(0.2)
        return False

    try:
        assert shown() == "the first"
        sound = certificate.read_bytes(), key.read_bytes()
        other = authority.sign("another", tmp_path, "other")
        certificate.write_bytes(other[0].read_bytes())
        assert within(15, lambda: metric(service, tmp_path, "spanwise_certificate_stale") == 1)
        assert shown() == "the first" and metric(service, tmp_path, 'spanwise_certificate_reads_total{outcome="failed"}') == 1
        key.write_bytes(other[1].read_bytes())
        assert within(15, lambda: shown() == "another")
        assert metric(service, tmp_path, "spanwise_certificate_stale") == 0
        certificate.unlink()
        assert within(15, lambda: metric(service, tmp_path, "spanwise_certificate_stale") == 1)
        certificate.write_bytes(sound[0])
        key.write_bytes(sound[1])
        assert within(15, lambda: shown() == "the first")
    finally:
        service.stop()


def test_only_clients_whom_the_authority_knows_are_let_in(demo, tmp_path, authority):
    (tmp_path / "ca.pem").write_bytes(authority.pem())
    clients, strangers = Authority("clients"), Authority("strangers")
    (tmp_path / "clients.pem").write_bytes(clients.pem())
    certificate, key = authority.sign("a service", tmp_path, "server")
    service = Service(demo, "churn", "--log", "off", "--certificate", certificate, "--key", key, "--client-ca", tmp_path / "clients.pem")
    url = f"https://localhost:{address(service)[1]}/v2"
    known = [str(path) for path in clients.sign("a client", tmp_path, "known")]
    stranger = [str(path) for path in strangers.sign("a stranger", tmp_path, "stranger")]
    try:
        assert requests.get(url, verify=str(tmp_path / "ca.pem"), cert=tuple(known), timeout=10).status_code == 200
        for shows in (None, tuple(stranger)):
            with pytest.raises(requests.RequestException):
                requests.get(url, verify=str(tmp_path / "ca.pem"), cert=shows, timeout=10)
    finally:
        service.stop()


def test_files_that_are_no_certificates_are_named(demo, tmp_path, authority):
    certificate, key = authority.sign("a service", tmp_path, "server")
    other = authority.sign("another", tmp_path, "other")
    (tmp_path / "empty.pem").write_text("")

    def refused(certificate, key, code, *words):
        done = subprocess.run([BINARY, "serve", "churn", "--address", "127.0.0.1:0", "--certificate", certificate, "--key", key], cwd=demo, capture_output=True, text=True, timeout=60)
        assert done.returncode == code and all(str(word) in done.stderr for word in words), done.stderr
        assert "PRIVATE" not in done.stderr

    refused(tmp_path / "gone.pem", key, 3, tmp_path / "gone.pem")
    refused(tmp_path / "empty.pem", key, 3, "empty.pem", "certificates in PEM")
    refused(certificate, tmp_path / "empty.pem", 3, "empty.pem", "private key in PEM")
    refused(certificate, other[1], 3, "server.pem")
    spanwise("serve", "churn", "--certificate", certificate, cwd=demo, ok=(2,))


def test_a_project_says_where_its_certificates_lie(demo, tmp_path, authority):
    text = (demo / "spanwise.toml").read_text()
    (demo / "tls").mkdir(exist_ok=True)
    (tmp_path / "ca.pem").write_bytes(authority.pem())
    authority.sign("a service", demo / "tls", "server")
    lines = 'certificate = "tls/server.pem"\nkey = "tls/server-key.pem"\n'
    try:
        (demo / "spanwise.toml").write_text(text.replace("[service.churn]\n", f"[service.churn]\n{lines}"))
        service = Service(demo, "churn", "--log", "off")
        try:
            assert requests.get(f"https://localhost:{address(service)[1]}/ping", verify=str(tmp_path / "ca.pem"), timeout=10).status_code == 200
        finally:
            service.stop()
        (demo / "spanwise.toml").write_text(text.replace("[service.churn]\n", '[service.churn]\nkey = "tls/server-key.pem"\n'))
        done = spanwise("serve", "churn", cwd=demo, ok=(2, 3))
        assert "`certificate` and `key`" in done.stderr
    finally:
        (demo / "spanwise.toml").write_text(text)


def test_who_has_not_shaken_hands_does_not_hold_up_the_end(demo, folder, authority):
    certificate, key = authority.sign("a service that ends", folder, "ends")
    service = Service(demo, "churn", "--log", "off", "--certificate", certificate, "--key", key)
    silent = socket.create_connection(address(service), timeout=20)
    begun = socket.create_connection(address(service), timeout=20)
    begun.sendall(b"\x16\x03\x01\x02\x00\x01")
    with shaken(service, folder) as idle:
        idle.sendall(b"GET /ping HTTP/1.1\r\nhost: localhost\r\n\r\n")
        assert idle.recv(4096).startswith(b"HTTP/1.1 200")
        began = time.monotonic()
        service.stop()
        # heads and handshakes may take ten seconds
        assert time.monotonic() - began < 5
        assert idle.recv(4096) == b""
    silent.close()
    begun.close()
