-- Entries of the call chains of rows that fit; `is_leg` is false for an entry that is no object.
-- Grain: one entry (source_no, row_position, position). An empty object may be sent as [] (trap 28).
-- Sources: cdr_rows.
with entries as (
    select
        source_no,
        position as row_position,
        unnest(legs) as leg,
        generate_subscripts(legs, 1) as position
    from cdr_rows
    where reason is null
),
fields as (
    select
        * exclude (leg),
        coalesce(leg, 'null') as leg,
        coalesce(json_type(leg) = 'OBJECT' or leg = '[]', false) as is_leg,
        json_transform(
            leg,
            '{"number": "VARCHAR", "desc": "VARCHAR", "number_formatted": "VARCHAR",
              "number_formats": {"CountryID": "VARCHAR"}}'
        ) as sent
    from entries
)
select
    source_no,
    row_position,
    cast(position as integer) as position,
    is_leg,
    case when not is_leg then leg end as leg,
    text_of(sent.number) as number,
    text_of(sent."desc") as description,
    text_of(sent.number_formatted) as number_formatted,
    text_of(sent.number_formats."CountryID") as country
from fields
