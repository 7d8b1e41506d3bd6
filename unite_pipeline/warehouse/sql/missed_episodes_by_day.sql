-- Missed callers by the day of their first missed call.
-- Grain: call_date. A view over missed_episodes.
select
    tenant,
    call_date,
    count(*) as episodes,
    count(*) filter (where resolved_by = 'callback') as called_back,
    count(*) filter (where resolved_by = 'caller_reached') as caller_reached,
    count(*) filter (where resolved_by = 'none') as lost,
    count(first_attempt_at) as attempted,
    count(*) filter (where first_attempt_after_s < 3600) as attempted_within_1h,
    cast(coalesce(sum(first_attempt_after_s), 0) as bigint) as first_attempt_total_s,
    quantile_disc(first_attempt_after_s, 0.5) as first_attempt_median_s,
    quantile_disc(first_attempt_after_open_s, 0.5) as first_attempt_open_median_s,
    quantile_disc(contact_after_s, 0.5) as contact_median_s
from missed_episodes
group by tenant, call_date
