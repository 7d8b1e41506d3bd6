-- Days of the period that are over and were not read whole; they are in no figure.
-- Grain: call_date.
-- Sources: dates.
select date as call_date
from dates
where not is_read
order by date
