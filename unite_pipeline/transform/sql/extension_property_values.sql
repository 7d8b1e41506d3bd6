-- Grain: one value that a property may have (property, value).
-- Sources: property_answers (the newest answers that are kept: answer, fetched_at). The words come with every answer.
with properties as (
    select
        unnest(keys_of(json_extract(answer, '$.propertiesData'))) as property,
        unnest(entries_of(json_extract(answer, '$.propertiesData'))) as codes,
        fetched_at
    from property_answers
),
named as (
    select property, unnest(keys_of(codes)) as value, unnest(values_of(codes)) as description, fetched_at
    from properties
)
select property, value, arg_max(text_of(description), fetched_at) as description
from named
where property <> '' and value <> ''
group by property, value
