-- After how many seconds calls from outside were answered, and given up.
-- Grain: kind (ring, missed), seconds.
-- Sources: durations_by_day.
select
    kind,
    seconds,
    cast(sum(calls) as bigint) as calls,
    cast(sum(sum(calls)) over (partition by kind order by seconds) as bigint) as reached,
    cast(sum(sum(calls)) over (partition by kind) as bigint) as total
from durations_by_day
where kind in ('ring', 'missed')
group by kind, seconds
order by kind, seconds
