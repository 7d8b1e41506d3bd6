-- Calls that were first seen lately, and whether a complete reading of their day, begun after they had ended, lacked
-- them: then they were filed late. A call is watched where such a reading came soon after its end, with it or without:
-- the others were fetched later on, which says nothing of the API.
-- Grain: one call.
-- Sources: calls, day_readings.
with seen as (
    select
        uniqueid,
        call_date,
        first_seen_at,
        -- Start and duration are rounded by up to a second each.
        started_at + to_seconds(coalesce(duration_s, 0) + 2) as ended_at
    from calls
    where first_seen_at >= $since
),
complete as (
    select day, started_at, fetched_at
    from day_readings
    where is_complete
),
followed as (
    select s.*, k.started_at as next_reading_at
    from seen as s
    asof left join complete as k on s.call_date = k.day and s.ended_at <= k.started_at
),
preceded as (
    select f.*, k.started_at as last_reading_before
    from followed as f
    asof left join complete as k on f.call_date = k.day and f.first_seen_at > k.fetched_at
)
select
    uniqueid,
    call_date,
    coalesce(next_reading_at <= ended_at + to_seconds($watched_within_s), false) as is_watched,
    coalesce(last_reading_before >= ended_at, false) as is_late,
    date_diff('second', ended_at, first_seen_at) as delay_s,
    date_diff('day', call_date, cast(timezone($timezone, first_seen_at) as date)) as found_after_days
from preceded
