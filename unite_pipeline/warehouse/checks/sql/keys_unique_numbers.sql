-- What was looked at: the rows of the table.
-- Grain: one row.
-- Sources: the table the check belongs to ($table).
select
    counted(count(*), 'row') || ' of ' || $table as summary,
    count(*) as rows
from query_table($table)
