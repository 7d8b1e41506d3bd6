"""A month at a company, played on the moved clock: people change things, and snapshots see some of it.

Here: when things happen, what goes wrong with the API meanwhile, and the record of it. Not here: single changes
(`changes.py`), what the tables must hold (`expectation.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import cycle
from pathlib import Path

from unite_pipeline.simulator import ALWAYS, CompanyPlan, Fault, Truth
from unite_pipeline.simulator.company.chance import Stream, stream
from unite_pipeline_tests.bench import TIMEZONE, Bench
from unite_pipeline_tests.history.changes import Agenda, Changes, instants
from unite_pipeline_tests.history.expectation import Sighting
from unite_pipeline_tests.history.histories import READ, Feed, History
from unite_pipeline_tests.history.observing import Death, observe

START = datetime(2026, 10, 1, 6, 0, tzinfo=UTC)
END = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
WIPED_AT = datetime(2026, 10, 20, 11, 17, tzinfo=UTC)
PLAN = CompanyPlan(
    first_day=date(2026, 9, 29), extension_count=20, contact_count=70, calls_per_working_day=12, recording_share=0.3
)
SHORT_PAGES = (
    Fault("short_page", "listextensions", count=6),
    Fault("short_page", "listphonebookitems", count=25),
    Fault("short_page", "listcallflows", count=2),
    Fault("short_page", "listswitches", count=2),
)
"""Every list has several pages, and one without its first row as well: page_drift would hide that row for good."""


@dataclass(frozen=True)
class Trouble:
    """What can go wrong while a list is read.

    Args:
        name: what it is called in a test's report.
        faults: those of the simulator, for an endpoint and from one of its requests on.
        death: whether the process ends there.
        breaks: whether a list that gets that far cannot be proven; None where a reader may see through it.
        is_of_pages: whether it happens to paged lists only.
    """

    name: str
    faults: Callable[[str, int], Iterable[Fault]] = lambda _endpoint, _request: ()
    death: Callable[[int], Death | None] = lambda _request: None
    breaks: bool | None = True
    is_of_pages: bool = False

    def can_happen_to(self, feed: Feed) -> bool:
        """Whether a feed can meet it."""
        return feed.is_paged or not self.is_of_pages


def _from(name: str) -> Callable[[str, int], Iterable[Fault]]:
    return lambda endpoint, request: [Fault(name, endpoint, after=request - 1, times=ALWAYS)]


def _times(name: str, times: int) -> Callable[[str, int], Iterable[Fault]]:
    return lambda endpoint, request: [Fault(name, endpoint, after=request - 1, times=times)]


def _whole_list(name: str, times: int | None = None) -> Callable[[str, int], Iterable[Fault]]:
    return lambda endpoint, _request: [Fault(name, endpoint, times=times)]


TROUBLES = (
    Trouble("a row is counted and never comes", _from("vanishing_row"), is_of_pages=True),
    Trouble("the count is too high", _whole_list("count_too_high"), is_of_pages=True),
    Trouble("the count comes twice", _whole_list("duplicate_key"), breaks=None, is_of_pages=True),
    Trouble("a page fails for good", _from("server_error")),
    Trouble("a page is cut off for good", _from("cut_connection")),
    Trouble("a page is half JSON for good", _from("truncated_json")),
    Trouble("rows move in every walk", _whole_list("page_drift", times=ALWAYS), is_of_pages=True),
    Trouble("the process dies before a page", death=Death),
    Trouble("the process dies on a page", death=lambda request: Death(request, is_after=True)),
    Trouble("nothing answers", lambda _endpoint, _request: [Fault("server_error", times=ALWAYS)]),
    Trouble("rows move once", _whole_list("page_drift"), breaks=False, is_of_pages=True),
    Trouble("some pages fail and then come", _times("server_error", 3), breaks=False),
    Trouble("the API is too busy for a while", _times("too_many_requests", 2), breaks=False),
    Trouble("the token runs out between pages", _times("token_expired", 1), breaks=False),
)
QUIET = Trouble("", breaks=False)
_QUIET_SHARE = 0.45
_TRANSFORMED_SHARE = 1 / 6


@dataclass(frozen=True)
class Month:
    """A month that has been played.

    Args:
        bench: the company, its API and the data directory, as they are at the end.
        rounds: when each round of observations began, whatever came of it.
        sightings: by table, what each observation of its feed came to.
    """

    bench: Bench
    rounds: list[datetime]
    sightings: dict[str, list[Sighting]]

    @property
    def truth(self) -> Truth:
        """What was true, and when."""
        return self.bench.simulator.truth

    def note(self, history: History, sighting: Sighting) -> None:
        """Add a sighting; one that goes by extensions also speaks of those that are known to be gone."""
        before = self.sightings[history.table]
        if not history.feed.is_paged and (sighting.shown or not sighting.has_died):
            gone = frozenset().union(*(each.shown for each in before)) - self._listed_extensions()
            sighting = replace(sighting, whole=sighting.whole | gone)
        before.append(sighting)

    def _listed_extensions(self) -> frozenset[str]:
        """The extensions by the newest list that was finished; every one there ever was, if that was incomplete.

        A list whose reader died is finished by the next reader, as far as anything had come.
        """
        *earlier, newest = self.sightings["extension_history"]
        finished = [each for each in earlier if each.shown or not each.has_died]
        finished += [] if newest.has_died else [newest]
        if finished and finished[-1].is_complete:
            return frozenset(self.truth.as_of("extension", finished[-1].moment))
        return frozenset(change.thing_id for change in self.truth.log("extension"))


def play(root: Path, seed: int) -> Month:
    """Play a month; the lake is brought up to date now and then, and at the end."""
    bench = Bench(root, now=START, plan=PLAN)
    bench.faults.add(*SHORT_PAGES)
    agenda = Agenda(bench.time)
    changes = Changes(bench, stream(seed, "changes"), agenda)
    changes.furnish()
    for instant in instants(stream(seed, "when things change"), START, END, 0.1, 4.0):
        agenda.at(instant, changes.make)
    agenda.at(WIPED_AT, changes.wipe_the_book)
    month = Month(bench, [], {history.table: [] for history in READ})
    chances = {history.table: Chances(stream(seed, history.table), history.feed) for history in READ}
    for instant in instants(stream(seed, "when we look"), START, END, 1.5, 9.0):
        agenda.at(instant, lambda: _look(month, chances))
    agenda.play(END)
    month.rounds.append(bench.time.now)
    for history in READ:
        month.note(history, observe(bench, history.feed))
        history.feed.transform(bench.places, TIMEZONE)
    return month


class Chances:
    """What one feed meets, round after round; every trouble comes before one comes again."""

    def __init__(self, rng: Stream, feed: Feed) -> None:
        self._rng = rng
        troubles = [trouble for trouble in TROUBLES if trouble.can_happen_to(feed)]
        self._troubles = cycle(rng.sample(troubles, len(troubles)))

    def trouble(self) -> Trouble:
        """What goes wrong this time."""
        return QUIET if self._rng.random() < _QUIET_SHARE else next(self._troubles)

    def request(self) -> int:
        """At which request of the feed's endpoint it goes wrong."""
        return self._rng.randint(1, 4)

    def is_transformed(self) -> bool:
        """Whether the lake is brought up to date now."""
        return self._rng.random() < _TRANSFORMED_SHARE


def _look(month: Month, chances: dict[str, Chances]) -> None:
    bench = month.bench
    month.rounds.append(bench.time.now)
    for history in READ:
        mine = chances[history.table]
        month.note(history, _observe(bench, history.feed, mine.trouble(), mine.request()))
        if mine.is_transformed():
            history.feed.transform(bench.places, TIMEZONE)


def _observe(bench: Bench, feed: Feed, trouble: Trouble, request: int) -> Sighting:
    bench.faults.add(*trouble.faults(feed.endpoint, request))
    sighting = observe(bench, feed, trouble.death(request), trouble.name)
    bench.faults.clear()
    bench.faults.add(*SHORT_PAGES)
    return sighting
