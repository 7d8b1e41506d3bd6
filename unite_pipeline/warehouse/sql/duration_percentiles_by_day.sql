-- Median and 90th percentile by the nearest rank: the least time that so many calls lasted at most.
-- Grain: call_date, kind. A view over durations_by_day.
with ranked as (
    select
        *,
        sum(calls) over (partition by tenant, call_date, kind order by seconds) as reached,
        sum(calls) over (partition by tenant, call_date, kind) as total
    from durations_by_day
)

select
    tenant,
    call_date,
    kind,
    cast(sum(calls) as bigint) as calls,
    cast(sum(calls * seconds) as bigint) as total_s,
    min(seconds) filter (where reached * 10 >= total * 5) as median_s,
    min(seconds) filter (where reached * 10 >= total * 9) as p90_s,
    max(seconds) as longest_s
from ranked
group by tenant, call_date, kind
