"""Every page by the rules of axe-core: who sees little, hears the page or uses the keyboard reads it as well."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from conftest import PAGES

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def told(violations):
    """The violations as lines: rule, what is asked for, and the first elements that break it."""
    return [
        f"{found['id']} ({found['impact']}): {found['help']}: {node['html'][:160]} {node.get('failureSummary', '')[:240]}"
        for found in violations
        for node in found["nodes"][:3]
    ]


@pytest.fixture(scope="module")
def axe():
    return Axe()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing(browser, pages, axe, name, scheme, width):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto(pages[name].as_uri())
    # Folded parts are read as well.
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
    found = axe.run(page, options=RULES).response
    assert 20 < len(found["passes"]), "the rules were asked"
    assert told(found["violations"]) == []
    context.close()


def test_axe_finds_what_is_wrong(browser, axe):
    page = browser.new_page()
    page.set_content("<html><body><svg role='img'><rect width='9' height='9'/></svg><p style='color:#bbb'>pale</p></body></html>")
    rules = {found["id"] for found in axe.run(page, options=RULES).response["violations"]}
    assert {"html-has-lang", "svg-img-alt", "color-contrast"} <= rules


# axe-core cannot tell what lies behind a text in a drawing, so the drawings are asked here.
CONTRAST = """() => {
    const parse = colour => (colour.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
    const over = (top, share, below) => [0, 1, 2].map(i => top[i] * share + below[i] * (1 - share));
    const linear = x => (x /= 255) <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
    const light = colour => 0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2]);
    const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
    const paper = parse(getComputedStyle(document.body).backgroundColor);
    const poor = [];
    for (const chart of document.querySelectorAll('svg.chart')) {
        if (!chart.getClientRects().length) continue;
        const shapes = [...chart.querySelectorAll('rect, path, circle')].map(shape => [shape, shape.getBoundingClientRect(), getComputedStyle(shape)])
            .filter(([shape, box, style]) => shape.tagName !== 'path' && style.fill !== 'none');
        for (const text of chart.querySelectorAll('text')) {
            const style = getComputedStyle(text), box = text.getBoundingClientRect();
            const x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
            let behind = paper;
            // A halo in the paper's colour lies around some labels.
            if (style.stroke === 'none') for (const [shape, at, look] of shapes)
                if (at.left <= x && x <= at.right && at.top <= y && y <= at.bottom && shape.compareDocumentPosition(text) & 4)
                    behind = over(parse(look.fill), Number(look.fillOpacity) * Number(look.opacity), behind);
            const found = contrast(over(parse(style.fill), Number(style.opacity), behind), behind);
            if (found < 4.5) poor.push([text.textContent, style.fill, behind, found]);
        }
    }
    return poor;
}"""


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_in_charts_can_be_read(browser, pages, name, scheme):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto(pages[name].as_uri())
    assert page.evaluate(CONTRAST) == []
    context.close()
