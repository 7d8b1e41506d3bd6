"""Which column of the lake a column of the warehouse is taken from as it is.

Here: what follows from the declared columns: the warehouse keeps the lake's names. It stands on definitions, where it
costs a run nothing. Not here: columns that a select of ours derives (`warehouse/sql/`).
"""

from __future__ import annotations

import dagster as dg

from unite_pipeline.lake.table import TENANT, Table
from unite_pipeline.warehouse.model import Model


def column_lineage(model: Model, lake_key: dg.AssetKey) -> dg.TableColumnLineage | None:
    """The columns that a warehouse table takes over from its lake table; None where it has none there."""
    if not model.is_loaded:
        return None
    return dg.TableColumnLineage(
        {name: [dg.TableColumnDep(lake_key, name)] for name in taken_over(model.table)},
    )


def taken_over(table: Table) -> tuple[str, ...]:
    """Names of the columns that are the same in lake and warehouse; the tenant is the folder's, not a column's."""
    return tuple(column.name for column in table.lake_columns if column is not TENANT)
