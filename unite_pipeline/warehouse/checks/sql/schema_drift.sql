-- A violation: a field or a code that the API sends and this version does not know, or a field that it reads and that
-- no longer comes. A code is reported for a month after it first came; status is momentary, so always.
-- Grain: one field of a feed, or one code of a column (source, name, code).
-- Sources: sent_fields and known_fields (names in the newest rows as received), known_codes, and the tables themselves.
with sent_codes as (
    select 'calls' as source, 'direction_sent' as name, lower(direction_sent) as code, min(first_seen_at) as since
    from calls
    group by all
    union all
    select 'extensions', 'extension_type', extension_type, min(valid_from) from extension_history group by all
    union all
    select 'extensions', 'caller_id_type', caller_id_type, min(valid_from) from extension_history group by all
    union all
    select 'contacts', 'phone_number_type', phone_number_type, min(valid_from) from contact_history group by all
    union all
    select 'call_flows', 'dialplan_status', dialplan_status, min(valid_from) from call_flow_history group by all
    union all
    select 'switches', 'language', language, min(valid_from) from switch_history group by all
    union all
    select 'extension_status', 'status_code', status_code, max(observed_at) from extension_status group by all
    union all
    select 'extension_properties', 'property', property, min(valid_from) from extension_property_history group by all
),
new_codes as (
    select s.source, s.name, s.code
    from sent_codes as s
    anti join known_codes as k on s.source = k.source and s.name = k.name and s.code = k.code
    where s.code is not null and s.since >= $since
    union all
    select 'extension_properties', h.property, h.value
    from extension_property_history as h
    semi join extension_property_values as c on h.property = c.property
    anti join extension_property_values as v on h.property = v.property and h.value = v.value
    where h.value is not null
    group by h.property, h.value
    having min(h.valid_from) >= $since
),
drifts as (
    select 'new field' as kind, s.feed as source, field_in_words(s.field) as name, null as code
    from sent_fields as s
    anti join known_fields as k on s.feed = k.feed and s.field = k.field
    union all
    select 'field no longer sent', k.feed, k.field, null
    from known_fields as k
    semi join sent_fields as f on k.feed = f.feed
    anti join sent_fields as s on k.feed = s.feed and k.field = s.field
    where k.is_used
    union all
    select 'new code', source, field_in_words(name), code_in_words(code)
    from new_codes
)
select
    1 as violations,
    kind || ' in ' || source || ': ' || name || coalesce(' = ' || code, '') as finding,
    kind,
    source,
    name,
    code
from drifts
order by kind desc, source, name, code
