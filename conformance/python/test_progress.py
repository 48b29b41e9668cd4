"""How far long work is: said where somebody looks, and taken away when it is done."""

import re
import shutil

import nbformat
import nbclient
import pytest

import spanwise


def test_progress_is_said_on_request_and_not_elsewhere(demo, capfd):
    spanwise.explore(demo / "customers.csv")
    assert capfd.readouterr().err == ""
    spanwise.explore(demo / "customers.csv", progress=True)
    assert "spanwise explore: 8,000 rows read" in capfd.readouterr().err


def test_a_run_says_its_steps(demo, tmp_path, capfd):
    folder = tmp_path / "churn"
    shutil.copytree(demo, folder, ignore=shutil.ignore_patterns(".spanwise", "out"))
    spanwise.run(folder, progress=True)
    said = capfd.readouterr().err
    assert re.search(r"spanwise run: \d+ of \d+ steps: \S", said), said


@pytest.mark.parametrize("wanted, n_shown", [("True", 1), ("False", 0)])
def test_in_a_notebook_a_line_is_written_over_and_taken_away(demo, wanted, n_shown):
    code = f"import spanwise\nfound = spanwise.explore({str(demo / 'customers.csv')!r}, progress={wanted})"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    (cell,) = nbclient.NotebookClient(notebook, timeout=120).execute().cells
    shown = [output for output in cell.outputs if output["output_type"] == "display_data"]
    assert [output["data"]["text/plain"] for output in shown] == [""] * n_shown
