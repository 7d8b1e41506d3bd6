-- How long do callers wait for an answer, half of them and nine of ten?
-- Of calls that were answered: who gave up is not among them. By month, from the counts of seconds: percentiles of days
-- cannot be put together, their counts can.
with seconds as (
    select date_trunc('month', call_date)::date as month, seconds, sum(calls) as calls
    from durations_by_day
    where kind = 'ring'
    group by all
),

reached as (
    select
        *,
        sum(calls) over (partition by month order by seconds) as reached,
        sum(calls) over (partition by month) as total
    from seconds
)

select
    month,
    sum(calls) as calls,
    min(seconds) filter (where reached >= 0.5 * total) as median_s,
    min(seconds) filter (where reached >= 0.9 * total) as p90_s
from reached
group by month
order by month
