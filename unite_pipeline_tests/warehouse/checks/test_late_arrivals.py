"""How late calls come: measured where readings followed each other, and told where the look-back is too short."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from unite_pipeline.simulator import CompanyPlan
from unite_pipeline_tests.bench import Bench
from unite_pipeline_tests.warehouse.checks.conftest import Checked, Doctor, built

NAME = "late_arrivals"
FIRST, LAST = date(2026, 10, 19), date(2026, 10, 28)
LATE = CompanyPlan(seed=4, first_day=FIRST, late_share=0.2, late_max_s=6 * 86_400)


def test_good(good: Checked):
    """Calls of the hours that were read one after the other are measured; the delay is that of the readings."""
    result = good.run(NAME)
    assert result.numbers["watched_calls"] == 67
    assert result.numbers["late_calls"] == result.numbers["sufficient_lookback_days"] == 0
    assert 1800 < result.numbers["median_delay_s"] < 3600
    assert result.numbers["max_delay_s"] < 2 * 3600
    assert result.says.startswith("67 calls watched: half of them were seen within 43 minutes of their end, 95 in 100")


@pytest.fixture(scope="module")
def filed_late(tmp_path_factory) -> Bench:
    """A company whose API files one call in five up to six days late, synced every morning with a look-back of two."""
    bench = Bench(tmp_path_factory.mktemp("late"), plan=LATE, now=datetime(2026, 10, 20, 8, 0, tzinfo=UTC))
    while bench.clock.utc().date() < LAST:
        bench.sync_everything()
        bench.time.now = bench.time.now.replace(hour=8, minute=0) + timedelta(days=1)
    bench.sync_everything()
    return bench


def test_what_the_look_back_caught(filed_late: Bench):
    """Calls that the look-back found are counted as late, and are no violation."""
    result = built(filed_late).run(NAME)
    assert result.passed
    assert result.numbers["late_calls"] > 20
    assert result.numbers["sufficient_lookback_days"] == 2
    assert "missing from a reading after their end; a look-back of 2 days would have sufficed, 2 are set" in result.says


def test_what_the_look_back_missed(filed_late: Bench):
    """Days that somebody reads again show the calls that came later: by day, how many, and how late they were found."""
    filed_late.sync_calls(FIRST, LAST, is_reread=True)
    result = built(filed_late).run(NAME)
    missed = [
        call
        for call in filed_late.simulator.truth.calls(FIRST, LAST - timedelta(days=3))
        if call.published_at > _last_look(call.started_at_local.date())
    ]
    assert len(missed) > 20
    assert result.violations == len(missed)
    assert result.numbers["sufficient_lookback_days"] == 8
    by_day = [call for call in missed if call.started_at_local.date() == date(2026, 10, 22)]
    assert f"2026-10-22: {len(by_day)} calls first seen up to 6 days after their day" in result.findings
    longer = built(filed_late).run(NAME, lookback_days=9)
    assert longer.passed


def _last_look(day: date) -> datetime:
    """When the sync that looked at a day for the last time began: the first morning after the look-back was over."""
    return datetime(day.year, day.month, day.day, 8, 0, tzinfo=UTC) + timedelta(days=3)


def test_what_is_fetched_later_is_not_late(tmp_path):
    """Calls of days that were read once, long after, were not late: nobody had looked."""
    bench = Bench(tmp_path, plan=LATE)
    bench.sync_calls(FIRST, LAST - timedelta(days=7))
    result = built(bench).run(NAME)
    assert result.says == "No call was read while it was new, so nothing can be said of late calls."


def test_only_the_last_month_counts(doctored: Doctor):
    """A call that came late more than a month ago is no longer told."""
    late = "update calls set first_seen_at = first_seen_at + interval 3 day where call_date = '2026-10-27'"
    checked = doctored(late)
    assert checked.run(NAME).violations > 50
    assert checked.run(NAME, now=checked.facts.now + timedelta(days=40)).passed
