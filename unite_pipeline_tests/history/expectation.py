"""What a history must hold, worked out from the simulator's log and the observations alone, in plain Python.

Source: docs/raw-layer.md, "Rules of reading it". Shares no code with the transformation, and reads none of its files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from unite_pipeline.simulator import Truth
from unite_pipeline_tests.history.histories import VALIDITY, History, Item, Values


@dataclass(frozen=True)
class Sighting:
    """One observation of a feed.

    Args:
        moment: when it was finished.
        is_proven: what it came to, as the feed says.
        is_complete: it shows everything there was, and so ends whatever it lacks.
        shown: ids of the things in the answers that count; of a complete one nobody needs them.
        whole: ids of the things of which it shows all there is, if any: it ends what it lacks of these.
        has_died: the process ended before the observation did.
        trouble: what went wrong with the API meanwhile, "" if nothing.
    """

    moment: datetime
    is_proven: bool
    is_complete: bool
    shown: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()
    has_died: bool = False
    trouble: str = ""

    def shows(self, history: History, truth: Truth) -> dict[Item, Values]:
        """The items it shows, in the state they were in."""
        things = truth.as_of(history.kind, self.moment)
        if self.is_complete:
            return history.of(things)
        return history.of({thing_id: state for thing_id, state in things.items() if thing_id in self.shown})

    def speaks_of(self, item: Item) -> bool:
        """Whether it would show an item, if it was there; an item's key begins with the id of its thing."""
        return self.is_complete or item[0] in self.whole


def complete(moment: datetime) -> Sighting:
    """An observation of everything."""
    return Sighting(moment, is_proven=True, is_complete=True)


@dataclass(frozen=True)
class ExpectedRow:
    """One row of a history; `is_deleted` tells that it ended because the item was gone."""

    item: Item
    values: Values
    valid_from: datetime
    valid_to: datetime | None = None
    is_deleted: bool = False

    @property
    def is_current(self) -> bool:
        """Whether it has not ended."""
        return self.valid_to is None

    def as_read(self) -> tuple[Any, ...]:
        """Key, state and validity, as `reading.rows` gives them."""
        return (*self.item, *self.values, *(getattr(self, name) for name in VALIDITY))


def expected_rows(history: History, sightings: Sequence[Sighting], truth: Truth) -> list[ExpectedRow]:
    """The rows of a history, by key and valid_from.

    A row begins with the first sighting that shows the state, and ends with the first that shows another one or, if it
    speaks of the item, lacks it. What comes back begins anew.
    """
    standing: dict[Item, tuple[Values, datetime]] = {}
    rows: list[ExpectedRow] = []

    def end(item: Item, moment: datetime, *, is_deleted: bool) -> None:
        values, since = standing.pop(item)
        rows.append(ExpectedRow(item, values, since, moment, is_deleted))

    for sighting in sightings:
        shown = sighting.shows(history, truth)
        for item in [item for item in standing if item not in shown and sighting.speaks_of(item)]:
            end(item, sighting.moment, is_deleted=True)
        for item, values in shown.items():
            if item in standing and standing[item][0] != values:
                end(item, sighting.moment, is_deleted=False)
            standing.setdefault(item, (values, sighting.moment))
    rows += [ExpectedRow(item, values, since) for item, (values, since) in standing.items()]
    return sorted(rows, key=lambda row: (row.item, row.valid_from))


def expected_as_of(
    history: History, sightings: Sequence[Sighting], truth: Truth, instant: datetime
) -> dict[Item, Values]:
    """What was known at an instant: of each item, what the last sighting that speaks of it showed, or a later one."""
    known: dict[Item, Values] = {}
    for sighting in sightings:
        if sighting.moment > instant:
            break
        unspoken = {item: values for item, values in known.items() if not sighting.speaks_of(item)}
        known = unspoken | sighting.shows(history, truth)
    return known
