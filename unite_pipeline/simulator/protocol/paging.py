"""Pages of any list: pagelimit, showpage, and the faults that make paging hard.

`pagelimit` 0 means all, absent means 10, more than 300 means 300. A page past the end is empty.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Generic, TypeVar, overload

from unite_pipeline.simulator.faults import ActiveFault, FaultsOfRequest
from unite_pipeline.simulator.protocol.exchange import Request

DEFAULT_PAGE = 10
LARGEST_PAGE = 300
_CAP = 100
_LATE = 3

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Kind(Generic[Row]):
    """What paging must know about a kind of row: its key, its day, how it is written, and a variant of it."""

    key: Callable[[Row], str]
    write: Callable[[Row], str]
    altered: Callable[[Row], Row]
    day: Callable[[Row], date | None] = lambda _: None


class Stretch(Sequence[Row]):
    """Many lists read as one, without copying them."""

    def __init__(self, parts: Sequence[Sequence[Row]], *, backwards: bool = False) -> None:
        """Joins the parts in order, or reads all of it from the end."""
        self._parts = [part for part in parts if part]
        self._ends = list(accumulate(len(part) for part in self._parts))
        self._backwards = backwards

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        if isinstance(index, int):
            return self[index : index + 1 or None][0]
        start, stop, _ = index.indices(len(self))
        if self._backwards:
            return self._forward(len(self) - stop, len(self) - start)[::-1]
        return self._forward(start, stop)

    def __iter__(self) -> Iterator[Row]:
        return iter(self[:])

    def _forward(self, start: int, stop: int) -> list[Row]:
        rows: list[Row] = []
        for part, end in zip(self._parts, self._ends, strict=True):
            begin = end - len(part)
            if end > start and begin < stop:
                rows += part[max(start - begin, 0) : stop - begin]
        return rows


@dataclass(frozen=True, slots=True)
class Page:
    """One page, written, and what the envelope says about the whole list."""

    rows: str
    item_count: int
    page_count: int


def page_of(request: Request, rows: Sequence[Row], kind: Kind[Row]) -> Page:
    """Returns the page a request asks for.

    Args:
        request: Carries pagelimit and showpage.
        rows: The whole list in its order.
        kind: How the rows are keyed and written.
    """
    limit = request.form.integer("pagelimit", DEFAULT_PAGE)
    number = request.form.integer("showpage", 1, lowest=1)
    if not request.faults.are_quiet:
        return _faulty_page(request.faults, kind, rows, limit, number)
    size = min(limit, LARGEST_PAGE) if limit else max(len(rows), 1)
    chosen = rows[(number - 1) * size : number * size]
    return Page(_written(chosen, kind), len(rows), -(-len(rows) // size))


def _written(rows: Sequence[Row], kind: Kind[Row]) -> str:
    return f"[{','.join(map(kind.write, rows))}]"


def _picked(
    kind: Kind[Row], rows: Sequence[Row], item: ActiveFault, choose: Callable[[list[Row]], list[Row]]
) -> set[str]:
    """Returns the keys of the rows a fault keeps to, chosen among those of its day at its first chance."""
    if not item.picked:
        day = item.fault.day
        mine = [row for row in rows if day is None or kind.day(row) == day]
        item.picked = tuple(kind.key(row) for row in choose(mine))
    return set(item.picked)


def _middle(rows: list[Row]) -> list[Row]:
    return rows[len(rows) // 2 : len(rows) // 2 + 1]


def _faulty_page(faults: FaultsOfRequest, kind: Kind[Row], rows: Sequence[Row], limit: int, number: int) -> Page:
    rows = _without_late(faults, kind, rows)
    rows = _with_duplicate(faults, kind, rows)
    rows = _with_repeated(faults, kind, rows)
    size = min(limit, LARGEST_PAGE) if limit else max(len(rows), 1)
    capped = faults.hit("short_page")
    if capped is not None:
        size = min(size, capped.fault.count or _CAP)
    rows = _drifted(faults, kind, rows, size, number)
    chosen = _wavering(faults, rows, size, number)
    if not chosen and rows and faults.hit("repeated_last_page") is not None:
        chosen = rows[(len(rows) - 1) // size * size :]
    chosen = _without_vanishing(faults, kind, chosen)
    too_high = faults.hit("count_too_high")
    count = len(rows) + (0 if too_high is None else too_high.fault.count or 1)
    return Page(_written(chosen, kind), count, -(-count // size))


def _without_late(faults: FaultsOfRequest, kind: Kind[Row], rows: Sequence[Row]) -> Sequence[Row]:
    item = faults.due("late_rows")
    if item is None:
        return rows
    hidden = _picked(kind, rows, item, lambda found: found[-(item.fault.count or _LATE) :])
    kept = [row for row in rows if kind.key(row) not in hidden]
    item.fired += len(kept) < len(rows)
    return kept


def _with_duplicate(faults: FaultsOfRequest, kind: Kind[Row], rows: Sequence[Row]) -> Sequence[Row]:
    item = faults.due("duplicate_uniqueid")
    if item is None:
        return rows
    doubled = _picked(kind, rows, item, _middle)
    result: list[Row] = []
    for row in rows:
        result.append(row)
        if kind.key(row) in doubled:
            result.append(kind.altered(row))
    item.fired += len(result) > len(rows)
    return result


def _with_repeated(faults: FaultsOfRequest, kind: Kind[Row], rows: Sequence[Row]) -> Sequence[Row]:
    item = faults.due("repeated_row")
    if item is None:
        return rows
    repeated = _picked(kind, rows, item, _middle)
    again = [row for row in rows if kind.key(row) in repeated]
    item.fired += bool(again)
    return [*rows, *again]


def _wavering(faults: FaultsOfRequest, rows: Sequence[Row], size: int, number: int) -> Sequence[Row]:
    """Returns a page; past the first one, where rows tie, it may begin with the row that ended the page before."""
    start = (number - 1) * size
    chosen = rows[start : start + size]
    item = faults.due("unstable_order") if start and chosen else None
    if item is None:
        return chosen
    item.fired += 1
    return [rows[start - 1], *chosen[1:]]


def _drifted(faults: FaultsOfRequest, kind: Kind[Row], rows: Sequence[Row], size: int, number: int) -> Sequence[Row]:
    """Hides the first row of a list of several pages until its second page is asked for."""
    item = faults.due("page_drift")
    if item is None or len(rows) <= size or (size == 1 and not item.picked):
        return rows
    hidden = _picked(kind, rows, item, lambda found: found[:1])
    kept = [row for row in rows if kind.key(row) not in hidden]
    if len(kept) == len(rows) or number == 1:
        return kept
    item.fired, item.is_over = item.fired + 1, item.fired + 1 >= item.limit
    item.picked = ()
    return rows


def _without_vanishing(faults: FaultsOfRequest, kind: Kind[Row], chosen: Sequence[Row]) -> Sequence[Row]:
    item = faults.due("vanishing_row")
    if item is None or not (item.picked or len(chosen) > 1):
        return chosen
    gone = _picked(kind, chosen, item, _middle)
    kept = [row for row in chosen if kind.key(row) not in gone]
    item.fired += len(kept) < len(chosen)
    return kept
