"""Where there is little to tell: nothing yet, one day, no answers, few calls, the days on which clocks change."""

# ruff: noqa: DTZ001  wall-clock times have no zone

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from unite_pipeline.report.words import LANGUAGES, NOTHING
from unite_pipeline.warehouse import build_warehouse
from unite_pipeline_tests.report.conftest import midnight
from unite_pipeline_tests.report.pages import Reported, reported, words
from unite_pipeline_tests.warehouse.conftest import Writer
from unite_pipeline_tests.warehouse.metrics.awkward import (
    CALLERS,
    EVER,
    awkward_calls,
    put_calls,
    put_coverage,
    put_owners,
)
from unite_pipeline_tests.warehouse.metrics.plain import PlainCall, earlier_us
from unite_pipeline_tests.warehouse.metrics.reckoning import Read


def made(lake: Writer, *days: date, unread: frozenset[date] = frozenset()) -> Reported:
    """The report of that lake, whose days were read from the first of these to the last, but for some."""
    if days:
        put_coverage(lake, Read(days[0], midnight(days[-1] + timedelta(days=1)), unread))
    build_warehouse(lake.places)
    return reported(lake.places)


def call(uniqueid: str, local: datetime, *, answered: bool) -> PlainCall:
    """A call from outside."""
    return PlainCall(
        uniqueid,
        local,
        earlier_us(local),
        "inbound",
        "external",
        answered,
        40,
        30 if answered else 0,
        outside=CALLERS[0],
    )


def test_nothing_yet(lake: Writer) -> None:
    """Before the first sync the page says that there is nothing, and what to do, in both languages."""
    report = made(lake)
    assert report.figures == []
    assert "Er zijn nog geen oproepen gelezen." in report.words("nl")
    assert "No calls have been read yet." in report.words("en")


def test_one_day(lake: Writer) -> None:
    """Of one day the key figures are of that day, without a week to compare with, and charts stand."""
    day = datetime(2026, 3, 2, 9)
    put_calls(lake, [call(f"c{hour}", day + timedelta(hours=hour), answered=hour != 3) for hour in range(6)])
    report = made(lake, day.date())
    assert "Nog geen week van zeven gelezen dagen: cijfers over 1 dag" in report.words()
    assert (report.cards["offered"], report.cards["answer_ratio"]) == (6, pytest.approx(5 / 6))
    assert "week ervoor" not in report.words()
    assert report.columns("days", 1, 2, 3) == [(6, 5, 1)]
    assert report.n("reachability") == 6


def test_nobody_answered(lake: Writer) -> None:
    """Where no call was answered there is no talk time, and no sentence lacks its value."""
    put_calls(lake, [call("c1", datetime(2026, 3, 2, 10), answered=False)])
    report = made(lake, date(2026, 3, 2))
    assert report.cards["answer_ratio"] == 0
    for language, nothing in zip(LANGUAGES, ("niets over te zeggen", "nothing to tell"), strict=True):
        assert nothing in report.words(language)
    findings = [each for each in report.tree.iter("p") if each.get("class") == "finding"]
    assert not [text for each in findings if NOTHING in (text := "".join(each.itertext()))]


def test_no_day_without_calls_is_left_out(lake: Writer) -> None:
    """A day without a call between two others stands in the charts with zero."""
    put_calls(lake, [call(f"c{day}", datetime(2026, 3, day, 10), answered=True) for day in (2, 4)])
    assert made(lake, date(2026, 3, 2), date(2026, 3, 4)).columns("days", 1) == [(1,), (0,), (1,)]


@pytest.mark.parametrize(("first", "seed"), [(date(2026, 10, 24), 1), (date(2026, 3, 28), 2)], ids=["back", "forward"])
def test_clock_change(lake: Writer, first: date, seed: int) -> None:
    """Around a change of the clock each call stands in one hour of one day."""
    put_owners(lake)
    put_calls(lake, awkward_calls(seed, first, 3, 300))
    report = made(lake, first, first + timedelta(days=2))
    offered = report.query("select count(*) from calls where is_offered and is_counted")[0][0]
    assert sum(count for (count,) in report.columns("days", 1)) == offered
    assert sum(count for (count,) in report.columns("weekday_and_hour", 2)) == offered
    assert len(report.rows("days")) == 3


def test_too_few_calls_of_one_person(lake: Writer) -> None:
    """Of an extension with fewer than five calls nothing is told but that there is one."""
    put_owners(lake)
    calls = awkward_calls(3, date(2026, 3, 2), 2, 200)
    many = [
        each for each in calls if each.caller_extension == "R1" and each.called_extension is None and not each.is_gone
    ]
    few = [
        each for each in calls if each.caller_extension == "R2" and each.called_extension is None and not each.is_gone
    ]
    put_calls(lake, [*many[:12], *few[:4]])
    rows = made(lake, date(2026, 3, 2), date(2026, 3, 3)).rows("extensions")
    assert [row[:2] for row in rows] == [("Toestel A", 12.0), ("1 toestel met te weinig oproepen", "<5")]
    assert set(rows[1][2:]) == {NOTHING}


@pytest.mark.parametrize(
    ("missed_before", "missed", "trend", "aloud"),
    [
        (6, 4, "chance", "kan toeval zijn"),
        (0, 30, "worse", "slechter dan de week ervoor"),
        (30, 0, "better", "beter dan de week ervoor"),
        (5, 5, "", ""),
    ],
    ids=["chance", "worse", "better", "the same"],
)
def test_arrows(lake: Writer, missed_before: int, missed: int, trend: str, aloud: str) -> None:
    """An arrow has the colour of better or worse only where the Wilson intervals of both weeks do not overlap."""
    mondays = (date(2026, 3, 2), date(2026, 3, 9))
    calls = [
        call(f"c{monday}-{place:02d}", datetime(2026, 3, monday.day, 9, place), answered=place >= without)
        for monday, without in zip(mondays, (missed_before, missed), strict=True)
        for place in range(60)
    ]
    put_calls(lake, calls)
    card = made(lake, mondays[0], mondays[1] + timedelta(days=6)).card("answer_ratio")
    found = [each for each in card.iter("span") if (each.get("class") or "").startswith("trend ")]
    assert [each.get("class") for each in found] == ([f"trend {trend}"] if trend else [])
    assert aloud in words(card)
    assert "n = 60 oproepen" in words(card)


def test_numbers_that_are_too_many_are_one_bar(lake: Writer) -> None:
    """Of more numbers than are drawn the rest is one row with their sum, so that no call is left out unsaid."""
    own_numbers = [f"31309998{number:03d}" for number in range(12)]
    owner = {"party_type": "own_number", "certainty": "certain", "valid_from": EVER, "valid_to": None,
             "extension_id": None, "call_flow_id": None, "contact_id": None}  # fmt: skip
    lake.put("number_parties", None, *({**owner, "number": number} for number in own_numbers))
    day = datetime(2026, 3, 2, 9)
    calls = [
        replace(call(f"{own_number}-{minute}", day + timedelta(minutes=minute), answered=True), own_number=own_number)
        for more, own_number in enumerate(own_numbers)
        for minute in range(5 + more)
    ]
    put_calls(lake, calls)
    made(lake, day.date())
    report = reported(lake.places, has_names=True)
    panel = [each for each in report.figure("call_flows").iter("div") if each.get("class") == "bars"][1]
    bars = [words(each) for each in panel if each.get("class") == "bar"]
    assert len(bars) == 10
    assert bars[-1].startswith("Overige nummers samen (3)")
    beside = [words(each) for each in panel.iter("span") if each.get("class") == "beside"]
    drawn = [int(each.split()[0]) for each in beside]
    assert drawn[-1] == 5 + 6 + 7
    assert sum(drawn) == len(calls) == report.n("call_flows")
    assert "samen zolang namen uit staan" not in report.words()
