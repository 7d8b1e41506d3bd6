"""What is asked of all checks alike: SQL for each, a way to fail for each, and nothing personal in what they say."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from unite_pipeline.errors import LakeError, WarehouseError
from unite_pipeline.warehouse.checks import CHECKS, CheckResult, Examination
from unite_pipeline.warehouse.model import STORED_TABLES
from unite_pipeline_tests.bench import Bench
from unite_pipeline_tests.warehouse.checks.conftest import Checked, Doctor
from unite_pipeline_tests.warehouse.checks.faults import FAULTS

SQL = files("unite_pipeline.warehouse.checks").joinpath("sql")
NAMES = {check.name for check in CHECKS}


def result_of(name: str, doctored: Doctor) -> CheckResult:
    """What the check says of its fault."""
    fault = FAULTS[name]
    checked = fault.made(doctored)
    return checked.run(name, fault.table, now=checked.facts.now + fault.later, **fault.facts)


def test_every_check_has_its_sql_and_every_sql_its_check():
    """Each check has a statement for violations and one for numbers; besides there are only their steps and macros."""
    steps = {step for check in CHECKS for step in check.steps}
    expected = {"macros"} | steps | NAMES | {f"{name}_numbers" for name in NAMES}
    assert {file.name for file in SQL.iterdir()} == {f"{name}.sql" for name in expected}


def test_sql_says_what_it_is():
    """Each file opens with what its rows are, what stands for one, and where they come from."""
    for file in SQL.iterdir():
        header = re.match(r"(--.*\n)+", file.read_text())[0]
        if file.name != "macros.sql":
            assert "-- Grain: " in header, file.name
            assert "-- Sources: " in header, file.name


def test_checks_belong_to_tables():
    """Each check belongs to a table of the warehouse, under a name of its own there."""
    keys = [(check.table, check.name) for check in CHECKS]
    assert len(set(keys)) == len(keys)
    assert {table for table, _ in keys} == {table.name for table in STORED_TABLES}


@pytest.mark.parametrize("check", [pytest.param(each, id=f"{each.table}.{each.name}") for each in CHECKS])
def test_passes_on_a_good_warehouse(good: Checked, check):
    """Each check passes on a company that was just synced, and says what it looked at."""
    result = good.run(check.name, check.table)
    assert result.says == f"{result.summary}."
    assert (result.passed, result.violations, result.rows.num_rows) == (True, 0, 0)


def test_every_check_can_fail():
    """There is a fault for each check."""
    assert set(FAULTS) == NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_fails_in_plain_words(doctored: Doctor, name):
    """A failed check says what is wrong, how many, the first of them, and what to do."""
    result = result_of(name, doctored)
    assert not result.passed
    assert result.says.startswith(f"{result.check.failing}: {result.violations:,}. {result.findings[0]}")
    assert result.says.endswith(f"What to do: {result.check.to_do}")
    assert 1 <= result.rows.num_rows <= result.check.shown


@pytest.mark.parametrize("name", sorted(NAMES))
def test_nothing_personal_is_told(company: Bench, doctored: Doctor, name):
    """No message, row or number of a failed check holds a phone number, a name or an identifier of the company."""
    result = result_of(name, doctored)
    told = "\n".join([result.says, *result.findings, str(result.rows.to_pylist()), str(dict(result.numbers))])
    assert not [secret for secret in personal(company) if secret in told]


def personal(company: Bench) -> set[str]:
    """What must not be told: too long to stand in a count by chance."""
    truth = company.simulator.truth
    calls = truth.calls(company.plan.first_day, company.plan.first_day.replace(month=12))
    texts = {leg.number for call in calls for leg in call.legs} | {call.uniqueid for call in calls}
    texts |= {item.callrecordkey for item in truth.recordings()}
    for extension in truth.extensions():
        texts |= {extension.extension_id, extension.username, extension.name, extension.email, extension.callerid}
    for contact in truth.contacts():
        texts |= {contact.contact_id, contact.last_name, contact.company_name, contact.phone_number}
    return {text for text in texts if len(text) > 5}


def test_a_missing_warehouse_is_told(company: Bench, tmp_path):
    """Without a warehouse there is one error that says how to make it."""
    places = type(company.places)(tmp_path, "main")
    with pytest.raises(WarehouseError, match="run `unite-pipeline sync`"), Examination.of(places, None):
        pass


def test_a_warehouse_of_another_version_is_told(doctored: Doctor):
    """A table without a column that a check needs breaks the check, which names itself and the remedy."""
    checked = doctored("alter table calls drop column leg_count")
    with pytest.raises(WarehouseError, match=r"legs_belong_to_calls of call_legs.*unite-pipeline rebuild"):
        checked.run("legs_belong_to_calls")


def test_a_broken_manifest_breaks_only_who_needs_it(doctored: Doctor):
    """The error names the file; a check that looks at the warehouse alone goes on."""
    checked = doctored()
    next(checked.places.raw.glob("cdr_logs/*/*/*/manifest.json")).write_text("{")
    with pytest.raises(LakeError, match=r"manifest\.json cannot be read"):
        checked.run("late_arrivals")
    assert checked.run("coverage_without_holes").passed


def test_a_sample_is_shown(doctored: Doctor):
    """Of many findings the message tells three, and the table ten."""
    checked = doctored("delete from coverage where day in ('2026-10-15', '2026-10-17', '2026-10-19', '2026-10-21')")
    result = checked.run("coverage_without_holes")
    assert "; and 1 more. What to do" in result.says
    doubled = doctored("delete from call_legs").run("legs_belong_to_calls")
    assert (doubled.rows.num_rows, doubled.finding_count) == (10, 14)


def test_no_spill_is_left(good: Checked):
    """Checking leaves no file behind."""
    before = sorted(good.places.root.iterdir())
    good.run("rows_equal_api_counts")
    assert sorted(good.places.root.iterdir()) == before
