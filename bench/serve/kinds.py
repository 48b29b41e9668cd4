"""The faults of `faults.py`: each function does one and tells what its client saw."""

import gzip
import http.client
import io
import json
import os
import re
import socket
import struct
import time
import zlib

from service import ask, raw, request, row, rows

HEAD = "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n{more}\r\n"
ZEROS = b"0" * (80 << 20)
GZIP, DEFLATE = gzip.compress(ZEROS, 1), zlib.compress(ZEROS, 1)
NAMED = {"v2": "/v2/models/churn/infer", "v1": "/v1/models/churn:predict", "mlflow": "/invocations"}


def head(path, kind="application/json", **more):
    return HEAD.format(path=path, kind=kind, more="".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in more.items())).encode()


def status(connection):
    """The status of what comes, or how it ended."""
    try:
        data = connection.recv(65536)
    except TimeoutError:
        return "silence"
    except OSError:
        return "reset"
    found = re.match(rb"HTTP/1\.[01] (\d+)", data)
    return found[1].decode() if found else "closed" if not data else "no HTTP"


def told(address, *parts, between=0.0, half=False, wait=40):
    """Sends parts, with a pause between, and tells the status."""
    with raw(address, wait) as connection:
        try:
            for part in parts:
                connection.sendall(part)
                time.sleep(between)
            if half:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        return status(connection)


def posted(address, path, kind, body, **more):
    try:
        return str(ask(address, "POST", path, body, {"Content-Type": kind, **{name.replace("_", "-"): value for name, value in more.items()}})[0])
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__


def dripping_head(service, draw):
    text = head(NAMED[draw.choice(sorted(NAMED))], Content_Length=9)
    return told(service.address, *[text[at:at + 1] for at in range(24)], between=0.6)


def dripping_body(service, draw):
    path, kind, body = request("mlflow", rows(draw.randrange(90), 2))
    return told(service.address, head(path, kind, Content_Length=len(body)), *[body[at:at + 1] for at in range(34)], between=1.0)


def reading_slowly(service, draw):
    path, kind, body = request("v1", rows(0, 3000))
    with raw(service.address) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        connection.sendall(head(path, kind, Content_Length=len(body)) + body)
        found = status(connection)
        for _ in range(20):
            time.sleep(0.5)
            connection.recv(512)
    return found


def half_closed(service, draw):
    path, kind, body = request("mlflow", rows(draw.randrange(90), 2))
    return told(service.address, head(path, kind, Content_Length=len(body)), body[:draw.choice([0, 9, len(body) - 1, len(body)])], half=True)


def reset_in_the_middle(service, draw):
    path, kind, body = request("v1", rows(0, draw.choice([2, 500])))
    whole = head(path, kind, Content_Length=len(body)) + body
    connection = raw(service.address)
    connection.sendall(whole[:draw.choice([10, 60, len(whole) // 2, len(whole)])])
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    return "(reset by the client)"


def body_too_large_declared(service, draw):
    return told(service.address, head(NAMED["v2"], Content_Length=(64 << 20) + 1 + draw.randrange(1 << 40)), b" " * 65536)


def body_too_large_in_chunks(service, draw):
    chunk = b"%x\r\n" % (1 << 20) + b" " * (1 << 20) + b"\r\n"
    return told(service.address, head(draw.choice(list(NAMED.values())), Transfer_Encoding="chunked"), *[chunk] * 66)


JSON_TRICKS = [b"", b"{", b"null", b"[]", b"[[[", b'"a"', b"{}", b'{"inputs":[]}', b'{"inputs":7}', b'{"instances":[]}', b'{"instances":[7,{}]}', b'{"dataframe_split":{"columns":["age"],"data":[[1,2]]}}',
               b'{"dataframe_split":{"columns":["age","age"],"data":[[1,2]]}}', b'{"inputs":[{"name":"age","shape":[-1],"datatype":"FP64","data":[1]}]}', b'{"inputs":[{"name":"age","shape":[1e99],"datatype":"FP64","data":[1]}]}',
               b'{"inputs":[{"name":"age","shape":[9223372036854775807,2],"datatype":"FP64","data":[1]}]}', b"\xff\xfe{\x00}\x00", b'{"a":"\\ud800"}', b'{"instances":[{"age":"\xff"}]}', b'{"instances":[{"age":NaN}]}', b'{"instances":[{"age":1e999}]}']


def malformed_json(service, draw):
    return posted(service.address, draw.choice(list(NAMED.values())), "application/json", draw.choice(JSON_TRICKS))


def deep_nesting(service, draw):
    opening, closing = draw.choice([(b"[", b"]"), (b'{"instances":', b"}"), (b'{"inputs":[', b"]}")])
    return posted(service.address, draw.choice(list(NAMED.values())), "application/json", opening * 100_000 + closing * draw.choice([0, 100_000]))


def cut_json(service, draw):
    path, kind, body = request(draw.choice(["mlflow", "v1", "v2"]), rows(0, 20))
    body = bytearray(body[:draw.randrange(1, len(body))] if draw.random() < 0.5 else body)
    body[draw.randrange(len(body))] = draw.choice(b"\x00\xff[]{},\"-e")
    return posted(service.address, path, kind, bytes(body))


def binary_tensors(service, draw):
    said = draw.choice([0, 8, 7, 1 << 40, -8, 2**63 - 1, 2**64])
    tensors = {"inputs": [{"name": "age", "shape": [draw.choice([1, 0, 2**61, 3])], "datatype": draw.choice(["FP64", "BYTES", "INT64", "FP16", "BOOL"]), "parameters": {"binary_data_size": said}}]}
    text = json.dumps(tensors).encode()
    length = draw.choice([len(text), len(text) - 1, 0, 2**64, -1, len(text) + 99])
    return posted(service.address, NAMED["v2"], "application/octet-stream", text + os.urandom(draw.choice([0, 7, 8, 24])), Inference_Header_Content_Length=str(length))


def malformed_csv(service, draw):
    texts = [b'"', b"a,b\n1", b"\x00\x00", b"\xff\xfe1\x00", b"age\n" + b'"' * 70_001, b"," * 100_000, b"age,age\n1,2\n", b"\n" * 99_999, b'contract,"age\n1,2\n', request("csv", rows(0, 3))[2].replace(b"card", b"\xc3\x28"), request("csv", rows(0, 3))[2] + b"1,2\n"]
    return posted(service.address, "/invocations", "text/csv", draw.choice(texts))


def damaged_files(service, draw):
    import pyarrow
    import pyarrow.parquet
    made, out = pyarrow.table({"age": [1.0, 2.0], "contract": ["monthly", "x"]}), io.BytesIO()
    is_parquet = draw.random() < 0.7
    if is_parquet:
        pyarrow.parquet.write_table(made, out)
    else:
        with pyarrow.ipc.new_stream(out, made.schema) as stream:
            stream.write_table(made)
    data = bytearray(out.getvalue())
    for _ in range(draw.choice([0, 1, 8, 64])):
        data[draw.randrange(len(data))] = draw.randrange(256)
    kind = "application/vnd.apache.parquet" if is_parquet else "application/vnd.apache.arrow.stream"
    return posted(service.address, "/invocations", kind, bytes(data[:draw.choice([len(data), len(data) // 2, 8])]))


def wrong_lengths(service, draw):
    body = request("mlflow", rows(0, 1))[2]
    mores = [dict(Content_Length=len(body) - 5), dict(Content_Length=-1), dict(Content_Length="9e9"), dict(Content_Length=2**65), {"Content_Length": len(body), "content_length": len(body) + 1}, dict(Content_Length=len(body), Transfer_Encoding="chunked"), dict(Transfer_Encoding="gzip")]
    return told(service.address, head("/invocations", **draw.choice(mores)) + body, wait=5)


def odd_numbers(service, draw):
    cells = row(1)
    cells[draw.choice([1, 2, 3, 6])] = draw.choice(["NaN", "inf", 1e308, -1e308, 2**70, True, [], {}, "1e400", "", "٣"])
    return posted(service.address, *request(draw.choice(["mlflow", "v1", "v2"]), [cells]))


def bomb_gzip(service, draw):
    return posted(service.address, draw.choice(list(NAMED.values())), "application/json", GZIP, Content_Encoding="gzip")


def bomb_deflate(service, draw):
    return posted(service.address, draw.choice(list(NAMED.values())), "application/json", DEFLATE, Content_Encoding="deflate")


def wrong_method_host_path(service, draw):
    lines = ["DELETE /v2 HTTP/1.1\r\nHost: localhost", "GET /invocations HTTP/1.1\r\nHost: localhost", "POST /ping HTTP/1.1\r\nHost: evil.example", "GET /%ff%00/../../etc/passwd HTTP/1.1\r\nHost: localhost", "GET / HTTP/1.1", "BREW / HTTP/9.9\r\nHost: a", "\x16\x03\x01\x02",
             "GET /" + "a" * 100_000 + " HTTP/1.1\r\nHost: localhost", "GET /ping HTTP/1.1\r\nHost: localhost\r\n" + "X-A: b\r\n" * 3000, "GET /v2/models/nobody HTTP/1.1\r\nHost: localhost", "POST /v2/repository/models/churn/unload HTTP/1.1\r\nHost: localhost", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\0" * 99]
    return told(service.address, draw.choice(lines).encode() + b"\r\n\r\n", wait=12)


def flood(service, draw):
    """64 requests of 500 rows at once; the statuses of all."""
    path, kind, body = request("v1", rows(0, 500))
    open_now = [raw(service.address) for _ in range(64)]
    for connection in open_now:
        connection.sendall(head(path, kind, Content_Length=len(body), Connection="close") + body)
    found = [status(connection) for connection in open_now]
    for connection in open_now:
        connection.close()
    return found


def too_many_connections(service, draw):
    """1,100 that say nothing, for half a second."""
    open_now, found = [], "(held by the client)"
    try:
        for _ in range(1100):
            open_now.append(raw(service.address, 10))
        time.sleep(0.5)
    except OSError as error:
        found = type(error).__name__
    for connection in open_now:
        connection.close()
    return found


def disk_full(service, draw):
    """The log's file system has no room for 0.3 s."""
    with open(service.disk / "filler", "wb", buffering=0) as filler:
        try:
            while True:
                filler.write(b"x" * 65536)
        except OSError:
            time.sleep(0.3)
    os.unlink(service.disk / "filler")
    return "(no client)"


def registry_gone(service, draw):
    """Longer than the watch waits between two looks."""
    registry = service.project / ".spanwise/registry"
    os.rename(registry, registry.with_name("gone"))
    time.sleep(1.2)
    os.rename(registry.with_name("gone"), registry)
    return "(no client)"


def bundle_of_garbage(service, draw):
    """In the place of the champion's; asked to be loaded, refused, and put back."""
    place = service.champion
    sound = place.read_bytes()
    wrong = draw.choice([b"", b"garbage", sound[:len(sound) // 2], os.urandom(len(sound)), sound[:-1] + bytes([sound[-1] ^ 1])])
    place.with_suffix(".beside").write_bytes(wrong)
    os.rename(place.with_suffix(".beside"), place)
    found = f"load {service.load()}"
    place.with_suffix(".beside").write_bytes(sound)
    os.rename(place.with_suffix(".beside"), place)
    return [found, f"load of the sound one {service.load()}"]


SLOW = [dripping_head, dripping_body, reading_slowly]
ALONE = [flood, too_many_connections, disk_full, bundle_of_garbage]
QUICK = [half_closed, reset_in_the_middle, body_too_large_declared, body_too_large_in_chunks, malformed_json, deep_nesting, cut_json, binary_tensors, malformed_csv, damaged_files, wrong_lengths, odd_numbers, bomb_gzip, bomb_deflate, wrong_method_host_path]
