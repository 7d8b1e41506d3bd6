"""All that happened to a tenant: every change of a thing, when it was, and how the thing stands since.

Here: the record, the books that cannot change without it, and looking back. What may happen belongs to `tenant`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, TypeVar

from unite_pipeline.simulator.company.model import TrueContact, TrueExtension, TrueFlow, TrueSwitch

ThingKind = Literal["extension", "extension_properties", "contact", "call_flow", "switch"]
State = TrueExtension | TrueContact | TrueFlow | TrueSwitch | Mapping[str, str]
T = TypeVar("T", bound=State)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that became another, began or ended.

    Attributes:
        at: When.
        kind: What kind of thing it is.
        thing_id: Which one; an extension's properties go by the extension's id.
        state: How it stands since, the properties of an extension as a read-only dict; None if it was removed.
    """

    at: datetime
    kind: ThingKind
    thing_id: str
    state: State | None


class ChangeLog:
    """Changes in the order they were made. It begins with the state in which the simulator opened."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        """Begins now."""
        self._clock = clock
        self._changes: list[Change] = []
        self.began_at = clock()

    def record(self, kind: ThingKind, thing_id: str, state: State | None) -> None:
        """Writes down what has just happened."""
        self._changes.append(Change(self._clock(), kind, thing_id, state))

    def record_beginning(self, kind: ThingKind, thing_id: str, state: State) -> None:
        """Writes down how a thing stood when the log began."""
        self._changes.append(Change(self.began_at, kind, thing_id, state))

    def changes(self, kind: ThingKind | None = None) -> list[Change]:
        """Returns the changes of one kind of thing, or all, in the order they were made."""
        return [change for change in self._changes if kind in (None, change.kind)]

    def as_of(self, kind: ThingKind, instant: datetime) -> dict[str, State]:
        """Returns what there was of a kind at an instant, by id; nothing before the log began."""
        standing: dict[str, State] = {}
        for change in self.changes(kind):
            if change.at > instant:
                continue
            if change.state is None:
                standing.pop(change.thing_id)
            else:
                standing[change.thing_id] = change.state
        return standing


class Book(Mapping[str, T], Generic[T]):
    """The things of one kind as they stand now, by id; whatever changes in it is in the log."""

    def __init__(self, kind: ThingKind, things: Mapping[str, T], log: ChangeLog) -> None:
        """Begins with these things."""
        self._kind, self._log = kind, log
        self._things = dict(things)
        for thing_id, state in things.items():
            log.record_beginning(kind, thing_id, state)

    def __getitem__(self, thing_id: str) -> T:
        return self._things[thing_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._things)

    def __len__(self) -> int:
        return len(self._things)

    def put(self, thing_id: str, state: T) -> None:
        """Adds a thing or replaces the one with its id; one that stays as it is, is no change."""
        if self._things.get(thing_id) != state:
            self._things[thing_id] = state
            self._log.record(self._kind, thing_id, state)

    def remove(self, thing_id: str) -> None:
        """Removes a thing.

        Raises:
            KeyError: there is none of that id.
        """
        del self._things[thing_id]
        self._log.record(self._kind, thing_id, None)
