"""Single cases, written out: what counts as one missed caller, as one line in use, as a repeated call."""

# ruff: noqa: DTZ001  wall-clock times have no zone

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from unite_pipeline.errors import ConfigurationError
from unite_pipeline.warehouse import build_warehouse
from unite_pipeline.warehouse.erlang import blocking
from unite_pipeline.warehouse.questions import question
from unite_pipeline.warehouse.terms import Terms
from unite_pipeline_tests.warehouse.metrics.awkward import CALLERS, put_calls, put_owners
from unite_pipeline_tests.warehouse.metrics.plain import PlainCall, earlier_us

MONDAY = datetime(2026, 10, 19, 10)
CALLER, OTHER = CALLERS[:2]


def call(name, hours=0.0, **facts):
    """A missed call from outside, so many hours after Monday at ten, by the wall clock."""
    local = MONDAY + timedelta(hours=hours)
    usual = {"direction": "inbound", "scope": "external", "answered": False, "duration_s": 20, "talk_s": 0,
             "outside": CALLER}  # fmt: skip
    return PlainCall(name, local, earlier_us(local), **{**usual, **facts})


def answered(name, hours, **facts):
    """The same, answered."""
    return call(name, hours, **{"answered": True, "duration_s": 70, "talk_s": 60, **facts})


def to_caller(name, hours, **facts):
    """A call of ours to the number, in vain."""
    return call(name, hours, direction="outbound", caller_extension="R1", **facts)


def built(lake, *calls, **terms):
    """Build the warehouse of these calls."""
    put_owners(lake)
    put_calls(lake, list(calls))
    build_warehouse(lake.places, Terms(**terms))


EPISODES = (
    "select uniqueid, missed_calls, resolved_by, contact_uniqueid, first_attempt_after_s, contact_after_s "
    "from missed_episodes order by started_at"
)


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        pytest.param([call("a")], [("a", 1, "none", None, None, None)], id="nobody did anything"),
        pytest.param(
            [call("a"), to_caller("b", 1), to_caller("c", 2, answered=True, talk_s=9, duration_s=20)],
            [("a", 1, "callback", "c", 3600, 7200)],
            id="called back, the second time with success",
        ),
        pytest.param(
            [call("a"), call("b", 0.5), answered("c", 1)],
            [("a", 2, "caller_reached", "c", None, 3600)],
            id="tried again until answered",
        ),
        pytest.param(
            [call("a"), answered("b", 1), call("c", 2)],
            [("a", 1, "caller_reached", "b", None, 3600), ("c", 1, "none", None, None, None)],
            id="missed again after contact is another one",
        ),
        pytest.param(
            [call("a"), call("b", 20), call("c", 40)],
            [("a", 2, "none", None, None, None)],
            id="one who never stops trying stays one",
        ),
        pytest.param(
            [call("a"), call("b", 24)],
            [("a", 1, "none", None, None, None), ("b", 1, "none", None, None, None)],
            id="a day later is another one",
        ),
        pytest.param([call("a"), answered("b", 24)], [("a", 1, "none", None, None, None)], id="answered a day later"),
        pytest.param(
            [call("a"), answered("b", 23.999)],
            [("a", 1, "caller_reached", "b", None, 86396)],
            id="answered just within the day",
        ),
        pytest.param([call("a", outside=None)], [], id="no number, no episode"),
        pytest.param([answered("b", -1, outside=OTHER), call("a", is_gone=True)], [], id="gone"),
        pytest.param(
            [call("a", is_gone=True), answered("b", 1, outside=OTHER)],
            [("a", 1, "none", None, None, None)],
            id="forgotten with all that was older",
        ),
        pytest.param([call("a"), answered("b", 1, outside=OTHER)], [("a", 1, "none", None, None, None)],
                     id="somebody else was answered"),
        pytest.param([call("a"), to_caller("b", 1, answered=True, talk_s=9, is_gone=True)],
                     [("a", 1, "none", None, None, None)], id="a callback that is gone"),
        pytest.param(
            [call("a"), call("b"), answered("c", 0)],
            [("a", 2, "caller_reached", "c", None, 0)],
            id="three calls in one second, in the order of their names",
        ),
    ],
)  # fmt: skip
def test_missed_callers(lake, calls, expected):
    """An episode opens with a missed call, ends with contact, and is lost a day later."""
    built(lake, *calls)
    assert lake.query(EPISODES) == expected


def test_a_night_does_not_count_as_waiting(lake):
    """Missed ten minutes before closing, called back half an hour after opening: forty minutes of opening hours."""
    built(lake, call("a", 7 + 1 / 3), to_caller("b", 23))
    assert lake.query("select first_attempt_after_s, first_attempt_after_open_s from missed_episodes") == [
        (15 * 3600 + 40 * 60, 40 * 60)
    ]


def test_an_hour_is_not_within_an_hour(lake):
    """Of two missed callers one is called a second before the hour is over, the other when it is."""
    second = 1 / 3600
    mine = [call("a"), to_caller("b", 1 - second)]
    built(lake, *mine, call("c", outside=OTHER), to_caller("d", 1, outside=OTHER))
    found = lake.query(
        "select episodes, attempted, attempted_within_1h, first_attempt_total_s from missed_episodes_by_day"
    )
    assert found == [(2, 2, 1, 7199)]


def test_an_own_window(lake):
    """The window is a parameter: of two hours, the caller who is answered after three is lost."""
    built(lake, call("a"), answered("b", 3), repeat_within_h=2)
    assert lake.query(EPISODES) == [("a", 1, "none", None, None, None)]


@pytest.mark.parametrize("hours", [0, 169], ids=["none", "more than a week"])
def test_no_such_window(hours):
    """A window without length, or one that days would have to look too far for, is refused."""
    with pytest.raises(ConfigurationError, match="repeat_within_h must be 1 to 168"):
        Terms(repeat_within_h=hours)


def minutes(lake):
    """Minutes with traffic on the wall clock, seconds of lines in use, and peaks."""
    return lake.query(
        "select strftime(minute_local, '%d %H:%M'), line_us / 1e6, line_peak, talk_us / 1e6, talk_peak "
        "from concurrency_minutes order by minute_at"
    )


def test_lines_and_conversations(lake):
    """Two that overlap are two; one that starts when another ends is one; ringing takes a line, but is no talk."""
    built(
        lake,
        call("a", answered=True, duration_s=30, talk_s=20),
        call("b", 10 / 3600, answered=True, duration_s=20, talk_s=10),
        call("c", 30 / 3600, duration_s=60),
        call("d", 5 / 3600, duration_s=0),
        call("e", direction="internal", scope="internal", answered=True, talk_s=20, outside=None),
    )
    assert minutes(lake) == [("19 10:00", 80.0, 2, 30.0, 2), ("19 10:01", 30.0, 1, 0.0, 0)]


def test_a_call_over_midnight(lake):
    """Its minutes belong to the day they passed in, also where nothing starts on that day."""
    built(lake, call("a", 13.99, duration_s=120))
    query = "select call_date, count(*), sum(line_us) / 1e6 from concurrency_minutes group by 1 order by 1"
    assert lake.query(query) == [
        (date(2026, 10, 19), 1, 36.0), (date(2026, 10, 20), 2, 84.0)
    ]  # fmt: skip


def test_a_call_that_never_seems_to_end(lake):
    """It counts up to the end of the day after its start, whatever its length says."""
    built(lake, call("a", duration_s=10 * 86400))
    assert lake.query("select sum(line_us) / 3.6e9, max(minute_local) from concurrency_minutes") == [
        (38.0, datetime(2026, 10, 20, 23, 59))
    ]


def test_the_hour_that_comes_twice(lake):
    """On 25 October 2026 one o'clock to four are four hours: a call of three and a half takes up each in turn."""
    local = datetime(2026, 10, 25, 1)
    built(lake, PlainCall("a", local, earlier_us(local), "inbound", "external", True, 12600, 12600, outside=CALLER))
    found = lake.query("select hour_at, call_hour, line_erlang from traffic_by_hour order by hour_at")
    begin = datetime(2026, 10, 24, 23, tzinfo=UTC)
    assert found == [
        (begin, 1, 1.0), (begin + timedelta(hours=1), 2, 1.0), (begin + timedelta(hours=2), 2, 1.0),
        (begin + timedelta(hours=3), 3, 0.5),
    ]  # fmt: skip


def test_repeated_calls(lake):
    """Within a day and within seven times 24 hours of the one before, whatever became of that; ours do not count.

    The clock goes back in between, so that 166 hours on the wall are 167.
    """
    d, e = 47 + 166, 47 + 166 + 168
    built(lake, call("a"), answered("b", 23), answered("c", 47), call("d", d), call("e", e), to_caller("f", 22))
    found = lake.query("select call_date, offered, repeats, repeats_7d, answered_once from calls_by_caller order by 1")
    assert found == [
        (date(2026, 10, 19), 1, 0, 0, 0),
        (date(2026, 10, 20), 1, 1, 1, 1),
        (date(2026, 10, 21), 1, 0, 1, 1),
        (date(2026, 10, 28), 1, 0, 1, 0),
        (date(2026, 11, 4), 1, 0, 0, 0),
    ]


def test_an_extension_that_only_rang(lake):
    """It did not take a call: neither the day nor the formula over days has it among the active ones."""
    built(lake, answered("a", 0, called_extension="R1"), call("b", 1, called_extension="R2"))
    assert lake.query("select extensions, busiest_ratio, gini from extension_load_by_day") == [(1, 1.0, 0.0)]
    ((formula,),) = lake.query("select formula from metrics where metric = 'active_extensions'")
    assert lake.query(formula) == [(1,)]


def test_a_call_that_was_handed_on(lake):
    """All of it is the last extension's, with ring and talk; those before have it as handed on, once, and no more."""
    built(lake, answered("a", 0, passed_extensions=("R1", "R3", "R1", "R2"), called_extension="R2"))
    columns = "extension_id, sides, offered, answered, ring_s, talk_s, handed_on"
    assert lake.query(f"select {columns} from calls_by_extension order by all") == [
        ("R1", 0, 0, 0, 0, 0, 1), ("R2", 1, 1, 1, 10, 60, 0), ("R3", 0, 0, 0, 0, 0, 1)
    ]  # fmt: skip
    assert lake.query("select extensions, talk_s from extension_load_by_day") == [(1, 60)]


def test_ring_times_are_those_of_the_answered(lake):
    """Answered without talk it rang to its end; labelled missed it has no time to an answer, whatever was talked."""
    built(lake, answered("a", 0, duration_s=8, talk_s=0), call("b", 1, talk_s=5), answered("c", 2))
    assert lake.query("select seconds, calls from durations_by_day where kind = 'ring' order by all") == [
        (8, 1), (10, 1)
    ]  # fmt: skip
    columns = "answered, connected, answered_in_time, ring_s, ring_mean_s"
    assert lake.query(f"select {columns} from calls_by_day") == [(2, 2, 2, 18, 9.0)]


def test_targets_that_nobody_meets(lake):
    """They are 0, not unknown; a target of the settings has its row; who gave up at once is in no share."""
    late = answered("a", 0, duration_s=100, talk_s=60)
    built(lake, late, call("b", 1), call("c", 2, duration_s=4), service_level_s=45)
    assert lake.query(question("targets").sql) == [
        (5, 0, 0.0, 0.0), (10, 0, 0.0, 0.0), (15, 0, 0.0, 0.0), (20, 0, 0.0, 0.0), (30, 0, 0.0, 0.0),
        (45, 1, 50.0, 100.0), (60, 1, 50.0, 100.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("erlang", "lines"), [(1, 5), (2, 7), (5, 11), (10, 18), (20, 30)], ids=lambda value: f"{value}"
)
def test_erlang_b_as_tables_have_it(lake, erlang, lines):
    """Lines for a loss of one in a hundred, as printed in tables of Erlang B."""
    build_warehouse(lake.places)
    assert lake.query(f"select min(lines) from erlang_b where blocking_pct = 1 and erlang >= {erlang}") == [(lines,)]
    assert blocking(lines, erlang) <= 0.01 < blocking(lines - 1, erlang)


def test_erlang_b_holds_what_it_says(lake):
    """Each row's traffic loses just the share that it names, by the quotient of sums, which has no recursion in it."""
    build_warehouse(lake.places)
    for percent, lines, erlang in lake.query("select blocking_pct, lines, erlang from erlang_b where lines <= 100"):
        term = total = 1.0
        for line in range(1, lines + 1):
            term *= erlang / line
            total += term
        assert term / total * 100 == pytest.approx(percent, rel=1e-9)
    assert lake.query("select count(*), max(lines), count(distinct blocking_pct) from erlang_b") == [(1200, 300, 4)]
