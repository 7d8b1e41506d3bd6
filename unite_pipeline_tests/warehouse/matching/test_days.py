"""Which days are matched again, and that it makes no difference whether a day came first or last."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from unite_pipeline.simulator import CompanyPlan
from unite_pipeline.transform import (
    ALL_SNAPSHOTS,
    transform_calls,
    transform_coverage,
    transform_parties,
    transform_recordings,
    transform_snapshots,
)
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


def _bring_up_to_date(bench: Bench) -> None:
    """The tables of the lake that matching is made of, changed days alone."""
    transform_calls(bench.places, TIMEZONE)
    transform_recordings(bench.places, TIMEZONE)
    for snapshots in ALL_SNAPSHOTS:
        transform_snapshots(bench.places, TIMEZONE, snapshots)
    transform_parties(bench.places)
    transform_coverage(bench.places)


def test_day_by_day_is_as_from_scratch(tmp_path):
    """Hours of a company with late calls, each built on the last, end in the rows that a build from nothing makes."""
    plan = CompanyPlan(
        seed=5,
        first_day=date(2026, 10, 22),
        calls_per_working_day=200,
        extension_count=8,
        late_share=0.2,
        late_max_s=40_000,
        internal_rows=2,
        recorder=HARD_HABITS,
    )
    bench = Bench(tmp_path / "data", plan=plan, now=datetime(2026, 10, 26, 9, 30, tzinfo=UTC))
    lake = Writer(bench.places)
    confidences = []
    for _ in range(4):
        bench.sync_everything()
        _bring_up_to_date(bench)
        build_warehouse(bench.places)
        confidences.append(dict(lake.query("select callrecordkey, confidence from recording_calls")))
        bench.time.pass_time(7 * 3600)
    found = contents(lake)
    late = [key for key, was in confidences[1].items() if was == "none" and confidences[-1][key] == "strong"]
    assert late, "no call came later than its recording"
    assert all(found[table.name] for table in TABLES)
    rebuild_warehouse(bench.places)
    assert contents(lake) == found


@pytest.mark.parametrize("history", [36, 44])
def test_what_a_day_costs(scene, history):
    """A day whose calls changed has its neighbours and the days it sets the clock of made again, and no more."""
    noon = scene.start
    for number in range(history):
        scene.start = noon + timedelta(days=number)
        scene.call(f"a{number}")
        scene.recording(f"r{number}")
    scene.build()
    day = f"{noon + timedelta(days=5):%Y-%m-%d}"
    scene.lake.put("calls", day, {**scene._calls[5], "talk_s": 59})
    made = {table.table: table.made_days for table in build_warehouse(scene.lake.places).tables}
    assert made["recording_clock"] == 1 + 1 + 28
    assert made["recording_calls"] == made["recording_clock"] + 2 + 2
    assert scene.evidence("r5", "duration_difference_s") == (1,)
