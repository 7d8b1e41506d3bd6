-- Calls by direction and ISO week.
-- Grain: week (its Monday), each of the period; days are those that were read whole.
-- Sources: dates, calls_by_day.
select
    cast(date_trunc('week', d.date) as date) as week,
    count(*) filter (where d.is_read) as days,
    cast(coalesce(sum(c.offered), 0) as bigint) as inbound,
    cast(coalesce(sum(c.outbound_calls), 0) as bigint) as outbound,
    cast(coalesce(sum(c.internal_calls), 0) as bigint) as internal,
    cast(coalesce(sum(c.unlabelled_calls), 0) as bigint) as other
from dates as d
left join calls_by_day as c on d.date = c.call_date
group by week
order by week
