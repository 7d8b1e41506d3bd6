-- What was looked at: all rejected rows that are kept, and the new ones.
-- Grain: one row.
-- Sources: rejected_rows.
select
    format(
        '{} since {}; {:,} are kept from before',
        counted(count(*) filter (where fetched_at >= $new_since), 'rejected row'),
        strftime(timezone($timezone, $new_since), '%Y-%m-%d %H:%M'),
        count(*) filter (where fetched_at < $new_since)
    ) as summary,
    count(*) filter (where fetched_at >= $new_since) as new_rejections,
    count(*) as all_rejections
from rejected_rows
