-- The directory of the call detail records, one entry a row: which number is an extension's and which is a flow's.
-- Grain: one entry of one landed answer (source_no, position, item_id); `reason` tells what does not fit.
-- Sources: lines. An entry without a number, and a placeholder without a name, is none (contract 56). A map whose keys
-- run from 0 arrives as a list (contract 29).
with answers as (
    select
        source_no,
        position,
        row,
        case when json_valid(row) and json_type(row) = 'OBJECT' then row end as answer
    from lines
),
maps as (
    select source_no, position, row, 'extension' as kind, json_extract(answer, '$.extuserlist') as map from answers
    union all
    select source_no, position, row, 'flow' as kind, json_extract(answer, '$.flowuserlist') as map from answers
    union all
    select source_no, position, row, 'unknown' as kind, json_extract(answer, '$.fulluserlist') as map from answers
),
entries as (
    select source_no, position, row, kind, unnest(keys_of(map)) as number, unnest(values_of(map)) as name
    from maps
),
named as (
    select source_no, position, row, kind, number, text_of(name) as name
    from entries
    where number <> '' and (text_of(name) is not null or regexp_matches(number, '\d'))
    -- The full list adds only what neither of the two others has.
    qualify kind <> 'unknown' or count(*) over (partition by source_no, position, number) = 1
)
select
    source_no,
    position,
    row,
    hash(kind, number, name) as row_hash,
    kind || chr(31) || number as item_id,
    '' as scope,
    struct_pack(name := name) as state,
    cast(null as varchar) as reason
from named
union all
select source_no, position, row, hash(row), null, '', null, misfit_of(row)
from answers
where answer is null
