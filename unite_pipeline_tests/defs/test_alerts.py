"""The sensor that tells of failures: what it says of real runs, and that it breaks nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import msgspec
import pytest

from unite_pipeline.alerts.book import Book, Ended
from unite_pipeline.cli.provision import provision_with
from unite_pipeline.definitions import build_definitions
from unite_pipeline.defs.alerts import ended_of, look
from unite_pipeline.installation import login_token
from unite_pipeline.settings import Settings, load_settings
from unite_pipeline_tests.alerts.receivers import Hook, hook
from unite_pipeline_tests.defs.test_runs import PLAN, SILENT, Operator, day_tags, operator
from unite_pipeline_tests.end_to_end.installation import days_ago

__all__ = ["operator"]
DAYS = day_tags(5, 4)


@pytest.fixture
def receiver() -> Iterator[Hook]:
    """Somebody who is told."""
    with hook() as made:
        yield made


@pytest.fixture
def tick(operator: Operator, receiver: Hook) -> Callable[[], str]:
    """A look of the sensor; it keeps its cursor. Returns what it says."""
    settings = operator.settings.model_copy(
        update={"alert_webhook_url": load_settings(alert_webhook_url=receiver.url).alert_webhook_url}
    )
    sensor = build_definitions(settings).resolve_sensor_def("alerts")
    cursor = [None]

    def evaluate() -> str:
        with dg.build_sensor_context(instance=operator.instance, cursor=cursor[0]) as context:
            said = sensor.evaluate_tick(context)
            cursor[0] = context.cursor
        return said.skip_message

    assert evaluate() == "0 alerts sent, 0 on their way"  # from now on
    return evaluate


def ended_as(instance: dg.DagsterInstance, run_id: str) -> Ended | None:
    """What is told of a run."""
    return ended_of(instance, instance.get_run_record_by_id(run_id))


def test_a_refused_login_is_told_once_and_that_it_works_again(
    operator: Operator, receiver: Hook, tick: Callable[[], str]
) -> None:
    """A refused login: one alert with the remedy, none for the same an hour later, one when it works again."""
    operator.simulator.revoke_login_token()
    assert not operator.run(tags=DAYS).success
    assert tick() == "1 alerts sent, 0 on their way"
    assert not operator.run(tags=DAYS).success
    assert tick() == "0 alerts sent, 0 on their way"
    (alert,) = receiver.got
    assert (alert["kind"], alert["job"], alert["failure"]) == ("failed", "sync", "AuthenticationError")
    assert alert["text"].count("The log-in was refused") == 1
    assert "unite-pipeline provision" in alert["to_do"]
    token = operator.settings.data_dir / "login_token"
    token.unlink()
    provision_with(operator.settings, operator.simulator.enable_invitation())
    assert operator.run(tags=DAYS).success
    assert operator.run(tags=DAYS).success
    assert tick() == "1 alerts sent, 0 on their way"
    assert receiver.got[1]["text"].splitlines()[0] == "[unite-pipeline main] sync is working again"


def test_nothing_is_lost_while_nobody_listens(operator: Operator, receiver: Hook, tick: Callable[[], str]) -> None:
    """A receiver that fails breaks nothing: the tick says so, and the alert stays in the cursor."""
    operator.simulator.revoke_login_token()
    assert not operator.run(tags=DAYS).success
    receiver.status = 500
    assert tick() == "0 alerts sent, 1 on their way; webhook: HTTP 500"
    assert receiver.got == []


def test_no_secret_and_nothing_personal(operator: Operator, receiver: Hook, tick: Callable[[], str]) -> None:
    """An alert holds neither the login token nor any number of the company."""
    operator.simulator.revoke_login_token()
    assert not operator.run(tags=DAYS).success
    tick()
    said = str(receiver.got)
    numbers = {
        leg.number
        for call in operator.simulator.truth.calls(PLAN.first_day, days_ago(0))
        for leg in call.legs
        if len(leg.number) > 6
    }
    assert numbers
    assert not [number for number in numbers if number in said]
    assert login_token(operator.settings) not in said


@pytest.mark.parametrize("is_set", [True, False], ids=["named", "nobody"])
def test_on_where_somebody_is_named(operator: Operator, *, is_set: bool) -> None:
    """The sensor is on from the start where the settings name somebody, and off elsewhere."""
    more = {"alert_webhook_url": "https://hooks.example/x"} if is_set else {}
    settings = load_settings(data_dir=operator.settings.data_dir, **more)
    status = build_definitions(settings).resolve_sensor_def("alerts").default_status
    assert status is (dg.DefaultSensorStatus.RUNNING if is_set else dg.DefaultSensorStatus.STOPPED)


class TestRuns:
    """What is told of a run, by how it ended."""

    @pytest.fixture
    def instance(self) -> Iterator[dg.DagsterInstance]:
        with dg.instance_for_test() as made:
            yield made

    def run(self, instance: dg.DagsterInstance, tags: dict[str, str] | None = None) -> dg.DagsterRun:
        return instance.add_run(dg.DagsterRun(job_name="sync", status=dg.DagsterRunStatus.STARTED, tags=tags or {}))

    def test_cancelled_by_hand(self, instance: dg.DagsterInstance) -> None:
        """A run that somebody cancelled is told to nobody."""
        run = self.run(instance)
        instance.report_run_canceling(run)
        instance.report_run_canceled(run)
        assert ended_as(instance, run.run_id) is None

    def test_cancelled_from_the_queue(self, instance: dg.DagsterInstance) -> None:
        """A run that somebody cancelled while it waited in the queue is told to nobody either."""
        run = self.run(instance)
        instance.report_run_canceling(run, message="Canceling run from the queue.")
        instance.report_run_canceled(run)
        assert ended_as(instance, run.run_id) is None

    def test_cancelled_by_the_machine(self, instance: dg.DagsterInstance) -> None:
        """A run that Dagster's run monitoring ends is told, with its reason; figures do not make it another failure."""
        run = self.run(instance)
        instance.report_run_canceling(run, "Canceling due to exceeding maximum runtime of 21600 seconds.")
        instance.report_run_canceling(run)
        instance.report_run_canceled(run)
        told = ended_as(instance, run.run_id)
        assert told.kind.value == "canceled"
        assert told.failure == "Canceling due to exceeding maximum runtime of # seconds."

    def test_a_dead_process(self, instance: dg.DagsterInstance) -> None:
        """A run whose process was killed is told as that."""
        run = self.run(instance)
        instance.report_run_failed(run, "The process of this run is gone; the next sync goes on where it stopped")
        told = ended_as(instance, run.run_id)
        assert told.reason == "The process of this run is gone; the next sync goes on where it stopped"

    @pytest.mark.parametrize(
        ("tags", "job"),
        [
            ({"unite_pipeline/older": "true"}, "sync (older days)"),
            ({"dagster/backfill": "abc"}, "sync (back-fill)"),
            ({}, "sync"),
        ],
        ids=["older", "back-fill", "plain"],
    )
    def test_what_sets_runs_apart(self, instance: dg.DagsterInstance, tags: dict[str, str], job: str) -> None:
        """Older days that cannot be had are no failure of today's refresh, nor does that mend them."""
        assert ended_as(instance, self.run(instance, tags).run_id).job == job

    def test_somebody_elses_error_is_not_quoted(self, instance: dg.DagsterInstance) -> None:
        """Of an error that is none of ours the kind and the step are told, and not its text, which may quote a row."""

        @dg.op
        def breaks() -> None:
            raise ValueError("canary row")

        @dg.job
        def broken() -> None:
            breaks()

        result = broken.execute_in_process(instance=instance, raise_on_error=False)
        told = ended_as(instance, result.run_id)
        assert (told.failure, told.reason) == ("ValueError in breaks", "The step breaks ended with ValueError")

    @pytest.mark.parametrize("where", ["plain", "wrapped"])
    def test_a_restart_goes_on_by_itself(self, instance: dg.DagsterInstance, where: str) -> None:
        """A step that was told to end, as by a restart of the code server, is no fault that is to be reported."""

        @dg.op
        def works() -> None:
            if where == "wrapped":
                raise RuntimeError from dg.DagsterExecutionInterruptedError
            raise dg.DagsterExecutionInterruptedError

        @dg.job
        def job() -> None:
            works()

        result = job.execute_in_process(instance=instance, raise_on_error=False)
        told = ended_as(instance, result.run_id)
        assert told.reason == (
            "The process of this run was told to end, as when the code server or the machine is restarted"
        )
        assert told.to_do.startswith("Nothing: the next run goes on where this one stopped")

    def test_a_run_that_cannot_begin(self, tmp_path: Path, instance: dg.DagsterInstance) -> None:
        """Where the folder of the locks cannot be used no step begins: the alert says which file, and what to do."""
        (tmp_path / "locks").write_text("no folder")
        result = (
            build_definitions(Settings(data_dir=tmp_path))
            .resolve_job_def("publish")
            .execute_in_process(instance=instance, run_config=SILENT, raise_on_error=False)
        )
        told = ended_as(instance, result.run_id)
        assert told.failure == "the run could not begin"
        assert told.reason.startswith("File exists: ")
        assert f"{tmp_path / 'locks'} could not be used. Check UNITE_DATA_DIR and its disk" in told.reason
        assert told.to_do == "Do what the message says: until then no run can begin"

    @pytest.mark.parametrize("job", ["__ASSET_JOB", "sync"], ids=["assets", "a part of a job"])
    def test_by_hand_nothing_works_again(self, instance: dg.DagsterInstance, job: str) -> None:
        """Assets that somebody chose and that failed are told; that others went well says nothing of those."""
        book = Book(since=0)
        for asset, status in [("a", dg.DagsterRunStatus.FAILURE), ("b", dg.DagsterRunStatus.SUCCESS)]:
            instance.add_run(dg.DagsterRun(job_name=job, status=status, asset_selection={dg.AssetKey(asset)}))
        look(instance, book, "main", ["ear"])
        (told,) = book.pending
        assert told.alert.subject.startswith("[unite-pipeline main] assets by hand failed: The process of this run")

    def test_an_end_that_comes_to_light_late_is_told(self, instance: dg.DagsterInstance) -> None:
        """A run whose end is dated before that of another, and written after it was looked at, is told, and once."""
        book, now = Book(since=0), time.time()
        for why, ago_s in (("first", 0), ("late", 100)):
            self.fails(instance, self.run(instance), why, now - ago_s)
            for _ in range(2):
                look(instance, book, "main", ["ear"])
        assert [each.alert.reason for each in book.pending] == ["first", "late"]
        assert [each.repeats for each in book.told.values()] == [0, 0]

    def test_many_that_end_at_once_are_each_told_once(self, instance: dg.DagsterInstance) -> None:
        """Of more runs in one moment than a look takes, or remembers, each is noted once, cancelled ones too."""
        book, now = Book(since=0), time.time()
        for number in range(230):
            run = self.run(instance)
            if number % 2:
                instance.report_dagster_event(
                    dg.DagsterEvent(dg.DagsterEventType.RUN_CANCELED.value, "sync"), run.run_id, timestamp=now
                )
            else:
                self.fails(instance, run, "x", now)
        for _ in range(5):
            look(instance, book, "main", ["ear"])
        assert len(book.seen) == 230
        assert book.told["sync\nx"].repeats == 114

    @staticmethod
    def fails(instance: dg.DagsterInstance, run: dg.DagsterRun, why: str, at: float) -> None:
        """Let a run fail at a moment."""
        event = dg.DagsterEvent(dg.DagsterEventType.RUN_FAILURE.value, "sync", message=why)
        instance.report_dagster_event(event, run.run_id, timestamp=at)

    def test_a_cursor_of_an_earlier_version(self, tmp_path: Path, instance: dg.DagsterInstance) -> None:
        """What an earlier version kept in another shape does not keep the sensor from telling what comes."""
        settings = load_settings(data_dir=tmp_path, alert_webhook_url="https://hooks.example/x")
        sensor = build_definitions(settings).resolve_sensor_def("alerts")
        now = time.time()
        told = f'"told": {{"sync\\nx": {{"told_at": {now - 3000}}}}}'
        old = f'{{"since": {now - 3600}, {told}, "pending": [{{"alert": {{}}, "targets": ["webhook"]}}]}}'
        self.fails(instance, self.run(instance), "x", now - 1800)
        with dg.build_sensor_context(instance=instance, cursor=old) as context:
            sensor.evaluate_tick(context)
            book = msgspec.json.decode(context.cursor, type=Book)
        assert (book.told["sync\nx"].repeats, len(book.seen)) == (1, 1)

    def test_old_failures_are_no_news(self, tmp_path: Path, instance: dg.DagsterInstance) -> None:
        """Alerts that are switched on again after a month tell of the last day alone."""
        settings = load_settings(data_dir=tmp_path, alert_webhook_url="https://hooks.example/x")
        sensor = build_definitions(settings).resolve_sensor_def("alerts")
        now = time.time()
        for why, ago_s in (("long ago", 5 * 86_400), ("today", 1800)):
            self.fails(instance, self.run(instance), why, now - ago_s)
        old = f'{{"since": {now - 30 * 86_400}}}'
        with dg.build_sensor_context(instance=instance, cursor=old) as context:
            sensor.evaluate_tick(context)
            book = msgspec.json.decode(context.cursor, type=Book)
        assert list(book.told) == ["sync\ntoday"]

    def test_all_runs_are_looked_at(self, instance: dg.DagsterInstance) -> None:
        """Runs that end between two looks are each noted once, however many looks come after."""
        book = Book(since=0)
        for _ in range(3):
            instance.report_run_failed(self.run(instance), "x")
            look(instance, book, "main", ["ear"])
        assert len(book.seen) == 3
        assert book.told["sync\nx"].repeats == 2
        assert len(book.pending) == 1


def test_settings_that_name_nobody(tmp_path) -> None:
    """Switched on by hand without settings, the sensor says what is missing."""
    sensor = build_definitions(Settings(data_dir=tmp_path)).resolve_sensor_def("alerts")
    with dg.instance_for_test() as instance, dg.build_sensor_context(instance=instance) as context:
        said = sensor.evaluate_tick(context).skip_message
    assert said == "UNITE_ALERT_WEBHOOK_URL and UNITE_ALERT_MAIL_TO name nobody"
