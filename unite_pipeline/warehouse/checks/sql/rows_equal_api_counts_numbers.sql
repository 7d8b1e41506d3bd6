-- What was looked at: the days that were compared.
-- Grain: one row.
-- Sources: compared_days.
select
    format(
        '{} in {} compared with the API''s counts; {} explain differences',
        counted(coalesce(sum(calls), 0), 'call'),
        counted(count(*), 'proven day'),
        counted(coalesce(sum(rejected_rows), 0), 'rejected row')
    ) as summary,
    count(*) as days,
    cast(coalesce(sum(received_rows), 0) as bigint) as api_rows,
    cast(coalesce(sum(calls), 0) as bigint) as calls,
    cast(coalesce(sum(rejected_rows), 0) as bigint) as rejected_rows
from compared_days
