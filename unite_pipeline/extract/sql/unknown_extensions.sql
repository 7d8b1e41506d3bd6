-- How many numbers in the setting no extension has, or only deleted ones.
-- Grain: one row.
-- Sources: wish, the setting; extensions of the lake.
select count(*) as unknown_count
from wish as w
anti join (from extensions where not is_deleted) as e on w.number = e.extension_number
where w.number <> '*'
