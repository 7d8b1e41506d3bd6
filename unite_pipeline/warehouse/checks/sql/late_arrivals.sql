-- A violation: a call that a complete reading after its end lacked, and that came when its day was out of the look-back.
-- Grain: one local day (day).
-- Sources: arrivals. A day is looked at once more after the look-back is over, hence the day more.
select
    count(*) as violations,
    format(
        '{}: {} first seen up to {} after their day',
        strftime(call_date, '%Y-%m-%d'),
        counted(count(*), 'call'),
        counted(max(found_after_days), 'day')
    ) as finding,
    call_date as day,
    count(*) as calls,
    max(found_after_days) as found_after_days
from arrivals
where is_late and found_after_days > $lookback_days + 1
group by call_date
order by call_date desc
