-- Who was missed and never got a call back?
-- The newest twenty whose window is over: nobody called them since, and they were not answered when they called again.
with last_contacts as (
    select tenant, coalesce(external_e164, external_number) as caller, max(started_at) as last_at
    from calls
    where is_counted and (direction = 'outbound' or (is_offered and disposition = 'answered'))
    group by all
)

select e.caller, coalesce(l.label, 'unknown') as contact, e.started_at_local, e.missed_calls
from missed_episodes as e
join missed_outcomes as o on e.tenant = o.tenant and e.uniqueid = o.uniqueid and e.call_date = o.call_date
left join last_contacts as c on e.tenant = c.tenant and e.caller = c.caller
left join labels as l on e.tenant = l.tenant and l.kind = 'contact' and l.id = e.contact_id
where o.outcome = 'lost' and coalesce(c.last_at <= e.started_at, true)
order by e.started_at desc, e.uniqueid
limit 20
