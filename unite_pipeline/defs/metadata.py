"""What Dagster's pages show of an asset: columns, counts, where it stands.

Here: translation into Dagster's metadata. Nothing personal, no row of data.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from unite_pipeline.extract.known import KnownDay
from unite_pipeline.extract.source import FeedOutcome
from unite_pipeline.lake.manifests import Manifest, Window
from unite_pipeline.lake.table import TENANT, Column, Table


def column_schema(table: Table, columns: tuple[Column, ...]) -> dg.TableSchema:
    """Columns of a table with type, description and whether they are taken for personal."""
    return dg.TableSchema([_column(column, is_impersonal=table.is_impersonal) for column in columns])


def table_metadata(table: Table, rows: int | None, where: Path) -> dict[str, Any]:
    """Row count and place of a table; no count where each partition tells its own."""
    counts = {} if rows is None else {"dagster/row_count": rows}
    return {**counts, "dagster/uri": str(where), "dagster/table_name": table.name}


def partition_metadata(rows: int | None) -> dict[str, Any]:
    """What stands in a partition; None if there is none, which is something else than no row."""
    return {"has_partition": False} if rows is None else {"has_partition": True, "dagster/row_count": rows}


def outcome_metadata(outcome: FeedOutcome) -> dict[str, Any]:
    """What a feed came to."""
    return {
        "requests": outcome.requests,
        "received_rows": outcome.received_rows,
        "is_proven": outcome.is_proven,
        "reasons": "\n".join(outcome.reasons) or "none",
    }


def day_metadata(manifest: Manifest, window: Window) -> dict[str, Any]:
    """What a read says of one local day."""
    return {
        "dagster/row_count": window.received_rows,
        "expected_rows": -1 if window.expected_rows is None else window.expected_rows,
        "is_complete": window.is_complete,
        "is_final": window.is_final,
        "is_presumed": window.is_presumed,
        "requests_of_read": manifest.requests,
        "read_id": manifest.read_id,
    }


def state_metadata(state: KnownDay | None, *, is_proven: bool) -> dict[str, Any]:
    """What all reads so far say of one local day that was asked for; `is_proven` as of what was asked."""
    rows = {} if state is None else {"dagster/row_count": state.rows}
    return {**rows, "is_complete": is_proven, "is_final": is_proven and state is not None and state.is_final}


def definition_metadata(table: Table, columns: tuple[Column, ...]) -> Mapping[str, Any]:
    """What is known of a table before it was ever made; `columns` are those it has in this layer."""
    return {"dagster/column_schema": column_schema(table, columns), "dagster/table_name": table.name}


def _column(column: Column, *, is_impersonal: bool) -> dg.TableColumn:
    constraints = dg.TableColumnConstraints(nullable=not column.is_required)
    is_personal = not (is_impersonal or column.is_harmless or column is TENANT)
    tags = {"personal-data": "true"} if is_personal else {}
    return dg.TableColumn(column.name, column.type, column.description, constraints, tags)
