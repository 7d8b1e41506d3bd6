"""When the nightly and the weekly run come: once, after sleep too, never beside another, on days of 23 hours too."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from unite_pipeline.definitions import build_definitions
from unite_pipeline.defs.raw import CDR_LOGS
from unite_pipeline.defs.schedules import nightly_plan
from unite_pipeline.settings import Settings

ZONE = ZoneInfo("Europe/Amsterdam")
HOURLY = {"dagster/schedule_name": "hourly"}
RANGE = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation that was never run."""
    return Settings(data_dir=tmp_path, start_date=date(2026, 1, 1))


def tick(settings: Settings, name: str, instance: dg.DagsterInstance, at: datetime) -> dg.RunRequest | str:
    """What a tick asks for at that local moment, or why it asks for nothing."""
    schedule = build_definitions(settings).resolve_schedule_def(name)
    moment = at.astimezone(UTC)
    with dg.build_schedule_context(instance=instance, scheduled_execution_time=moment) as context:
        done = schedule.evaluate_tick(context)
    return done.run_requests[0] if done.run_requests else done.skip_message


def under_way(tags: dict[str, str], job: str = "sync") -> dg.DagsterRun:
    """A run that is under way."""
    return dg.DagsterRun(job_name=job, status=dg.DagsterRunStatus.STARTED, tags=tags)


@pytest.mark.parametrize("name", ["hourly", "nightly", "weekly"])
@pytest.mark.parametrize(
    ("tags", "job"),
    [
        ({"dagster/backfill": "year"}, "__ASSET_JOB"),
        ({"dagster/backfill": "year"}, "sync"),
        ({"dagster/schedule_name": "hourly", "unite_pipeline/older": "true"}, "sync"),
        ({"dagster/schedule_name": "weekly", "unite_pipeline/sweep": "true"}, "sync"),
        ({}, "sync"),
    ],
    ids=["back-fill of assets", "back-fill of the job", "older days", "sweep", "by hand"],
)
def test_no_refresh_waits_for_what_gives_way(settings: Settings, name: str, tags: dict[str, str], job: str) -> None:
    """A back-fill of hours, older days, a sweep or a run started by hand hold no refresh off: they give way to it."""
    with dg.instance_for_test() as instance:
        instance.add_run(under_way(tags, job))
        assert isinstance(tick(settings, name, instance, datetime(2026, 11, 24, 8, 5, tzinfo=ZONE)), dg.RunRequest)


@pytest.mark.parametrize("name", ["hourly", "nightly", "weekly"])
def test_never_two_refreshes(settings: Settings, name: str) -> None:
    """While a refresh is under way no other one starts, whichever schedule is to start it."""
    with dg.instance_for_test() as instance:
        instance.add_run(under_way(HOURLY))
        assert "under way" in tick(settings, name, instance, datetime(2026, 11, 24, 8, 5, tzinfo=ZONE))


@pytest.mark.parametrize("name", ["nightly", "weekly"])
@pytest.mark.parametrize(("has_token", "status"), [(True, "RUNNING"), (False, "STOPPED")], ids=["token", "none"])
def test_on_by_token(settings: Settings, name: str, *, has_token: bool, status: str) -> None:
    """Both are on from the start where there is a login token, and off where they could only fail."""
    if has_token:
        (settings.data_dir / "login_token").write_text("token")
    assert build_definitions(settings).resolve_schedule_def(name).default_status.value == status


@pytest.mark.parametrize(
    ("name", "first", "marks"),
    [
        ("nightly", date(2026, 11, 22), {"unite_pipeline/reread": "true", "unite_pipeline/night": "2026-11-23"}),
        ("weekly", date(2026, 10, 24), {"unite_pipeline/sweep": "true", "unite_pipeline/week": "2026-11-22"}),
    ],
    ids=["nightly", "weekly"],
)
def test_one_run_whenever_it_comes(settings: Settings, name: str, first: date, marks: dict[str, str]) -> None:
    """A tick that meets another run asks for none, the next one asks for the run, and later ones know that it was."""
    with dg.instance_for_test() as instance:
        other = instance.add_run(under_way(HOURLY))
        assert "under way" in tick(settings, name, instance, datetime(2026, 11, 24, 8, 2, tzinfo=ZONE))
        instance.report_run_failed(other)
        asked = tick(settings, name, instance, datetime(2026, 11, 24, 14, 2, tzinfo=ZONE))  # hours of sleep later
        assert asked.tags | marks == asked.tags
        assert tuple(asked.tags[tag] for tag in RANGE) == (str(first), "2026-11-24")
        instance.add_run(dg.DagsterRun(job_name="sync", status=dg.DagsterRunStatus.SUCCESS, tags=asked.tags))
        assert "was had" in tick(settings, name, instance, datetime(2026, 11, 24, 15, 2, tzinfo=ZONE))
        assert isinstance(tick(settings, name, instance, datetime(2026, 12, 1, 15, 2, tzinfo=ZONE)), dg.RunRequest)


@pytest.mark.parametrize(
    ("day", "final_at"),
    [
        (date(2026, 3, 29), "07:00"),
        (date(2026, 10, 25), "05:00"),
        (date(2026, 11, 24), "06:00"),
    ],
    ids=["23 hours", "25 hours", "24 hours"],
)
def test_no_night_is_closed_too_early(day: date, final_at: str) -> None:
    """Yesterday is read six real hours after its end, also on the days on which clocks change."""
    final = datetime.combine(day, datetime.strptime(final_at, "%H:%M").time(), ZONE).astimezone(UTC)  # noqa: DTZ007
    early = nightly_plan(final - timedelta(seconds=1), ZONE, date(2026, 1, 1), 2)
    assert early == f"Yesterday may be final at {final_at}, not before"
    assert nightly_plan(final, ZONE, date(2026, 1, 1), 2)[0] == str(day - timedelta(days=1))


@pytest.mark.parametrize("name", ["nightly", "weekly"])
@pytest.mark.parametrize("status", [dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED], ids=["failed", "ended"])
def test_a_run_in_vain_is_tried_again(settings: Settings, name: str, status: dg.DagsterRunStatus) -> None:
    """A night's or a week's run that failed or was cancelled is asked for again by later ticks, three times in all."""
    at = datetime(2026, 11, 24, 8, 2, tzinfo=ZONE)
    with dg.instance_for_test() as instance:
        for hours in range(3):
            asked = tick(settings, name, instance, at + timedelta(hours=hours))
            assert isinstance(asked, dg.RunRequest)
            instance.add_run(dg.DagsterRun(job_name="sync", status=status, tags=asked.tags))
        assert "was tried 3 times" in tick(settings, name, instance, at + timedelta(hours=3))


def test_an_outage_of_a_morning_loses_no_week(settings: Settings) -> None:
    """A week whose three tries of Sunday were in vain has three more on Monday, and none after its run was had."""
    with dg.instance_for_test() as instance:
        for day in (22, 23):
            for hour in (6, 7, 8):
                asked = tick(settings, "weekly", instance, datetime(2026, 11, day, hour, 32, tzinfo=ZONE))
                assert asked.tags["unite_pipeline/week"] == "2026-11-22"
                instance.add_run(dg.DagsterRun(job_name="sync", status=dg.DagsterRunStatus.FAILURE, tags=asked.tags))
            said = tick(settings, "weekly", instance, datetime(2026, 11, day, 9, 32, tzinfo=ZONE))
            assert "was tried 3 times today" in said
        asked = tick(settings, "weekly", instance, datetime(2026, 11, 24, 6, 32, tzinfo=ZONE))
        instance.add_run(dg.DagsterRun(job_name="sync", status=dg.DagsterRunStatus.SUCCESS, tags=asked.tags))
        for day in (24, 28):
            assert "was had" in tick(settings, "weekly", instance, datetime(2026, 11, day, 7, 32, tzinfo=ZONE))


@pytest.mark.parametrize("content", [b"{", b'{"reason": "\xff"}'], ids=["no JSON", "no UTF-8"])
def test_a_damaged_manifest_does_not_stop_the_hours(settings: Settings, content: bytes) -> None:
    """Where a proof cannot be read the tick asks for today and the look-back, and that run says which file it is."""
    damaged = settings.data_dir / "raw" / "cdr_logs" / "tenant=main" / "2026-11" / "read" / "manifest.json"
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(content)
    now = datetime.now(UTC)
    with dg.instance_for_test() as instance:
        asked = tick(settings, "hourly", instance, now)
        first, last = (asked.tags[tag] for tag in RANGE)
        today = now.astimezone(ZONE).date()
        assert (first, last) == (str(today - timedelta(days=settings.lookback_days)), str(today))
        (settings.data_dir / "login_token").write_text("token")
        job = build_definitions(settings).resolve_job_def("sync")
        result = job.execute_in_process(
            instance=instance, tags=asked.tags, asset_selection=[CDR_LOGS], raise_on_error=False
        )
    (failed,) = [event for event in result.all_events if event.is_step_failure]
    told = failed.step_failure_data.user_failure_data.description
    assert told.startswith(f"The manifest {damaged} cannot be read")
    assert "Restore it from a back-up" in told


@pytest.mark.parametrize("job", ["__ASSET_JOB", "sync_calls"])
def test_no_older_days_beside_a_backfill(settings: Settings, job: str) -> None:
    """While a back-fill reads days, whatever job it is part of, an hourly tick asks for the newest days alone."""
    schedule = build_definitions(settings).resolve_schedule_def("hourly")
    moment = datetime(2026, 11, 24, 8, 5, tzinfo=ZONE).astimezone(UTC)
    asked = []
    with dg.instance_for_test() as instance:
        for _ in range(2):
            with dg.build_schedule_context(instance=instance, scheduled_execution_time=moment) as context:
                asked.append(schedule.evaluate_tick(context).run_requests)
            instance.add_run(under_way({"dagster/backfill": "year"}, job))
    assert ["unite_pipeline/older" in each.tags for each in asked[0]] == [False, True]
    assert ["unite_pipeline/older" in each.tags for each in asked[1]] == [False]


def test_no_day_wanted_yet(tmp_path: Path) -> None:
    """With a first day in the future every schedule says so, and fails at nothing."""
    settings = Settings(data_dir=tmp_path, start_date=date(2099, 1, 1))
    with dg.instance_for_test() as instance:
        at = datetime(2026, 11, 24, 8, 5, tzinfo=ZONE)
        said = {name: tick(settings, name, instance, at) for name in ("hourly", "nightly", "weekly")}
    assert said == {
        "hourly": "UNITE_START_DATE is in the future",
        "nightly": "No day is over yet",
        "weekly": "UNITE_START_DATE is in the future",
    }
