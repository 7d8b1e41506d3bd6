"""The warehouse as assets: `unite.duckdb`, built from the lake and published at once.

Here: one step for the whole file. Not here: how (`warehouse/`).
"""

from collections.abc import Iterator

import dagster as dg

from unite_pipeline.defs import lake
from unite_pipeline.defs.failures import told
from unite_pipeline.defs.metadata import definition_metadata, table_metadata
from unite_pipeline.defs.preview import previews
from unite_pipeline.installation import Unite
from unite_pipeline.lake.tables import TABLES
from unite_pipeline.warehouse import build_warehouse
from unite_pipeline.warehouse.model import MODELS, WAREHOUSE_TABLES
from unite_pipeline.warehouse.terms import terms_of

GROUP = "warehouse"
_BY_NAME = {table.name: table for table in WAREHOUSE_TABLES}


def key_of(table: str) -> dg.AssetKey:
    """The asset key of a warehouse table."""
    return dg.AssetKey(["warehouse", table])


def _deps(table: str) -> list[dg.AssetKey]:
    # Every feed may reject rows, so these come from all of the lake.
    if table == "rejected_rows":
        return [lake.key_of(each.name) for each in TABLES if each.name != table]
    own = [lake.key_of(table)] if table in lake.BY_NAME else []
    return own + [key_of(source) for model in MODELS if model.table.name == table for source in model.sources]


@dg.multi_asset(
    name="warehouse",
    specs=[
        dg.AssetSpec(
            key_of(table.name),
            deps=_deps(table.name),
            group_name=GROUP,
            kinds={"duckdb", "table"},
            description=table.description,
            metadata=definition_metadata(table, table.all_columns),
        )
        for table in WAREHOUSE_TABLES
    ],
)
@told
def warehouse(context: dg.AssetExecutionContext, unite: dg.ResourceParam[Unite]) -> Iterator[dg.MaterializeResult]:
    """Build the tables aside from the changed partitions of the lake, check them, and publish them at once."""
    unite.check_account()
    report = build_warehouse(unite.places, terms_of(unite.settings))
    with previews(unite.places.warehouse) as shown:
        for made in report.tables:
            if made.table == "rejected_rows" and made.rows:
                context.log.warning("rejected_rows holds %d rows: see its column `reason`", made.rows)
            table = _BY_NAME[made.table]
            counts = {"loaded_files": made.loaded, "is_published": report.is_published}
            metadata = table_metadata(table, made.rows, unite.places.warehouse)
            yield dg.MaterializeResult(asset_key=key_of(made.table), metadata={**metadata, **counts, **shown.of(table)})
