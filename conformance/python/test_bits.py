"""A hundred thousand rows through every way to a score: one hash."""

import hashlib
import io
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import requests
import spanwise
import tritonclient.grpc
import tritonclient.http

import embedding
from conftest import Service, spanwise as command

N_ROWS = 100_000
TEXTS = ["contract", "payment", "region", "channel"]


@pytest.fixture(scope="module")
def rows():
    """Rows like the demo's, with gaps and with levels that the model never saw."""
    draw = np.random.default_rng(11)
    one_of = lambda *levels: draw.choice(levels, N_ROWS)
    charge = draw.uniform(15, 120, N_ROWS)
    age = pd.array(draw.integers(18, 90, N_ROWS), dtype="Int64")
    age[draw.random(N_ROWS) < 0.1] = pd.NA
    return pd.DataFrame({
        "contract": one_of("monthly", "one year", "two years", "never seen"),
        "tenure_months": draw.integers(1, 100, N_ROWS),
        "monthly_charge": charge,
        "support_calls": draw.integers(0, 10, N_ROWS),
        "payment": one_of("card", "invoice", "transfer"),
        "region": one_of("north", "south", "east", "west"),
        "age": age,
        "channel": one_of("web", "shop", "phone"),
    })


@pytest.fixture(scope="module")
def file(rows, tmp_path_factory):
    path = tmp_path_factory.mktemp("bits") / "rows.parquet"
    rows.to_parquet(path)
    return path


@pytest.fixture(scope="module")
def expected(demo, file):
    """The hash of what batch scoring says."""
    command("score", demo / "out/churn.bundle", file, "--out", file.parent / "scores.parquet", cwd=demo)
    scores = pd.read_parquet(file.parent / "scores.parquet")["probability"]
    assert len(scores) == N_ROWS and 0.01 < scores.std()
    return hashed(scores)


@pytest.fixture(scope="module")
def running(demo):
    service = Service(demo, demo / "out/churn.bundle")
    yield service
    service.stop()


def hashed(probabilities):
    values = np.ascontiguousarray(probabilities, dtype="<f8")
    assert values.shape == (N_ROWS,)
    return hashlib.sha256(values.tobytes()).hexdigest()


def records(rows):
    """As JSON has them: the shortest digits that read back to the same bits."""
    known = lambda cell: None if pd.isna(cell) else cell
    return [{name: known(cell) for name, cell in row.items()} for row in rows.to_dict(orient="records")]


def table(rows):
    return pa.Table.from_pandas(rows, preserve_index=False)


def parquet(rows):
    sink = io.BytesIO()
    pq.write_table(table(rows), sink)
    return sink.getvalue()


def arrow(rows):
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table(rows).schema) as writer:
        writer.write_table(table(rows), max_chunksize=30_000)
    return sink.getvalue()


def post(url, body, kind, accept="application/json"):
    answer = requests.post(url, data=body, headers={"content-type": kind, "accept": accept}, timeout=120)
    assert answer.status_code == 200, answer.text[:500]
    return answer


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_batch_scoring_in_python_and_threads(demo, file, rows, expected, threads):
    assert hashed(spanwise.load(demo / "out/churn.bundle").predict(rows).to_pandas()["probability"]) == expected
    out = file.parent / f"scores-{threads}.csv"
    command("score", demo / "out/churn.bundle", file, "--threads", threads, "--block", 1000 * threads, "--out", out, cwd=demo)
    assert hashed(pd.read_csv(out)["probability"]) == expected


def test_sql(demo, rows, file, expected):
    out, numbered = file.parent / "told.parquet", file.parent / "numbered.parquet"
    rows.assign(row=range(N_ROWS)).to_parquet(numbered)
    command("query", "SELECT predict('out/churn.bundle') AS p FROM r ORDER BY row", "-f", f"r={numbered}", "--out", out, cwd=demo)
    assert hashed(pd.read_parquet(out)["p"]) == expected


def test_native(running, rows, expected):
    url = f"{running.url}/v1/models/churn:predict"
    told = post(url, json.dumps({"rows": records(rows)}), "application/json").json()["predictions"]
    assert hashed([row["probability"] for row in told]) == expected
    for body, kind in ((arrow(rows), "application/vnd.apache.arrow.stream"), (parquet(rows), "application/vnd.apache.parquet")):
        stream = post(url, body, kind, "application/vnd.apache.arrow.stream").content
        assert hashed(pa.ipc.open_stream(stream).read_all()["probability"]) == expected, kind
        told = post(url, body, kind, "text/csv").text
        assert hashed(pd.read_csv(io.StringIO(told))["probability"]) == expected, kind


def test_mlflow(running, rows, expected):
    url = f"{running.url}/invocations"
    split = {"dataframe_split": {"columns": list(rows.columns), "data": [list(row.values()) for row in records(rows)]}}
    told = post(url, json.dumps(split), "application/json").json()["predictions"]
    assert hashed([row["probability"] for row in told]) == expected
    told = post(url, rows.to_csv(index=False), "text/csv").json()["predictions"]
    assert hashed([row["probability"] for row in told]) == expected


def test_requests_of_few_rows(running, rows, demo):
    """Few rows are scored without a table between: one by one, and some at a time, beside what batch scoring says of them."""
    some = rows[:1200]
    expected = spanwise.load(demo / "out/churn.bundle").predict(some).to_pandas()["probability"].to_numpy()
    session = requests.Session()
    for first, n in [(at, 1) for at in range(200)] + [(at, 40) for at in range(200, 1200, 40)]:
        part = some[first:first + n]
        asked = [
            ("/invocations", json.dumps({"dataframe_records": records(part)}), "application/json"),
            ("/invocations", json.dumps({"inputs": [list(row.values()) for row in records(part)]}), "application/json"),
            ("/invocations", part.to_csv(index=False), "text/csv"),
            ("/v1/models/churn:predict", json.dumps({"rows": records(part)}), "application/json"),
            ("/v1/models/churn:predict", arrow(part), "application/vnd.apache.arrow.stream"),
        ]
        for path, body, kind in asked:
            told = session.post(running.url + path, data=body, headers={"content-type": kind, "accept": "application/json"})
            assert told.status_code == 200, told.text[:300]
            found = np.array([row["probability"] for row in told.json()["predictions"]])
            assert found.tobytes() == expected[first:first + n].tobytes(), (path, kind, first)


def test_lists_of_numbers(tmp_path):
    """Bodies of nothing but numbers are read in one go: the bits are those of batch scoring, whatever digits and blanks they have."""
    import lightgbm
    draw = np.random.default_rng(3)
    n, names = 400, [f"x{number}" for number in range(6)]
    table = draw.normal(size=(n, 6)) * 10.0 ** draw.integers(-12, 12, size=(n, 6))
    table[draw.random((n, 6)) < 0.1] = np.nan
    table[:40] = np.round(table[:40])
    data = lightgbm.Dataset(table, (np.nan_to_num(table[:, 0]) > 0).astype(int), feature_name=names)
    lightgbm.train(dict(objective="binary", num_leaves=15, min_data_in_leaf=5, verbose=-1, seed=1), data, 40).save_model(tmp_path / "m.txt")
    command("import", tmp_path / "m.txt", "--out", tmp_path / "numbers.bundle", cwd=tmp_path)
    expected = spanwise.load(tmp_path / "numbers.bundle").predict(pd.DataFrame(table, columns=names)).to_pandas()["probability"].to_numpy()
    assert 0.01 < expected.std()
    text = lambda cell: "null" if np.isnan(cell) else repr(float(cell)).replace("e", "E" if cell > 0 else "e")
    service = Service(tmp_path, tmp_path / "numbers.bundle")
    try:
        session = requests.Session()
        for path, key in (("/invocations", "inputs"), ("/invocations", "instances"), ("/v1/models/m:predict", "instances")):
            for first, size in [(at, 1) for at in range(100)] + [(100, 64), (164, 65), (229, 171)]:
                lists = ", ".join(f"[{' , '.join(map(text, row))}]" for row in table[first:first + size])
                told = session.post(service.url + path, data=f'\n{{ "{key}" :[{lists}]\t}} ', headers={"content-type": "application/json"})
                assert told.status_code == 200, told.text[:300]
                found = np.array([row["probability"] for row in told.json()["predictions"]])
                assert found.tobytes() == expected[first:first + size].tobytes(), (path, first, size)
        for body in ('{"inputs": [[1, 2, 3]]}', '{"inputs": [[01, 2, 3, 4, 5, 6]]}', '{"inputs": [[1, 2, 3, 4, 5, 6]]} x', '{"inputs": [[1, 2, 3, 4, 5, 1e999]]}', '{"inputs": []}'):
            told = session.post(service.url + "/invocations", data=body, headers={"content-type": "application/json"})
            assert told.status_code == 400, (body, told.text[:300])
    finally:
        service.stop()


# the client of gRPC always sends raw tensors
@pytest.mark.parametrize("client, binary", [(tritonclient.http, True), (tritonclient.http, False), (tritonclient.grpc, True)])
def test_open_inference(running, rows, expected, client, binary):
    over_http = {"binary_data": binary} if client is tritonclient.http else {}
    inputs = []
    for name in rows.columns:
        is_text = name in TEXTS
        array = rows[name].to_numpy(dtype=object) if is_text else rows[name].to_numpy(dtype=np.float64, na_value=np.nan)
        tensor = client.InferInput(name, [N_ROWS], "BYTES" if is_text else "FP64")
        tensor.set_data_from_numpy(array, **over_http)
        inputs.append(tensor)
    outputs = [client.InferRequestedOutput("probability", **over_http)]
    with client.InferenceServerClient(running.address) as asking:
        told = asking.infer("churn", inputs, outputs=outputs).as_numpy("probability")
    assert hashed(told) == expected


@pytest.mark.parametrize("name", ["shared", "static", "java"])
def test_programs_with_the_library_inside(demo, file, rows, expected, tmp_path, name):
    program = embedding.java(tmp_path) if name == "java" else embedding.cpp(tmp_path, name)
    rows.to_csv(tmp_path / "rows.csv", index=False)
    for threads in (1, 3):
        out = tmp_path / f"scores-{threads}.csv"
        embedding.run(*program, demo / "out/churn.bundle", tmp_path / "rows.csv", out, threads)
        assert hashed(pd.read_csv(out)["probability"]) == expected


def test_arrow_c_data_interface(bundle, rows, expected):
    library = embedding.Library()
    _, handle = library.open(bundle.read_bytes())
    code, told = library.score(handle, table(rows).combine_chunks().to_struct_array().combine_chunks(), n_threads=2)
    assert code == 0, told
    assert hashed(told.field("probability").to_numpy()) == expected
