-- Grain: one number as sent (number), of those that were counted. A number is ours in every notation, if it is in one.
-- Sources: numbers_seen, numbers_read, own_numbers.
select
    s.number,
    r.e164,
    r.country,
    r.kind,
    r.is_valid,
    r.kind = 'internal' as is_internal,
    s.is_known_own or o.e164 is not null as is_own,
    s.api_formatted,
    s.api_country,
    s.api_e164,
    coalesce(list_bool_or(list_transform(s.told_countries, lambda told: told is distinct from r.country)), false)
    or coalesce(list_bool_or(list_transform(s.told_e164s, lambda told: told is distinct from r.e164)), false)
    as is_api_disagreement,
    s.is_in_contacts,
    s.is_in_extensions,
    s.is_in_call_flows,
    s.is_in_cdr_numbers,
    r.normalised_with,
    cast(s.seen_since as date) as seen_since
from numbers_seen as s
inner join numbers_read as r on s.number = r.number
left join own_numbers as o on r.e164 = o.e164
