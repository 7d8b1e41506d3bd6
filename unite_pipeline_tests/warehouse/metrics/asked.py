"""What the warehouse answers: its metrics by day, over several days, and by the formulas it shows.

Here: questions, and when two answers agree. Not here: what they should be (`reckoning.py`).
"""

from __future__ import annotations

import math

_OVER = """
select v.metric, case m.rolls_up
    when 'ratio' then sum(v.numerator) / nullif(sum(v.denominator), 0)
    when 'sum' then sum(v.value)
    else max(v.value) end
from metric_values as v
join metrics as m on v.tenant = m.tenant and v.metric = m.metric
where m.rolls_up <> 'not' and v.call_date in (select unnest({days}::date[]))
group by v.metric, m.rolls_up
"""


def agree(found, expected):
    """The same, floating point allowed for."""
    if found is None or expected is None:
        return found is expected
    return math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-9)


def by_day(company):
    """Values by metric and day."""
    return {
        (name, day): value for name, day, value in company.query("select metric, call_date, value from metric_values")
    }


def over(company, days):
    """What the values of these days come to, for metrics that roll up."""
    return dict(company.query(_OVER.format(days=[str(day) for day in days])))


def values_of_formulas(company):
    """What the formula of each metric gives over everything there is."""
    found = {}
    for name, formula, table, rolls_up in company.query("select metric, formula, table_name, rolls_up from metrics"):
        query = formula if rolls_up == "not" else f"select {formula} from {table}"
        ((found[name],),) = company.query(query)
    return found
