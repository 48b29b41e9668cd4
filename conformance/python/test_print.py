"""Every page on paper: A4, light, numbered, nothing cut off, no chart torn apart, its text still text."""

import os
import pathlib
import re

import pypdfium2
import pytest

from conftest import PAGES

# A4 without the margins of the pages, in CSS pixels.
WIDTH = round((210 - 2 * 16) / 25.4 * 96)
# Set SPANWISE_SCREENSHOTS to a folder to look at the pictures.
FOLDER = os.environ.get("SPANWISE_SCREENSHOTS")


def letters(text):
    """Text without what a PDF reader may add or lose at line ends."""
    return re.sub(r"[\s\u0000-\u001f\u00ad\ufffe-]+", "", text)


@pytest.fixture(scope="module", params=PAGES)
def printed(request, browser, pages):
    """A page open as for paper, on a dark desk, and its PDF."""
    context = browser.new_context(viewport={"width": WIDTH, "height": 1000}, color_scheme="dark")
    page = context.new_page()
    page.goto(pages[request.param].as_uri())
    document = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True))
    page.emulate_media(media="print")
    if FOLDER:
        for number, sheet in enumerate(document):
            sheet.render(scale=1.2).to_pil().save(pathlib.Path(FOLDER) / f"{request.param}-print-{number}.png")
    yield request.param, page, document
    document.close()
    context.close()


def test_it_is_a4_and_of_a_sensible_length(printed):
    name, _, document = printed
    most = {"story": 14, "monitor": 5, "experiment": 8, "profile": 10, "why": 4, "changes": 14, "explain": 8, "course": 8}[name]
    assert 1 <= len(document) <= most
    for sheet in document:
        assert sheet.get_size() == (pytest.approx(595, abs=1), pytest.approx(842, abs=1))


def test_it_is_light_and_full(printed):
    _, _, document = printed
    for number, sheet in enumerate(document):
        picture = sheet.render(scale=0.5).to_pil().convert("L")
        assert picture.getpixel((2, 2)) == 255, "the paper is white"
        white = picture.histogram()[255] / (picture.width * picture.height)
        assert 0.5 < white < 0.999, f"page {number + 1}"


def test_nothing_is_wider_than_the_paper(printed):
    _, page, _ = printed
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH
    wider = page.evaluate(
        """width => [...document.querySelectorAll('main *')].filter(part => width + 1 < part.getBoundingClientRect().right)
            .map(part => part.outerHTML.slice(0, 90))""",
        WIDTH,
    )
    assert wider == []


def test_its_text_is_text_and_its_pages_are_numbered(printed):
    _, page, document = printed
    sheets = [letters(sheet.get_textpage().get_text_bounded()) for sheet in document]
    for number, text in enumerate(sheets):
        assert f"{number + 1}/{len(document)}" in text
    whole = "".join(sheets)
    for words in page.locator("h1, h2, h3, p, caption, summary, dt").all_text_contents():
        if words not in ("Skip to the findings",):
            assert letters(words)[:40] in whole, words


def test_no_chart_is_torn_apart(printed):
    _, page, document = printed
    sheets = [letters(sheet.get_textpage().get_text_bounded()) for sheet in document]
    charts = page.evaluate(
        """() => [...document.querySelectorAll('svg.chart')].filter(chart => chart.getClientRects().length).map(chart =>
            [...chart.querySelectorAll('text:not([transform])')].map(text => [...text.childNodes].filter(node => node.nodeType === 3).map(node => node.data).join('')))"""
    )
    assert charts
    for texts in charts:
        assert any(all(letters(text) in sheet for text in texts) for sheet in sheets), texts


def test_what_can_be_clicked_is_gone_and_what_was_folded_is_there(printed):
    _, page, _ = printed
    assert not page.locator(".skip").is_visible()
    for table in page.locator("details table, details dl").all():
        assert table.is_visible()
    torn = page.evaluate(
        """() => [...document.querySelectorAll('figure, .card, tr, .caveats, .next')]
            .filter(part => part.tagName !== 'FIGURE' || part.querySelector('svg'))
            .filter(part => getComputedStyle(part).breakInside !== 'avoid').map(part => part.outerHTML.slice(0, 90))"""
    )
    assert torn == []
