-- Outside numbers that called, by day.
-- Grain: call_date. A view over calls_by_caller.
with firsts as (
    select tenant, first_call_date as call_date, count(*) as new_callers
    from (select tenant, min(call_date) as first_call_date from calls_by_caller group by tenant, caller)
    group by tenant, first_call_date
),

daily as (
    select
        tenant,
        call_date,
        count(*) as callers,
        count(*) filter (where repeats > 0) as repeat_callers,
        count(*) filter (where repeats_7d > 0) as repeat_callers_7d,
        sum(offered) as identified,
        sum(repeats) as repeats,
        sum(repeats_7d) as repeats_7d,
        sum(answered) as identified_answered,
        sum(answered_once) as answered_once
    from calls_by_caller
    group by tenant, call_date
)

select
    d.tenant,
    d.call_date,
    d.callers,
    coalesce(f.new_callers, 0) as new_callers,
    d.repeat_callers,
    d.repeat_callers_7d,
    cast(d.identified as bigint) as identified,
    cast(d.repeats as bigint) as repeats,
    cast(d.repeats_7d as bigint) as repeats_7d,
    cast(d.identified_answered as bigint) as identified_answered,
    cast(d.answered_once as bigint) as answered_once
from daily as d
left join firsts as f on d.tenant = f.tenant and d.call_date = f.call_date
