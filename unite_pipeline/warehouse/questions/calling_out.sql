-- Who calls out, and how many of those calls get through?
select
    l.label as extension,
    sum(c.outbound_calls) as calls,
    round(100.0 * sum(c.outbound_answered) / sum(c.outbound_calls), 1) as answered_pct,
    round(sum(c.outbound_talk_s) / 60.0, 1) as talk_min
from calls_by_extension as c
join labels as l on c.tenant = l.tenant and l.kind = 'extension' and l.id = c.extension_id
group by l.id, l.label
having sum(c.outbound_calls) > 0
order by calls desc, l.id
