-- What would another target do to our share of calls answered in time?
-- Of all connected calls, those that rang no longer than so many seconds.
select
    target_s,
    sum(d.calls) filter (where d.seconds <= target_s) as in_time,
    round(100.0 * sum(d.calls) filter (where d.seconds <= target_s) / sum(d.calls), 1) as in_time_pct
from durations_by_day as d
cross join (select unnest([5, 10, 15, 20, 30, 60]) as target_s)
where d.kind = 'ring'
group by target_s
order by target_s
