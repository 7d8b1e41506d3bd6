-- What was looked at: the fields of the newest rows of each feed.
-- Grain: one row.
-- Sources: sent_fields.
select
    counted(count(*), 'field') || ' of ' || counted(count(distinct feed), 'feed')
    || ' looked at in the newest rows, and the codes of the warehouse' as summary,
    count(distinct feed) as feeds,
    count(*) as fields
from sent_fields
