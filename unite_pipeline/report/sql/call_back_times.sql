-- How long after the miss we called back, answered or not.
-- Grain: minutes (whole, rounded down).
-- Sources: missed_episodes.
select
    first_attempt_after_s // 60 as minutes,
    count(*) as episodes,
    cast(sum(count(*)) over (order by first_attempt_after_s // 60) as bigint) as reached,
    cast(sum(count(*)) over () as bigint) as total
from missed_episodes
where first_attempt_after_s is not null
group by 1
order by 1
