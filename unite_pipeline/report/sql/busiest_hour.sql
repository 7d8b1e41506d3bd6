-- The single clock hour with most line traffic.
-- Grain: one row, none without traffic.
-- Sources: traffic_by_day.
select call_date, busy_hour, busy_hour_erlang
from traffic_by_day
order by busy_hour_erlang desc, call_date
limit 1
