-- A violation: a feed whose newest complete reading is older than its rhythm allows, or that was never read complete.
-- Grain: one feed.
-- Sources: feed_ages.
select
    1 as violations,
    feed || ': ' || case
        when fetched_at is null then 'never read complete'
        else format(
            'last read complete {} ago, on {}; no older than {} is expected',
            time_in_words(age_s),
            strftime(timezone($timezone, fetched_at), '%Y-%m-%d %H:%M'),
            time_in_words(max_age_s)
        )
    end || case
        when tried_at is null then ', and no attempt is on record'
        when fetched_at is null or tried_at > fetched_at
        then '; last tried on ' || strftime(timezone($timezone, tried_at), '%Y-%m-%d %H:%M')
        else '; not tried since'
    end as finding,
    feed,
    strftime(timezone($timezone, fetched_at), '%Y-%m-%d %H:%M') as read_complete_at_local,
    strftime(timezone($timezone, tried_at), '%Y-%m-%d %H:%M') as last_tried_at_local
from feed_ages
where is_stale
order by feed
