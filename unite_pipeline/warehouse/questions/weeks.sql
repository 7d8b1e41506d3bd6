-- How do answer ratio and service level develop from week to week?
-- Sums first, then the quotient: a mean of daily ratios would give a quiet Sunday the weight of a Monday.
select
    d.iso_year,
    d.iso_week,
    sum(c.offered) as offered,
    round(100.0 * sum(c.answered) / nullif(sum(c.offered), 0), 1) as answer_pct,
    round(100.0 * sum(c.answered_in_time) / nullif(sum(c.answered + c.missed - c.short_abandons), 0), 1) as service_level_pct
from calls_by_day as c
join dates as d on c.tenant = d.tenant and c.call_date = d.date
group by d.iso_year, d.iso_week
order by d.iso_year, d.iso_week
