"""The report as an asset: one page, made anew when the warehouse was.

Here: one step, and where the page stands. Not here: what stands in it (`report/`).
"""

import dagster as dg

from unite_pipeline.defs import warehouse
from unite_pipeline.defs.failures import told
from unite_pipeline.installation import Unite
from unite_pipeline.report import build_report
from unite_pipeline.report.source import TABLES
from unite_pipeline.warehouse.model import WAREHOUSE_TABLES

GROUP = "report"
REPORT = dg.AssetKey([GROUP, "index"])
_DEPS = [warehouse.key_of(table.name) for table in WAREHOUSE_TABLES if table.name in TABLES]


@dg.asset(
    key=REPORT,
    group_name=GROUP,
    kinds={"html"},
    deps=_DEPS,
    description="The figures of the last 13 weeks as one page in Dutch and English, to open from disk, send or print.",
)
@told
def report(unite: dg.ResourceParam[Unite]) -> dg.MaterializeResult:
    """Make the page of the published warehouse, unless it is of that warehouse already."""
    unite.check_account()
    made = build_report(unite.places, has_names=unite.settings.report_names)
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(str(made.path)),
            "page": dg.MetadataValue.url(made.path.as_uri()),
            "is_made": made.is_made,
            "has_names": unite.settings.report_names,
            "size_bytes": made.size_bytes,
        }
    )
