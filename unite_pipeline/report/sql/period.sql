-- What the report is about: the last 13 weeks up to the last day that is over and was asked for, and among them the
-- weeks of which all seven days were read whole.
-- Grain: one row.
-- Sources: covered_days and calls_by_day of the whole warehouse, parameters.
with days as (
    select call_date, is_over, is_complete and is_over as is_whole, checked_at
    from warehouse.covered_days
),

span as (
    select
        min(call_date) filter (where is_over) as first_read,
        max(call_date) filter (where is_over) as last_day,
        max(checked_at) as read_at
    from days
),

placed as (
    select
        *,
        greatest(first_read, cast(date_trunc('week', last_day) as date) - 12 * 7) as first_day,
        last_day - cast(isodow(last_day) % 7 as integer) - 6 as last_monday
    from span
),

weeks as (
    select cast(date_trunc('week', call_date) as date) as monday
    from days
    where is_whole
    group by monday
    having count(*) = 7
),

latest as (
    select max(w.monday) as last_week
    from weeks as w
    inner join placed as s on w.monday between s.last_monday - 12 * 7 and s.last_monday
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
    (select count(*) from days where is_whole and call_date between s.first_day and s.last_day) as whole_days,
    timezone(p.timezone, s.read_at) as read_at_local,
    (select coalesce(sum(offered), 0) from warehouse.calls_by_day) as offered_so_far,
    l.last_week,
    (select min(monday) from weeks where monday >= l.last_week - 12 * 7) as first_week
from warehouse.parameters as p
cross join placed as s
cross join latest as l
