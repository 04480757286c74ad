"""Every report as a real browser shows it, on a desk, on a phone and on paper: nothing cut off, all of it legible and reachable."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import sync_playwright

from tests.auditing.installation import Installation
from tests.auditing.ledgers import Ask
from tests.oversight.scene import FOLDER, csv_text, portal_row

LAWS = sorted(FOLDER.table("laws"))
REPORTS = [*LAWS, "public-report"]
WIDTHS = (1280, 390)
PURPOSES = ("criminal_investigation", "fugitive_or_warrant", "missing_or_endangered_person")

LEGIBLE = """() => {
  const part = v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = c => c.match(/[\\d.]+/g).slice(0, 3).map(Number).map(part).reduce((a, v, n) => a + v * [.2126, .7152, .0722][n], 0);
  const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
    if (c !== 'rgba(0, 0, 0, 0)' && e.tagName !== 'rect') return c } return 'rgb(255, 255, 255)' };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), dim = [];
  while (texts.nextNode()) {
    const e = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || e.tagName === 'title') continue;
    const style = getComputedStyle(e), color = e.closest('svg') ? style.fill : style.color;
    const [a, b] = [light(color), light(ground(e))].sort((x, y) => y - x);
    if ((a + .05) / (b + .05) < 4.5) dim.push(texts.currentNode.data);
  }
  return dim }"""
CUT_OFF = """() => [...document.querySelectorAll('svg')].flatMap(svg => {
  const [, , width, height] = svg.getAttribute('viewBox').split(' ').map(Number);
  const boxes = [...svg.querySelectorAll('text')].map(text => ({said: text.textContent, box: text.getBBox()}));
  const outside = boxes.filter(({box}) => box.x < -1 || box.y < -1 || box.x + box.width > width + 1 || box.y + box.height > height + 4);
  const over = boxes.filter((one, n) => boxes.some((other, m) => m > n && one.box.x < other.box.x + other.box.width - 1
    && other.box.x < one.box.x + one.box.width - 1 && one.box.y < other.box.y + other.box.height - 3
    && other.box.y < one.box.y + one.box.height - 3));
  return [...outside, ...over].map(({said}) => said) })"""
UNREACHABLE = """() => [...document.querySelectorAll('*')].filter(e => ['auto', 'scroll'].includes(getComputedStyle(e).overflowX)
  && e.scrollWidth > e.clientWidth && (e.tabIndex < 0 || !e.getAttribute('aria-label'))).map(e => e.outerHTML.slice(0, 80))"""
UNLABELLED = """() => [
  ...[...document.querySelectorAll('svg')].filter(e => e.getAttribute('role') !== 'img' || !e.getAttribute('aria-label')),
  ...[...document.querySelectorAll('table')].filter(e => !e.caption || !e.caption.textContent.trim()),
  ...[...document.querySelectorAll('th')].filter(e => e.scope !== 'col' || !e.textContent.trim()),
  ...[...document.querySelectorAll('section')].filter(e => !e.querySelector('h2')),
].map(e => e.outerHTML.slice(0, 80))"""
SMALL = """() => [...document.querySelectorAll('svg text')].filter(e => e.getBoundingClientRect().height < 8).map(e => e.textContent)"""
DIVIDED = """() => [...document.querySelectorAll('tr, svg, .whole, .chart, section > p')]
  .filter(e => getComputedStyle(e).breakInside !== 'avoid').map(e => e.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Every report of an agency in which all kinds of things happened, in a folder."""
    installed = Installation(tmp_path_factory.mktemp("agency")).set_up()
    asks = [Ask(person=f"u{number % 17 + 1:02d}", purpose=PURPOSES[number % 3]) for number in range(40)]
    asks += [Ask(person="u02", denied=("case_closed",), text="inv")] * 12
    asks += [Ask(person="u03", denied=("target_unknown", "purpose_case_mismatch"))] * 6
    asks += [Ask(person="u04", denied=("role_may_not_query",))] * 2  # D18, whose title is of wide letters
    installed.search(*asks)
    installed.run("oversight", "run")
    about = [item for item in installed.json("oversight", "findings") if item["user_id"] != "u07"]
    why = "no case supports it, which took three conversations and a letter to find out"
    for item, outcome in zip(about, ("misuse", "explained", "referred"), strict=False):
        installed.run("oversight", "review", item["finding_id"], "--outcome", outcome, "--why", why, "--by", "u07")
    export, at = installed.folder / "export.csv", datetime.now(UTC).replace(microsecond=0)
    export.write_bytes(csv_text([portal_row(at - timedelta(minutes=number)) for number in range(3)]))
    installed.run("oversight", "import", export)
    installed.run("oversight", "reconcile")
    installed.run("audit", "search", "--why", "a complaint")
    out = tmp_path_factory.mktemp("pages")
    for law in LAWS:
        installed.run("oversight", "report", law, "--out", out, "--why", "review")
    until = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    installed.run(
        "oversight", "publish", "--since", "2026-01-01T00:00:00Z", "--until", until, "--unreconciled", "--out", out
    )
    return out


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        found = shutil.which("chromium")
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def show(made, browser):
    """Opens a report at a width."""
    opened = []

    def at(report, width):
        opened.append(browser.new_page(viewport={"width": width, "height": 900}))
        opened[-1].goto((made / f"{report}.html").as_uri())
        return opened[-1]

    yield at
    for page in opened:
        page.close()


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_can_be_read_and_reached_whole_on_a_desk_on_a_phone_and_on_paper(show, report):
    for width in WIDTHS:
        page = show(report, width)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        for question in (LEGIBLE, CUT_OFF, UNREACHABLE, UNLABELLED, SMALL):
            assert page.evaluate(question) == [], (width, question)
        assert page.evaluate("document.documentElement.lang") == "en"
        assert page.title()
    page.emulate_media(media="print")
    assert page.evaluate(DIVIDED) == []
    assert page.evaluate(
        "[...document.querySelectorAll('.wide')].every(e => getComputedStyle(e).overflowX === 'visible')"
    )
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_what_is_scrolled_by_keyboard_shows_that_it_has_the_focus(show):
    page = show("cjis-weekly", WIDTHS[1])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "region"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    before = page.evaluate("document.activeElement.scrollLeft")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("before => document.activeElement.scrollLeft > before", arg=before)
