"""Models in SQL say what batch scoring says, bit for bit."""

import json

import pandas as pd
import pytest
import spanwise

from conftest import spanwise as command


def scored(demo, folder):
    command("score", demo / "out/churn.bundle", demo / "customers.csv", "--out", folder / "scores.parquet", cwd=folder, ok=(0, 5))
    return pd.read_parquet(folder / "scores.parquet")


def test_predictions_are_those_of_batch_scoring(demo, tmp_path):
    scores = scored(demo, tmp_path)
    sql = "SELECT predict('churn@champion') AS p, decide('churn@champion') AS what FROM c"
    command("query", sql, "-f", f"c={demo / 'customers.csv'}", "-p", demo, "--out", tmp_path / "told.parquet", cwd=tmp_path)
    told = pd.read_parquet(tmp_path / "told.parquet")
    kept = told["p"].notna()
    assert 7_000 < kept.sum()
    assert told["p"][kept].tolist() == scores["probability"].dropna().tolist()
    assert told["what"][kept].tolist() == scores["decision"].dropna().tolist()
    # of the project's own table, and by a file
    one = json.loads(command("--json", "query", "SELECT sum(predict('churn')) AS s FROM customers", cwd=demo).stdout)["rows"]
    other = json.loads(command("--json", "query", "SELECT sum(predict('out/churn.bundle')) AS s FROM customers", cwd=demo).stdout)["rows"]
    assert one == other and 1_000 < one[0]["s"]


def test_python_asks_models_of_frames(demo, tmp_path):
    # whole numbers with gaps are numbers in pandas unless it is told
    frame = pd.read_csv(demo / "customers.csv", dtype={"age": "Int64"}).head(50)
    told = spanwise.sql(f"SELECT predict('{demo / 'out/churn.bundle'}') AS p FROM c", c=frame)
    predicted = spanwise.load(demo / "out/churn.bundle").predict(frame)
    assert told.to_pandas()["p"].tolist() == list(predicted.to_pandas()["probability"])


def test_a_wrong_name_is_told_with_the_nearest(demo):
    told = command("query", "SELECT predict('churn@chmpion') FROM customers", cwd=demo, ok=(2, 3)).stderr
    assert "champion" in told and "churn" in told
    told = command("query", "SELECT predict('gone.bundle') FROM customers", cwd=demo, ok=(2, 3, 4)).stderr
    assert "gone.bundle" in told
