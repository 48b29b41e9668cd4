"""Two issues of a story beside each other: from the command line and from Python."""

import json
import pathlib
import shutil

import pyarrow as pa
import pytest

import spanwise as wheel
from conftest import spanwise


@pytest.fixture(scope="module")
def twice(demo, tmp_path_factory):
    """The demo told of all customers, then of the first 7,000, with one question asked in other words."""
    folder = tmp_path_factory.mktemp("twice") / "churn"
    shutil.copytree(demo, folder, ignore=shutil.ignore_patterns(".spanwise", "out"))
    spanwise("run", cwd=folder)
    rows = (folder / "customers.csv").read_text().splitlines(keepends=True)
    (folder / "customers.csv").write_text("".join(rows[:7_001]))
    project = (folder / "spanwise.toml").read_text()
    (folder / "spanwise.toml").write_text(project.replace("Does the region matter?", "Is it the region?"))
    return folder, spanwise("run", cwd=folder).stdout


def test_a_story_told_otherwise_is_another_issue(twice):
    folder, said = twice
    assert "(issue 2; what changed: `spanwise report churn --against last`)" in said
    assert json.loads(spanwise("--json", "run", cwd=folder).stdout)["issues"] == {"churn": 2}, "told again, it is the same"
    (story,) = json.loads(spanwise("--json", "report", cwd=folder).stdout).values()
    assert [issue["issue"] for issue in story["issues"]] == [1, 2]
    assert (folder / story["page"]).is_file()


def test_what_changed_is_told_with_the_data_behind_it(twice):
    folder, _ = twice
    found = json.loads(spanwise("--json", "report", "churn", "--against", "1", cwd=folder).stdout)["churn"]
    assert (found["before"]["issue"], found["after"]["issue"]) == (1, 2)
    by_name = {fact["name"]: fact for fact in found["facts"]}
    rows = by_name["Table customers"]
    assert (rows["before"], rows["after"], rows["change"]) == ("8,000 rows", "7,000 rows", "−1,000 (−12.5%)")
    assert len(rows["data_before"]) == len(rows["data_after"]) == 12 and rows["data_before"] != rows["data_after"]
    auc = by_name["Ranking right (AUC)"]
    before, after = (float(auc[side].split("%")[0]) for side in ("before", "after"))
    assert auc["change"] == f"{after - before:+.1f} points".replace("-", "−")
    region = next(part for part in found["parts"] if part["question"] == "Is it the region?")
    assert ["Does the region matter?", "Is it the region?"] in region["sentences"]
    assert region["data_before"] == [rows["data_before"]] and region["data_after"] == [rows["data_after"]]
    assert [picture["title"] for picture in region["pictures"]] == ["Share where churned is yes, by region"]
    page = (folder / "out/churn-changes.html").read_text()
    assert "<del>" in page and "<ins>" in page and rows["data_before"] in page and "<script" not in page


def test_an_issue_beside_itself_has_no_changes(twice):
    folder, _ = twice
    found = json.loads(spanwise("--json", "report", "churn", "--issue", "2", "--against", "2", cwd=folder).stdout)["churn"]
    assert found["sentence"] == "Nothing changed." and found["parts"] == found["facts"] == []
    assert 20 < len(found["same_facts"])


def test_the_older_issue_is_then_whichever_is_named_first(twice):
    folder, _ = twice
    turned = json.loads(spanwise("--json", "report", "churn", "--issue", "1", "--against", "2", cwd=folder).stdout)["churn"]
    assert (turned["before"]["issue"], turned["after"]["issue"]) == (1, 2)
    rows = next(fact for fact in turned["facts"] if fact["name"] == "Table customers")
    assert (rows["before"], rows["after"]) == ("8,000 rows", "7,000 rows")
    assert wheel.story_changes(folder, "churn", issue=1, against=2).facts == turned["facts"]


def test_refusals_name_what_there_is(twice, demo):
    folder, _ = twice
    assert "no issue 7 of the story `churn`; found `1`, `2`" in spanwise("report", "churn", "--against", "7", cwd=folder, ok=(2,)).stderr
    assert "expected `last` or the number" in spanwise("report", "churn", "--against", "first", cwd=folder, ok=(3,)).stderr
    (only,) = (folder / ".spanwise/registry/stories").glob(f"{wheel.issues(folder)['churn'][0]['hash']}.json")
    kept = only.read_bytes()
    only.write_bytes(kept.replace(b"42", b"43", 1) + b" ")
    damaged = spanwise("report", "churn", "--against", "1", cwd=folder, ok=(3,)).stderr
    assert "issue 1 of the story `churn` has the hash" in damaged and "bundle" not in damaged
    only.write_bytes(kept)


def test_python_compares_without_a_run(twice, tmp_path):
    folder, _ = twice
    found = wheel.story_changes(folder, "churn")
    assert str(found) == found.sentence and "answers changed" in found.sentence and "churn" in repr(found)
    table = pa.table(found.to_frame())
    assert table.num_rows == len(found.facts) and "data_before" in table.column_names
    found.save(tmp_path / "changes.html")
    assert pathlib.Path(tmp_path / "changes.html").read_text() == found.to_html()
    assert wheel.to_pdf(found).startswith(b"%PDF-")
    assert [issue["issue"] for issue in wheel.issues(folder, "churn")["churn"]] == [1, 2]
    with pytest.raises(wheel.SpanwiseError, match="did you mean `churn`"):
        wheel.story_changes(folder, "chrun")
    with pytest.raises(wheel.SpanwiseError, match="no issue 9"):
        wheel.story_changes(folder, "churn", against=9)
