-- Calls from outside by call flow.
-- Grain: call_flow_id; none where they went straight to an extension.
-- Sources: calls_by_call_flow, labels.
select
    c.call_flow_id as id,
    any_value(l.label) as label,
    cast(sum(c.offered) as bigint) as offered,
    cast(sum(c.answered) as bigint) as answered,
    cast(sum(c.missed) as bigint) as missed,
    sum(c.answered) / nullif(sum(c.offered), 0) as answer_ratio,
    sum(c.ring_s) / nullif(sum(c.answered_timed), 0) as ring_mean_s,
    sum(c.talk_s) / nullif(sum(c.connected), 0) as talk_mean_s
from calls_by_call_flow as c
left join labels as l on l.kind = 'call_flow' and c.call_flow_id = l.id
group by c.call_flow_id
order by offered desc, id
