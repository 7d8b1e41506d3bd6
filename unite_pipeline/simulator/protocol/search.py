"""stext, sortkey and sorttype of the small lists.

The document copies the sort keys of extensions to lists that have no such columns; unknown keys fall back silently.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from unite_pipeline.simulator.protocol.exchange import Form

Row = TypeVar("Row")


def matching(form: Form, rows: list[Row], written: Callable[[Row], dict[str, Any]]) -> list[Row]:
    """Returns the rows in which the search text occurs, in any field and any case."""
    text = form.text("stext").lower()
    if not text:
        return rows
    return [row for row in rows if any(text in str(value).lower() for value in written(row).values())]


def sorted_rows(
    form: Form, rows: list[Row], written: Callable[[Row], dict[str, Any]], default: str | None
) -> list[Row]:
    """Returns the rows sorted by a column they have, else by the default, else as they stand."""
    wanted = form.text("sortkey")
    column = wanted if rows and wanted in written(rows[0]) else default
    backwards = form.integer("sorttype", 0, highest=1) == 1
    if column is None:
        return rows[::-1] if backwards else rows
    return sorted(rows, key=lambda row: _sortable(written(row)[column]), reverse=backwards)


def _sortable(value: Any) -> tuple[int, int, str]:
    text = str(value)
    return (0, int(text), text) if text.isascii() and text.isdigit() else (1, 0, text.lower())
