-- Who was missed and never got a call back?
-- The newest twenty: nobody of ours called them within the window, and they were not answered when they called again.
select e.caller, coalesce(l.label, 'unknown') as contact, e.started_at_local, e.attempts
from missed_episodes as e
left join labels as l on e.tenant = l.tenant and l.kind = 'contact' and l.id = e.contact_id
where e.resolved_by = 'none' and e.first_attempt_at is null
order by e.started_at desc, e.uniqueid
limit 20
