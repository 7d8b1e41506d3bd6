-- How talk is spread over the extensions that took or made calls.
-- Grain: call_date. A view over calls_by_extension; an extension that only rang is left out.
with loads as (
    select
        tenant,
        call_date,
        talk_s + outbound_talk_s + internal_talk_s + internal_received_talk_s as talk_s
    from calls_by_extension
    where extension_id <> 'none' and answered + outbound_calls + internal_calls + internal_taken > 0
),

placed as (
    select *, row_number() over (partition by tenant, call_date order by talk_s) as place
    from loads
)

select
    tenant,
    call_date,
    count(*) as extensions,
    cast(sum(talk_s) as bigint) as talk_s,
    max(talk_s) / nullif(sum(talk_s), 0) as busiest_ratio,
    (2 * sum(place * talk_s) - (count(*) + 1) * sum(talk_s)) / nullif(count(*) * sum(talk_s), 0) as gini
from placed
group by tenant, call_date
