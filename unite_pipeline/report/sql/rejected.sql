-- Rows that did not fit their contract.
-- Grain: one row.
-- Sources: rejected_rows of the whole warehouse.
select count(*) as rejected_rows
from rejected_rows
