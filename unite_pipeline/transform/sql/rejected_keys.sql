-- Keys that came in the newest proof of a subject (a day, an extension, the list), in a row that was rejected: such a
-- row does not fit, but its key is not gone. A row outside the days of its read says nothing about them.
-- Grain: one key and subject (subject, key).
-- Sources: kept_rejected_rows, new_rejected_rows, proof_lists, key_path.
with rejected as (
    select read_id, part, row from kept_rejected_rows where reason <> 'outside_days'
    union all
    select read_id, part, row from new_rejected_rows where reason <> 'outside_days'
)
select distinct
    p.subject,
    json_extract_string(r.row, k.path) as key
from rejected as r
inner join proof_lists as p on r.read_id = p.read_id and r.part = p.part
cross join key_path as k
