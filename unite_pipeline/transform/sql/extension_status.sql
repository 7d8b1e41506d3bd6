-- Grain: one extension at the newest complete observation (extension_id).
-- Sources: status_answers (the answers of that observation: answer, fetched_at). The words come with every answer.
with entries as (
    select
        unnest(keys_of(json_extract(answer, '$.items'))) as extension_id,
        unnest(values_of(json_extract(answer, '$.items'))) as status_code,
        answer,
        fetched_at
    from status_answers
),
words as (
    select
        unnest(keys_of(json_extract(answer, '$.status_list'))) as status_code,
        unnest(values_of(json_extract(answer, '$.status_list'))) as status
    from status_answers
)
select
    e.extension_id,
    any_value(e.status_code) as status_code,
    any_value(text_of(w.status)) as status,
    max(e.fetched_at) as observed_at
from entries as e
left join words as w on e.status_code = w.status_code
where e.extension_id <> ''
group by e.extension_id
