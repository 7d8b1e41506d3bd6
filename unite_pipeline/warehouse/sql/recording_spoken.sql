-- The connected calls near the recordings that count, when each was spoken: not those that the API took back, and of an
-- internal call that has a row for either side the first one. A call in the hour that the clock repeats may have been in its
-- second pass.
-- Grain: one call and reading of its start (uniqueid, call_shift_s).
-- Sources: calls, days.
with near as (
    select *
    from calls
    where
        is_connected
        and is_counted
        and call_date in (select distinct day + cast(n as integer) from days cross join range(-2, 3) as r(n))
)

select
    c.uniqueid,
    c.call_date,
    c.talk_s,
    c.duration_s,
    s.call_shift_s,
    c.started_at + to_seconds(s.call_shift_s) as started_at,
    c.answered_at + to_seconds(s.call_shift_s) as answered_at,
    coalesce(c.ended_at, c.answered_at + to_seconds(c.talk_s)) + to_seconds(s.call_shift_s) as ended_at,
    lower(regexp_extract(c.uniqueid, '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}')) as uuid
from near as c
cross join (values (0), (3600)) as s(call_shift_s)
where s.call_shift_s = 0 or c.is_ambiguous_local_time
