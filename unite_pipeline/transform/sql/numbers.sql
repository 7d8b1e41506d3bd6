-- Grain: one number as sent (number). A number is ours in every notation, if it is in one.
-- Sources: numbers_seen, normalised_numbers (now), kept_numbers (what the lake holds of all others).
with read as (
    select number, e164, country, kind, is_valid, normalised_with
    from normalised_numbers
    union all
    select k.number, k.e164, k.country, k.kind, k.is_valid, k.normalised_with
    from kept_numbers as k
    anti join normalised_numbers as n on k.number = n.number
),
own as (
    select distinct r.e164
    from numbers_seen as s
    inner join read as r on s.number = r.number
    where (s.is_known_own or s.is_shown) and r.e164 is not null
)
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
    s.is_in_legs,
    s.is_in_recordings,
    s.is_in_contacts,
    s.is_in_extensions,
    s.is_in_call_flows,
    s.is_in_cdr_numbers,
    r.normalised_with
from numbers_seen as s
inner join read as r on s.number = r.number
left join own as o on r.e164 = o.e164
