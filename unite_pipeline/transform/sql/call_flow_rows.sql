-- Landed rows of call flow snapshots, typed; `reason` tells what does not fit, NULL if all does.
-- Grain: one landed row (source_no, position). `numbers` are those that ring at the flow, sorted, by commas.
-- Sources: lines.
with fields as (
    select
        source_no,
        position,
        row,
        case
            when json_valid(row) and json_type(row) = 'OBJECT'
            then json_transform(
                row, '{"id": "VARCHAR", "name": "VARCHAR", "dialplanstatus": "VARCHAR", "didnumbers": "JSON"}'
            )
        end as sent
    from lines
),
-- A PHP list whose keys are not 0..n arrives as a map.
listed as (
    select
        *,
        case json_type(sent.didnumbers)
            when 'ARRAY' then json_extract_string(sent.didnumbers, '$[*].fullnumber')
            when 'OBJECT' then json_extract_string(sent.didnumbers, '$.*.fullnumber')
        end as told
    from fields
),
named as (
    select
        source_no,
        position,
        row,
        text_of(sent.id) as item_id,
        struct_pack(
            name := text_of(sent.name),
            dialplan_status := text_of(sent.dialplanstatus),
            numbers := text_of(array_to_string(list_sort(list_distinct(list_filter(told, lambda n: n <> ''))), ','))
        ) as state
    from listed
)
select
    source_no,
    position,
    row,
    hash(row) as row_hash,
    item_id,
    '' as scope,
    state,
    case when item_id is null or item_id[1] in ('{', '[') then misfit_of(row) end as reason
from named
