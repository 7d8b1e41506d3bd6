-- Calls from outside by the number of ours that was called. A number of a call flow is the company's; any other may be
-- one person's, and is_direct says so.
-- Grain: own_number; none where the chain does not tell.
-- Sources: calls_by_number, call_flow_numbers, labels.
select
    c.own_number as id,
    any_value(l.label) as label,
    c.own_number not in (select number from call_flow_numbers) and c.own_number <> 'none' as is_direct,
    cast(sum(c.offered) as bigint) as offered,
    cast(sum(c.answered) as bigint) as answered,
    cast(sum(c.missed) as bigint) as missed,
    cast(sum(c.answered_timed) as bigint) as answered_timed,
    cast(sum(c.connected) as bigint) as connected,
    cast(sum(c.ring_s) as bigint) as ring_s,
    cast(sum(c.talk_s) as bigint) as talk_s
from calls_by_number as c
left join labels as l on l.kind = 'own_number' and c.own_number = l.id
group by c.own_number
order by offered desc, id
