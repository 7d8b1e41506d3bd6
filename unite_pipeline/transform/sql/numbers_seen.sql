-- Every number that was counted, and what the API told of it: what it told most often, of equals the smallest.
-- The API writes an internal number as 1237*0009, the username behind it: that tells it from a short one (trap 52).
-- Grain: one number (number).
-- Sources: number_totals.
with marks as (
    select
        number,
        bool_or(
            coalesce(role = 'internal', false)
            or (regexp_full_match(number, '\d{1,6}') and coalesce(regexp_full_match(formatted, '\d+\*\d+'), false))
        ) as is_known_internal,
        bool_or(coalesce(role = 'own', false)) as is_known_own,
        bool_or(coalesce(role = 'shown', false)) as is_shown,
        bool_or(seen_in = 'contacts') as is_in_contacts,
        bool_or(seen_in = 'extensions') as is_in_extensions,
        bool_or(seen_in = 'call_flows') as is_in_call_flows,
        bool_or(seen_in = 'cdr_numbers') as is_in_cdr_numbers,
        coalesce(
            date_trunc('month', min(first_date) filter (where seen_in in ('call_legs', 'recordings'))), date '1970-01-01'
        ) as seen_since
    from number_totals
    group by number
),
told as (
    select number, 'formatted' as what, formatted as value, cast(sum(times) as bigint) as times
    from number_totals
    where formatted is not null
    group by number, formatted
    union all
    select number, 'country' as what, country as value, cast(sum(times) as bigint) as times
    from number_totals
    where country is not null
    group by number, country
    union all
    select number, 'e164' as what, e164 as value, cast(sum(times) as bigint) as times
    from number_totals
    where e164 is not null
    group by number, e164
),
answers as (
    select
        number,
        arg_min(value, (-times, value)) filter (where what = 'formatted') as api_formatted,
        arg_min(value, (-times, value)) filter (where what = 'country') as api_country,
        arg_min(value, (-times, value)) filter (where what = 'e164') as api_e164,
        list(value) filter (where what = 'country') as told_countries,
        list(value) filter (where what = 'e164') as told_e164s
    from told
    group by number
)
select
    m.*,
    a.* exclude (number)
from marks as m
left join answers as a on m.number = a.number
