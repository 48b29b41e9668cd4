"""The notebooks under examples/ run from top to bottom in a Jupyter kernel, and show what they promise."""

import json
import os
import pathlib

import pytest

from conftest import BINARY, ROOT

FOLDER = ROOT / "examples/notebooks"
NAMES = ["1-explore", "2-question", "3-model", "4-bundle-to-service"]


@pytest.fixture(scope="module")
def run():
    """Runs a notebook once and gives its cells."""
    import nbclient
    import nbformat

    known = {}

    def executed(name):
        if name not in known:
            notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
            os.environ["SPANWISE_BINARY"] = str(pathlib.Path(BINARY).resolve())
            client = nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}})
            known[name] = client.execute().cells
        return known[name]

    return executed


def shown(cells, kind):
    """All outputs of one kind of media."""
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return ["".join(output["data"][kind]) for output in outputs if kind in output.get("data", {})]


def printed(cells):
    return "".join(output["text"] for cell in cells for output in cell.get("outputs", []) if output["output_type"] == "stream")


@pytest.mark.parametrize("name", NAMES)
def test_it_is_committed_without_outputs(name):
    cells = json.loads((FOLDER / f"{name}.ipynb").read_text())["cells"]
    assert all(cell.get("outputs", []) == [] and cell.get("execution_count") is None for cell in cells)
    assert cells[0]["cell_type"] == "markdown" and "".join(cells[0]["source"]).startswith(f"# {name[0]}. ")


def test_exploring_finds_who_left(run):
    cells = run("1-explore")
    pages = [page for page in shown(cells, "text/html") if "<iframe sandbox" in page]
    assert len(pages) == 1 and "[expect.customers]" in printed(cells)
    assert "fibre" in printed(cells) and "monthly" in printed(cells), "the segment that was planted"
    assert any("left_in_march" in table for table in shown(cells, "text/html"))


def test_questions_are_answered(run):
    cells = run("2-question")
    answers = [page for page in shown(cells, "text/html") if "test: p" in page]
    assert len(answers) == 3
    assert "customers in each half" in shown(cells, "text/plain")[-1]


def test_the_model_is_as_good_as_the_truth_allows(run):
    texts = shown(run("3-model"), "text/plain")
    assert any("came true" in text for text in texts) and any("leavers" in text for text in texts)
    (held,) = [float(text.split("'")[1].split("%")[0]) for text in texts if "in their interval" in text]
    assert 87 < held < 93


def test_a_project_becomes_a_watched_service(run):
    cells = run("4-bundle-to-service")
    assert any("'alarm'" in text for text in shown(cells, "text/plain"))
    assert "answers changed" in printed(cells)
