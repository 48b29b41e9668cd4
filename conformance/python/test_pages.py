"""The story and the monitor page in a real browser: nothing fetched, nothing run, readable at phone width and in the dark."""

import os
import pathlib

import pytest

from conftest import PAGES

# Set SPANWISE_SCREENSHOTS to a folder to look at the pictures.
FOLDER = os.environ.get("SPANWISE_SCREENSHOTS")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width, scheme", [(1100, "light"), (1100, "dark"), (390, "light")])
def test_the_page_stands_alone_and_fits(browser, pages, name, width, scheme, tmp_path):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(pages[name].as_uri())
    assert all(url.startswith(("file:", "data:")) for url in asked), asked
    assert complaints == []
    assert page.locator("script").count() == 0
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1"), "no sideways scrolling"
    visible = page.locator("svg.chart:visible")
    assert 0 < visible.count()
    for position in range(visible.count()):
        box = visible.nth(position).bounding_box()
        assert 50 < box["height"] and box["x"] + box["width"] <= width + 1, box
    folder = pathlib.Path(FOLDER) if FOLDER else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    picture = folder / f"{name}-{width}-{scheme}.png"
    page.screenshot(path=str(picture), full_page=True)
    assert 20_000 < picture.stat().st_size
    context.close()


@pytest.mark.parametrize("name", ["story", "profile", "why"])
def test_charts_have_names_and_text_keeps_its_distance(browser, pages, name):
    page = browser.new_page(viewport={"width": 1100, "height": 900})
    page.goto(pages[name].as_uri())
    assert page.locator("svg:not(:has(title))").count() == 0
    overlaps = page.evaluate(
        """() => [...document.querySelectorAll('svg')].filter(svg => svg.getClientRects().length).flatMap(svg => {
            const texts = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
            const found = [];
            for (let i = 0; i < texts.length; i++) for (let j = i + 1; j < texts.length; j++) {
                const [a, b] = [texts[i][1], texts[j][1]];
                const w = Math.min(a.right, b.right) - Math.max(a.left, b.left);
                const h = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
                if (1 < w && 3 < h) found.push([texts[i][0], texts[j][0], w, h]);
            }
            return found;
        })"""
    )
    assert overlaps == []
