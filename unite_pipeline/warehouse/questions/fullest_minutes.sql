-- When were most lines in use at once?
-- The five fullest hours, each by its fullest minute; of equal ones the earlier.
select minute_local, line_peak, talk_peak
from concurrency_minutes
qualify row_number() over (
    partition by tenant, minute_at - to_minutes(minute(minute_local)) order by line_peak desc, talk_peak desc, minute_at
) = 1
order by line_peak desc, talk_peak desc, minute_at
limit 5
