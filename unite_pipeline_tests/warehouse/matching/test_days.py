"""Which days are matched again, and that it makes no difference whether a day came first or last."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from unite_pipeline.simulator import CompanyPlan
from unite_pipeline.transform import transform_all
from unite_pipeline.warehouse import build_warehouse, rebuild_warehouse
from unite_pipeline.warehouse.matching import (
    CALL_RECORDINGS,
    RECORDING_CALLS,
    RECORDING_CLOCK,
    UNMATCHED_RECORDINGS,
    UNRECORDED_CALLS,
)
from unite_pipeline_tests.bench import TIMEZONE, Bench
from unite_pipeline_tests.warehouse.conftest import Writer
from unite_pipeline_tests.warehouse.matching.companies import HARD_HABITS

TABLES = (RECORDING_CLOCK, RECORDING_CALLS, CALL_RECORDINGS, UNMATCHED_RECORDINGS, UNRECORDED_CALLS)


def contents(lake: Writer) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the tables of matching."""
    return {table.name: lake.query(f"from {table.name} order by all") for table in TABLES}


def test_day_by_day_is_as_from_scratch(tmp_path):
    """Hours of a company with late calls, each built on the last, end in the rows that a build from nothing makes."""
    plan = CompanyPlan(
        seed=5, first_day=date(2026, 10, 23), late_share=0.2, late_max_s=40_000, internal_rows=2, recorder=HARD_HABITS
    )
    bench = Bench(tmp_path / "data", plan=plan, now=datetime(2026, 10, 26, 9, 30, tzinfo=UTC))
    lake = Writer(bench.places)
    confidences = []
    for _ in range(5):
        bench.sync_everything()
        transform_all(bench.places, TIMEZONE)
        build_warehouse(bench.places)
        confidences.append(dict(lake.query("select callrecordkey, confidence from recording_calls")))
        bench.time.pass_time(7 * 3600)
    found = contents(lake)
    late = [key for key, was in confidences[1].items() if was == "none" and confidences[-1][key] == "strong"]
    assert late, "no call came later than its recording"
    assert all(found[table.name] for table in TABLES)
    rebuild_warehouse(bench.places)
    assert contents(lake) == found


@pytest.mark.parametrize("days", [40, 80])
def test_what_a_day_costs(scene, days):
    """A day whose calls changed has it and its neighbours matched again, however long the history."""
    last = scene.start
    for number in range(days):
        scene.start = last - timedelta(days=number)
        scene.call(f"a{number}")
        scene.recording(f"r{number}")
    scene.build()
    scene.call("new", at=600, talk=20)
    scene._calls = [call for call in scene._calls if call["started_at"].date() == scene.start.date()]
    day = scene.start.date()
    scene.lake.put("calls", str(day), *scene._calls)
    report = {table.table: table for table in build_warehouse(scene.lake.places).tables}
    assert report["recording_calls"].made_days == 33  # two before, 28 whose clock it sets, and two days after those
    assert report["recording_clock"].made_days == 30
