-- When do we lose callers: while we are open, or while we are closed?
select
    is_in_opening_hours,
    count(*) as missed_callers,
    count(*) filter (where resolved_by = 'callback') as called_back,
    count(*) filter (where resolved_by = 'caller_reached') as reached_us,
    count(*) filter (where resolved_by = 'none') as lost,
    round(100.0 * count(*) filter (where resolved_by = 'none') / count(*), 1) as lost_pct
from missed_episodes
group by is_in_opening_hours
order by is_in_opening_hours desc
