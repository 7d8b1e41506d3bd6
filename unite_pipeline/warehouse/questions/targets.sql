-- What would another target do to our service level?
-- Of those who gave us the chance, as the metric service_level has it, and of the answered alone: how many were answered
-- within so many seconds. The target of the settings is among them.
with targets as (
    select unnest([5, 10, 15, 20, 30, 60]) as target_s
    union
    select service_level_s from parameters
),

counted as (
    select sum(answered) as answered, sum(answered + missed - short_abandons) as chances
    from calls_by_day
)

select
    t.target_s,
    coalesce(sum(d.calls), 0) as in_time,
    round(100.0 * coalesce(sum(d.calls), 0) / nullif(any_value(c.chances), 0), 1) as service_level_pct,
    round(100.0 * coalesce(sum(d.calls), 0) / nullif(any_value(c.answered), 0), 1) as of_answered_pct
from targets as t
cross join counted as c
left join durations_by_day as d on d.kind = 'ring' and d.seconds <= t.target_s
group by t.target_s
order by t.target_s
