"""The report in a real browser, opened from disk: on a laptop, on a phone and on paper, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page

from unite_pipeline.lake.places import Places
from unite_pipeline.report import build_report
from unite_pipeline.simulator import CompanyPlan
from unite_pipeline.transform import rebuild_lake
from unite_pipeline.warehouse import build_warehouse
from unite_pipeline_tests.bench import TIMEZONE, Bench

LAPTOP, PHONE = 1280, 390
A4_AT_96_DPI = 718
"""Width in pixels of an A4 page within the margins of the style."""
NIGHT = datetime(2026, 11, 10, 2, tzinfo=UTC)
_HEADINGS = {"nl": "Wanneer er gebeld wordt", "en": "When people call"}


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Places:
    """The report of eight weeks of a simulated company."""
    bench = Bench(
        tmp_path_factory.mktemp("reported") / "data", now=NIGHT, plan=CompanyPlan(first_day=date(2026, 9, 14))
    )
    bench.sync_everything()
    rebuild_lake(bench.places, TIMEZONE)
    build_warehouse(bench.places)
    build_report(bench.places, has_names=False)
    return bench.places


@pytest.fixture
def told(page: Page) -> list[str]:
    """What the browser complains of, and whatever it asks for besides the file."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text))
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("request", lambda request: found.append(request.url) if not request.url.startswith("file:") else None)
    return found


@pytest.fixture
def report(page: Page, places: Places, told: list[str]) -> Page:
    """The page, opened from disk."""
    page.goto(places.report.as_uri())
    return page


def drawings(page: Page) -> list[dict[str, float]]:
    """Place and size of every drawing."""
    return page.locator("figure .drawing > *").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect()).map(box => ({left: box.left, right: box.right, "
        "width: box.width, height: box.height}))"
    )


def outside(page: Page) -> list[str]:
    """Words of drawings that stand beyond the edge of their chart."""
    return page.evaluate(
        "[...document.querySelectorAll('figure svg text, figure .bar span')].filter(text => { "
        "const box = text.getBoundingClientRect(); "
        "const card = text.closest('figure').getBoundingClientRect(); "
        "return box.width > 0 && (box.left < card.left || box.right > card.right) }).map(text => text.textContent)"
    )


@pytest.mark.parametrize("width", [LAPTOP, PHONE, 320], ids=["laptop", "phone", "small phone"])
@pytest.mark.parametrize("language", ["nl", "en"])
def test_it_fits(report: Page, told: list[str], width: int, language: str) -> None:
    """Nothing is wider than the window, every drawing has its size, and the browser has nothing to say."""
    report.set_viewport_size({"width": width, "height": 900})
    report.locator(f"label[for=language-{language}]").click()
    assert report.evaluate("document.documentElement.scrollWidth") <= width
    found = drawings(report)
    assert len(found) >= 14
    assert [box for box in found if box["width"] < 150 or box["height"] < 40 or box["right"] > width] == []
    assert outside(report) == []
    assert told == []


def test_language_without_a_script(report: Page) -> None:
    """A click on a language, or an arrow key, shows that language and hides the other."""
    english, dutch = (report.get_by_text(_HEADINGS[language], exact=True) for language in ("en", "nl"))
    assert (dutch.is_visible(), english.is_visible()) == (True, False)
    report.locator("label[for=language-en]").click()
    assert (dutch.is_visible(), english.is_visible()) == (False, True)
    report.locator("#language-en").press("ArrowLeft")
    assert (dutch.is_visible(), english.is_visible()) == (True, False)


def test_tables_open(report: Page) -> None:
    """Each chart's figures and formulas open at a click, also without a script."""
    for figure in report.locator("figure").all():
        table = figure.locator("table.data")
        assert not table.is_visible()
        figure.locator("summary").click()
        assert table.is_visible()
        assert table.locator("tbody tr").count() > 0
    assert report.evaluate("document.documentElement.scrollWidth") <= LAPTOP


def test_on_paper(report: Page, told: list[str], tmp_path: Path) -> None:
    """Printed on A4 all charts are there, nothing is cut off at the side, and it is a few pages, not many."""
    report.emulate_media(media="print")
    report.set_viewport_size({"width": A4_AT_96_DPI, "height": 1000})
    assert report.evaluate("document.documentElement.scrollWidth") <= A4_AT_96_DPI
    assert [box for box in drawings(report) if box["width"] < 150 or box["right"] > A4_AT_96_DPI] == []
    assert outside(report) == []
    assert not report.locator(".languages").is_visible()
    report.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    pages = (tmp_path / "report.pdf").read_bytes().count(b"/Type /Page\n")
    assert 3 <= pages <= 7
    assert told == []


def test_pictures_of_the_report(report: Page, picture: Callable[..., Path]) -> None:
    """The pictures that the documents show are of this very page."""
    report.set_viewport_size({"width": LAPTOP, "height": 1180})
    assert picture("report-laptop").stat().st_size > 50_000
    report.locator("label[for=language-en]").click()
    report.locator("#chapter-reach").scroll_into_view_if_needed()
    report.evaluate("document.querySelector('#chapter-reach').scrollIntoView({block: 'start'})")
    assert picture("report-reach").stat().st_size > 50_000
    report.set_viewport_size({"width": PHONE, "height": 844})
    report.evaluate("window.scrollTo(0, 0)")
    assert picture("report-phone").stat().st_size > 20_000
