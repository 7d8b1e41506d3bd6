"""What a transformation did, in numbers. Here: the shapes its callers get. Not here: logging or metadata."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class TableReport:
    """One lake table: `rows` in the partitions that were made, of which `written` differed from what stood there."""

    table: str
    rows: int = 0
    written: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class TransformReport:
    """One transformation.

    Args:
        tables: what became of each table.
        reads: reads that were taken in now.
        raw_rows: landed rows that were parsed for it.
        rejected_rows: rows that were newly rejected.
        days: local days that were made; none for tables without days.
        kept_days: days among them whose older reads are no longer in the raw layer; their rows were kept.
        is_from_scratch: whether everything was made again, because the SQL changed or it was asked for.
        normalised_numbers: numbers that were normalised now; the others were known.
        disagreements: numbers of which the API ever told a country or an E.164 that is another than ours.
    """

    tables: tuple[TableReport, ...]
    reads: int = 0
    raw_rows: int = 0
    rejected_rows: int = 0
    days: tuple[date, ...] = ()
    kept_days: tuple[date, ...] = ()
    is_from_scratch: bool = False
    normalised_numbers: int = 0
    disagreements: int = 0

    @property
    def has_changed(self) -> bool:
        """Whether any file of the lake is another than before."""
        return any(table.written for table in self.tables) or self.rejected_rows > 0


class Tally:
    """Adds up table reports while partitions are put."""

    def __init__(self) -> None:
        self._tables: dict[str, TableReport] = {}

    def add(self, table: str, rows: int, *, is_written: bool) -> None:
        """Count one partition."""
        old = self._tables.get(table, TableReport(table))
        self._tables[table] = TableReport(
            table, old.rows + rows, old.written + is_written, old.unchanged + (not is_written)
        )

    def has(self, table: str) -> bool:
        """Whether a partition of this table was put."""
        return table in self._tables

    def reports(self, tables: tuple[str, ...]) -> tuple[TableReport, ...]:
        """The counts of these tables, zeros where nothing was put."""
        return tuple(self._tables.get(table, TableReport(table)) for table in tables)
