"""What an operator sees of a failed step: one sentence with the remedy, its facts beside it, and nobody who retries."""

from __future__ import annotations

import errno
import os
from importlib.resources import files
from pathlib import Path

import dagster as dg
import pytest
import yaml

from unite_pipeline.definitions import build_definitions
from unite_pipeline.defs import warehouse
from unite_pipeline.defs.failures import told
from unite_pipeline.defs.report import REPORT
from unite_pipeline.errors import LakeError
from unite_pipeline.settings import Settings
from unite_pipeline.simulator import ALWAYS, Fault
from unite_pipeline.warehouse.model import WAREHOUSE_TABLES
from unite_pipeline_tests.defs.test_runs import SILENT, Operator, day_tags, operator

__all__ = ["operator"]


def failed(result: dg.ExecuteInProcessResult) -> dict[str, dg._core.events.UserFailureData]:
    """What the failed steps of a run tell, by step."""
    return {
        event.step_key: event.step_failure_data.user_failure_data
        for event in result.all_events
        if event.is_step_failure
    }


def facts(told_of: dg._core.events.UserFailureData) -> dict[str, object]:
    """The plain metadata of a failure."""
    return {name: value.value for name, value in told_of.metadata.items() if name != "api_errors"}


def test_a_revoked_login_is_told_once(operator: Operator) -> None:
    """A login that is refused fails the run with the remedy as its one sentence, after one request and one log-in."""
    assert operator.run(tags=day_tags(5, 4)).success
    operator.simulator.revoke_login_token()
    before = len(operator.simulator.requests)
    result = operator.run(tags=day_tags(5, 0))
    assert len(operator.simulator.requests) - before == 2
    (step,) = failed(result)
    assert step == "proof__sync"
    told_of = failed(result)[step]
    assert told_of.description.count("The log-in was refused") == 1
    assert "re-enable it in the Unite portal and run `unite-pipeline provision`" in told_of.description
    known = facts(told_of)
    assert (known["failure"], known["endpoint"]) == ("AuthenticationError", "applogin")
    assert "unite-pipeline provision" in known["to_do"]
    assert "cdr_logs" in known["not_proven"]


@pytest.mark.parametrize(
    ("fault", "status", "code", "name"),
    [
        (Fault("not_allowed", endpoint="listcallrecords", times=ALWAYS), 200, 1, "NotPermittedError"),
        (Fault("payload_too_large", endpoint="listcallrecords", times=ALWAYS), 413, None, "PayloadTooLargeError"),
        (Fault("server_error", endpoint="listcallrecords", times=ALWAYS), 500, None, "RetryableApiError"),
    ],
    ids=["not permitted", "too large", "server error"],
)
def test_a_failure_bears_its_facts(operator: Operator, fault: Fault, status: int, code: int | None, name: str) -> None:
    """Feed, endpoint, HTTP status, error code and what to do stand beside the sentence of the failed step."""
    operator.simulator.faults.add(fault)
    told_of = failed(operator.run("raw/call_records"))["raw__call_records"]
    known = facts(told_of)
    assert (known["feed"], known["endpoint"], known["http_status"]) == ("call_records", "listcallrecords", status)
    assert known.get("error_code") == code
    assert known["to_do"]
    assert known["failure"] == "not proven: call_records"
    (row,) = told_of.metadata["api_errors"].records
    assert row.data["error"] == name


def test_a_damaged_raw_file_names_itself(operator: Operator) -> None:
    """A raw page that cannot be read fails the lake's step with the file's name and what to do about it."""
    assert operator.run("raw/cdr_logs", tags=day_tags(8, 1)).success
    page = next(operator.places.raw.glob("cdr_logs/*/*/*/*/0001-of-*"))
    page.write_bytes(b"damaged")
    result = operator.run("lake/calls", "lake/call_legs", tags=day_tags(8, 1))
    told_of = failed(result)["lake_calls"]
    assert str(page) in told_of.description
    assert "Restore it from a back-up" in told_of.description
    assert facts(told_of)["failure"] == "LakeError"


def test_a_data_directory_of_another_account_is_wrong_settings(operator: Operator) -> None:
    """Settings that do not fit the data directory fail each step with the names of the settings, and ask nothing."""
    operator.settings = operator.settings.model_copy(update={"base_url": "https://pbx.example/v2"})
    before = len(operator.simulator.requests)
    told_of = failed(operator.run("raw/extensions"))["raw__extensions"]
    assert "UNITE_BASE_URL" in told_of.description
    assert facts(told_of)["failure"] == "ConfigurationError"
    assert len(operator.simulator.requests) == before


@pytest.mark.parametrize(
    ("wrong", "named"),
    [({"tenant": "other"}, "UNITE_TENANT"), ({"timezone": "Europe/Lisbon"}, "UNITE_TIMEZONE")],
    ids=["tenant", "zone"],
)
def test_nothing_is_made_under_the_settings_of_another_account(
    operator: Operator, wrong: dict[str, str], named: str
) -> None:
    """`publish` with a wrong tenant or zone fails each step by the setting's name; warehouse and report stay as is."""
    assert operator.run(tags=day_tags(5, 4)).success
    files = [operator.places.warehouse, operator.places.report]
    before = [file.read_bytes() for file in files]
    lake = sorted(operator.places.lake.rglob("*"))
    definitions = build_definitions(operator.settings.model_copy(update=wrong))
    result = definitions.resolve_job_def("publish").execute_in_process(
        instance=operator.instance, run_config=SILENT, tags=day_tags(5, 4), raise_on_error=False
    )
    told_of = failed(result)
    assert "lake_calls" in told_of
    assert all(named in each.description for each in told_of.values())
    assert [file.read_bytes() for file in files] == before
    assert sorted(operator.places.lake.rglob("*")) == lake
    single = definitions.resolve_job_def("sync").execute_in_process(
        instance=operator.instance,
        run_config=SILENT,
        asset_selection=[warehouse.key_of(table.name) for table in WAREHOUSE_TABLES] + [REPORT],
        raise_on_error=False,
    )
    assert set(failed(single)) == {"warehouse"}
    alone = definitions.resolve_job_def("sync").execute_in_process(
        instance=operator.instance, run_config=SILENT, asset_selection=[REPORT], raise_on_error=False
    )
    assert named in failed(alone)["report__index"].description
    checked = definitions.resolve_job_def("checks").execute_in_process(
        instance=operator.instance, run_config=SILENT, raise_on_error=False
    )
    assert named in failed(checked)["warehouse_checks"].description
    assert [file.read_bytes() for file in files] == before


def test_a_lake_without_days_says_what_to_do(operator: Operator) -> None:
    """The lake's calls asked for without a partition fail with a sentence, before anything is made."""
    told_of = failed(operator.run("lake/calls", "lake/call_legs"))["lake_calls"]
    assert told_of.description.startswith("This run has no days, so no table was made. Choose partitions")
    assert facts(told_of)["failure"] == "no days"


@pytest.mark.parametrize(
    ("number", "name", "says"),
    [
        (errno.ENOSPC, "disk full", "The disk is full: /data/raw/x could not be written. Make room on the disk"),
        (errno.EROFS, "no permission", "Read-only file system: /data/raw/x could not be used. Give the data directory"),
        (errno.EIO, "disk", "Input/output error: /data/raw/x could not be used. Check UNITE_DATA_DIR and its disk"),
    ],
    ids=["full", "read-only", "broken"],
)
@pytest.mark.parametrize("is_generator", [False, True], ids=["plain", "generator"])
def test_a_disk_says_what_to_do(number: int, name: str, says: str, *, is_generator: bool) -> None:
    """A full, read-only or broken disk is a failure with the remedy in its sentence, and nobody retries it."""

    def plain() -> None:
        raise OSError(number, os.strerror(number), "/data/raw/x")

    def generator():
        plain()
        yield

    with pytest.raises(dg.Failure) as raised:
        list(told(generator)()) if is_generator else told(plain)()
    assert raised.value.description.startswith(says)
    assert raised.value.metadata["failure"].value == name
    assert not raised.value.allow_retries


def test_a_fault_of_ours_stays_one() -> None:
    """What is none of the errors we know passes as it is, so that its traceback is there to be reported."""

    @told
    def broken() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        broken()


def test_what_a_failure_was_made_of_is_not_shown() -> None:
    """Of an error that was made of somebody else's only our text is told: the other's may quote a row."""

    @told
    def broken() -> None:
        raise LakeError("x cannot be read") from ValueError("canary row")

    with pytest.raises(dg.Failure) as raised:
        broken()
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_nobody_else_retries(tmp_path: Path) -> None:
    """No op has a retry policy, no job asks for retries, nor does the instance: the client alone retries."""
    definitions = build_definitions(Settings(data_dir=tmp_path))
    for job in definitions.resolve_all_job_defs():
        assert [node.name for node in job.all_node_defs if getattr(node, "retry_policy", None) is not None] == []
        assert job.op_retry_policy is None if hasattr(job, "op_retry_policy") else True
        assert not [tag for tag in job.tags if "retries" in tag]
    instance = yaml.safe_load(files("unite_pipeline").joinpath("dagster.yaml").read_text())
    assert "run_retries" not in instance
    assert "max_resume_run_attempts" not in instance["run_monitoring"]
