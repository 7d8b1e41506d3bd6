"""Every day that is over is proven complete, or the check says which is not, and why."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from unite_pipeline.simulator import ALWAYS, Fault
from unite_pipeline_tests.bench import Bench
from unite_pipeline_tests.warehouse.checks.conftest import PLAN, Checked, Doctor, built

NAME = "coverage_without_holes"


def test_good(good: Checked):
    """The days from the start date to yesterday are counted, and the calls on them."""
    result = good.run(NAME)
    assert result.says == "13 days looked at, 2026-10-15 to 2026-10-27."
    assert dict(result.numbers) == {"days": 13, "complete_days": 13, "final_days": 13, "calls": 1128}


def test_days_that_were_never_read(doctored: Doctor):
    """Days in a row are told as one, with how many there are; the newest first."""
    checked = doctored("delete from coverage where day in ('2026-10-16', '2026-10-20', '2026-10-21', '2026-10-22')")
    result = checked.run(NAME)
    assert result.violations == 4
    assert result.findings == ("2026-10-20 to 2026-10-22: never read", "2026-10-16: never read")
    assert result.says.startswith("Days that are not proven complete: 4. 2026-10-20 to 2026-10-22: never read; ")
    assert result.numbers["complete_days"] == 9


def test_a_day_before_the_first_reading(good: Checked):
    """A start date that was set back shows the days that nobody read yet."""
    result = good.run(NAME, start_date=date(2026, 10, 1))
    assert (result.violations, result.findings) == (14, ("2026-10-01 to 2026-10-14: never read",))


def test_a_day_that_does_not_agree(tmp_path):
    """A day whose rows are not as many as the API counts is told with the reason of its reading."""
    bench = Bench(tmp_path, plan=PLAN)
    bench.faults.add(Fault("vanishing_row", endpoint="listcdrlogs", day=date(2026, 10, 20), times=ALWAYS))
    bench.sync_everything()
    result = built(bench).run(NAME)
    calls = len(bench.simulator.truth.calls(date(2026, 10, 20), date(2026, 10, 20)))
    assert result.violations == 1
    assert result.findings[0].startswith(
        f"2026-10-20: read, but not proven complete: {calls - 1} calls came of {calls} that the API counts"
    )


@pytest.mark.parametrize(
    ("now", "findings"),
    [
        pytest.param(datetime(2026, 10, 29, 0, 30, tzinfo=UTC), (), id="just after midnight"),
        pytest.param(
            datetime(2026, 10, 29, 1, 30, tzinfo=UTC),
            ("2026-10-28: read before the day was over, and not since",),
            id="two hours later",
        ),
        pytest.param(
            datetime(2026, 10, 31, 12, 0, tzinfo=UTC),
            ("2026-10-29 to 2026-10-30: never read", "2026-10-28: read before the day was over, and not since"),
            id="days without a sync",
        ),
    ],
)
def test_a_day_read_before_its_end(good: Checked, now, findings):
    """What was complete as of noon does not prove the day; in the first two hours after midnight it is excused."""
    assert good.run(NAME, now=now).findings == findings


def test_a_day_not_read_again(tmp_path):
    """A day that was read once, an hour after its end, is told when calls could have been filed late since."""
    bench = Bench(tmp_path, plan=PLAN, now=datetime(2026, 10, 20, 23, 0, tzinfo=UTC))
    bench.sync_calls(PLAN.first_day, date(2026, 10, 20))
    checked = built(bench)
    read_alone = {"now": bench.clock.utc() + timedelta(days=2, hours=3)}
    assert checked.run(NAME).passed
    assert checked.run(NAME, **read_alone).findings == (
        "2026-10-21 to 2026-10-22: never read",
        "2026-10-20: not read again since calls could still be filed late",
    )


def test_a_start_date_of_today(good: Checked):
    """Where no day is over yet there is nothing to prove."""
    assert good.run(NAME, start_date=date(2026, 10, 28)).says == "No day since UNITE_START_DATE is over yet."
