-- The time-consistent busy hour of each calendar month (ITU-T E.500: the same hour, averaged over days).
-- Grain: month. A view over traffic_by_hour, dates and erlang_b.
with span as (
    select tenant, min(call_date) as first_day, max(call_date) as last_day
    from concurrency_minutes
    group by tenant
),

open_days as (
    select d.tenant, cast(date_trunc('month', d.date) as date) as month, count(*) as open_days
    from dates as d
    inner join span as s on d.tenant = s.tenant and d.date between s.first_day and s.last_day
    where d.is_open_day
    group by d.tenant, cast(date_trunc('month', d.date) as date)
),

hours as (
    select
        t.tenant,
        cast(date_trunc('month', t.call_date) as date) as month,
        t.call_hour,
        sum(t.line_us) as line_us,
        max(t.line_peak) as line_peak
    from traffic_by_hour as t
    inner join dates as d on t.tenant = d.tenant and t.call_date = d.date
    where d.is_open_day
    group by t.tenant, cast(date_trunc('month', t.call_date) as date), t.call_hour
),

busiest as (
    select
        h.tenant,
        h.month,
        first(h.call_hour order by h.line_us desc, h.call_hour) as busy_hour,
        cast(any_value(o.open_days) as integer) as open_days,
        max(h.line_us) / 3600000000.0 / any_value(o.open_days) as busy_hour_erlang,
        max(h.line_peak) as line_peak
    from hours as h
    inner join open_days as o on h.tenant = o.tenant and h.month = o.month
    group by h.tenant, h.month
)

select b.tenant, b.month, b.busy_hour, b.open_days, b.busy_hour_erlang, e.lines as lines_needed, b.line_peak
from busiest as b
asof left join (select lines, erlang from erlang_b where blocking_pct = 1) as e on b.busy_hour_erlang <= e.erlang
