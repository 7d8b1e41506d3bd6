-- Landed rows of phonebook snapshots, typed; `reason` tells what does not fit, NULL if all does.
-- Grain: one landed row (source_no, position).
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
                '{"id": "VARCHAR", "extensionid": "VARCHAR", "name": "VARCHAR", "lastname": "VARCHAR",
                  "companyname": "VARCHAR", "phonenumber": "VARCHAR", "phonenumbertype": "VARCHAR",
                  "phonenumber_formatted": "VARCHAR",
                  "phonenumber_formats": {"CountryID": "VARCHAR", "E164": "VARCHAR"}}'
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
        struct_pack(
            extension_id := text_of(sent.extensionid),
            first_name := text_of(sent.name),
            last_name := text_of(sent.lastname),
            company_name := text_of(sent.companyname),
            phone_number := text_of(sent.phonenumber),
            phone_number_type := text_of(sent.phonenumbertype),
            phone_number_formatted := text_of(sent.phonenumber_formatted),
            phone_number_e164 := text_of(sent.phonenumber_formats."E164"),
            country := text_of(sent.phonenumber_formats."CountryID")
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
    end as reason
from named
