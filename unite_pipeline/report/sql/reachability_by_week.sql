-- Answer ratio and service level by ISO week, each with its Wilson interval of 95 %.
-- Grain: week (its Monday), each of the period; days are those that were read whole.
-- Sources: dates, calls_by_day.
with weekly as (
    select
        cast(date_trunc('week', d.date) as date) as week,
        count(*) filter (where d.is_read) as days,
        cast(coalesce(sum(c.offered), 0) as bigint) as offered,
        cast(coalesce(sum(c.answered), 0) as bigint) as answered,
        cast(coalesce(sum(c.answered_in_time), 0) as bigint) as answered_in_time,
        cast(coalesce(sum(c.answered + c.missed - c.short_abandons), 0) as bigint) as given_the_chance
    from dates as d
    left join calls_by_day as c on d.date = c.call_date
    group by all
)

select
    week,
    days,
    offered,
    answered,
    answered_in_time,
    given_the_chance,
    answered / nullif(offered, 0) as answer_ratio,
    wilson(answered, offered, -1.96) as answer_ratio_low,
    wilson(answered, offered, 1.96) as answer_ratio_high,
    answered_in_time / nullif(given_the_chance, 0) as service_level,
    wilson(answered_in_time, given_the_chance, -1.96) as service_level_low,
    wilson(answered_in_time, given_the_chance, 1.96) as service_level_high
from weekly
order by week
