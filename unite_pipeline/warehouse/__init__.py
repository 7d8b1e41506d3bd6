"""Lake to warehouse: the one DuckDB file that analysts open, built aside and published at once.

Here: loading changed partitions, checks before publishing, the publication. Not here: how lake rows are made
(`transform/`), what columns mean (`lake/tables.py`).
"""

from unite_pipeline.warehouse.build import build_warehouse, rebuild_warehouse
from unite_pipeline.warehouse.reports import WarehouseReport, WarehouseTable

__all__ = ["WarehouseReport", "WarehouseTable", "build_warehouse", "rebuild_warehouse"]
