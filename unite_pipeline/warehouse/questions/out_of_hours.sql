-- What comes in while we are closed, and at which hour?
select call_hour, sum(out_of_hours) as offered, sum(out_of_hours_answered) as answered
from calls_by_hour
group by call_hour
having sum(out_of_hours) > 0
order by call_hour
