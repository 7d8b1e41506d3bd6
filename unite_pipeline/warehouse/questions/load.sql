-- Who talks most, and how evenly is the load spread?
-- Share of all talk, and the running share: where that rises slowly, the load is even. A call that was handed
-- on is the last extension's in its chain, with all its talk.
with loads as (
    select tenant, extension_id, sum(talk_s + outbound_talk_s + internal_talk_s + internal_received_talk_s) as talk_s
    from calls_by_extension
    where extension_id <> 'none'
    group by tenant, extension_id
    having sum(answered + outbound_calls + internal_calls + internal_taken) > 0
)

select
    e.label as extension,
    round(l.talk_s / 60.0, 1) as talk_min,
    round(100.0 * l.talk_s / sum(l.talk_s) over (), 1) as share_pct,
    round(100.0 * sum(l.talk_s) over (order by l.talk_s desc, l.extension_id) / sum(l.talk_s) over (), 1) as running_pct
from loads as l
join labels as e on l.tenant = e.tenant and e.kind = 'extension' and e.id = l.extension_id
order by l.talk_s desc, l.extension_id
