-- A violation: a proven day of which the warehouse shows more or fewer calls than the API counts, beyond what rejected
-- rows explain; or a complete reading whose own counts differ.
-- Grain: one local day, or one reading of a list (day, feed).
-- Sources: compared_days, coverage. Lists of recordings are left out of the second: most of their rows are known ones.
select
    abs(missing_calls) as violations,
    format(
        '{}: the API counts {}, the warehouse shows {:,}{}',
        strftime(day, '%Y-%m-%d'),
        counted(received_rows, 'call'),
        calls,
        case when rejected_rows > 0 then format(', rejected rows explain {:,}', rejected_rows - older_calls) else '' end
    ) as finding,
    day,
    'cdr_logs' as feed,
    received_rows as api_rows,
    calls as warehouse_rows,
    rejected_rows
from compared_days
where missing_calls <> 0
union all
select
    abs(expected_rows - received_rows) as violations,
    format(
        '{} of {}: called complete, but {:,} rows came of {:,}',
        feed,
        strftime(coalesce(day, cast(timezone($timezone, window_start) as date)), '%Y-%m-%d'),
        received_rows,
        expected_rows
    ) as finding,
    coalesce(day, cast(timezone($timezone, window_start) as date)) as day,
    feed,
    expected_rows as api_rows,
    received_rows as warehouse_rows,
    null as rejected_rows
from coverage
where is_complete and not is_presumed and feed <> 'call_records' and expected_rows <> received_rows
order by day desc, feed
