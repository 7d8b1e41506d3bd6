-- How many lines do we need?
-- By month, over the open days that were read whole: the busy hour, its traffic, the lines that lose at most one call in a
-- hundred of it, and the most in use at once on those days.
select month, open_days, busy_hour, round(busy_hour_erlang, 2) as erlang, lines_needed, line_peak
from busy_hours
order by month
