-- Landed rows of extension snapshots, typed; `reason` tells what does not fit, NULL if all does.
-- Grain: one landed row (source_no, position). What flickers by nature (registration, counters) is no part of a state.
-- Sources: lines.
with known as (
    select
        source_no,
        position,
        row,
        json_valid(row) as is_json,
        case when json_valid(row) then json_type(row) = 'OBJECT' end as is_object
    from lines
),
fields as (
    select
        *,
        case
            when is_object
            then json_transform(
                row,
                '{"id": "VARCHAR", "username": "VARCHAR", "name": "VARCHAR", "extno_format": "VARCHAR",
                  "extno": "VARCHAR", "email": "VARCHAR", "calleridtype": "VARCHAR", "callerid": "VARCHAR",
                  "country": "VARCHAR", "exttype": "VARCHAR", "createdate": "VARCHAR"}'
            )
        end as sent
    from known
),
named as (
    select
        source_no,
        position,
        row,
        is_json,
        is_object,
        text_of(sent.id) as item_id,
        text_of(sent.createdate) as createdate,
        struct_pack(
            username := text_of(sent.username),
            name := text_of(sent.name),
            extension_number := text_of(sent.extno_format),
            extension_no := text_of(sent.extno),
            email := text_of(sent.email),
            caller_id_type := text_of(sent.calleridtype),
            caller_id := text_of(sent.callerid),
            country := text_of(sent.country),
            extension_type := text_of(sent.exttype),
            created_at_local := time_of(sent.createdate)
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
        when not is_json then 'not_json'
        when not is_object then 'not_an_object'
        when item_id is null or item_id[1] in ('{', '[') then 'missing_key'
        when createdate is not null and state.created_at_local is null then 'bad_time'
    end as reason
from named
