"""The example projects on real data, which stay where they are; skipped where they are not."""

import json

import pytest

from conftest import ROOT, SHARED
from conftest import spanwise as command

DATA = {
    "rossmann": ("days", SHARED / "data/demand/rossmann_open_days.parquet"),
    "online-retail": ("lines", SHARED / "data/ltv/online_retail.csv.gz"),
    "telco-churn": ("customers", SHARED / "data/churn/telco_customer_churn.csv"),
}


@pytest.mark.parametrize("name", ["rossmann", "online-retail"])
def test_an_example_answers_its_questions(name, tmp_path):
    table, path = DATA[name]
    if not path.exists():
        pytest.skip(f"{path} is not there")
    (tmp_path / "spanwise.toml").write_text((ROOT / "examples" / name / "spanwise.toml").read_text())
    record = json.loads(command("--json", "run", "--data", f"{table}={path}", cwd=tmp_path).stdout)
    (story,) = record["stories"].values()
    page = (tmp_path / story).read_text()
    for question in record["questions"] + record["changes"]:
        assert question["ask"].replace("'", "&#39;") in page or question["ask"] in page
    (change,) = record["changes"]
    parts = [part["effect"][0] for part in change["everything_moved"] + change["findings"]]
    assert sum(parts) + change["everything_else"][0] == change["change"][0]
    told = {question["name"]: question["p_adjusted"] for question in record["questions"]}
    if name == "rossmann":
        assert told["promotion"] < 1e-6 and change["change"][0] == pytest.approx(211, abs=1)
    else:
        assert told["orders"] < 1e-6 and change["change"][0] > 1e6
