-- Weeks of which all seven days were read whole.
-- Grain: week (its Monday).
-- Sources: dates.
select cast(date_trunc('week', date) as date) as week
from dates
where is_read
group by week
having count(*) = 7
order by week
