-- What was looked at: the feeds and their ages.
-- Grain: one row.
-- Sources: feed_ages.
select
    counted(count(*) filter (where is_permitted), 'feed') || ' looked at' || case
        when bool_and(is_permitted) then ''
        else '; not permitted for this login: ' || string_agg(feed, ', ' order by feed) filter (where not is_permitted)
    end as summary,
    count(*) filter (where is_permitted) as feeds,
    count(*) filter (where not is_permitted) as feeds_not_permitted,
    max(age_s) filter (where feed = 'cdr_logs') as calls_age_s,
    max(age_s) as oldest_age_s
from feed_ages
