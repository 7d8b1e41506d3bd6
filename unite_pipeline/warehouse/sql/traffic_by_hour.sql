-- Traffic by the clock hour.
-- Grain: hour_at. A view over concurrency_minutes.
select
    tenant,
    minute_at - to_minutes(minute(minute_local)) as hour_at,
    call_date,
    cast(hour(minute_local) as integer) as call_hour,
    cast(sum(line_us) as bigint) as line_us,
    cast(sum(talk_us) as bigint) as talk_us,
    max(line_peak) as line_peak,
    max(talk_peak) as talk_peak,
    sum(line_us) / 3600000000.0 as line_erlang,
    sum(talk_us) / 3600000000.0 as talk_erlang
from concurrency_minutes
group by all
