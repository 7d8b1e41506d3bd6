"""What the browser tests share: Debian's Chromium, one page in it, and where pictures go."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FloatRect, Page, sync_playwright

pytest.register_assert_rewrite("unite_pipeline_tests.end_to_end.truth")

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
WIDTH, HEIGHT = 1280, 800
STEP_MS = 60_000
"""A page or a control of the UI is there after so long, on a machine that has other things to do."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where to put the pictures that the documents show; a temporary folder if it is not given."""
    parser.addoption("--pictures", type=Path, default=None, help="folder for the documents' pictures")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The machine's Chromium, headless, with a new profile; none is downloaded."""
    found = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if found is None:
        pytest.fail("There is no Chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A window of an operator in Amsterdam."""
    context = chromium.new_context(
        viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB", timezone_id="Europe/Amsterdam"
    )
    context.set_default_timeout(STEP_MS)
    context.set_default_navigation_timeout(STEP_MS)
    yield context.new_page()
    context.close()


@pytest.fixture
def picture(request: pytest.FixtureRequest, page: Page, tmp_path: Path) -> Callable[..., Path]:
    """Takes a picture of what the window shows, or of a part of it, under a name."""
    folder = request.config.getoption("--pictures") or tmp_path / "pictures"

    def take(name: str, clip: FloatRect | None = None) -> Path:
        path = folder / f"{name}.png"
        # Where the pointer rests something may be lit, and a cursor blinks in whatever has the focus.
        page.mouse.move(0, 0)
        page.evaluate("document.activeElement?.blur()")
        page.wait_for_timeout(500)
        page.screenshot(path=path, animations="disabled", clip=clip)
        return path

    return take
