-- Who was missed and never got a call back?
-- The newest twenty whose window is over: nobody called them since, and they were not answered when they called again.
select e.caller, coalesce(l.label, 'unknown') as contact, e.started_at_local, e.missed_calls
from missed_episodes as e
join missed_outcomes as o on e.tenant = o.tenant and e.uniqueid = o.uniqueid and e.call_date = o.call_date
left join labels as l on e.tenant = l.tenant and l.kind = 'contact' and l.id = e.contact_id
anti join calls as c
    on e.tenant = c.tenant
    and e.caller = coalesce(c.external_e164, c.external_number)
    and c.started_at > e.started_at
    and c.is_counted
    and (c.direction = 'outbound' or (c.is_offered and c.disposition = 'answered'))
where o.outcome = 'lost'
order by e.started_at desc, e.uniqueid
limit 20
