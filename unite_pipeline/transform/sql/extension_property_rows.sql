-- The properties of extensions, one a row. A property that the answer lacks is not set: that is not the code 0.
-- Grain: one property of one landed answer (source_no, position, item_id); `reason` tells what does not fit.
-- Sources: lines, sightings (whose answer it is). Only snapshots of the same extension speak of a property: `scope`.
with owners as (
    select distinct source_no, extension_id from sightings
),
answers as (
    select
        l.source_no,
        l.position,
        l.row,
        o.extension_id,
        case when json_valid(l.row) and json_type(l.row) = 'OBJECT' then l.row end as answer
    from lines as l
    inner join owners as o on l.source_no = o.source_no
),
entries as (
    select
        source_no,
        position,
        row,
        extension_id,
        unnest(keys_of(json_extract(answer, '$.extensionproperties'))) as property,
        unnest(values_of(json_extract(answer, '$.extensionproperties'))) as value
    from answers
)
select
    source_no,
    position,
    row,
    hash(property, value) as row_hash,
    extension_id || chr(31) || property as item_id,
    extension_id as scope,
    struct_pack(value := text_of(value)) as state,
    cast(null as varchar) as reason
from entries
where property <> ''
union all
select source_no, position, row, hash(row), null, extension_id, null, misfit_of(row)
from answers
where answer is null
