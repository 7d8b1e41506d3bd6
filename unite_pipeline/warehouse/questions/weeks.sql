-- How do answer ratio and service level develop from week to week?
-- Sums first, then the quotient: a mean of daily ratios would give a quiet Sunday the weight of a Monday. The service level
-- in hours leaves out calls while the company was closed. The first and the running week are not whole.
select
    d.iso_year,
    d.iso_week,
    sum(c.offered) as offered,
    round(100.0 * sum(c.answered) / nullif(sum(c.offered), 0), 1) as answer_pct,
    round(100.0 * sum(c.answered_in_time) / nullif(sum(c.answered + c.missed - c.short_abandons), 0), 1) as service_level_pct,
    round(
        100.0 * sum(c.answered_in_time - c.out_of_hours_answered_in_time)
        / nullif(
            sum(c.answered + c.missed - c.short_abandons)
            - sum(c.out_of_hours_answered + c.out_of_hours_missed - c.out_of_hours_short_abandons),
            0
        ),
        1
    ) as service_level_in_hours_pct
from calls_by_day as c
join dates as d on c.tenant = d.tenant and c.call_date = d.date
group by d.iso_year, d.iso_week
order by d.iso_year, d.iso_week
