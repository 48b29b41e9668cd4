"""Our own protocol with the clients that people have: pyarrow, pandas, polars and requests."""

import io
import json
import subprocess

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet
import pytest
import requests

from conftest import Service, spanwise

STREAM = "application/vnd.apache.arrow.stream"
FILE = "application/vnd.apache.arrow.file"
PARQUET = "application/vnd.apache.parquet"
LINES = "application/jsonlines"
INPUTS = ["contract", "tenure_months", "monthly_charge", "support_calls", "payment", "region", "age", "channel", "joined"]


@pytest.fixture(scope="module")
def rows(demo):
    # whole numbers with gaps are numbers in pandas unless it is told
    return pd.read_csv(demo / "later.csv", dtype={"age": "Int64"})[INPUTS].head(500)


@pytest.fixture(scope="module")
def scores(demo, bundle, rows, tmp_path_factory):
    """What `spanwise score` says of the rows."""
    folder = tmp_path_factory.mktemp("scores")
    rows.to_csv(folder / "rows.csv", index=False)
    spanwise("score", bundle, folder / "rows.csv", "--out", folder / "scores.parquet", cwd=folder)
    return pd.read_parquet(folder / "scores.parquet")


def ask(service, content, accept, body, path="churn:predict"):
    headers = {"Content-Type": content, "Accept": accept}
    return requests.post(f"{service.url}/v1/models/{path}", data=body, headers=headers, timeout=60)


def stream(table, **options):
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table, max_chunksize=200)
    return sink.getvalue()


def frame(answer):
    assert answer.status_code == 200, answer.text
    content = answer.headers["content-type"].split(";")[0]
    body = io.BytesIO(answer.content)
    return {
        "application/json": lambda: pd.DataFrame(answer.json()["predictions"]),
        LINES: lambda: pd.DataFrame([json.loads(line) for line in answer.text.splitlines()]),
        "text/csv": lambda: pd.read_csv(body),
        STREAM: lambda: pa.ipc.open_stream(body).read_all().to_pandas(),
        FILE: lambda: pa.ipc.open_file(body).read_all().to_pandas(),
        PARQUET: lambda: pd.read_parquet(body),
    }[content]()


def test_every_form_has_the_bits_of_the_command_line(service, rows, scores):
    table = pa.Table.from_pandas(rows, preserve_index=False)
    records = json.loads(rows.to_json(orient="records", double_precision=15))
    parquet = io.BytesIO()
    rows.to_parquet(parquet, compression="gzip")
    feather = io.BytesIO()
    pl.from_pandas(rows).write_ipc(feather, compression="lz4")
    categories = pa.Table.from_pandas(rows.astype({"contract": "category", "joined": "datetime64[s]"}), preserve_index=False)
    bodies = [
        ("application/json", json.dumps({"rows": records})),
        (LINES, "\n".join(map(json.dumps, records))),
        ("text/csv", rows.to_csv(index=False)),
        (STREAM, stream(table)),
        (STREAM, stream(table, compression="zstd")),
        (STREAM, stream(categories)),
        (FILE, feather.getvalue()),
        (PARQUET, parquet.getvalue()),
    ]
    for content, body in bodies:
        for accept in ["*/*", "application/json", LINES, "text/csv", STREAM, FILE, PARQUET]:
            found = frame(ask(service, content, accept, body))
            # the command writes the rows' own columns in front
            assert list(found) == list(scores)[len(INPUTS):], (content, accept)
            for name in ("margin", "probability"):
                assert found[name].tolist() == scores[name].tolist(), (content, accept, name)
            assert found.decision.tolist() == scores.decision.tolist()


def test_explanations_as_columns_add_up(service, rows):
    answer = ask(service, STREAM, STREAM, stream(pa.Table.from_pandas(rows, preserve_index=False)), "churn:explain?reasons=2")
    found = frame(answer)
    contributions = [name for name in found if name.startswith("contribution_")]
    total = found["base"]
    for name in contributions:
        total = total + found[name]
    assert total.tolist() == found.margin.tolist() and len(contributions) > 5
    assert found.reasons.str.count("; ").max() == 1 and "broken" in found


def test_a_large_stream_flows_in_bounded_memory(demo, bundle, rows):
    """Two million rows through a server that takes bodies of 64 MiB at most, read while they are sent."""
    service = Service(demo, bundle)
    try:
        table = pa.Table.from_pandas(rows, preserve_index=False)
        batches = table.to_batches()
        sink = io.BytesIO()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            for _ in range(4000):
                for batch in batches:
                    writer.write_batch(batch)
        body = sink.getvalue()
        assert len(body) > 190 << 20
        curl = ["curl", "-sS", "-T", "-", "-X", "POST", "-H", f"Content-Type: {STREAM}", "-H", "Expect:", f"{service.url}/v1/models/churn:predict"]
        before = resident(service)
        done = subprocess.run(curl, input=body, capture_output=True, timeout=300)
        assert done.returncode == 0, done.stderr
        found = pa.ipc.open_stream(done.stdout).read_all()
        first = frame(ask(service, STREAM, STREAM, stream(table)))
        assert found.num_rows == 4000 * len(rows)
        margins = found["margin"].to_numpy()
        assert (margins.reshape(4000, -1) == first.margin.to_numpy()).all()
        # what is read before it is known to flow, and the answers that wait: 64 MiB each, however long the body is
        assert resident(service) - before < (2 * 64 + 16) << 20, "resident memory grew with the body"
    finally:
        service.stop()


def resident(service):
    with open(f"/proc/{service.process.pid}/status") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM"))


def test_hostile_bodies_are_refused_and_harm_nobody(service, rows):
    good = stream(pa.Table.from_pandas(rows, preserve_index=False))
    zeros = pa.table({name: pa.array([0.5] * 20_000_000 if name == "monthly_charge" else [None] * 20_000_000, pa.float64()) for name in ["monthly_charge"]})
    bomb = io.BytesIO()
    pa.parquet.write_table(zeros, bomb, compression="gzip", use_dictionary=False)
    packed = stream_whole(zeros.slice(0, 9_000_000), compression="zstd")
    cases = [
        (STREAM, good[:-100], 400),
        (STREAM, b"\xff" * 1000, 400),
        (STREAM, b"", 400),
        (FILE, b"ARROW1\0\0" + b"\xff" * 1000 + b"ARROW1", 400),
        (PARQUET, b"PAR1" + b"\xff" * 1000 + b"PAR1", 400),
        (PARQUET, bomb.getvalue(), 400),
        (STREAM, packed, 400),
        (LINES, b"\xff\xfe", 400),
        ("application/json", b'{"rows": [' + b"[" * 100_000, 400),
        ("application/json", b'{"rows": []}', 400),
    ]
    for content, body, status in cases:
        answer = ask(service, content, "*/*", body)
        assert answer.status_code == status and answer.json()["error"], (content, body[:20], answer.text)
    assert "more than 100000 rows" in ask(service, PARQUET, "*/*", bomb.getvalue()).text
    for at in range(8, len(good), max(1, len(good) // 300)):
        answer = ask(service, STREAM, "*/*", good[:at] + bytes([good[at] ^ 0xFF]) + good[at + 1 :])
        assert answer.status_code in (200, 400, 413), answer.text
    assert ask(service, STREAM, "*/*", good).status_code == 200


def stream_whole(table, **options):
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)
    return sink.getvalue()
