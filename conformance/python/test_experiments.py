"""Experiments of a project in Python, and their page in a real browser's hands."""

import pandas as pd
import pytest

import spanwise
from spanwise import experiment

PROJECT = """
[data.visits]
source = "visits.csv"
[experiment.page]
unit = "user"
arm = "arm"
control = "old"
treatments = ["new"]
detect = { absolute = 0.05 }
baseline = { share = 0.1 }
[experiment.page.metrics.bought]
kind = "proportion"
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "spanwise.toml").write_text(PROJECT)
    return tmp_path


def test_an_experiment_is_planned_and_then_analysed(folder):
    with pytest.raises(spanwise.SpanwiseError, match="found no registered plan"):
        experiment.analyse(folder)
    planned = experiment.plan(folder, "page")
    assert planned.is_new and not planned.plan["had_data"] and planned.size["total"] > 1000
    assert list(planned.to_frame().to_pandas().columns) == ["total", "detectable", "power"]
    users = range(4000)
    frame = pd.DataFrame({"user": users, "arm": [("old", "new")[u % 2] for u in users], "bought": [int(u // 2 % (10 - 5 * (u % 2)) == 0) for u in users]})
    frame.to_csv(folder / "visits.csv", index=False)
    found = experiment.analyse(folder, "page")
    assert found.verdict == "ship" and "Ship new" in repr(found) and "<b>" in found._repr_html_()
    effects = found.to_frame().to_pandas()
    assert effects.loc[0, "metric"] == "bought" and effects.loc[0, "effect"] == pytest.approx(0.1)
    assert found.as_dict()["plan"] == planned.plan


def test_wrong_names_are_refused(folder):
    with pytest.raises(spanwise.SpanwiseError, match="did you mean `page`"):
        experiment.plan(folder, "pgae")
