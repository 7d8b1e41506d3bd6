"""Nothing of a person in what Dagster stores, in its logs, or in anything that is printed, whatever goes wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from unite_pipeline.simulator import ALWAYS, CompanyPlan, Fault
from unite_pipeline_tests.end_to_end.containers import found_in
from unite_pipeline_tests.end_to_end.installation import Finished, Installation, days_ago, finish, installed

PLAN = CompanyPlan(seed=12, first_day=days_ago(6), calls_per_working_day=15, extension_count=5)
SHORTEST = 8
"""Digits or letters of what is looked for: less than that may stand anywhere by chance."""


@pytest.mark.processes
def test_nothing_personal_anywhere(tmp_path: Path) -> None:
    """No phone number, name, address or key of a call stands in Dagster's files or in what commands print.

    One sync goes well and has its checks run, one gets rows that are rejected, one refusals.
    """
    with installed(tmp_path, PLAN) as installation:
        said = [installation.run("-v", "sync"), _dagster(installation, "checks")]
        faults = installation.simulator.faults
        faults.add(Fault("wrong_type", endpoint="listcdrlogs", field="calltime", times=ALWAYS))
        faults.add(Fault("wrong_type", endpoint="listphonebookitems", field="id", times=ALWAYS))
        faults.add(Fault("duplicate_uniqueid", endpoint="listcallrecords", times=ALWAYS))
        said += [installation.run("-v", "sync", "--from", str(days_ago(3))), _dagster(installation, "checks")]
        faults.clear()
        faults.add(Fault("status_false", endpoint="listcdrlogs", times=ALWAYS))
        said += [installation.run("-v", "sync"), installation.run("status"), installation.run("-v", "doctor")]
        assert [each.code for each in said[:2]] == [0, 0], said[0].err
        assert said[4].code == 1
        people = _people(installation)
        assert {kind.rstrip(" 0123456789") for kind, _ in people} == {
            "name", "email", "contact", "company", "contact's number", "number", "call", "recording",
        }  # fmt: skip
        assert found_in(installation.data / "dagster", people) == set()
        assert found_in(installation.data / "lake", people[:1])  # the search finds what is there
        for each in said:
            assert not [kind for kind, value in people if value in each.out + each.err]


def _dagster(installation: Installation, job: str) -> Finished:
    """Run a job as Dagster's own command does, on the instance of the data directory."""
    command = [
        sys.executable, "-m", "dagster", "job", "execute", "-m", "unite_pipeline.definitions", "-j", job,
        "--tags", json.dumps({}),
    ]  # fmt: skip
    environment = {**installation.environment, "DAGSTER_HOME": str(installation.data / "dagster")}
    return finish(
        subprocess.Popen(
            command, env=environment, cwd=installation.root, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    )


def _people(installation: Installation) -> list[tuple[str, str]]:
    """Everything that tells of somebody, numbered within its kind."""
    truth = installation.simulator.truth
    calls = truth.calls(PLAN.first_day, days_ago(0))
    found = [
        *(("name", each.name) for each in truth.extensions()),
        *(("email", each.email) for each in truth.extensions()),
        *(("contact", f"{each.first_name} {each.last_name}") for each in truth.contacts()),
        *(("company", each.company_name) for each in truth.contacts()),
        *(("contact's number", each.phone_number) for each in truth.contacts()),
        *(("number", leg.number) for call in calls for leg in call.legs),
        *(("call", call.uniqueid) for call in calls),
        *(("recording", each.callrecordkey) for each in truth.recordings()),
    ]
    kept = dict.fromkeys((kind, value) for kind, value in found if value and len(value.strip()) >= SHORTEST)
    numbers = {kind: count(1) for kind, _ in kept}
    return [(f"{kind} {next(numbers[kind])}", value) for kind, value in kept]
