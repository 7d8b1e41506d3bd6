-- Missed callers, from the first missed call until contact or until the window passed.
-- Whether a missed call opens an episode, and how that ends, is told by the calls of its number within one window before
-- and one after; so a day's episodes follow from a bounded number of days.
-- Grain: one episode (uniqueid of its first missed call).
-- Sources: calls of the days and as many around them as the window can touch, opening_hours, parameters, days.
with window_of as (
    select repeat_within_h * 3600000000 as window_us, (repeat_within_h + 24) // 24 as window_days
    from parameters
),

nearby as (
    select distinct d.day + cast(s.shift as integer) as day
    from days as d
    cross join (select unnest(range(-window_days, window_days + 1)) as shift from window_of) as s
),

events as (
    select
        c.uniqueid,
        c.call_date,
        coalesce(c.external_e164, c.external_number) as caller,
        c.started_at,
        c.started_at_us,
        c.started_at_local,
        c.is_in_opening_hours,
        c.own_number,
        c.call_flow_id,
        c.contact_id,
        case
            when c.is_offered and c.disposition = 'missed' then 'missed'
            when c.is_offered and c.disposition = 'answered' then 'caller_reached'
            when c.disposition = 'connected' then 'callback'
            when c.direction = 'outbound' then 'attempt'
        end as event
    from calls as c
    where c.call_date in (select day from nearby)
        and c.is_counted
        and (c.is_offered or c.direction = 'outbound')
        and c.external_number is not null
),

turns as (
    select
        *,
        lag(event) over of_caller as former_event,
        started_at_us - lag(started_at_us) over of_caller as since_former_us
    from events
    where event in ('missed', 'caller_reached', 'callback')
    window of_caller as (partition by caller order by started_at_us, uniqueid)
),

opened as (
    select t.*
    from turns as t
    cross join window_of as w
    where t.event = 'missed'
        and t.call_date in (select day from days)
        and (t.former_event is null or t.former_event <> 'missed' or t.since_former_us >= w.window_us)
),

-- Met by caller and day, so that one number with very many calls does not meet all of them with all.
reach as (
    select
        o.uniqueid as episode,
        o.caller,
        o.started_at_us as opened_us,
        w.window_us,
        unnest(range(0, w.window_days + 1)) as shift,
        o.call_date
    from opened as o
    cross join window_of as w
),

followed as (
    select r.episode, e.*
    from reach as r
    inner join events as e on r.caller = e.caller and e.call_date = r.call_date + cast(r.shift as integer)
    where (e.started_at_us > r.opened_us or (e.started_at_us = r.opened_us and e.uniqueid > r.episode))
        and e.started_at_us < r.opened_us + r.window_us
),

contacts as (
    select
        episode,
        first(uniqueid order by started_at_us, uniqueid) as contact_uniqueid,
        first(event order by started_at_us, uniqueid) as resolved_by,
        first(started_at order by started_at_us, uniqueid) as contact_at,
        min(started_at_us) as contact_us
    from followed
    where event in ('caller_reached', 'callback')
    group by episode
),

until_contact as (
    select f.*
    from followed as f
    left join contacts as c on f.episode = c.episode
    where c.episode is null
        or f.started_at_us < c.contact_us
        or (f.started_at_us = c.contact_us and f.uniqueid <= c.contact_uniqueid)
),

attempts as (
    select
        episode,
        count(*) filter (where event = 'missed') as missed_again,
        min(started_at) filter (where event in ('attempt', 'callback')) as first_attempt_at,
        min(started_at_us) filter (where event in ('attempt', 'callback')) as first_attempt_us,
        arg_min(started_at_local, started_at_us) filter (where event in ('attempt', 'callback'))
            as first_attempt_at_local
    from until_contact
    group by episode
),

-- By the wall clock, as opening hours are.
open_seconds as (
    select
        o.uniqueid as episode,
        sum(
            greatest(
                epoch_us(least(h.closes_at_local, a.first_attempt_at_local))
                - epoch_us(greatest(h.opens_at_local, o.started_at_local)),
                0
            )
        ) // 1000000 as open_s
    from opened as o
    inner join attempts as a on o.uniqueid = a.episode and a.first_attempt_at_local is not null
    inner join opening_hours as h
        on h.date between cast(o.started_at_local as date) and cast(a.first_attempt_at_local as date)
    group by o.uniqueid
)

select
    o.call_date,
    o.uniqueid,
    o.caller,
    o.started_at,
    o.started_at_local,
    o.is_in_opening_hours,
    o.own_number,
    o.call_flow_id,
    o.contact_id,
    1 + coalesce(a.missed_again, 0) as missed_calls,
    coalesce(c.resolved_by, 'none') as resolved_by,
    o.started_at + to_hours(cast(p.repeat_within_h as bigint)) as window_ends_at,
    a.first_attempt_at,
    c.contact_at,
    c.contact_uniqueid,
    (a.first_attempt_us - o.started_at_us) // 1000000 as first_attempt_after_s,
    if(a.first_attempt_at is not null, coalesce(s.open_s, 0), null) as first_attempt_after_open_s,
    (c.contact_us - o.started_at_us) // 1000000 as contact_after_s
from opened as o
cross join parameters as p
left join contacts as c on o.uniqueid = c.episode
left join attempts as a on o.uniqueid = a.episode
left join open_seconds as s on o.uniqueid = s.episode
