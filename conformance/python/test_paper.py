"""Pages as PDF through the browser that is here: from the command line and from Python."""

import json
import os
import pathlib
import subprocess
import tempfile

import pypdfium2
import pytest

import spanwise as wheel
from conftest import BINARY, spanwise


def bookmarks(document):
    return [mark.get_title() for mark in document.get_toc()]


def test_a_story_is_printed(demo, tmp_path):
    written = json.loads(spanwise("--json", "report", "churn", "--pdf", "--out", tmp_path / "a b ü.pdf", cwd=demo).stdout)
    assert written == {"churn": str(tmp_path / "a b ü.pdf")}
    document = pypdfium2.PdfDocument(written["churn"])
    assert 5 < len(document) < 15 and document[0].get_size() == (pytest.approx(595, abs=1), pytest.approx(842, abs=1))
    assert "Which groups stand out?" in bookmarks(document)
    assert not list(pathlib.Path(tempfile.gettempdir()).glob("spanwise-print-*")), "the browser's folder is gone"


def test_any_page_of_ours_is_printed_beside_itself(demo, tmp_path):
    spanwise("explore", demo / "customers.csv", "--out=--odd name.html", cwd=tmp_path)
    spanwise("report", "--pdf", "--", "--odd name.html", cwd=tmp_path)
    assert (tmp_path / "--odd name.pdf").read_bytes().startswith(b"%PDF-")


def test_other_files_are_refused(tmp_path):
    (tmp_path / "other.html").write_text("<!DOCTYPE html><script>document.title = 'ran'</script>")
    done = spanwise("report", "other.html", "--pdf", cwd=tmp_path, ok=(3,))
    assert "Spanwise did not write" in done.stderr and not (tmp_path / "other.pdf").exists()


def test_without_a_browser_it_says_how_to_get_one(demo, tmp_path):
    environment = {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run([BINARY, "report", str(demo / "out/churn.html"), "--pdf"], env=environment, capture_output=True, text=True)
    assert done.returncode == 4
    assert "found no browser" in done.stderr and "apt-get install chromium" in done.stderr and "SPANWISE_BROWSER" in done.stderr


def test_stories_have_names(demo):
    done = spanwise("report", "chrun", "--pdf", cwd=demo, ok=(2,))
    assert "did you mean `churn`?" in done.stderr


def test_python_prints_pages_and_objects(demo, tmp_path):
    pdf = wheel.to_pdf(demo / "out/churn.html", tmp_path / "churn.pdf")
    assert pdf == (tmp_path / "churn.pdf").read_bytes() and pdf.startswith(b"%PDF-")
    explored = wheel.explore(demo / "customers.csv")
    assert "Columns" in bookmarks(pypdfium2.PdfDocument(wheel.to_pdf(explored)))
    with pytest.raises(wheel.SpanwiseError, match="did not write"):
        (tmp_path / "x.html").write_text("<p>")
        wheel.to_pdf(tmp_path / "x.html")
    assert os.listdir(tmp_path).count("x.pdf") == 0
