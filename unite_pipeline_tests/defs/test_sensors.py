"""Which runs leave the warehouse behind, and what the job that brings it up to date is told."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from unite_pipeline.definitions import build_definitions
from unite_pipeline.defs.sensors import spans
from unite_pipeline.extract.days import DayRange
from unite_pipeline.settings import Settings

STATUS = dg.DagsterRunStatus
RAW, LAKE, WAREHOUSE = (dg.AssetKey([layer, name]) for layer, name in
                        [("raw", "cdr_logs"), ("lake", "calls"), ("warehouse", "calls")])  # fmt: skip
AUDIO = dg.AssetKey(["audio", "recordings"])


class Watched:
    """An installation whose sensor is asked again and again."""

    def __init__(self, settings: Settings, instance: dg.DagsterInstance) -> None:
        self.instance = instance
        self._definitions = build_definitions(settings)
        self._sensor = self._definitions.resolve_sensor_def("publish_what_came")
        self._cursor: str | None = None
        self._keys: set[str] = set()
        self.tick()

    def tick(self) -> list[tuple[str, str]]:
        """First and last day of each run that the sensor asks for."""
        context = dg.build_sensor_context(instance=self.instance, cursor=self._cursor, definitions=self._definitions)
        with context:
            done = self._sensor.evaluate_tick(context)
        self._cursor = done.cursor or self._cursor
        keys = [request.run_key for request in done.run_requests or []]
        assert not self._keys.intersection(keys)  # Dagster starts nothing under a name that it has had
        self._keys.update(keys)
        tags = [request.tags for request in done.run_requests or []]
        return [
            (each["dagster/asset_partition_range_start"], each["dagster/asset_partition_range_end"]) for each in tags
        ]

    def ended(
        self,
        status: dg.DagsterRunStatus,
        keys: Iterable[dg.AssetKey],
        *,
        made: Iterable[dg.AssetKey] = (),
        job: str = "__ASSET_JOB",
        day: str = "2026-11-01",
        last: str | None = None,
        ago_s: float = 0.0,
    ) -> None:
        """A run of a day, or through a last one, that has ended, and what it had made of that day until then."""
        tags = {"dagster/asset_partition_range_start": day, "dagster/asset_partition_range_end": last or day}
        run = self.instance.add_run(
            dg.DagsterRun(job_name=job, status=STATUS.STARTED, tags=tags, asset_selection=frozenset(keys) or None)
        )
        for key in made:
            self.instance.report_dagster_event(
                dg.DagsterEvent(
                    dg.DagsterEventType.ASSET_MATERIALIZATION.value,
                    job,
                    event_specific_data=dg._core.events.StepMaterializationData(
                        dg.AssetMaterialization(key, partition=day)
                    ),
                ),
                run.run_id,
            )
        kinds = {
            STATUS.SUCCESS: dg.DagsterEventType.RUN_SUCCESS,
            STATUS.FAILURE: dg.DagsterEventType.RUN_FAILURE,
            STATUS.CANCELED: dg.DagsterEventType.RUN_CANCELED,
        }
        event = dg.DagsterEvent(kinds[status].value, job)
        self.instance.report_dagster_event(event, run.run_id, timestamp=time.time() - ago_s)


@pytest.fixture
def watched(tmp_path: Path):
    """A sensor that looks at runs that end from now on."""
    with dg.instance_for_test() as instance:
        yield Watched(Settings(data_dir=tmp_path, start_date=date(2020, 1, 1)), instance)


DAY = [("2026-11-01", "2026-11-01")]


@pytest.mark.parametrize("status", [STATUS.SUCCESS, STATUS.FAILURE, STATUS.CANCELED], ids=["done", "failed", "ended"])
@pytest.mark.parametrize("key", [RAW, LAKE, AUDIO], ids=["raw", "lake", "audio"])
def test_a_part_is_published(watched: Watched, key: dg.AssetKey, status: dg.DagsterRunStatus) -> None:
    """What a run of one asset brought is published with its day, however the run ended, and once."""
    watched.ended(status, [key], made=[RAW])
    assert watched.tick() == DAY
    assert watched.tick() == []


@pytest.mark.parametrize("job", ["sync", "__ASSET_JOB"])
@pytest.mark.parametrize(
    ("status", "made", "asked"),
    [
        (STATUS.SUCCESS, [RAW, LAKE, WAREHOUSE], []),
        (STATUS.FAILURE, [RAW, LAKE, WAREHOUSE], []),
        (STATUS.FAILURE, [RAW, LAKE], DAY),
        (STATUS.CANCELED, [RAW], DAY),
    ],
    ids=["done", "failed at its verdict", "failed before", "ended"],
)
def test_a_whole_run_that_did_not_publish(
    watched: Watched, job: str, status: dg.DagsterRunStatus, made: list[dg.AssetKey], asked: list[tuple[str, str]]
) -> None:
    """A run with the warehouse is followed by a publication only where it ended before its own."""
    watched.ended(status, [] if job == "sync" else [RAW, LAKE, WAREHOUSE], made=made, job=job)
    assert watched.tick() == asked


def test_failed_checks_are_not_followed_by_a_publication(watched: Watched) -> None:
    """A run of the checks fails where one does; it brought nothing that could be published."""
    watched.ended(STATUS.FAILURE, [], job="checks")
    assert watched.tick() == []


def test_an_end_that_comes_to_light_late_is_published(watched: Watched) -> None:
    """A run whose end is dated before that of another, and written after it was looked at, is published, and once."""
    for ago_s in (0, 100):
        watched.ended(STATUS.SUCCESS, [RAW], ago_s=ago_s)
        assert watched.tick() == DAY
        assert watched.tick() == []


def test_a_moment_kept_by_an_earlier_version_is_understood(watched: Watched) -> None:
    """A cursor that is a moment alone goes on from that moment."""
    watched._cursor = str(time.time())
    watched.ended(STATUS.SUCCESS, [RAW])
    assert watched.tick() == DAY


def test_a_failed_sync_of_the_command_line_is_published(tmp_path: Path) -> None:
    """A whole job that ran in the command's own process and broke down before its publication is followed by one."""

    @dg.asset(key=WAREHOUSE, deps=[RAW])
    def never() -> None:
        """Is not reached."""

    @dg.asset(key=RAW)
    def breaks() -> None:
        raise ValueError

    made = dg.Definitions(assets=[breaks, never], jobs=[dg.define_asset_job("sync")])
    with dg.instance_for_test() as instance:
        watched = Watched(Settings(data_dir=tmp_path, start_date=date(2020, 1, 1)), instance)
        tags = {"dagster/asset_partition_range_start": "2026-11-01", "dagster/asset_partition_range_end": "2026-11-01"}
        made.resolve_job_def("sync").execute_in_process(instance=instance, tags=tags, raise_on_error=False)
        assert len(watched.tick()) == 1


def test_only_days_that_came_are_told(watched: Watched) -> None:
    """Of a back-fill that was cancelled only the days that it had done are told of as made."""
    watched.ended(STATUS.CANCELED, [RAW], made=[RAW], last="2026-11-20")
    assert watched.tick() == DAY


def test_no_publication_follows_itself(watched: Watched) -> None:
    """Neither a publication nor one that failed asks for another."""
    watched.ended(STATUS.SUCCESS, [], job="publish")
    watched.ended(STATUS.FAILURE, [], job="publish")
    assert watched.tick() == []


def test_days_far_apart_are_told_apart(watched: Watched) -> None:
    """Two single days years apart are two short runs, not one over all years between."""
    watched.ended(STATUS.SUCCESS, [RAW], day="2020-01-05")
    watched.ended(STATUS.SUCCESS, [RAW], day="2026-11-01")
    assert watched.tick() == [("2020-01-05", "2020-01-05"), *DAY]


def test_days_near_each_other_are_one() -> None:
    """Overlapping and neighbouring ranges become one, in whatever order they came."""
    near = [
        (date(2026, 3, 5), date(2026, 3, 9)),
        (date(2026, 3, 1), date(2026, 3, 6)),
        (date(2026, 3, 10), date(2026, 3, 16)),
    ]
    assert spans(DayRange(*each) for each in near) == [DayRange(date(2026, 3, 1), date(2026, 3, 16))]
    assert spans([]) == []
