-- A violation: a key of the table that stands in more than one row.
-- Grain: one row, if there is any.
-- Sources: the table the check belongs to ($table), by the columns of its key ($key).
with doubled as (
    select columns(lambda name: list_contains($key, name)), count(*) as row_count
    from query_table($table)
    group by all
    having count(*) > 1
)
select
    count(*) as violations,
    format(
        '{}: {} in more than one row, {} too many',
        $table,
        counted(count(*), 'key'),
        counted(sum(row_count) - count(*), 'row')
    ) as finding,
    $table as table_name,
    cast(sum(row_count) - count(*) as bigint) as rows_too_many
from doubled
having count(*) > 0
