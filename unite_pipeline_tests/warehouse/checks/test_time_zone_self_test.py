"""Recordings, which tell the offset of their time, show whether calls are read in the zone they are sent in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from unite_pipeline_tests.bench import Bench
from unite_pipeline_tests.warehouse.checks.conftest import PLAN, Checked, built

NAME = "time_zone_self_test"


def test_good(good: Checked):
    """Recordings begin a moment after the answer; most of them are paired with their call, and rightly."""
    result = good.run(NAME)
    assert result.says == (
        "257 pairs of a recording and its call: the median recording begins 1.4 s after its call was answered."
    )
    assert result.numbers["spread_s"] < 1


@pytest.mark.parametrize(
    ("zone", "findings"),
    [
        pytest.param(
            "Europe/London",
            [
                (
                    "begin 1:00 h after their calls were answered, as if the API sent times in UTC+0 and not in "
                    "Europe/Amsterdam (UTC+1)"
                ),
                (
                    "begin 1:00 h after their calls were answered, as if the API sent times in UTC+1 and not in "
                    "Europe/Amsterdam (UTC+2)"
                ),
            ],
            id="an hour west",
        ),
        pytest.param(
            "Europe/Helsinki",
            ["begin 1:00 h before their calls were answered, as if the API sent times in UTC+2", "in UTC+3"],
            id="an hour east",
        ),
        pytest.param("Africa/Lagos", ["in UTC+1 and not in Europe/Amsterdam (UTC+2)"], id="right in winter only"),
        pytest.param("UTC", ["in UTC+0 and not in Europe/Amsterdam (UTC+1)", "begin 2:00 h after"], id="UTC"),
        pytest.param("Asia/Kolkata", ["in UTC+5:30", "in UTC+5:30"], id="half hours"),
        pytest.param("Europe/Berlin", [], id="another zone with the same clock"),
    ],
)
def test_another_zone(tmp_path, zone, findings):
    """A company in another zone than UNITE_TIMEZONE is found out, with the difference before and after the change."""
    bench = Bench(tmp_path, plan=replace(PLAN, timezone=zone))
    bench.sync_everything()
    result = built(bench).run(NAME)
    assert result.violations == len(findings)
    assert all(expected in finding for expected, finding in zip(findings, result.findings, strict=True))


def test_too_few_pairs(tmp_path):
    """With few recordings nothing can be told, and the check says so instead of failing."""
    bench = Bench(tmp_path, plan=replace(PLAN, timezone="UTC", first_day=date(2026, 10, 28)))
    bench.sync_everything()
    result = built(bench).run(NAME)
    assert result.passed
    assert 0 < result.numbers["pairs"] < 20
    assert result.numbers["is_tested"] is False
    assert result.says.startswith(f"Not tested: {result.numbers['pairs']} pairs of a recording and its call, and 20 in")


def test_no_recordings(tmp_path):
    """A company that records nothing has no pairs."""
    bench = Bench(tmp_path, plan=replace(PLAN, recording_share=0.0))
    bench.sync_everything()
    assert built(bench).run(NAME).numbers["pairs"] == 0
