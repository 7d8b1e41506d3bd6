-- Calls and talk of each extension.
-- Grain: extension_id; calls of no known extension are left out.
-- Sources: calls_by_extension, labels.
with loads as (
    select
        c.extension_id as id,
        any_value(l.label) as label,
        any_value(l.number) as number,
        cast(sum(c.sides) as bigint) as calls,
        cast(sum(c.answered) as bigint) as answered,
        cast(sum(c.outbound_calls) as bigint) as outbound_calls,
        cast(sum(c.internal_calls + c.internal_received) as bigint) as internal_calls,
        cast(sum(c.talk_s) as bigint) as inbound_talk_s,
        cast(sum(c.outbound_talk_s) as bigint) as outbound_talk_s,
        cast(sum(c.internal_talk_s + c.internal_received_talk_s) as bigint) as internal_talk_s
    from calls_by_extension as c
    left join labels as l on l.kind = 'extension' and c.extension_id = l.id
    where c.extension_id <> 'none'
    group by c.extension_id
)

select *
from loads
order by inbound_talk_s + outbound_talk_s + internal_talk_s desc, calls desc, id
