"""Lake to warehouse: what changed since the last build is replaced in a copy of it, checked, and published.

Here: the order of the steps. Which days are made again is `making.py`, files are `publication.py`, tables `model.py`.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Mapping
from pathlib import Path

import duckdb

from unite_pipeline.errors import WarehouseError
from unite_pipeline.lake.engine import STORAGE, Limits, connection, digest, failure
from unite_pipeline.lake.places import Places
from unite_pipeline.lake.table import Table
from unite_pipeline.locks import held
from unite_pipeline.warehouse.calendar import calendar_code
from unite_pipeline.warehouse.keys import doubled_keys
from unite_pipeline.warehouse.loading import PACKAGE, rows_in, stands
from unite_pipeline.warehouse.making import Change, make_all
from unite_pipeline.warehouse.metrics import METRICS
from unite_pipeline.warehouse.model import CALENDAR, MODELS, STORED_TABLES, WAREHOUSE_TABLES
from unite_pipeline.warehouse.publication import building_aside, copy_into, publish
from unite_pipeline.warehouse.reports import WarehouseReport, WarehouseTable
from unite_pipeline.warehouse.terms import Terms

_CALLS, _CALLS_FEED = "calls", "cdr_logs"


def build_warehouse(places: Places, terms: Terms | None = None, *, limits: Limits | None = None) -> WarehouseReport:
    """Bring the warehouse up to date with the lake and publish it; without a change of the lake nothing is published.

    Args:
        places: the data directory.
        terms: what the metrics are reckoned with; others than last time make the warehouse from scratch.
        limits: memory and threads of the engine.

    Raises:
        WarehouseError: it could not be built, or a key is not unique; the last one stays as it was.
        LakeError: a file of the lake is unreadable.
    """
    return _build(places, terms or Terms(), limits or Limits(), is_from_scratch=False)


def rebuild_warehouse(places: Places, terms: Terms | None = None, *, limits: Limits | None = None) -> WarehouseReport:
    """Build the warehouse from the whole lake, without the last one, and publish it.

    Raises:
        WarehouseError, LakeError: as `build_warehouse`.
    """
    return _build(places, terms or Terms(), limits or Limits(), is_from_scratch=True)


def _build(places: Places, terms: Terms, limits: Limits, *, is_from_scratch: bool) -> WarehouseReport:
    target = places.warehouse
    code = _code(places.tenant, terms)
    with held(places.locks / "warehouse.lock"), building_aside(target) as aside:
        try:
            anew = is_from_scratch or not _continue_from(target, aside, code, limits)
            with connection(limits, _spill(aside), aside) as engine:
                changes = make_all(engine, places, terms, code, is_from_scratch=anew)
                tables = tuple(_report(engine, table, changes.get(table.name, Change())) for table in WAREHOUSE_TABLES)
                is_published = anew or any(change.is_changed for change in changes.values())
                if is_published:
                    _check_keys(engine, changes, is_from_scratch=anew)
                    engine.execute("checkpoint")
        except duckdb.Error as error:
            message = (
                f"The warehouse could not be built ({failure(error)}); the last one stays as it was. "
                "`unite-pipeline rebuild` makes lake and warehouse again from the raw layer, without one request."
            )
            raise WarehouseError(message) from None  # the engine's own text may quote a row
        if is_published:
            _check_tenant(places, next(table.rows for table in tables if table.table == _CALLS))
            publish(aside, target)
    return WarehouseReport(tables, is_published, anew, target.stat().st_size)


def _continue_from(published: Path, aside: Path, code: str, limits: Limits) -> bool:
    """Make a private copy of the published file to go on from.

    Returns:
        Whether there is one that our code made and that is worth it; if not, nothing stands at `aside`.
    """
    if not published.exists():
        return False
    copy_into(published, aside)
    try:
        with connection(limits, _spill(aside), aside) as engine:
            if stands(engine, code):
                return True
    except duckdb.Error:
        pass  # no database, or one that we did not make: built again from the lake
    aside.unlink()
    return False


def _report(engine: duckdb.DuckDBPyConnection, table: Table, change: Change) -> WarehouseTable:
    rows = rows_in(engine, table.name) if table in STORED_TABLES else None
    return WarehouseTable(table.name, rows, change.loaded, change.dropped, len(change.days))


def _check_keys(engine: duckdb.DuckDBPyConnection, changes: Mapping[str, Change], *, is_from_scratch: bool) -> None:
    """Fail if a key stands twice, of what was made now.

    Raises:
        WarehouseError: naming the table, the key and how many keys.
    """
    for table in STORED_TABLES:
        change = changes.get(table.name, Change())
        found = doubled_keys(engine, table, None if is_from_scratch else change.days) if change.is_changed else 0
        if found:
            message = (
                f"The warehouse was not published: in table {table.name}, {found} values of its key "
                f"({', '.join(table.key)}) stand in more than one row. The last warehouse stays as it was. "
                "`unite-pipeline rebuild` makes the lake again from the raw layer; if that does not help, report it."
            )
            raise WarehouseError(message)


def _check_tenant(places: Places, calls: int | None) -> None:
    """Fail if nothing of this tenant would take the place of what stands there of another one.

    Whoever asks compares the data directory's pin first; this holds where that is lost, as after a partial restore.

    Raises:
        WarehouseError: naming the tenants whose calls are there.
    """
    own = places.feed(_CALLS_FEED)
    others = sorted(path.name.partition("=")[2] for path in own.parent.glob("tenant=*/") if path.name != own.name)
    if calls or not others or not _has_calls(places.warehouse):
        return
    message = (
        f"The warehouse was not published: of UNITE_TENANT {places.tenant} there is not one call, the one that stands "
        f"has calls, and the raw layer holds those of {', '.join(others)}. The last warehouse stays as it was. Set "
        "UNITE_TENANT as it was, or name another folder in UNITE_DATA_DIR"
    )
    raise WarehouseError(message)


def _has_calls(published: Path) -> bool:
    if not published.exists():
        return False
    try:
        # Read-only, as readers do: the file's mode lets nobody open it otherwise.
        with duckdb.connect(str(published), read_only=True) as engine:
            return rows_in(engine, _CALLS) > 0
    except duckdb.Error:
        return False  # no database, or one that we did not make


def _code(tenant: str, terms: Terms) -> str:
    """What decides the shape and the figures of the file; another one makes it from scratch."""
    calendar = tuple(importlib.metadata.version(package) for package in ("holidays", "opening-hours-py"))
    parts = (tenant, terms, calendar, CALENDAR, calendar_code(), STORAGE, MODELS, METRICS, digest(PACKAGE))
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _spill(aside: Path) -> Path:
    return aside.with_name(f"{aside.name}.spill")
