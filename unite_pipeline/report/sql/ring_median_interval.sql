-- Between which ring times the median lies, but for one time in twenty: the order statistics 0.98 roots of n below and
-- above the middle.
-- Grain: one row.
-- Sources: durations_by_day.
with ranked as (
    select
        seconds,
        sum(sum(calls)) over (order by seconds) as reached,
        sum(sum(calls)) over () as n
    from durations_by_day
    where kind = 'ring'
    group by seconds
)

select
    cast(coalesce(any_value(n), 0) as bigint) as n,
    min(seconds) filter (where reached >= n / 2 - 0.98 * sqrt(n)) as low,
    coalesce(min(seconds) filter (where reached >= n / 2 + 0.98 * sqrt(n) + 1), max(seconds)) as high
from ranked
