"""What is in a table, what differs between two, why a number changed: Python and the binary say the same."""

import json
import random

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import spanwise
from conftest import spanwise as command


@pytest.fixture(scope="module")
def visits(tmp_path_factory):
    """Two months of visits: in the second, the north buys more, and half of the ages are gone."""
    draw = random.Random(11)
    lines = ["visit,day,region,shop,age,spent,bought"]
    for visit in range(12_000):
        month, region = visit % 2, draw.choice(["north", "south", "east"])
        age = "" if month and draw.random() < 0.5 else draw.randint(18, 80)
        bought = draw.random() < 0.2 + (0.25 if month and region == "north" else 0.0)
        spent = draw.expovariate(0.02) * (1.0 + month * 0.3)
        lines.append(f"{visit},2024-0{month + 1}-{draw.randint(1, 28):02},{region},{region[0]}{draw.randint(1, 4)},{age},{spent:.2f},{'yes' if bought else 'no'}")
    path = tmp_path_factory.mktemp("visits") / "visits.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_python_and_the_binary_find_the_same(visits):
    told = json.loads(command("--json", "explore", visits, "--target", "bought", cwd=visits.parent).stdout)
    found = spanwise.explore(visits, "bought")
    assert found.as_dict() == told
    assert not list(visits.parent.glob("*.html"))
    one = json.loads(command("--json", "explore", visits, "--target", "bought", "--threads", "1", cwd=visits.parent).stdout)
    assert one == told


def test_a_table_is_understood(visits):
    found = spanwise.explore(visits, "bought")
    columns = {column["name"]: column for column in found.columns}
    assert (found.n_rows, found.n_columns) == (12_000, 7)
    meanings = {name: column["meaning"] for name, column in columns.items()}
    assert meanings == {"visit": "identifier", "day": "date", "region": "place", "shop": "category", "age": "count", "spent": "money", "bought": "target"} | {"spent": meanings["spent"]}
    assert found.keys == [["visit"]]
    assert {(one["column"], one["settles"]) for one in found.dependencies} >= {("shop", "region")}
    frame = pd.read_csv(visits)
    assert columns["age"]["n_missing"] == frame["age"].isna().sum()
    assert columns["spent"]["numbers"]["mean"]["value"] == pytest.approx(frame["spent"].mean(), rel=1e-12)
    assert columns["spent"]["numbers"]["quantiles"]["0.5"] == pytest.approx(frame["spent"].median(), rel=1e-12)
    assert columns["day"]["dates"]["first"] == "2024-01-01" and columns["day"]["dates"]["n_days"] == 56
    assert columns["region"]["levels"]["top"] == [list(pair) for pair in frame["region"].value_counts().items()]


def test_frames_of_every_kind_are_explored(visits):
    frame = pd.read_csv(visits, parse_dates=["day"])
    lines = [found.to_dict() for found in map(spanwise.explore, [frame, pl.from_pandas(frame), pa.Table.from_pandas(frame)])]
    assert lines[0]["columns"] == lines[1]["columns"] == lines[2]["columns"]
    table = pa.table(spanwise.explore(frame).to_frame())
    assert table["column"].to_pylist() == list(frame.columns)
    assert table["mean"].to_pylist()[5] == pytest.approx(frame["spent"].mean())


def test_odd_tables_are_explored_too():
    for frame in [
        pd.DataFrame({"a": pd.Series([], dtype="float64")}),
        pd.DataFrame({"a": [1.0]}),
        pd.DataFrame({"a": [np.nan, np.nan], "b": ["x", None]}),
        pd.DataFrame({"a": [np.inf, -np.inf, 1.0]}),
        pd.DataFrame({"a": [True, False, None], "b": [pd.Timestamp("1600-01-01")] * 3}),
        pd.DataFrame({f"c{k}": np.arange(50) % (k + 1) for k in range(60)}),
    ]:
        found = spanwise.explore(frame)
        assert found.n_rows == len(frame)
        json.loads(found.to_json())
        assert "<script" not in found.to_html()


def test_levels_have_a_course_of_their_own():
    draw = np.random.default_rng(3)
    days = pd.date_range("2023-01-01", periods=400)
    frame = pd.DataFrame([(day, shop) for day in days for shop in ["east", "west"] for _ in range(3)], columns=["day", "shop"])
    frame["sold"] = draw.normal(size=len(frame)) + 5.0 * ((frame["shop"] == "west") & (frame["day"] >= days[200]))
    found = spanwise.explore(frame, by="shop")
    levels = {level["level"]: level for level in found.course["by"]["levels"]}
    assert set(levels) == {"east", "west"} and levels["east"]["n_rows"] == 1_200
    (west,) = levels["west"]["series"]
    (change,) = west["changes"]
    assert change["at"] == f"{days[200]:%Y-%m-%dT00:00:00}"
    assert west["values"] == pytest.approx(frame[frame["shop"] == "west"].groupby("day")["sold"].mean().to_list()[1:-1])  # the first and last day may not be whole
    assert not any(series["changes"] for series in levels["east"]["series"])
    table = found.course_to_frame().to_pandas()
    assert set(table["level"].dropna()) == {"east", "west"} and len(table) == 3 * 398
    assert "Over time, by shop" in found.to_html() and "sold-over-time-by-shop" in found.charts
    with pytest.raises(spanwise.SpanwiseError, match="did you mean `shop`"):
        spanwise.explore(frame, by="shpo")


def test_a_sheet_of_a_text_file_is_refused(visits):
    with pytest.raises(spanwise.SpanwiseError, match="has no sheets: found the sheet `May`, expected a workbook"):
        spanwise.explore(f"{visits}?sheet=May")
    told = command("explore", visits, "--sheet", "May", "--no-page", cwd=visits.parent, ok=(2, 3)).stderr
    assert "has no sheets: found the sheet `May`" in told


def test_what_differs_is_found(visits):
    frame = pd.read_csv(visits, parse_dates=["day"])
    before, after = frame[frame["day"].dt.month == 1], frame[frame["day"].dt.month == 2]
    found = spanwise.compare(before.drop(columns=["day", "visit"]), after.drop(columns=["day", "visit"]))
    held = {(one["column"], one["aspect"]) for one in found.against["differences"] if one["holds"]}
    assert held == {("age", "missing"), ("spent", "values"), ("bought", "levels")}
    spent = next(one for one in found.against["differences"] if one["column"] == "spent")
    low, high = spent["what"]["difference"]["low"], spent["what"]["difference"]["high"]
    truth = after["spent"].mean() - before["spent"].mean()
    assert low < truth < high and spent["what"]["difference"]["value"] == pytest.approx(truth)
    assert pa.table(found.differences_to_frame()).num_rows == len(found.against["differences"])
    same = spanwise.compare(before, before)
    assert not any(one["holds"] for one in same.against["differences"])


def test_a_plan_holds_the_table_to_what_it_is(visits, tmp_path):
    frame = pd.read_csv(visits)
    plan = spanwise.explore(frame).plan("visits")
    assert 'region = { required = true, one_of = [' in plan and "visit = { required = true, unique = true }" in plan
    frame.to_csv(tmp_path / "visits.csv", index=False)
    (tmp_path / "spanwise.toml").write_text(f'[data.visits]\nsource = "visits.csv"\n{plan}')
    command("run", cwd=tmp_path)
    frame.loc[3, "age"] = 300.0
    frame.to_csv(tmp_path / "visits.csv", index=False)
    assert "1 row" in command("run", cwd=tmp_path).stderr


def test_wrong_questions_are_refused(visits):
    with pytest.raises(spanwise.SpanwiseError, match="bougth.*bought"):
        spanwise.explore(visits, "bougth")
    with pytest.raises(OSError, match="nowhere"):
        spanwise.explore("nowhere.csv")
    frame = pd.read_csv(visits)
    for wrong, words in [
        (dict(metric="mean", of="spend", by="region", before="north", after="south"), "spent"),
        (dict(metric="mean", by="region", before="north", after="south"), "`of`"),
        (dict(metric="count", by="region", before="north", after="west"), "west.*north"),
        (dict(metric="count", by="region", before="north", after="north"), "apart"),
        (dict(metric="mode", of="age", by="region", before="north", after="south"), "mode"),
    ]:
        with pytest.raises(spanwise.SpanwiseError, match=words):
            spanwise.why(frame, **wrong)


def test_why_names_the_segment_that_moved(visits, tmp_path):
    frame = pd.read_csv(visits, parse_dates=["day"])
    found = spanwise.why(frame, "rate", "bought", positive="yes", by="day", before="2024-01", after="2024-02", dimensions=["shop", "region"])
    assert [one["label"] for one in found.findings] == ["region is north"]
    share = lambda month: (frame["bought"][frame["day"].dt.month == month] == "yes").mean()
    assert found.change[0] == pytest.approx(share(2) - share(1), abs=1e-12)
    parts = pa.table(found.to_frame())["effect"].to_pylist()
    assert sum(parts) == found.change[0]
    assert "region is north" in str(found) and "region is north" in found.to_html()
    command("explore", visits, "--no-page", cwd=tmp_path)
    told = command(
        "--json", "why", "--file", visits, "--metric", "rate", "--of", "bought", "--positive", "yes", "--by", "day",
        "--before", "2024-01", "--after", "2024-02", "--dimensions", "shop,region", cwd=tmp_path,
    )
    record = json.loads(told.stdout)["changes"][0]
    assert {**record, "name": "asked"} == found.as_dict()


def test_two_tables_are_two_periods(visits):
    frame = pd.read_csv(visits, parse_dates=["day"])
    before, after = frame[frame["day"].dt.month == 1], frame[frame["day"].dt.month == 2]
    found = spanwise.why(after, "rate", "bought", positive="yes", against=before, dimensions=["shop", "region"])
    assert [one["label"] for one in found.findings] == ["region is north"]


def test_a_project_tells_why(visits, tmp_path):
    (tmp_path / "spanwise.toml").write_text(
        f'[data.visits]\nsource = "{visits}"\nkey = "visit"\n'
        '[why.bought]\nask = "Why do more buy?"\nmetric = "rate"\nof = "bought"\npositive = "yes"\nby = "day"\nbefore = "2024-01"\nafter = "2024-02"\ndimensions = ["shop", "region"]\n'
    )
    command("run", cwd=tmp_path)
    story = (tmp_path / "out/story.html").read_text()
    assert "Why do more buy?" in story and "region is north" in story
    (record,) = spanwise.whys(tmp_path)
    assert [one["label"] for one in record.findings] == ["region is north"]
    with pytest.raises(spanwise.SpanwiseError, match="did you mean `bought`"):
        spanwise.whys(tmp_path, "bougth")
    wrong = (tmp_path / "spanwise.toml").read_text().replace('of = "bought"', 'of = "bougth"')
    (tmp_path / "spanwise.toml").write_text(wrong)
    assert "did you mean `bought`" in command("run", cwd=tmp_path, ok=(2,)).stderr


def test_a_table_is_followed_over_time(tmp_path):
    draw = np.random.default_rng(3)
    day = np.repeat(np.arange(np.datetime64("2023-01-01"), np.datetime64("2024-06-01")), 6)
    n = np.arange(len(day)) // 6
    sales = 20 + 5 * (n % 7 >= 5) + np.where(n >= 300, 4.0, 0.0) + draw.normal(size=len(day))
    sales[n == 120] += 12
    table = pa.table({"day": day, "sales": sales, "noise": draw.normal(size=len(day))})
    found = spanwise.explore(table, threads=1)
    course = found.course
    assert (course["time"], course["unit"], len(course["starts"])) == ("day", "day", 517)
    sales, noise = course["series"]
    assert [season["season_length"] for season in sales["seasons"]] == [7]
    assert [change["at"][:10] for change in sales["changes"]] == ["2023-10-28"]
    assert [odd["at"][:10] for odd in sales["odd"]] == ["2023-05-01"]
    assert 3.5 < sales["changes"][0]["jump"]["low"] < 4 < sales["changes"][0]["jump"]["high"] < 4.5
    assert noise["changes"] == noise["odd"] == [] and noise["trend"] is None
    assert pa.table(found.course_to_frame()).num_rows == 2 * 517
    assert "Mean of sales by day" in found.to_html() and "28 Oct 2023" in found.to_html()
    assert spanwise.explore(table, time="day").course == course
    with pytest.raises(spanwise.SpanwiseError, match="`noise` holds values of the kind number: expected dates or times"):
        spanwise.explore(table, time="noise")
    with pytest.raises(ValueError, match="no course"):
        spanwise.explore(pa.table({"a": [1, 2]})).course_to_frame()


def test_a_whole_plan_runs_as_it_stands(tmp_path):
    draw = np.random.default_rng(4)
    n = 600
    frame = pa.table({
        "id": [f"K{i:05}" for i in range(n)],
        "email": [f"p{i}@example.org" for i in range(n)],
        "age": draw.integers(18, 80, n),
        "bought": np.where(draw.random(n) < 0.4, "yes", "no"),
    })
    frame.to_pandas().to_csv(tmp_path / "people.csv", index=False)
    plan = spanwise.explore(tmp_path / "people.csv", "bought").plan("people", whole=True)
    assert "[data.people]" in plan and "[expect.people]" in plan and "[model.people]" in plan and "@example" not in plan
    (tmp_path / "spanwise.toml").write_text(plan)
    assert spanwise.run(tmp_path)["models"]
    with pytest.raises(spanwise.SpanwiseError, match="the file that the project is to read"):
        spanwise.explore(frame, "bought").plan("people", whole=True)
    assert 'source = "p.csv"' in spanwise.explore(frame, "bought").plan("people", "p.csv")
