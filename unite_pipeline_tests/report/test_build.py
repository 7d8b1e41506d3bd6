"""When the report is made, and what a failure leaves."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from unite_pipeline.errors import WarehouseError
from unite_pipeline.lake.places import Places
from unite_pipeline.report import build_report
from unite_pipeline_tests.report.pages import Reported


@pytest.fixture
def places(company: Reported, tmp_path: Path) -> Places:
    """A data directory with the company's warehouse and no report."""
    made = Places(tmp_path / "it's here", company.places.tenant)
    made.root.mkdir()
    shutil.copyfile(company.places.warehouse, made.warehouse)
    return made


def test_made_once_for_a_warehouse(places: Places) -> None:
    """A report of the warehouse that stands is left alone; another warehouse, or names, make it anew."""
    assert build_report(places, has_names=False).is_made
    content = places.report.read_bytes()
    again = build_report(places, has_names=False)
    assert (again.is_made, again.path, again.size_bytes) == (False, places.report, len(content))
    assert build_report(places, has_names=True).is_made
    assert places.report.read_bytes() != content
    shutil.copyfile(places.warehouse, places.root / "newer")
    (places.root / "newer").replace(places.warehouse)
    assert build_report(places, has_names=True).is_made


def test_the_same_warehouse_gives_the_same_page(places: Places) -> None:
    """Made twice of one warehouse the page is the same to the byte: nothing of the machine or the moment is in it."""
    build_report(places, has_names=False)
    content = places.report.read_bytes()
    build_report(places, has_names=False, is_forced=True)
    assert places.report.read_bytes() == content


def test_no_warehouse(tmp_path: Path) -> None:
    """Without a warehouse there is a message that says what makes one, and no file."""
    places = Places(tmp_path, "main")
    with pytest.raises(WarehouseError, match="`unite-pipeline sync` makes it"):
        build_report(places, has_names=False)
    assert not places.report.exists()


def test_a_broken_warehouse_leaves_the_last_report(places: Places) -> None:
    """A warehouse that cannot be read is one message, and the last report stays as it was, alone in its folder."""
    build_report(places, has_names=False)
    content = places.report.read_bytes()
    places.warehouse.write_bytes(b"no database")
    with pytest.raises(WarehouseError, match="the last one stays as it was"):
        build_report(places, has_names=False)
    assert places.report.read_bytes() == content
    assert [each.name for each in places.report.parent.iterdir()] == ["index.html"]
