-- The rows of the partitions that are written again: those that stand there, without the numbers that have another row
-- now, or none any more.
-- Grain: one number (number).
-- Sources: numbers, numbers_amended, standing_numbers (the partitions as they stand), number_changes.
with renewed as (
    select * from numbers
    union all by name
    select * from numbers_amended
)
select * from renewed
where seen_since in (select seen_since from number_months)
union all by name
select s.*
from standing_numbers as s
where s.number not in (select number from renewed)
    and s.number not in (select number from number_changes where is_known and not is_plain)
