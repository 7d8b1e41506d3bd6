-- The time-consistent busy hour of each calendar month (ITU-T E.500: the same hour, averaged over days).
-- A day that was not read, or is not over, would count as one with little traffic.
-- Grain: month. A view over traffic_by_hour, dates, covered_days and erlang_b.
with read_days as (
    select d.tenant, d.date, cast(date_trunc('month', d.date) as date) as month
    from dates as d
    inner join covered_days as c on d.tenant = c.tenant and d.date = c.call_date
    where d.is_open_day and c.is_complete and c.is_over
),

open_days as (
    select tenant, month, count(*) as open_days
    from read_days
    group by tenant, month
),

hours as (
    select t.tenant, d.month, t.call_hour, sum(t.line_us) as line_us, max(t.line_peak) as line_peak
    from traffic_by_hour as t
    inner join read_days as d on t.tenant = d.tenant and t.call_date = d.date
    group by t.tenant, d.month, t.call_hour
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
