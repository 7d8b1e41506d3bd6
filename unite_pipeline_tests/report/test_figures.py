"""Every figure of the report, once more by a query of the test's own on the published warehouse."""

from __future__ import annotations

import math
import shutil
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from unite_pipeline.lake.places import Places
from unite_pipeline.report.source import TABLES
from unite_pipeline.report.words import NOTHING
from unite_pipeline_tests.report.pages import Reported, reported, words

CHARTS = [
    "days", "weekday_and_hour", "mix", "reachability", "ring_times", "missed_callers", "lines", "talk_times",
    "call_flows", "extensions", "recording_coverage", "proof",
]  # fmt: skip
OFFERED = "from calls where is_offered and is_counted"


def near(rows: list[tuple]) -> list[tuple]:
    """Rows to compare: figures as near as a division allows."""
    return [tuple(pytest.approx(each) if isinstance(each, float | int) else each for each in row) for row in rows]


def numbers(rows: list[tuple]) -> list[tuple]:
    """Rows of a query with what a page shows where there is nothing."""
    return near([tuple(NOTHING if each is None else float(each) for each in row) for row in rows])


def test_all_charts_are_there(report: Reported) -> None:
    """The page has every chart, in the order of its chapters."""
    assert report.figures == CHARTS


def test_every_metric_can_be_taken(company: Reported) -> None:
    """The report reads every table that a metric of the catalogue is taken from."""
    assert {table for (table,) in company.query("select table_name from metrics")} <= set(TABLES)


def test_days(report: Reported) -> None:
    """Offered, answered and missed calls of each day are those of the calls, and days without calls are there too."""
    first, last = report.query("select min(call_date), max(call_date) from calls")[0]
    expected = dict.fromkeys((first + timedelta(days=each) for each in range((last - first).days + 1)), (0, 0, 0))
    counted = report.query(
        "select call_date, count(*), count(*) filter (where disposition = 'answered'), "
        f"count(*) filter (where disposition = 'missed') {OFFERED} group by all"
    )
    expected |= {day: rest for day, *rest in counted}
    assert report.columns("days", 1, 2, 3) == [tuple(each) for each in expected.values()]
    assert report.n("days") == sum(offered for offered, *_ in expected.values())


def test_mean_of_seven_days(company: Reported) -> None:
    """The line is the mean of a day and the six before it, and there is none before the seventh day."""
    rows = company.columns("days", 1, 4)
    assert [mean for _, mean in rows[:6]] == [NOTHING] * 6
    for place in range(6, len(rows)):
        assert rows[place][1] == pytest.approx(sum(offered for offered, _ in rows[place - 6 : place + 1]) / 7)


def test_weekday_and_hour(report: Reported) -> None:
    """Each cell is the calls of that weekday and hour by the wall clock; a share of fewer than 20 is not told."""
    expected = report.query(
        "with days as (select isodow(d) as weekday, count(*) as days from (select unnest(generate_series("
        "(select min(call_date) from calls), (select max(call_date) from calls), interval 1 day)) as d) group by all) "
        "select hour(started_at_local), count(*), count(*) / any_value(days), "
        "count(*) filter (where disposition = 'missed'), "
        "if(count(*) >= 20, count(*) filter (where disposition = 'missed') / count(*), null) "
        "from calls inner join days on isodow(call_date) = weekday where is_offered and is_counted "
        "group by weekday, hour(started_at_local) order by weekday, hour(started_at_local)"
    )
    assert report.columns("weekday_and_hour", 1, 2, 3, 4, 5) == numbers(expected)


def test_mix(report: Reported) -> None:
    """Each week's calls by direction add up to all calls."""
    expected = report.query(
        "select count(*) filter (where is_offered), count(*) filter (where direction = 'outbound'), "
        "count(*) filter (where direction = 'internal'), "
        "count(*) filter (where not is_offered and direction not in ('outbound', 'internal')) "
        "from calls where is_counted group by date_trunc('week', call_date) order by date_trunc('week', call_date)"
    )
    assert report.columns("mix", 2, 3, 4, 5) == numbers(expected)
    assert report.n("mix") == report.query("select count(*) from calls where is_counted")[0][0]


def test_reachability(report: Reported) -> None:
    """Answer ratio and service level of each week are those of its calls, by the formulas that stand below."""
    expected = report.query(
        "select count(*), count(*) filter (where disposition = 'answered'), "
        "count(*) filter (where disposition = 'answered') / count(*), "
        "count(*) filter (where disposition = 'answered' and ring_s <= 20) / nullif(count(*) filter (where disposition "
        "= 'answered') + count(*) filter (where disposition = 'missed' and not is_short_abandon), 0) "
        f"{OFFERED} group by date_trunc('week', call_date) order by date_trunc('week', call_date)"
    )
    assert report.columns("reachability", 2, 3, 4, 6) == numbers(expected)


def test_wilson_interval(company: Reported) -> None:
    """The interval is Wilson's: both its ends are as far from the ratio as 1.96 standard errors of their own."""
    for offered, ratio, interval in company.columns("reachability", 2, 4, 5):
        for end in (float(each.strip(" %\u00a0").replace(",", ".")) / 100 for each in interval.split(NOTHING)):
            error = 1.96 * math.sqrt(end * (1 - end) / offered)
            assert abs(abs(ratio - end) - error) < 0.001


def test_ring_times(report: Reported) -> None:
    """Within so many seconds so many calls were answered, and given up."""
    taken = "disposition = 'answered'"
    for within, answered, of_answered, given_up, of_given_up in report.rows("ring_times"):
        seconds = (
            90
            if within.startswith("1:30")
            else 120
            if within.startswith("2:")
            else 60
            if "min" in within
            else int(within.split()[0])
        )
        ((rang, all_rang, missed, all_missed),) = report.query(
            f"select count(*) filter (where {taken} and ring_s <= {seconds}), count(*) filter (where {taken} "
            f"and ring_s is not null), count(*) filter (where disposition = 'missed' and duration_s <= {seconds}), "
            f"count(*) filter (where disposition = 'missed' and duration_s is not null) {OFFERED}"
        )
        assert (answered, given_up) == (rang, missed)
        assert (of_answered, of_given_up) == (pytest.approx(rang / all_rang), pytest.approx(missed / all_missed))


def test_missed_callers(report: Reported) -> None:
    """The funnel is the episodes by how they ended, the lost a share of the decided, the curve how soon we called."""
    expected = report.query(
        "select count(*), count(first_attempt_at), count(*) filter (where resolved_by = 'callback'), "
        "count(*) filter (where resolved_by = 'caller_reached'), count(*) filter (where outcome = 'lost'), "
        "count(*) filter (where outcome = 'undecided'), "
        + ", ".join(f"count(*) filter (where first_attempt_after_s < {m * 60})" for m in (1, 5, 15, 60, 240, 1440))
        + " from missed_episodes inner join missed_outcomes using (uniqueid)"
    )[0]
    rows = report.rows("missed_callers")
    assert [count for _, count, _ in rows] == list(expected)
    assert sum(expected[2:6]) == expected[0] == report.n("missed_callers")
    assert expected[5] > 0
    decided = report.query("select count(*) from missed_outcomes where is_decided")[0][0]
    assert expected[4] <= decided < expected[0]
    bases = (expected[0], expected[0], decided)
    assert [share for *_, share in rows[2:5]] == [
        pytest.approx(each / of) for each, of in zip(expected[2:5], bases, strict=True)
    ]
    assert rows[5][2] == NOTHING


def test_lines(report: Reported) -> None:
    """Mean, 95th percentile and maximum of an hour, reckoned minute by minute over the open days."""
    days = report.query(
        "select date from dates where is_open_day and date between (select min(call_date) from calls) "
        "and (select max(call_date) from calls)"
    )
    minutes: dict[int, list[tuple[int, int]]] = {}
    for hour, line_us, peak in report.query(
        "select hour(minute_local), line_us, line_peak from concurrency_minutes where call_date in "
        "(select date from dates where is_open_day and date between (select min(call_date) from calls) "
        "and (select max(call_date) from calls))"
    ):
        minutes.setdefault(hour, []).append((line_us, peak))
    assert report.n("lines") == len(days)
    for hour, mean, p95, most in report.rows("lines"):
        known = minutes.get(int(hour), [])
        peaks = sorted([peak for _, peak in known] + [0] * max(len(days) * 60 - len(known), 0))
        assert mean == pytest.approx(sum(us for us, _ in known) / 3600e6 / len(days))
        assert p95 == peaks[math.ceil(0.95 * len(peaks)) - 1]
        assert most == peaks[-1]


def test_talk_times(report: Reported) -> None:
    """The classes hold every conversation once."""
    total = report.query(f"select count(*) {OFFERED} and is_connected and talk_s is not null")[0][0]
    assert report.n("talk_times") == sum(calls for _, calls, _ in report.rows("talk_times")) == total
    first, last = report.query(f"select min(talk_s), max(talk_s) {OFFERED} and is_connected")[0]
    assert first >= 1
    assert last < 2 ** ((2 * math.log2(last) // 1 + 1) / 2) + 1


def test_call_flows(report: Reported) -> None:
    """Call flows add up to all offered calls, and so do numbers, those that are kept together included."""
    flows = report.query(
        "select count(distinct coalesce(call_flow_id, 'none')) from calls where is_offered and is_counted"
    )
    rows = report.rows("call_flows")
    n = report.query(f"select count(*) {OFFERED}")[0][0]
    parts = rows[: flows[0][0]], rows[flows[0][0] :]
    assert [sum(offered for _, offered, *_ in part) for part in parts] == [n, n]
    expected = report.query(
        "select count(*), count(*) filter (where disposition = 'answered'), "
        "avg(ring_s) filter (where disposition = 'answered'), "
        f"avg(talk_s) filter (where is_connected) {OFFERED} "
        "group by coalesce(call_flow_id, 'none') order by count(*) desc, coalesce(call_flow_id, 'none')"
    )
    assert [(row[1], row[2], row[5], row[6]) for row in parts[0]] == numbers(expected)


def test_extensions(report: Reported) -> None:
    """Calls and minutes are those of the mart by extension, of each with five calls or more."""
    expected = report.query(
        "select sum(sides), sum(answered), sum(outbound_calls), sum(internal_calls + internal_received), "
        "sum(talk_s + outbound_talk_s + internal_talk_s + internal_received_talk_s) / 60 from calls_by_extension "
        "where extension_id <> 'none' group by extension_id having sum(sides) >= 5 order by 5 desc, 1 desc"
    )
    assert report.columns("extensions", 1, 2, 3, 4, 5) == numbers(expected)


def test_recording_coverage(company: Reported) -> None:
    """Of each extension that lists recordings: conversations, and those with a certain one, a doubtful one, or none."""
    expected = company.query(
        "with best as (select uniqueid, bool_or(confidence = 'strong') as is_certain from recording_calls "
        "where uniqueid is not null group by uniqueid) "
        "select count(*), count(*) filter (where is_certain), count(*) filter (where not is_certain), "
        "count(*) filter (where is_certain is null) from calls left join best using (uniqueid) "
        "where is_connected and is_counted and coalesce(called_extension_id, calling_extension_id) in "
        "(select extension_id from recording_extensions) group by coalesce(called_extension_id, calling_extension_id) "
        "order by 1 desc, coalesce(called_extension_id, calling_extension_id)"
    )
    assert sum(certain for _, certain, _, _ in expected) > 100
    assert company.columns("recording_coverage", 1, 2, 3, 4) == [tuple(map(float, row)) for row in expected]


def test_warehouses_without_matched_recordings(company: Reported, tmp_path: Path) -> None:
    """A warehouse that does not have that table gives a page without that chart."""
    places = Places(tmp_path, company.places.tenant)
    shutil.copyfile(company.places.warehouse, places.warehouse)
    places.warehouse.chmod(0o644)
    with duckdb.connect(str(places.warehouse)) as copy:
        copy.execute("drop table recording_calls")
    assert "recording_coverage" not in reported(places).figures


def test_proof(company: Reported) -> None:
    """Each day's state and counts are those of coverage."""
    states = {(True, True): "bewezen volledig", (True, False): "volledig bij het lezen"}
    expected = [
        (states[complete, final], float(counted), float(received))
        for complete, final, counted, received in company.query(
            "select is_complete, is_final, expected_rows, received_rows from coverage "
            "where feed = 'cdr_logs' and window_end <= fetched_at order by day"
        )
    ]
    assert company.columns("proof", 1, 2, 3) == expected
    assert company.columns("proof", 4) == [(0.0,)] * len(expected)


def test_key_figures(company: Reported) -> None:
    """The cards are the last full week by calls, episodes and minutes, and name the week before."""
    week = "between date '2026-11-02' and date '2026-11-08'"
    offered, ratio, level, ring = company.query(
        "select count(*), count(*) filter (where disposition = 'answered') / count(*), "
        "count(*) filter (where disposition = 'answered' and ring_s <= 20) / count(*) filter (where disposition = "
        "'answered' or not is_short_abandon), quantile_disc(ring_s, 0.5) filter (where disposition = 'answered') "
        f"{OFFERED} and call_date {week}"
    )[0]
    lost = company.query(
        f"select count(*) filter (where resolved_by = 'none') / count(*) from missed_episodes where call_date {week}"
    )[0][0]
    peak = company.query(f"select max(line_peak) from concurrency_minutes where call_date {week}")[0][0]
    assert company.cards == {
        "offered": offered,
        "answer_ratio": pytest.approx(ratio),
        "service_level": pytest.approx(level),
        "lost_ratio": pytest.approx(lost),
        "ring_median_s": ring,
        "line_peak": peak,
    }
    before = company.query(
        "select count(*) from calls where is_offered and is_counted "
        "and call_date between date '2026-10-26' and date '2026-11-01'"
    )[0][0]
    assert "Week 45, 2 nov t/m 8 nov" in company.words()
    assert f"week ervoor {before}" in company.words()


def test_lines_are_of_open_days(report: Reported) -> None:
    """Most lines, the hour that is busiest on average and the busiest single hour are of the days that are drawn."""
    finding = words(next(each for each in report.figure("lines").iter("p") if each.get("class") == "finding"))
    open_days = "call_date in (select date from dates where is_open_day)"
    peak = int(max(most for *_, most in report.rows("lines")))
    ((day, hour, lines),) = report.query(
        f"select call_date, busy_hour, lines_needed from traffic_by_day where {open_days} "
        "order by busy_hour_erlang desc, call_date limit 1"
    )
    busiest = report.query(
        f"select call_hour from traffic_by_hour where {open_days} group by call_hour "
        "order by sum(line_us) desc, call_hour limit 1"
    )[0][0]
    assert f"hoogstens {peak} lij" in finding
    assert f"gemiddeld het drukst tussen {busiest} en {busiest + 1} uur" in finding
    assert f"{day.day} " in finding
    assert f"van {hour} tot {hour + 1} uur) vraagt {lines} lij" in finding


def test_a_ratio_says_what_it_is_of(company: Reported) -> None:
    """Each ratio of the head has its denominator beside it, of the week that it is of."""
    week = "call_date between date '2026-11-02' and date '2026-11-08'"
    offered, level, rang = company.query(
        "select count(*), count(*) filter (where disposition = 'answered' or not is_short_abandon), "
        f"count(*) filter (where disposition = 'answered') {OFFERED} and {week}"
    )[0]
    decided = company.query(f"select count(*) from missed_outcomes where is_decided and {week}")[0][0]
    expected = {"answer_ratio": offered, "service_level": level, "lost_ratio": decided, "ring_median_s": rang}
    for metric, n in expected.items():
        assert f"n = {n} " in words(company.card(metric)), metric


def test_formulas_are_the_catalogue_s(report: Reported) -> None:
    """Every formula on the page is word for word the one in the warehouse's table of metrics."""
    known = {
        (name, table, formula)
        for name, table, formula in report.query("select metric, table_name, formula from metrics")
    }
    shown = set()
    for table in report.tree.iter("table"):
        if table.get("class") == "formulas":
            for row in next(table.iter("tbody")).iter("tr"):
                shown.add(tuple("".join(code.itertext()) for code in row.iter("code")))
    assert shown <= known
    assert {"answer_ratio", "service_level", "lost_ratio", "lines_needed"} <= {name for name, _, _ in shown}
