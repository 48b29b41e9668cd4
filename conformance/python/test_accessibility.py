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
