-- How many lines do we need?
-- By month: the busy hour, its traffic, the lines that lose at most one call in a hundred of it, and the most ever in use.
select month, busy_hour, round(busy_hour_erlang, 2) as erlang, lines_needed, line_peak
from busy_hours
order by month
