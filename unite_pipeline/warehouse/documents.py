"""Pages and SQL that are made from what is declared: `python -m unite_pipeline.warehouse.documents` writes them all.

docs/metrics.md and docs/data-dictionary.md, and the SQL of marts and of `metric_values`. Tests ask that they are fresh.
Not here: what is declared (`marts.py`, `metrics.py`, `model.py`).
"""

from __future__ import annotations

from pathlib import Path

from unite_pipeline.warehouse.marts import CALLS_BY_DAY, MARTS, calls_by_day_sql
from unite_pipeline.warehouse.metrics import METRIC_VALUES, metric_values_sql

_PACKAGE = Path(__file__).parent


def statements() -> dict[Path, str]:
    """SQL files by path, with what must stand in them."""
    made = {mart.table.name: mart.sql for mart in MARTS}
    made |= {CALLS_BY_DAY.name: calls_by_day_sql(), METRIC_VALUES.name: metric_values_sql()}
    return {_PACKAGE / "sql" / f"{name}.sql": text for name, text in made.items()}


if __name__ == "__main__":
    for path, text in statements().items():
        path.write_text(text, encoding="utf-8")
