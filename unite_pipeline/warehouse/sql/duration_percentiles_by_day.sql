-- Median and 90th percentile by the nearest rank: the least time that so many calls lasted at most.
-- Grain: call_date, kind.
-- Sources: durations_by_day, days.
with ranked as (
    select
        *,
        sum(calls) over (partition by call_date, kind order by seconds) as reached,
        sum(calls) over (partition by call_date, kind) as total
    from durations_by_day
    where call_date in (select day from days)
)

select
    call_date,
    kind,
    sum(calls) as calls,
    sum(calls * seconds) as total_s,
    min(seconds) filter (where reached * 10 >= total * 5) as median_s,
    min(seconds) filter (where reached * 10 >= total * 9) as p90_s,
    max(seconds) as longest_s
from ranked
group by call_date, kind
