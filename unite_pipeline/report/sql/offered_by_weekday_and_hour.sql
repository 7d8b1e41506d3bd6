-- Calls from outside by weekday and hour, and how many were missed.
-- Grain: iso_weekday, call_hour; every weekday of the period with every hour that has a call on any of them. Its days
-- are those that were read whole; a weekday without one has no mean.
-- Sources: calls_by_hour, dates.
with weekdays as (
    select iso_weekday, count(*) filter (where is_read) as days
    from dates
    group by iso_weekday
),

hours as (
    select unnest(range(least(min(call_hour), 8), greatest(max(call_hour), 17) + 1)) as call_hour
    from calls_by_hour
    where offered > 0
),

counted as (
    select isodow(call_date) as iso_weekday, call_hour, sum(offered) as offered, sum(missed) as missed
    from calls_by_hour
    group by all
)

select
    w.iso_weekday,
    h.call_hour,
    w.days,
    cast(coalesce(c.offered, 0) as bigint) as offered,
    cast(coalesce(c.missed, 0) as bigint) as missed,
    coalesce(c.offered, 0) / nullif(w.days, 0) as offered_a_day,
    c.missed / nullif(c.offered, 0) as missed_ratio
from weekdays as w
cross join hours as h
left join counted as c on w.iso_weekday = c.iso_weekday and h.call_hour = c.call_hour
order by all
