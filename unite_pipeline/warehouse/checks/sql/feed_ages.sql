-- How old the newest complete reading of each feed is. A feed that is read by turns has nothing to read until an
-- extension has been there for as long as a round takes.
-- Grain: one feed that a sync asks for.
-- Sources: feeds (how old it may get), coverage, readings (whether the login may use it, and the last attempt),
-- extensions.
with complete as (
    select feed, max(fetched_at) as fetched_at
    from coverage
    where is_complete
    group by feed
),
last_attempts as (
    select feed, max(fetched_at) as tried_at, arg_max(is_permitted, fetched_at) as is_permitted
    from readings
    group by feed
),
oldest as (
    select min(first_seen_at) as first_seen_at from extensions where not is_deleted
)
select
    f.feed,
    c.fetched_at,
    a.tried_at,
    coalesce(a.is_permitted, true) as is_permitted,
    f.max_age_s,
    date_diff('second', c.fetched_at, $now) as age_s,
    coalesce(a.is_permitted, true)
    and (c.fetched_at is null or date_diff('second', c.fetched_at, $now) > f.max_age_s)
    and (
        not f.is_by_turns
        or coalesce(date_diff('second', o.first_seen_at, $now) > f.max_age_s, false)
    ) as is_stale
from feeds as f
cross join oldest as o
left join complete as c on f.feed = c.feed
left join last_attempts as a on f.feed = a.feed
