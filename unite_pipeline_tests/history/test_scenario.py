"""The month holds what the histories are tested for: without it, equal tables would prove little."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import groupby, pairwise

import pytest

from unite_pipeline.simulator import Change, TrueExtension, TrueFlow
from unite_pipeline_tests.history.expectation import complete, expected_rows
from unite_pipeline_tests.history.histories import HISTORIES, READ, History
from unite_pipeline_tests.history.scenario import QUIET, TROUBLES, Month


@pytest.mark.parametrize("history", [pytest.param(each, id=each.table) for each in HISTORIES])
def test_things_of_every_kind_change_go_and_return(month: Month, history: History) -> None:
    """Items take on other states, go for good, return as they were, and are new.

    A kind that no feed reads yet is taken as seen by a complete snapshot at every round.
    """
    turns = _turns(history, month)
    assert {turn: turns[turn] for turn in ("changed", "gone", "returned as it was", "new") if turns[turn] < 3} == {}


def _turns(history: History, month: Month) -> Counter[str]:
    sightings = month.sightings.get(history.table, [complete(moment) for moment in month.rounds])
    rows = expected_rows(history, sightings, month.truth)
    turns: Counter[str] = Counter()
    for _, group in groupby(rows, key=lambda row: row.item):
        states = list(group)
        turns["new"] += states[0].valid_from > sightings[0].moment
        turns["gone"] += states[-1].is_deleted
        for before, after in pairwise(states):
            turns["changed"] += not before.is_deleted
            turns["returned as it was"] += before.is_deleted and before.values == after.values
    return turns


def test_switches_are_flipped_between_two_snapshots(month: Month) -> None:
    """Some flips are taken back before anybody looks."""
    hidden = 0
    for start, end in pairwise(month.rounds):
        before, after = (month.truth.as_of("switch", instant) for instant in (start, end))
        touched = {change.thing_id for change in month.truth.log("switch") if start < change.at <= end}
        hidden += sum(key in before and before[key] == after.get(key) for key in touched)
    assert hidden > 5


def test_numbers_are_used_again(month: Month) -> None:
    """An inside number passes from one extension to another, to a call flow and from one; outside numbers as well."""
    owners: dict[str, list[str]] = defaultdict(list)
    outside: dict[str, list[str]] = defaultdict(list)
    for change in month.truth.log():
        for number, holder in _held(change):
            (outside if len(number) > 4 else owners)[number].append(holder)
    passed = {tuple(dict.fromkeys(each)) for each in owners.values()}
    kinds = {tuple(holder.partition(" ")[0] for holder in holders) for holders in passed}
    assert kinds >= {("extension", "extension"), ("extension", "call_flow"), ("call_flow", "extension")}
    assert sum(len(set(holders)) > 1 for holders in outside.values()) > 5


def _held(change: Change) -> list[tuple[str, str]]:
    holder = f"{change.kind} {change.thing_id}"
    if isinstance(change.state, TrueExtension):
        return [(change.state.extension_number, holder), (change.state.callerid, holder)]
    if isinstance(change.state, TrueFlow):
        return [(change.state.flow_number, holder), *((number, holder) for number in change.state.numbers)]
    return []


def test_flows_gain_and_lose_numbers(month: Month) -> None:
    """A flow that has numbers gets one more, loses one, and some lose all."""
    before: dict[str, tuple[str, ...]] = {}
    gained = lost = emptied = 0
    for change in month.truth.log("call_flow"):
        had, has = before.get(change.thing_id, ()), change.state.numbers if change.state else ()
        if change.state is not None and change.thing_id in before:
            gained += set(had) < set(has)
            lost += set(has) < set(had)
            emptied += bool(had) and not has
        before[change.thing_id] = has
    assert min(gained, lost) > 5
    assert emptied > 0


@pytest.mark.parametrize("history", [pytest.param(each, id=each.table) for each in READ])
def test_snapshots_fail_in_every_way(month: Month, history: History) -> None:
    """Each trouble that breaks a feed has left one read unproven; a list that met none of them was always proven.

    A feed that goes by extensions also asks for some that are gone, where their list could not tell it so.
    """
    outcomes: dict[str, set[bool]] = defaultdict(set)
    for sighting in month.sightings[history.table]:
        outcomes[sighting.trouble].add(sighting.is_proven)
    met = [trouble for trouble in (QUIET, *TROUBLES) if trouble.can_happen_to(history.feed)]
    spared = [trouble.name for trouble in met if trouble.breaks and False not in outcomes[trouble.name]]
    assert spared == []
    others = [trouble.name for trouble in met if trouble.breaks is False and history.feed.is_paged]
    assert {name: outcomes[name] for name in others} == {name: {True} for name in others}


@pytest.mark.parametrize("history", [pytest.param(each, id=each.table) for each in READ])
def test_incomplete_snapshots_show_some(month: Month, history: History) -> None:
    """Some incomplete snapshots show nothing, some a few things, some all; complete ones, if read, everything."""
    shares = []
    for sighting in month.sightings[history.table]:
        true = month.truth.as_of(history.kind, sighting.moment).keys()
        assert sighting.shown <= true
        if not sighting.is_proven:
            shares.append(len(sighting.shown) / max(1, len(true)))
        elif sighting.shown and history.feed.is_paged:
            assert sighting.shown == true
    assert min(shares) == 0
    assert max(shares) == 1 or not history.feed.is_paged
    assert sum(0 < share < 1 for share in shares) > 3
