-- The busiest clock hour of each local day, and the lines it takes.
-- Grain: call_date. A view over traffic_by_hour and erlang_b.
with daily as (
    select
        tenant,
        call_date,
        cast(sum(line_us) as bigint) as line_us,
        cast(sum(talk_us) as bigint) as talk_us,
        max(line_peak) as line_peak,
        max(talk_peak) as talk_peak,
        first(hour_at order by line_us desc, hour_at) as busy_hour_at,
        first(call_hour order by line_us desc, hour_at) as busy_hour,
        max(line_erlang) as busy_hour_erlang
    from traffic_by_hour
    group by tenant, call_date
)

select d.*, e.lines as lines_needed
from daily as d
asof left join (select lines, erlang from erlang_b where blocking_pct = 1) as e on d.busy_hour_erlang <= e.erlang
