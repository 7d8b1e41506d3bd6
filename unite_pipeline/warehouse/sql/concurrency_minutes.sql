-- How many calls with outside stood at once, minute by minute. Within a minute: those that stood when it began, and the
-- highest climb from there; so no minute waits for another, and days can be made alone.
-- Grain: one minute with traffic (minute_at).
-- Sources: calls of the days and the day before, parameters, days.
with nearby as (
    select day from days
    union
    select day - 1 as day from days
),

-- What lasts longer counts up to the end of the day after its start, so that each day follows from itself and one before.
lines as (
    select
        c.started_at_us as begins_us,
        epoch_us(c.answered_at) as answered_us,
        least(
            epoch_us(c.ended_at), epoch_us(timezone(p.timezone, cast(c.call_date + 2 as timestamp)))
        ) as ends_us
    from calls as c
    cross join parameters as p
    where c.call_date in (select day from nearby) and not c.is_gone and c.scope <> 'internal' and c.ended_at is not null
),

spans as (
    select 'line' as kind, begins_us, ends_us
    from lines
    where ends_us > begins_us
    union all
    select 'talk' as kind, answered_us as begins_us, ends_us
    from lines
    where ends_us > answered_us
),

pieces as (
    select kind, begins_us, ends_us, unnest(range(begins_us // 60000000, (ends_us - 1) // 60000000 + 1)) as minute_no
    from spans
),

loads as (
    select
        kind,
        minute_no,
        sum(least(ends_us, (minute_no + 1) * 60000000) - greatest(begins_us, minute_no * 60000000)) as load_us,
        count(*) filter (where begins_us <= minute_no * 60000000) as standing
    from pieces
    group by kind, minute_no
),

turns as (
    select kind, minute_no, begins_us as at_us, 1 as step
    from pieces
    where begins_us > minute_no * 60000000
    union all
    select kind, minute_no, ends_us as at_us, -1 as step
    from pieces
    where ends_us < (minute_no + 1) * 60000000
),

climbs as (
    select kind, minute_no, max(climb) as climb
    from (
        select
            kind,
            minute_no,
            sum(step) over (
                partition by kind, minute_no order by at_us, step
                rows between unbounded preceding and current row
            ) as climb
        from turns
    )
    group by kind, minute_no
),

minutes as (
    select
        l.minute_no,
        coalesce(sum(l.load_us) filter (where l.kind = 'line'), 0) as line_us,
        coalesce(sum(l.load_us) filter (where l.kind = 'talk'), 0) as talk_us,
        coalesce(max(l.standing + greatest(coalesce(c.climb, 0), 0)) filter (where l.kind = 'line'), 0) as line_peak,
        coalesce(max(l.standing + greatest(coalesce(c.climb, 0), 0)) filter (where l.kind = 'talk'), 0) as talk_peak
    from loads as l
    left join climbs as c on l.kind = c.kind and l.minute_no = c.minute_no
    group by l.minute_no
),

dated as (
    select
        make_timestamptz(m.minute_no * 60000000) as minute_at,
        timezone(p.timezone, make_timestamptz(m.minute_no * 60000000)) as minute_local,
        m.* exclude (minute_no)
    from minutes as m
    cross join parameters as p
)

select cast(minute_local as date) as call_date, *
from dated
where cast(minute_local as date) in (select day from days)
