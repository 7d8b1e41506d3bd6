-- On which days did we miss the largest share of callers?
-- The five worst days with at least thirty calls from outside, and whether they were a holiday.
select
    c.call_date,
    d.weekday_name as weekday,
    d.is_holiday,
    c.offered,
    c.missed,
    round(100.0 * c.missed_ratio, 1) as missed_pct
from calls_by_day as c
join dates as d on c.tenant = d.tenant and c.call_date = d.date
where c.offered >= 30
order by c.missed_ratio desc, c.call_date
limit 5
