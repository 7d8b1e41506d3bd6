-- How do calls from outside, to outside and between extensions relate, month by month?
-- The first and the running month are not whole.
select
    date_trunc('month', call_date)::date as month,
    sum(calls) as calls,
    round(100.0 * sum(offered) / nullif(sum(calls), 0), 1) as inbound_pct,
    round(100.0 * sum(outbound_calls) / nullif(sum(calls), 0), 1) as outbound_pct,
    round(100.0 * sum(internal_calls) / nullif(sum(calls), 0), 1) as internal_pct
from calls_by_day
group by month
order by month
