-- Calls from outside by day, with the mean of seven days.
-- Grain: call_date; every day of the period.
-- Sources: dates, calls_by_day.
with daily as (
    select
        d.date as call_date,
        d.iso_weekday,
        d.is_open_day,
        d.holiday_name,
        coalesce(c.offered, 0) as offered,
        coalesce(c.answered, 0) as answered,
        coalesce(c.missed, 0) as missed
    from dates as d
    left join calls_by_day as c on d.date = c.call_date
)

select
    *,
    if(count(*) over week = 7, avg(offered) over week, null) as offered_mean_7d
from daily
window week as (order by call_date rows between 6 preceding and current row)
order by call_date
