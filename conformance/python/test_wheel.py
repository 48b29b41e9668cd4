"""The wheel takes pandas, Polars and pyarrow, and gives the bits that the binary gives."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

import spanwise
from conftest import SHARED, spanwise as command


def margins(frame):
    return np.asarray(pa.table(frame)["margin"]).view(np.uint64)


@pytest.fixture(scope="module")
def batch(demo, bundle, tmp_path_factory):
    """What the binary says of the later month, bit for bit."""
    out = tmp_path_factory.mktemp("batch") / "scored.parquet"
    command("score", bundle, demo / "later.csv", "--out", out, cwd=demo)
    return np.asarray(pa.parquet.read_table(out)["margin"]).view(np.uint64)


def test_every_kind_of_frame_gives_the_bits_of_the_batch(demo, bundle, batch):
    loaded = spanwise.load(bundle)
    frames = {
        "pandas": pd.read_csv(demo / "later.csv"),
        "polars": pl.read_csv(demo / "later.csv"),
        "pyarrow": pa.csv.read_csv(demo / "later.csv"),
        "categories": pd.read_csv(demo / "later.csv").astype({"contract": "category"}),
        "chunks": pa.concat_tables([pa.csv.read_csv(demo / "later.csv").slice(0, 7), pa.csv.read_csv(demo / "later.csv").slice(7)]),
    }
    frames["dates as times"] = frames["pandas"].assign(joined=pd.to_datetime(frames["pandas"]["joined"]))
    for name, frame in frames.items():
        assert (margins(loaded.predict(frame)) == batch).all(), name
    for threads, rows in [(1, 1), (2, 7), (2, 4096)]:
        found = loaded.predict(frames["pyarrow"], threads=threads, block_rows=rows)
        assert (margins(found) == batch).all()


def test_results_go_out_to_every_library(demo, bundle):
    loaded = spanwise.load(bundle)
    found = loaded.predict(pa.csv.read_csv(demo / "later.csv"), reasons=2)
    assert found.columns == ["margin", "probability", "decision", "reasons"]
    assert len(found) == len(pl.DataFrame(found)) == len(found.to_pandas()) == pa.table(found).num_rows
    assert found["decision"][0] in loaded.classes
    assert ((pl.DataFrame(found)["probability"] > 0) & (pl.DataFrame(found)["probability"] < 1)).all()


def test_contributions_add_up_to_the_margin_bit_for_bit(demo, bundle):
    loaded = spanwise.load(bundle)
    explained = pa.table(loaded.explain(pa.csv.read_csv(demo / "later.csv")))
    parts = np.column_stack([np.asarray(explained[name]) for name in ["base", *loaded.features]])
    margin = np.asarray(explained["margin"])
    assert (parts.sum(axis=1) == margin).all()
    assert (parts[:, ::-1].sum(axis=1) == margin).all()


def test_refusals_say_what_was_found(demo, bundle, tmp_path):
    loaded = spanwise.load(bundle)
    with pytest.raises(spanwise.SpanwiseError, match="no column `contract`.*did you mean `contrct`"):
        loaded.predict(pl.read_csv(demo / "later.csv").rename({"contract": "contrct"}))
    with pytest.raises(spanwise.SpanwiseError, match="found a `list`"):
        loaded.predict([1, 2])
    (tmp_path / "x.bundle").write_bytes(b"junk")
    with pytest.raises(spanwise.SpanwiseError, match="not a sound bundle"):
        spanwise.load(tmp_path / "x.bundle")
    with pytest.raises(OSError):
        spanwise.load(tmp_path / "nowhere.bundle")


def test_run_gives_the_record_of_the_command_line(demo):
    record = spanwise.run(demo)
    text = json.loads(command("--json", "run", "-p", demo, cwd=demo).stdout)
    assert record["models"]["churn"]["bundle"]["hash"] == text["models"]["churn"]["bundle"]["hash"]
    assert record["fresh"] == []
    assert set(record["models"]["churn"]["metrics"]["auc"]) == {"value", "low", "high"}


def test_import_is_quick_and_needs_nothing():
    import subprocess
    import sys
    code = "import sys, spanwise; assert not {'numpy', 'pandas', 'pyarrow', 'polars'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data are not on this machine")
def test_telco_through_the_wheel_has_the_bits_of_the_batch(tmp_path):
    data = SHARED / "data/churn/telco_customer_churn.csv"
    example = (demo_root() / "examples/telco-churn/spanwise.toml").read_text()
    (tmp_path / "spanwise.toml").write_text(example)
    record = spanwise.run(tmp_path, data={"customers": data})
    assert record["tables"]["customers"]["n_rows"] == 7043
    out = tmp_path / "scored.parquet"
    command("score", tmp_path / "out/churn.bundle", data, "--out", out, "--keep", "customerID", cwd=tmp_path)
    expected = np.asarray(pa.parquet.read_table(out)["margin"]).view(np.uint64)
    frame = pd.read_csv(data)
    frame["TotalCharges"] = pd.to_numeric(frame["TotalCharges"], errors="coerce")
    loaded = spanwise.load(tmp_path / "out/churn.bundle")
    assert (margins(loaded.predict(frame)) == expected).all()
    assert len(expected) == 7043


def demo_root():
    from conftest import ROOT
    return ROOT


def test_rows_that_break_the_contract_have_no_score_and_a_reason(demo, bundle):
    loaded = spanwise.load(bundle)
    rows = pd.read_csv(demo / "later.csv").head(5)
    rows["tenure_months"] = rows["tenure_months"].astype("float64")
    rows.loc[2, "tenure_months"] = 999
    with pytest.warns(UserWarning, match="1 of 5 rows break the contract .first: row 2"):
        found = loaded.predict(rows)
    assert found.broken == {2: "`tenure_months` breaks max = 120"}
    assert [margin is None for margin in found["margin"]] == [False, False, True, False, False]
    with pytest.raises(spanwise.SpanwiseError, match="tenure_months"):
        loaded.predict(rows, on_violation="raise")
    ignored = loaded.predict(rows, on_violation="ignore")
    assert None not in ignored["margin"] and list(ignored.broken) == [2]
    with pytest.raises(spanwise.SpanwiseError, match="expected \"warn\""):
        loaded.predict(rows, on_violation="wran")


def test_a_misspelt_table_is_refused_with_the_nearest(demo):
    with pytest.raises(spanwise.SpanwiseError, match="did you mean `customers`"):
        spanwise.run(demo, data={"custmers": demo / "customers.csv"})
