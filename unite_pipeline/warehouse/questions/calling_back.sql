-- How soon do we call missed callers back?
-- By month of the miss, those of the last hours included; the median is of those that we called at all, by the clock and
-- in opening hours alone.
select
    date_trunc('month', call_date)::date as month,
    count(*) as missed_callers,
    count(first_attempt_at) as called,
    round(100.0 * count(*) filter (where first_attempt_after_s < 3600) / count(*), 1) as within_an_hour_pct,
    round(quantile_disc(first_attempt_after_s, 0.5) / 60.0, 1) as median_min,
    round(quantile_disc(first_attempt_after_open_s, 0.5) / 60.0, 1) as median_open_min
from missed_episodes
group by month
order by month
