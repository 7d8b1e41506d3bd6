-- Landed rows of switch snapshots, typed; `reason` tells what does not fit, NULL if all does.
-- Grain: one landed row (source_no, position).
-- Sources: lines.
with fields as (
    select
        source_no,
        position,
        row,
        case
            when json_valid(row) and json_type(row) = 'OBJECT'
            then json_transform(
                row,
                '{"switchkey": "VARCHAR", "switch_no": "VARCHAR", "name": "VARCHAR", "lang": "VARCHAR",
                  "state": "VARCHAR"}'
            )
        end as sent
    from lines
),
named as (
    select
        source_no,
        position,
        row,
        text_of(sent.switchkey) as item_id,
        text_of(sent.state) as state_sent,
        struct_pack(
            switch_number := text_of(sent.switch_no),
            name := text_of(sent.name),
            language := text_of(sent.lang),
            is_on := flag_of(sent.state)
        ) as state
    from fields
)
select
    source_no,
    position,
    row,
    hash(row) as row_hash,
    item_id,
    '' as scope,
    state,
    case
        when item_id is null or item_id[1] in ('{', '[') then misfit_of(row)
        when state.is_on is null then 'bad_flag'
    end as reason
from named
