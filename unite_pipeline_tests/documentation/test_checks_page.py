"""docs/checks.md is made from the catalog of the checks."""

from __future__ import annotations

from pathlib import Path

from unite_pipeline.warehouse.checks import CHECKS
from unite_pipeline.warehouse.checks.document import as_markdown

PAGE = Path(__file__).parents[2] / "docs" / "checks.md"


def test_page_is_fresh() -> None:
    """The page is what the catalog says; if not, python -m unite_pipeline.warehouse.checks.document makes it again."""
    assert PAGE.read_text() == as_markdown()


def test_every_check_has_its_line() -> None:
    """Each check has one line, with its severity, what it means and what to do."""
    lines = PAGE.read_text().splitlines()
    for name in {check.name for check in CHECKS}:
        assert len([line for line in lines if line.startswith(f"| `{name}` | ")]) == 1
