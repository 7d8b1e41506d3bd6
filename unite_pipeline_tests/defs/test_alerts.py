"""The sensor that tells of failures: what it says of real runs, and that it breaks nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import dagster as dg
import pytest

from unite_pipeline.alerts.book import Book, Ended
from unite_pipeline.cli.provision import provision_with
from unite_pipeline.definitions import build_definitions
from unite_pipeline.defs.alerts import ended_of, look
from unite_pipeline.installation import login_token
from unite_pipeline.settings import Settings, load_settings
from unite_pipeline_tests.alerts.receivers import Hook, hook
from unite_pipeline_tests.defs.test_runs import PLAN, Operator, day_tags, operator
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
