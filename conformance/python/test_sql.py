"""SQL in Python: over frames, files and projects, with bound parameters; and the cell magic of notebooks."""

import datetime
import math

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from IPython.core.interactiveshell import InteractiveShell

import spanwise

ROWS = {"city": ["Oslo", "Oslo", "Bergen"], "price": [3.0, 4.0, 5.0], "day": [datetime.date(2024, month, 1) for month in (1, 2, 3)]}


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, pa.table])
def test_frames_of_every_kind_are_tables(frame):
    answer = spanwise.sql("SELECT city, sum(price) AS total FROM prices GROUP BY city ORDER BY city", prices=frame(ROWS))
    assert pa.table(answer).to_pydict() == {"city": ["Bergen", "Oslo"], "total": [5.0, 7.0]}
    assert pl.DataFrame(answer).shape == (2, 2) and pd.DataFrame.from_arrow(answer).shape == (2, 2)


@pytest.mark.parametrize(
    "where, value, n",
    [
        ("city = $x", "Oslo", 2),
        ("city = $x", "' OR 'a' = 'a", 0),
        ("price > $x", 3, 2),
        ("price > $x", np.float64(4.5), 1),
        ("day >= $x", datetime.date(2024, 2, 1), 2),
        ("day >= $x", datetime.datetime(2024, 2, 1, 12), 1),
        ("$x", True, 3),
        ("city = $x", None, 0),
    ],
)
def test_parameters_are_bound(where, value, n):
    answer = spanwise.sql(f"SELECT * FROM t WHERE {where}", t=pa.table(ROWS), parameters={"x": value})
    assert len(answer) == n


def test_refusals_say_what_is_wrong():
    table = pa.table(ROWS)
    for query, given, found in [
        ("SELECT ctiy FROM t", {}, "city"),
        ("SELECT * FROM u", {}, "`u`"),
        ("SELECT * FROM t WHERE price > $last", {"parameters": {"least": 1}}, "did you mean `least`"),
        ("SELECT * FROM t WHERE price > $x", {"parameters": {"x": [1]}}, "parameter `x`: found a `list`"),
        ("DROP TABLE t", {}, "DDL"),
    ]:
        with pytest.raises(spanwise.SpanwiseError, match=found.replace("`", "[`']").replace("$", "[$]")):
            spanwise.sql(query, t=table, **given)


def test_files_and_projects_are_tables(demo, tmp_path):
    (tmp_path / "p.csv").write_text("a\n1\n2\n")
    assert pa.table(spanwise.sql("SELECT sum(a) AS n FROM p", {"p": tmp_path / "p.csv"})).to_pydict() == {"n": [3]}
    answer = spanwise.sql("SELECT count(*) AS n FROM customers JOIN c USING (contract)", c=pa.table({"contract": ["monthly"]}), project=demo)
    assert answer["n"][0] == spanwise.sql("SELECT count(*) AS n FROM customers WHERE contract = 'monthly'", project=demo)["n"][0] > 1_000


def test_a_frame_shows_as_a_table():
    html = spanwise.sql("SELECT * FROM t", t=pa.table({"a<b": [1.23456789, None], "c": ["<i>", "x"]}))._repr_html_()
    assert "a&lt;b" in html and "1.23457" in html and "&lt;i&gt;" in html and "–" in html and "2 rows" in html and "<style" not in html
    assert "980 not shown" in spanwise.sql("SELECT * FROM t", t=pa.table({"a": range(1_000)}))._repr_html_()


@pytest.fixture
def shell(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shell = InteractiveShell.instance()
    shell.reset(new_session=True)
    shell.run_line_magic("load_ext", "spanwise")
    shell.user_ns["prices"] = pl.DataFrame(ROWS)
    return shell


def cell(shell, line, text):
    return shell.run_cell_magic("spanwise_sql", line, text)


def test_the_magic_answers_over_the_notebook(shell):
    shell.user_ns.update(least=3.5, town="Os'lo")
    answer = cell(shell, "", "SELECT city FROM prices WHERE price > {least} AND city <> {town} AND '{least}' <> \"city\" -- {no}")
    assert answer["city"] == ["Oslo", "Bergen"]
    assert cell(shell, "kept --as pandas", "SELECT * FROM prices") is None
    assert isinstance(shell.user_ns["kept"], pd.DataFrame) and len(shell.user_ns["kept"]) == 3
    assert isinstance(cell(shell, "--as polars", "SELECT * FROM kept"), pl.DataFrame)
    assert isinstance(cell(shell, "--as arrow", "SELECT * FROM kept"), pa.Table)


def test_the_magic_reads_the_project(shell, demo):
    assert cell(shell, f"--project {demo}", "SELECT count(*) AS n FROM customers")["n"] == [8_000]


@pytest.mark.parametrize(
    "line, text, found",
    [
        ("", "SELECT * FROM prices WHERE price > {most}", "no variable"),
        ("", "SELECT ctiy FROM prices", "city"),
        ("a b", "SELECT 1", "found `b`"),
        ("--as frame", "SELECT 1", "expected `spanwise`, `pandas`"),
        ("--as frame", "SELECT ctiy FROM prices", "expected `spanwise`, `pandas`"),
        ("--as panda", "SELECT 1", "did you mean `pandas`?"),
        ("--projct x", "SELECT 1", "did you mean `--project`?"),
        ("", "SELECT * FROM {pricess}", "did you mean `prices`?"),
        ("--project", "SELECT 1", "found nothing"),
    ],
)
def test_refusals_of_the_magic_are_one_line(shell, line, text, found, capsys):
    result = shell.run_cell(f"%%spanwise_sql {line}\n{text}")
    said = capsys.readouterr()
    assert found in str(result.error_in_exec) and isinstance(result.error_in_exec, spanwise.SpanwiseError)
    assert "Traceback" not in said.out + said.err and "spanwise: " in said.out + said.err


def test_exact_sums():
    numbers = [1e16, 1.0, -1e16] * 1_000
    assert spanwise.sql("SELECT sum(x) AS s FROM t", t=pa.table({"x": numbers}))["s"] == [math.fsum(numbers)]
