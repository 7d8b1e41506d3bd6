-- The numbers that the API calls the company's own, one a row.
-- Grain: one number of one landed answer (source_no, position, item_id); `reason` tells what does not fit.
-- Sources: lines. One of them may be a stranger's (contract 55).
with answers as (
    select
        source_no,
        position,
        row,
        case when json_valid(row) and json_type(row) = 'OBJECT' then row end as answer
    from lines
),
entries as (
    select
        source_no,
        position,
        row,
        unnest(keys_of(json_extract(answer, '$.numberlist'))) as key,
        unnest(entries_of(json_extract(answer, '$.numberlist'))) as entry
    from answers
),
named as (
    select
        source_no,
        position,
        row,
        entry,
        coalesce(text_of(json_extract_string(entry, '$.fullnumber')), key) as number
    from entries
    where json_type(entry) = 'OBJECT'
)
select
    source_no,
    position,
    row,
    hash(number, cast(entry as varchar)) as row_hash,
    number as item_id,
    '' as scope,
    struct_pack(
        number_formatted := text_of(json_extract_string(entry, '$.number_formatted')),
        country := text_of(json_extract_string(entry, '$.phonenumber_formats.CountryID')),
        owner_country := text_of(json_extract_string(entry, '$.phonenumber_formats.owner_country'))
    ) as state,
    cast(null as varchar) as reason
from named
where number <> ''
union all
select source_no, position, row, hash(row), null, '', null, misfit_of(row)
from answers
where answer is null
