"""The warehouse shows as many calls as the API counts, less what rejected rows explain."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import duckdb
import pytest

from unite_pipeline.simulator import ALWAYS, Fault
from unite_pipeline_tests.bench import Bench
from unite_pipeline_tests.warehouse.checks.conftest import PLAN, Checked, Doctor, built

NAME = "rows_equal_api_counts"
DAY = date(2026, 10, 20)


def test_good(good: Checked):
    """Every proven day is compared, today included."""
    result = good.run(NAME)
    assert result.says.startswith("1,257 calls in 14 proven days compared with the API's counts; 0 rejected rows")
    assert result.numbers["api_rows"] == result.numbers["calls"] == 1257


def test_a_missing_call(doctored: Doctor, company: Bench):
    """A call that the warehouse lacks is told with its day and both counts."""
    calls = len(company.simulator.truth.calls(DAY, DAY))
    result = doctored(f"delete from calls where call_date = '{DAY}' and uniqueid like '%0'").run(NAME)
    left = calls - result.violations
    assert result.violations > 1
    assert result.findings == (f"2026-10-20: the API counts {calls} calls, the warehouse shows {left}",)


def test_a_call_too_many(doctored: Doctor, company: Bench):
    """So is one that the API has not; a call that is marked as gone does not count."""
    calls = len(company.simulator.truth.calls(DAY, DAY))
    copy = f"from calls where call_date = '{DAY}' limit 1"
    extra = doctored(f"insert into calls select * replace ('x' as uniqueid) {copy}")
    assert extra.run(NAME).findings == (f"2026-10-20: the API counts {calls} calls, the warehouse shows {calls + 1}",)
    assert doctored("update calls set is_gone = true where uniqueid = 'x'").run(NAME).passed


@pytest.mark.parametrize(
    ("fault", "rejected"),
    [
        pytest.param(
            Fault("duplicate_uniqueid", endpoint="listcdrlogs", day=DAY, times=ALWAYS), 1, id="same key twice"
        ),
        pytest.param(Fault("overlap", endpoint="listcdrlogs", day=DAY, times=ALWAYS), 0, id="in two quadrants"),
        pytest.param(Fault("remainder", endpoint="listcdrlogs", day=DAY, times=ALWAYS), 0, id="in no quadrant"),
        pytest.param(
            Fault("wrong_type", endpoint="listcdrlogs", day=DAY, field="duration", times=ALWAYS), 1, id="bad duration"
        ),
        pytest.param(
            Fault("missing_field", endpoint="listcdrlogs", day=DAY, field="uniqueid", times=ALWAYS), 1, id="no key"
        ),
        pytest.param(Fault("wrong_type", endpoint="listcdrlogs", field="calltime", times=ALWAYS), 0, id="bad time"),
    ],
)
def test_what_rejected_rows_explain(tmp_path, fault, rejected):
    """A proven day with rows that do not fit, or whose call stands twice, differs by them and by no more."""
    bench = Bench(tmp_path, plan=PLAN)
    bench.faults.add(fault)
    bench.sync_calls(DAY, DAY + timedelta(days=1))
    result = built(bench).run(NAME)
    assert bench.faults.fired(fault.name) > 0
    assert result.findings == ()
    assert result.numbers["days"] == 2
    assert result.numbers["rejected_rows"] == rejected


def test_an_older_row_of_a_call_that_no_longer_fits(tmp_path):
    """A call whose newest row is rejected is still shown, by its row before, and is not one too many."""
    bench = Bench(tmp_path, plan=PLAN)
    bench.sync_calls(DAY, DAY)
    bench.faults.add(Fault("wrong_type", endpoint="listcdrlogs", day=DAY, field="duration", times=ALWAYS))
    bench.time.pass_time(60)
    bench.sync_calls(DAY, DAY, is_reread=True)
    checked = built(bench)
    result = checked.run(NAME)
    assert result.passed
    assert (result.numbers["api_rows"], result.numbers["rejected_rows"]) == (result.numbers["calls"], 1)


def test_rejected_rows_of_a_day_that_was_counted_since(tmp_path):
    """A day whose count did not move is not read again; its rejected rows stand with the reading before."""
    bench = Bench(tmp_path, plan=PLAN)
    yesterday = date(2026, 10, 27)
    bench.faults.add(Fault("duplicate_uniqueid", endpoint="listcdrlogs", day=yesterday, times=ALWAYS))
    bench.sync_calls(yesterday, yesterday)
    bench.time.pass_time(3600)
    bench.sync_calls(yesterday, yesterday)
    checked = built(bench)
    with duckdb.connect(str(checked.places.warehouse), read_only=True) as warehouse:
        assert warehouse.execute("select is_presumed from coverage where day is not null").fetchall() == [(True,)]
    result = checked.run(NAME)
    assert (result.passed, result.numbers["rejected_rows"]) == (True, 1)


def test_more_than_rejected_rows_explain(tmp_path):
    """Where a rejected row explains a part of the difference, the rest is a violation."""
    bench = Bench(tmp_path, plan=PLAN)
    bench.faults.add(Fault("missing_field", endpoint="listcdrlogs", day=DAY, field="uniqueid", times=ALWAYS))
    bench.sync_calls(DAY, DAY)
    checked = built(bench)
    checked.places.warehouse.chmod(0o644)
    with duckdb.connect(str(checked.places.warehouse)) as warehouse:
        warehouse.execute("delete from calls where uniqueid in (select min(uniqueid) from calls)")
    result = checked.run(NAME)
    calls = len(bench.simulator.truth.calls(DAY, DAY))
    finding = f"2026-10-20: the API counts {calls} calls, the warehouse shows {calls - 2}, rejected rows explain 1"
    assert (result.violations, result.findings) == (1, (finding,))


def test_a_reading_cut_off_since(tmp_path):
    """Calls that a later reading brought before it was cut off are not too many: that reading proves nothing."""
    bench = Bench(tmp_path, plan=PLAN, now=datetime(2026, 10, 20, 10, 0, tzinfo=UTC))
    bench.sync_calls(DAY, DAY)
    bench.time.pass_time(3600)
    bench.faults.add(Fault("server_error", endpoint="listcdrlogs", after=2, times=ALWAYS))
    assert "HTTP 500" in bench.sync_calls(DAY, DAY, is_reread=True).reasons[0]
    checked = built(bench)
    with duckdb.connect(str(checked.places.warehouse), read_only=True) as warehouse:
        came = warehouse.execute("select count(*) from calls").fetchone()[0]
    result = checked.run(NAME)
    assert result.passed
    assert came > result.numbers["calls"] == result.numbers["api_rows"]


def test_a_reading_that_is_called_complete_and_is_not(doctored: Doctor):
    """Windows of calls and of lists are complete only where their own counts agree."""
    result = doctored(
        f"update coverage set expected_rows = expected_rows + 2 where day = '{DAY}'",
        "update coverage set expected_rows = 1 where feed = 'switches'",
    ).run(NAME)
    assert result.violations == 2 + 4 * 2
    assert "switches of 2026-10-28: called complete, but 3 rows came of 1" in result.findings
    assert any(finding.startswith("cdr_logs of 2026-10-20: called complete, but") for finding in result.findings)
