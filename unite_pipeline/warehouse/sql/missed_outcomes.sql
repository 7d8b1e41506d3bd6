-- What became of missed callers, as far as the calls that were read can tell.
-- Grain: one episode (uniqueid). A view over missed_episodes and covered_days.
select
    e.tenant,
    e.uniqueid,
    e.call_date,
    case
        when e.resolved_by <> 'none' then e.resolved_by
        when c.covered_until >= e.window_ends_at then 'lost'
        else 'undecided'
    end as outcome,
    coalesce(c.covered_until >= e.window_ends_at, false) as is_decided
from missed_episodes as e
left join covered_days as c on e.tenant = c.tenant and e.call_date = c.call_date
