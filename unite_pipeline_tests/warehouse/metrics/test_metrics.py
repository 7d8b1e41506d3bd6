"""Every metric of the warehouse equals the one reckoned in plain Python from the simulator's truth."""

from __future__ import annotations

from datetime import date

import pytest

from unite_pipeline_tests.warehouse.metrics.asked import agree, by_day, over, values_of_formulas

EMPTY = {None, 0}
"""On a day without anything to take a metric over, the warehouse has no row, or says 0 or NULL."""


def test_every_metric_is_reckoned(tried):
    """What is proven here is all that the warehouse calls a metric, and nothing else."""
    names = {name for (name,) in tried.query("select metric from metrics")}
    assert names == tried.reckoning.metrics(tried.reckoning.days).keys()
    assert {name for (name,) in tried.query("select distinct metric from metric_values")} == names


def test_every_metric_of_every_day(tried):
    """Each metric of each day is the same, floating point allowed for."""
    found = by_day(tried)
    for day in tried.reckoning.days:
        for name, expected in tried.reckoning.metrics([day]).items():
            value = found.get((name, day))
            assert agree(value, expected) or (value in EMPTY and expected in EMPTY), (name, day, value, expected)


def test_no_day_but_those(tried):
    """There is no value on a day without calls, unless it was read whole."""
    assert {day for _, day in by_day(tried)} == set(tried.reckoning.days)


def test_every_formula_over_all_days(tried):
    """The formula that the table `metrics` shows gives the metric of the whole period, as plain Python reckons it."""
    expected = tried.reckoning.metrics(tried.reckoning.days)
    found = values_of_formulas(tried)
    assert found.keys() == expected.keys()
    for name, value in found.items():
        assert agree(value, expected[name]), (name, value, expected[name])


def test_the_company_is_worth_trying(company):
    """Forty-one days, one of 25 hours, one without a call; callers without a number, redials, callbacks."""
    calls, metrics = company.calls, company.reckoning.metrics(company.reckoning.days)
    days = company.reckoning.days
    assert (len(days), len(calls) > 3000) == (41, True)
    assert len(set(days) - {call.day for call in calls}) == 1
    assert {call.day for call in calls if call.local.hour == 2} == {date(2026, 10, 25)}
    assert min(metrics[name] for name in ("anonymous_ratio", "called_back_ratio", "caller_reached_ratio")) > 0.02


@pytest.mark.parametrize("first", [0, 3], ids=["first week", "another week"])
def test_days_roll_up_as_is_said(tried, first):
    """Numerators through denominators, sums and highest values of a week's days are the metric of that week."""
    week = tried.reckoning.days[first : first + 7]
    expected = tried.reckoning.metrics(week)
    found = over(tried, week)
    assert {"answer_ratio", "new_callers", "line_peak"} <= found.keys()
    for name, value in found.items():
        assert agree(value, expected[name]) or (value in EMPTY and expected[name] in EMPTY), (name, value)
