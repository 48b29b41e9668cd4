"""Charts in the forms of other tools: each takes them, and they hold the same numbers."""

import io
import json
import random
import subprocess
import sys
import xml.etree.ElementTree as ET

import matplotlib

matplotlib.use("Agg")

import matplotlib.image
import matplotlib.pyplot as plt
import pandas as pd
import plotly.graph_objects as go
import pytest
import seaborn as sns

import spanwise
from conftest import spanwise as command


@pytest.fixture(scope="module")
def visits(tmp_path_factory):
    """Two months of visits; from the middle on, age and income are missing together; `$<b>` is a hostile name."""
    draw = random.Random(5)
    lines = ["month,region,age,income,weight,$<b>\"'\\n,bought"]
    for visit in range(6_000):
        gone = 3_000 <= visit and draw.random() < 0.4
        age = draw.randint(18, 80)
        income = age * 500 + draw.gauss(0, 4_000)
        bought = draw.random() < age / 100
        cells = ["", ""] if gone else [age, f"{income:.0f}"]
        lines.append(f"{1 + visit % 2},{draw.choice(['north', 'south'])},{cells[0]},{cells[1]},{draw.gauss(70, 9):.1f},{draw.randint(0, 9)},{'yes' if bought else 'no'}")
    path = tmp_path_factory.mktemp("visits") / "visits.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def charts(visits):
    frame = pd.read_csv(visits)
    explored = spanwise.explore(visits, "bought").charts
    compared = spanwise.compare(frame[frame.month == 1], frame[frame.index >= 3_000]).charts
    change = spanwise.why(frame, "rate", "bought", by="month", before=1, after=2).charts
    return {**explored, **{f"compared {name}": chart for name, chart in compared.items()}, **change}


def test_the_pictures_of_the_page_are_there(charts):
    assert {"age", "age-by-bought", "region", "relations", "missing", "income-against-age", "change", "compared differences"} <= set(charts)
    assert charts["missing"].title == "Gaps along the rows" and "strip" in charts["missing"].caption
    assert repr(charts["age"]) == "<Chart 'age'>"


def test_every_picture_is_sound_svg_and_png(charts):
    for name, chart in charts.items():
        assert ET.fromstring(chart.to_svg()).tag == "{http://www.w3.org/2000/svg}svg"
        pixels = matplotlib.image.imread(io.BytesIO(chart.to_png(1.0)))
        assert pixels.shape[1] == 732 and pixels.std() > 0.02, name
        wide = matplotlib.image.imread(io.BytesIO(chart.to_png()))
        assert wide.shape[1] == 1464


def test_scales_are_refused_with_what_was_expected(charts):
    with pytest.raises(spanwise.SpanwiseError, match="the scale of a picture is 0: expected a number above 0"):
        charts["age"].to_png(0)


def test_plotly_takes_every_figure(charts):
    for name, chart in charts.items():
        figure = go.Figure(chart.to_plotly())
        assert figure.layout.title.text and len(figure.data) > 0, name
        assert json.loads(figure.to_json())["data"]
    bins = go.Figure(charts["age"].to_plotly()).data[0]
    assert bins.type == "bar" and sum(bins.y) == sum(charts["age"].to_frame()["count"])
    # violins lie under the boxes
    box = next(trace for trace in go.Figure(charts["age-by-bought"].to_plotly()).data if trace.type == "box")
    assert box.median[0] == charts["age-by-bought"].to_frame()["median"][0]


def test_texts_of_the_data_are_no_markup_for_plotly(charts):
    hostile = next(name for name in charts if "<b>" in name and "by" not in name and "against" not in name)
    assert "<b>" not in json.dumps(charts[hostile].to_plotly())


def test_matplotlib_draws_every_chart(charts):
    for name, chart in charts.items():
        ax = chart.to_matplotlib()
        ax.figure.canvas.draw()
        assert ax.get_title(loc="left"), name
        plt.close(ax.figure)
    _, (left, right) = plt.subplots(1, 2)
    assert charts["age"].to_matplotlib(right) is right and not left.patches
    counts = [patch.get_height() for patch in right.patches]
    assert counts == charts["age"].to_frame()["count"]
    plt.close("all")


def test_the_program_runs_without_spanwise(charts, tmp_path):
    for name in ("age-by-bought", "missing", "change", "income-against-age"):
        program = tmp_path / "chart.py"
        program.write_text(charts[name].to_matplotlib_code(), encoding="utf-8")
        assert "spanwise" not in program.read_text(encoding="utf-8")
        run = subprocess.run([sys.executable, program], env={"MPLBACKEND": "agg", "HOME": str(tmp_path)}, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr


def test_names_never_become_code(tmp_path):
    evil = '"); raise SystemExit(13) #\\'
    frame = pd.DataFrame({evil: [evil, "$x_{1}$", "'''", "\\"] * 20, "n": range(80)})
    for chart in spanwise.explore(frame).charts.values():
        ax = chart.to_matplotlib()
        ax.figure.canvas.draw()
        plt.close(ax.figure)


def test_seaborn_takes_the_frame(charts):
    frame = pd.DataFrame.from_arrow(charts["region"].to_frame())
    ax = sns.barplot(frame, x="value", y="label")
    assert [round(patch.get_width(), 6) for patch in ax.patches] == [round(value, 6) for value in frame["value"]]
    plt.close("all")
    shares = pd.DataFrame.from_arrow(charts["missing"].to_frame())
    assert set(shares.columns) == {"column", "block", "missing"}
    late = shares[(shares.column == "age") & (shares.block > 20)]["missing"].mean()
    assert 0.35 < late < 0.45


def test_notebooks_are_offered_svg_and_plotly(charts):
    bundle = charts["age"]._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "image/svg+xml", "application/vnd.plotly.v1+json"}
    assert set(charts["age"]._repr_mimebundle_(include=["image/svg+xml"])) == {"image/svg+xml"}


def test_charts_are_saved_in_every_form(charts, tmp_path):
    for ending in (".svg", ".png", ".json", ".py", ".txt"):
        charts["age"].save(tmp_path / f"age{ending}")
        assert (tmp_path / f"age{ending}").stat().st_size > 100
    with pytest.raises(ValueError, match="found `.gif`, expected .svg"):
        charts["age"].save(tmp_path / "age.gif")


def test_the_binary_writes_the_same_pictures(visits, charts, tmp_path):
    run = command("explore", visits, "--target", "bought", "--no-page", "--charts", tmp_path / "pictures", cwd=tmp_path)
    files = sorted(path.name for path in (tmp_path / "pictures").iterdir())
    explored = spanwise.explore(visits, "bought").charts
    assert len(files) == 3 * len(explored)
    first = next(path for path in files if path.endswith("-age.svg"))
    assert (tmp_path / "pictures" / first).read_text(encoding="utf-8") == charts["age"].to_svg()
    assert (tmp_path / "pictures" / first.replace(".svg", ".png")).read_bytes() == charts["age"].to_png()
    assert json.loads((tmp_path / "pictures" / first.replace(".svg", ".json")).read_text()) == charts["age"].to_plotly()
    assert "shape" not in run.stdout and "█" not in run.stdout


def test_letters_are_drawn_only_where_asked(visits, tmp_path):
    drawn = command("explore", visits, "--no-page", "--draw", cwd=tmp_path).stdout
    assert "shape" in drawn and "▁" in drawn and "\x1b" not in drawn
    asked = ("why", "-f", visits, "--metric", "rate", "--of", "bought", "--by", "month", "--before", "1", "--after", "2")
    plain = command(*asked, cwd=tmp_path).stdout
    assert "█" not in plain
    drawn = command(*asked, "--draw", cwd=tmp_path).stdout
    assert "█" in drawn and all(len(line) <= 80 for line in drawn.split("How the")[1].split("note:")[0].splitlines())
