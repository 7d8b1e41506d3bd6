-- Calls from outside by day, with the mean of seven days where all seven were read whole.
-- Grain: call_date; every day of the period. A day that was not read whole has nothing but its date.
-- Sources: dates, calls_by_day.
with daily as (
    select
        d.date as call_date,
        d.iso_weekday,
        d.is_open_day,
        d.holiday_name,
        d.is_read,
        c.offered,
        c.answered,
        c.missed
    from dates as d
    left join calls_by_day as c on d.date = c.call_date
)

select
    *,
    if(count(*) filter (where is_read) over week = 7, avg(offered) over week, null) as offered_mean_7d
from daily
window week as (order by call_date rows between 6 preceding and current row)
order by call_date
