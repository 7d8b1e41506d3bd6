"""Runs whose process is gone are ended, and no other: by their lock, or by a lock that never came."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.remote_origin import ManagedGrpcPythonEnvCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from unite_pipeline import locks
from unite_pipeline.definitions import build_definitions
from unite_pipeline.instance import PROCESS_GONE, RUN_LOCK_TAG, end_dead_runs, look_after_runs, run_lock
from unite_pipeline.lake.places import Places
from unite_pipeline.settings import Settings
from unite_pipeline_tests.test_locks import when_opened

S = dg.DagsterRunStatus


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A data directory."""
    return Places(tmp_path, "main")


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """An instance of its own."""
    with dg.instance_for_test() as made:
        yield made


def launched(
    instance: dg.DagsterInstance,
    status: dg.DagsterRunStatus,
    location: str = "unite_pipeline",
    tags: dict[str, str] | None = None,
) -> dg.DagsterRun:
    """A run that a code server was told to start."""
    target = LoadableTargetOrigin(module_name="unite_pipeline.definitions")
    server = ManagedGrpcPythonEnvCodeLocationOrigin(target, location_name=location)
    origin = RemoteJobOrigin(RemoteRepositoryOrigin(server, "__repository__"), "sync")
    return instance.add_run(dg.DagsterRun(job_name="sync", status=status, remote_job_origin=origin, tags=tags or {}))


@pytest.mark.parametrize("status", [S.STARTING, S.STARTED], ids=["starting", "started"])
def test_a_run_that_never_took_its_lock(
    instance: dg.DagsterInstance, places: Places, status: dg.DagsterRunStatus
) -> None:
    """A run that shows no life is ended when it was seen so for three minutes, and not at the first look."""
    run = launched(instance, status)
    first = look_after_runs(instance, places, {}, 1000.0)
    assert (first.ended, first.suspects) == ((), {run.run_id: 1000.0})
    second = look_after_runs(instance, places, first.suspects, 1179.0)
    assert (second.ended, second.suspects) == ((), first.suspects)
    third = look_after_runs(instance, places, second.suspects, 1180.0)
    assert (third.ended, third.suspects) == ((run.run_id,), {})
    assert instance.get_run_by_id(run.run_id).status is S.FAILURE
    (told,) = [each.dagster_event.message for each in instance.all_logs(run.run_id) if each.dagster_event]
    assert PROCESS_GONE in told


def test_a_run_that_took_its_lock_in_time(instance: dg.DagsterInstance, places: Places) -> None:
    """A suspect that takes its lock is none any more; when its process dies it is ended at the next look."""
    run = launched(instance, S.STARTED)
    suspects = look_after_runs(instance, places, {}, 0.0).suspects
    path = run_lock(places, run.run_id)
    with locks.held(path):
        looked = look_after_runs(instance, places, suspects, 1e6)
        assert (looked.ended, looked.suspects) == ((), {})
    assert look_after_runs(instance, places, {}, 0.0).ended == (run.run_id,)
    assert not path.exists()


def test_a_run_of_the_command_line(instance: dg.DagsterInstance, places: Places) -> None:
    """A run of the command line lives under the lock that its tag names, and is ended as soon as that is free."""
    run = instance.add_run(dg.DagsterRun(job_name="sync", status=S.STARTED, tags={RUN_LOCK_TAG: "token"}))
    with locks.held(run_lock(places, "token")):
        assert end_dead_runs(instance, places) == 0
    assert end_dead_runs(instance, places) == 1
    assert instance.get_run_by_id(run.run_id).status is S.FAILURE
    assert not run_lock(places, "token").exists()


def test_a_run_of_the_command_line_that_is_executed_again(instance: dg.DagsterInstance, places: Places) -> None:
    """Executed again in the UI such a run bears the tag of a process that is gone, and lives by its own lock."""
    run = launched(instance, S.STARTED, tags={RUN_LOCK_TAG: "of a process that ended"})
    assert end_dead_runs(instance, places) == 0
    with locks.held(run_lock(places, run.run_id)):
        looked = look_after_runs(instance, places, {run.run_id: 0.0}, 1e6)
        assert (looked.ended, looked.suspects) == ((), {})
    assert end_dead_runs(instance, places) == 1


@pytest.mark.parametrize("tags", [{}, {RUN_LOCK_TAG: "token"}], ids=["own lock", "lock of its tag"])
def test_a_run_that_ends_while_it_is_looked_at(
    instance: dg.DagsterInstance, places: Places, tags: dict[str, str]
) -> None:
    """A run that comes to its end and frees its lock after the list of runs was read stays the success it is."""
    run = instance.add_run(dg.DagsterRun(job_name="sync", status=S.STARTED, tags=tags)) if tags else None
    run = run or launched(instance, S.STARTED)
    path = run_lock(places, tags.get(RUN_LOCK_TAG, run.run_id))
    path.parent.mkdir(parents=True)
    path.touch()

    def ends() -> None:
        instance.report_dagster_event(dg.DagsterEvent(dg.DagsterEventType.RUN_SUCCESS.value, "sync"), run.run_id)
        path.unlink()

    with when_opened(path, ends):
        assert look_after_runs(instance, places, {run.run_id: 0.0}, 1e6).ended == ()
    assert instance.get_run_by_id(run.run_id).status is S.SUCCESS


def test_a_clock_that_began_anew(instance: dg.DagsterInstance, places: Places) -> None:
    """After a start of the machine, whose clock begins anew, a suspect has its minutes once more."""
    run = launched(instance, S.STARTED)
    looked = look_after_runs(instance, places, {run.run_id: 5000.0}, 10.0)
    assert (looked.ended, looked.suspects) == ((), {run.run_id: 10.0})


@pytest.mark.parametrize("status", [S.QUEUED, S.NOT_STARTED, S.SUCCESS, S.CANCELED], ids=lambda each: each.value)
def test_runs_that_are_not_under_way(instance: dg.DagsterInstance, places: Places, status: dg.DagsterRunStatus) -> None:
    """Runs that wait, or have ended, are left alone."""
    run = launched(instance, status)
    assert look_after_runs(instance, places, {run.run_id: 0.0}, 1e6).ended == ()
    assert instance.get_run_by_id(run.run_id).status is status


def test_runs_of_other_code(instance: dg.DagsterInstance, places: Places) -> None:
    """A run of another code location on the same instance takes no lock of ours, and is left alone."""
    run = launched(instance, S.STARTED, location="somebody_else")
    assert look_after_runs(instance, places, {run.run_id: 0.0}, 1e6).ended == ()


def test_a_run_that_was_being_cancelled(instance: dg.DagsterInstance, places: Places) -> None:
    """A run whose process died while it was being cancelled ends as cancelled."""
    run = launched(instance, S.CANCELING)
    path = run_lock(places, run.run_id)
    path.parent.mkdir(parents=True)
    path.touch()
    assert end_dead_runs(instance, places) == 1
    assert instance.get_run_by_id(run.run_id).status is S.CANCELED


def test_the_sensor_keeps_what_it_saw(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    """The sensor is on without a login token too, remembers its suspects, and says which runs it ended."""
    sensor = build_definitions(Settings(data_dir=tmp_path)).resolve_sensor_def("end_dead_runs")
    assert sensor.default_status is dg.DefaultSensorStatus.RUNNING
    run = launched(instance, S.STARTED)
    with dg.build_sensor_context(instance=instance) as context:
        assert sensor.evaluate_tick(context).skip_message == "No run of a dead process"
        assert run.run_id in context.cursor
    path = run_lock(Places(tmp_path, "main"), run.run_id)
    path.parent.mkdir(parents=True)
    path.touch()
    with dg.build_sensor_context(instance=instance, cursor="{}") as context:
        assert sensor.evaluate_tick(context).skip_message == f"Ended 1 runs whose process is gone: {run.run_id}"
