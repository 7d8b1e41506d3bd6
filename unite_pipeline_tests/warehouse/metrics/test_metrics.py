"""Every metric of the warehouse equals the one reckoned in plain Python from the simulator's truth."""

from __future__ import annotations

import pytest

from unite_pipeline_tests.warehouse.metrics.asked import agree, by_day, over, values_of_formulas

EMPTY = {None, 0}
"""On a day without anything to take a metric over, the warehouse has no row, or says 0 or NULL."""


def test_every_metric_is_reckoned(company):
    """What is proven here is all that the warehouse calls a metric, and nothing else."""
    names = {name for (name,) in company.query("select metric from metrics")}
    assert names == company.reckoning.metrics(company.reckoning.days).keys()
    assert {name for (name,) in company.query("select distinct metric from metric_values")} == names


def test_every_metric_of_every_day(company):
    """Of forty days, one of them 25 hours long, each metric is the same to the last bit but one."""
    found = by_day(company)
    assert len(company.reckoning.days) == 40
    for day in company.reckoning.days:
        for name, expected in company.reckoning.metrics([day]).items():
            value = found.get((name, day))
            assert agree(value, expected) or (value in EMPTY and expected in EMPTY), (name, day, value, expected)


def test_no_day_but_those(company):
    """There is no value on a day without calls."""
    assert {day for _, day in by_day(company)} == set(company.reckoning.days)


def test_every_formula_over_all_days(company):
    """The formula that the table `metrics` shows gives the metric of the whole period, as plain Python reckons it."""
    expected = company.reckoning.metrics(company.reckoning.days)
    found = values_of_formulas(company)
    assert found.keys() == expected.keys()
    for name, value in found.items():
        assert agree(value, expected[name]), (name, value, expected[name])


@pytest.mark.parametrize("first", range(0, 35, 7), ids=lambda first: f"week from day {first}")
def test_days_roll_up_as_is_said(company, first):
    """Numerators through denominators, sums and highest values of a week's days are the metric of that week."""
    week = company.reckoning.days[first : first + 7]
    expected = company.reckoning.metrics(week)
    found = over(company, week)
    assert {"answer_ratio", "new_callers", "line_peak"} <= found.keys()
    for name, value in found.items():
        assert agree(value, expected[name]) or (value in EMPTY and expected[name] in EMPTY), (name, value)
