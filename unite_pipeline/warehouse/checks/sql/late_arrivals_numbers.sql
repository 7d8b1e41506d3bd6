-- How late calls come: the delay between a call's end and the first reading that had it. Of a call that came in time it
-- is about the time between two readings.
-- Grain: one row.
-- Sources: arrivals.
with watched as (
    select * from arrivals where is_watched or is_late
),
measured as (
    select
        count(*) as watched_calls,
        count(*) filter (where is_late) as late_calls,
        cast(round(median(delay_s)) as bigint) as median_delay_s,
        cast(round(quantile_cont(delay_s, 0.95)) as bigint) as p95_delay_s,
        max(delay_s) as max_delay_s,
        greatest(coalesce(max(found_after_days) filter (where is_late), 0) - 1, 0) as sufficient_lookback_days
    from watched
)
select
    case
        when watched_calls = 0 then 'No call was read while it was new, so nothing can be said of late calls'
        else format(
            '{} watched: half of them were seen within {} of their end, 95 in 100 within {}, the last after {}; '
            '{} missing from a reading after their end; a look-back of {} would have sufficed, {:d} are set',
            counted(watched_calls, 'call'),
            time_in_words(median_delay_s),
            time_in_words(p95_delay_s),
            time_in_words(max_delay_s),
            case when late_calls = 1 then '1 was' else format('{:,} were', late_calls) end,
            counted(sufficient_lookback_days, 'day'),
            cast($lookback_days as bigint)
        )
    end as summary,
    *,
    cast($lookback_days as bigint) as lookback_days
from measured
