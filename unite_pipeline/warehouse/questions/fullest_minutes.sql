-- When were most lines in use at once?
-- The five fullest minutes; of equal ones the earlier.
select minute_local, line_peak, talk_peak
from concurrency_minutes
order by line_peak desc, talk_peak desc, minute_at
limit 5
