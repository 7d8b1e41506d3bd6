"""What a build of the warehouse did, in numbers. Here: the shapes its callers get. Not here: logging or metadata."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WarehouseTable:
    """One table after the build.

    Args:
        rows: all its rows; None for a view, whose rows nobody has counted until somebody asks for them.
        loaded: lake files that were taken in anew.
        dropped: lake files that are gone, and their rows with them.
        made_days: days whose rows were made again, whether its own files or its sources changed.
    """

    table: str
    rows: int | None
    loaded: int = 0
    dropped: int = 0
    made_days: int = 0


@dataclass(frozen=True, slots=True)
class WarehouseReport:
    """One build.

    Args:
        tables: every table of the warehouse.
        is_published: whether a new file stands; if not, the lake had not changed.
        is_from_scratch: whether it was built without the last one.
        size_bytes: size of the file that stands now.
    """

    tables: tuple[WarehouseTable, ...]
    is_published: bool
    is_from_scratch: bool
    size_bytes: int
