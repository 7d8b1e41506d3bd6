-- Missed callers by the day of their first missed call.
-- Grain: call_date. A view over missed_episodes and covered_days.
select
    e.tenant,
    e.call_date,
    count(*) as episodes,
    count(*) filter (where resolved_by = 'callback') as called_back,
    count(*) filter (where resolved_by = 'caller_reached') as caller_reached,
    count(*) filter (where resolved_by = 'none' and c.covered_until >= window_ends_at) as lost,
    count(*) filter (where c.covered_until >= window_ends_at) as decided,
    count(*) filter (where resolved_by = 'none' and coalesce(c.covered_until < window_ends_at, true)) as undecided,
    count(first_attempt_at) as attempted,
    count(*) filter (where first_attempt_after_s < 3600) as attempted_within_1h,
    cast(coalesce(sum(first_attempt_after_s), 0) as bigint) as first_attempt_total_s,
    quantile_disc(first_attempt_after_s, 0.5) as first_attempt_median_s,
    quantile_disc(first_attempt_after_open_s, 0.5) as first_attempt_open_median_s,
    quantile_disc(contact_after_s, 0.5) as contact_median_s
from missed_episodes as e
left join covered_days as c on e.tenant = c.tenant and e.call_date = c.call_date
group by e.tenant, e.call_date
