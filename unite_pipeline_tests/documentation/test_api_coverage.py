"""docs/api-coverage.md says what is asked of the API: it must be so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from unite_pipeline.api import endpoints
from unite_pipeline.api.endpoints import ALL_ENDPOINTS, Effect, Endpoint
from unite_pipeline.extract.verdict import FEEDS
from unite_pipeline.lake.tables import TABLES

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "unite_pipeline"
NAMES = {value.path: name for name, value in vars(endpoints).items() if isinstance(value, Endpoint)}
NOT_USED = "not used"
FURTHER_FEEDS = {"audio"}


def _rows() -> dict[str, list[str]]:
    text = (ROOT / "docs" / "api-coverage.md").read_text()
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| `")
    ]
    return {row[0].strip("`"): row[1:] for row in rows}


def _reads() -> list[str]:
    return [endpoint.path for endpoint in ALL_ENDPOINTS if endpoint.effect is not Effect.WRITE]


def _is_asked(path: str) -> bool:
    """Whether any module but the list of endpoints names it."""
    name = re.compile(rf"\b{NAMES[path]}\b")
    modules = [file for part in ("api", "extract", "cli") for file in (PACKAGE / part).rglob("*.py")]
    return any(name.search(file.read_text()) for file in modules if file.name != "endpoints.py")


def test_every_read_endpoint_has_its_row():
    """The table has the twenty endpoints that are no writes, each once, in the document's order."""
    assert list(_rows()) == _reads()
    assert len(_reads()) == 20


@pytest.mark.parametrize("path", _reads())
def test_used_means_asked(path):
    """What the table calls used is asked for somewhere, and what it calls not used nowhere."""
    assert _is_asked(path) == (_rows()[path][0] != NOT_USED)


def test_feeds_and_tables_are_real():
    """Every feed and table that is named exists, and every feed is named."""
    feeds = {row[0].strip("`") for row in _rows().values()} - {NOT_USED, "-"}
    assert feeds == {*FEEDS, *FURTHER_FEEDS}
    tables = {name for row in _rows().values() for name in re.findall(r"`(\w+)`", row[1])}
    assert tables <= {table.name for table in TABLES}


def test_what_is_not_used_is_explained():
    """Every endpoint that is not used has its reason below the table."""
    text = (ROOT / "docs" / "api-coverage.md").read_text()
    explained = set(re.findall(r"^- `(\w+)`:", text, re.MULTILINE))
    assert explained == {path for path, row in _rows().items() if row[0] == NOT_USED}
