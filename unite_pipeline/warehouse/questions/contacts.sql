-- Which contacts do we talk to most?
select
    l.label as contact,
    sum(c.offered) as from_them,
    sum(c.outbound_calls) as to_them,
    round(sum(c.talk_s + c.outbound_talk_s) / 60.0, 1) as talk_min
from calls_by_contact as c
join labels as l on c.tenant = l.tenant and l.kind = 'contact' and l.id = c.contact_id
where c.contact_id <> 'none'
group by l.id, l.label, l.number
order by sum(c.talk_s + c.outbound_talk_s) desc, l.number
limit 10
