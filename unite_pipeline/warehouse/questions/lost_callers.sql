-- When do we lose callers: while we are open, or while we are closed?
-- The share is of those whose window is over; it runs by the clock, so that what is missed on a Saturday is soon lost.
select
    e.is_in_opening_hours,
    count(*) as missed_callers,
    count(*) filter (where o.outcome = 'callback') as called_back,
    count(*) filter (where o.outcome = 'caller_reached') as reached_us,
    count(*) filter (where o.outcome = 'lost') as lost,
    round(100.0 * count(*) filter (where o.outcome = 'lost') / nullif(count(*) filter (where o.is_decided), 0), 1)
        as lost_pct
from missed_episodes as e
join missed_outcomes as o on e.tenant = o.tenant and e.uniqueid = o.uniqueid and e.call_date = o.call_date
group by e.is_in_opening_hours
order by e.is_in_opening_hours desc
