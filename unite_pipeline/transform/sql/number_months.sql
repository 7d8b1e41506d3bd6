-- The partitions that have to be written again: those with a row that is another one now, or is gone.
-- Grain: one month (seen_since).
-- Sources: numbers, numbers_amended, numbers_to_amend and kept_numbers (rows as they stand), number_changes.
with renewed as (
    select * from numbers
    union all by name
    select * from numbers_amended
),
standing as (
    select * from kept_numbers
    union by name
    select * from numbers_to_amend where number in (select number from numbers_amended)
),
changed as (
    select number from (select * from renewed except (select * from standing))
    union
    select number from number_changes where is_known and not is_plain and number not in (select number from numbers_seen)
)
select seen_since from renewed where number in (select number from changed)
union
select seen_since from standing where number in (select number from changed)
