-- What the report is about: the last 13 weeks of days that are over and were read, and the full weeks among them.
-- Grain: one row.
-- Sources: coverage and calls_by_day of the whole warehouse, parameters.
with days_read as (
    select day, fetched_at, window_end
    from warehouse.coverage
    where feed = 'cdr_logs' and day is not null
    union all
    select call_date, null, null
    from warehouse.calls_by_day
),

span as (
    select
        min(day) as first_read,
        coalesce(max(day) filter (where fetched_at >= window_end), max(day)) as last_day,
        max(fetched_at) as read_at
    from days_read
),

weeks as (
    select *, last_day - cast(isodow(last_day) % 7 as integer) as last_sunday
    from span
),

placed as (
    select
        *,
        greatest(first_read, cast(date_trunc('week', last_day) as date) - 12 * 7) as first_day,
        cast(date_trunc('week', first_read + 6) as date) as first_monday
    from weeks
)

select
    p.tenant,
    p.timezone,
    p.opening_hours,
    p.service_level_s,
    p.short_abandon_s,
    p.short_call_s,
    p.repeat_within_h,
    s.first_day,
    s.last_day,
    timezone(p.timezone, s.read_at) as read_at_local,
    if(s.last_sunday - 6 >= s.first_monday, s.last_sunday - 6, null) as last_week,
    if(s.last_sunday - 6 >= s.first_monday, greatest(s.first_monday, s.last_sunday - 6 - 12 * 7), null) as first_week
from warehouse.parameters as p
cross join placed as s
