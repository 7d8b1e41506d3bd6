-- Which call flow loses most of its calls?
-- The member none is calls that went straight to an extension.
select
    l.label as call_flow,
    sum(c.offered) as offered,
    sum(c.missed) as missed,
    round(100.0 * sum(c.missed) / sum(c.offered), 1) as missed_pct
from calls_by_call_flow as c
join labels as l on c.tenant = l.tenant and l.kind = 'call_flow' and l.id = c.call_flow_id
group by l.id, l.label
order by sum(c.missed) / sum(c.offered) desc, l.label
