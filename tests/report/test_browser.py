"""The report page in a real browser: no error, no request, hostile text inert, readable at every size."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from iam_watchdog.model import Applied, Incident, Prepared, Receipt, Trial, Tried
from iam_watchdog.report.html import page
from tests.report.chromium import Chromium, chromium, found
from tests.report.hostile import TEXTS, filled
from tests.report.incidents import NOW, SETTINGS, grant, incident, minutes, proposed, with_facts

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not found(), reason="no Chromium here: install chromium, or set CHROMIUM to one"),
]
PLAN = proposed().plan_hash
VERIFIED = with_facts(
    incident(proposed()),
    Prepared(minutes(5), (Receipt(grant(), "iam-watchdog-x", None),), PLAN, "U0ALICE"),
    Applied(minutes(4), PLAN, "U0ALICE"),
    Tried(minutes(2), Trial(True, "invoke", "the function answered without an error"), 2, final=True),
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with chromium(tmp_path_factory.mktemp("chromium")) as started:
        yield started


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where the pictures go: to look at them, name a folder in SCREENSHOTS."""
    named = os.environ.get("SCREENSHOTS")
    kept = Path(named) if named else tmp_path
    kept.mkdir(parents=True, exist_ok=True)
    return kept


def shown(browser: Chromium, of: Incident, folder: Path, name: str) -> str:
    path = folder / f"{name}.html"
    path.write_text(page(of, SETTINGS, NOW), encoding="utf-8")
    browser.look()
    browser.open(path.as_uri())
    return path.as_uri()


LOOKS = [("light", 1200, False), ("dark", 1200, True), ("phone", 390, False), ("phone-dark", 390, True)]


@pytest.mark.parametrize(("name", "width", "dark"), LOOKS)
def test_the_page_is_whole_on_every_screen(
    browser: Chromium, pictures: Path, name: str, width: int, dark: bool
) -> None:
    """No error, no request but for the page itself, nothing wider than the screen."""
    url = shown(browser, incident(proposed()), pictures, "proposed")
    browser.look(width=width, dark=dark)
    assert browser.complaints() == []
    assert browser.requests() == [url]
    assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert browser.shoot(pictures / f"proposed-{name}.png").stat().st_size > 20_000


@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_hostile_text_stays_text(browser: Chromium, pictures: Path, number: int) -> None:
    """Nothing of it runs, loads or becomes an element; the page does not burst."""
    url = shown(browser, filled(TEXTS[number]), pictures, f"hostile-{number}")
    assert browser.complaints() == []
    assert browser.requests() == [url]
    assert browser.evaluate("document.querySelectorAll('img, iframe, object, a, b, [onload], [onerror]').length") == 0
    assert browser.evaluate("document.scripts.length") == 1
    for width in (1200, 390):
        browser.look(width=width)
        assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_foreign_script_would_not_run(browser: Chromium, pictures: Path) -> None:
    """The policy works: it is tried, not only read."""
    path = pictures / "attacked.html"
    attack = (
        "<script>document.title = 'run'</script><img src='https://evil.example/x'><p onclick='x()' style='color:red'>"
    )
    path.write_text(page(VERIFIED, SETTINGS, NOW).replace("</body>", f"{attack}</body>"), encoding="utf-8")
    browser.open(path.as_uri())
    assert browser.evaluate("document.title") != "run"
    refused = browser.complaints()
    assert len([c for c in refused if "Content Security Policy" in c]) >= 3


def test_the_copy_button_copies_the_exact_policy(browser: Chromium, pictures: Path) -> None:
    """What is pasted is what was proven."""
    shown(browser, incident(proposed()), pictures, "copy")
    browser.call("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    browser.call("Page.bringToFront")
    wanted = browser.evaluate("document.getElementById('f0-json-text').textContent")
    label = browser.evaluate(
        "(async () => { const b = document.querySelector('button.copy'); b.click();"
        " await new Promise(r => setTimeout(r, 200)); return b.textContent })()"
    )
    assert label == "Copied"
    assert '"s3:GetObject"' in wanted


def test_the_tabs_work_without_a_script(browser: Chromium, pictures: Path) -> None:
    """One form at a time, chosen by a radio."""
    shown(browser, incident(proposed()), pictures, "tabs")
    panels = "[...document.querySelectorAll('.panel')].filter(p => p.offsetHeight)"
    visible = f"{panels}.map(p => p.querySelector('h4').textContent)"
    assert browser.evaluate(visible) == ["JSON"]
    browser.evaluate("document.getElementById('f0-terraform').click()")
    assert browser.evaluate(visible) == ["Terraform"]


def test_paper_shows_every_form(browser: Chromium, pictures: Path) -> None:
    """A print has no tabs to press."""
    shown(browser, VERIFIED, pictures, "paper")
    browser.look(width=800, paper=True)
    heights = browser.evaluate("[...document.querySelectorAll('.panel')].map(p => p.offsetHeight)")
    assert len(heights) == 6
    assert all(heights)
    assert browser.evaluate("[...document.querySelectorAll('button')].filter(b => b.offsetHeight).length") == 0
    browser.shoot(pictures / "paper.png")


@pytest.mark.parametrize("dark", [False, True])
def test_the_words_stand_out_from_their_ground(browser: Chromium, pictures: Path, dark: bool) -> None:
    """WCAG 2 AA: a contrast of at least 4.5 for every text (https://www.w3.org/TR/WCAG22/#contrast-minimum)."""
    shown(browser, VERIFIED, pictures, "contrast")
    browser.look(dark=dark)
    assert browser.evaluate(CONTRAST) == []


CONTRAST = """(() => {
  const parse = c => (c.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const linear = v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = c => { const [r, g, b] = parse(c).map(v => linear(v / 255));
    return .2126 * r + .7152 * g + .0722 * b; };
  const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
    if ((parse(c)[3] ?? 1) > 0) return c; } return 'rgb(255, 255, 255)'; };
  const low = [];
  for (const e of document.querySelectorAll('body *:not(script):not(svg):not(svg *)')) {
    if (!e.offsetHeight || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const [a, b] = [light(getComputedStyle(e).color), light(ground(e))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) low.push(`${e.tagName}.${e.className} ${ratio.toFixed(2)}`);
  }
  return low;
})()"""
