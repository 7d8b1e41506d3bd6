-- A violation: a recording of a proven day without a certain call, in a month that has too many of them.
-- Grain: one month.
-- Sources: recording_calls, recordings, coverage.
with proven as (
    select day
    from coverage
    where feed = 'cdr_logs' and day is not null
    qualify
        row_number() over (partition by day order by fetched_at desc, read_id desc) = 1
        and is_complete and fetched_at >= window_end
),
months as (
    select
        date_trunc('month', m.recorded_date) as month,
        count(*) as recordings,
        count(*) filter (where m.confidence <> 'strong') as unmatched,
        count(*) filter (where m.confidence = 'none') as without_call
    from recording_calls as m
    inner join recordings as r on m.callrecordkey = r.callrecordkey and m.recorded_date = r.recorded_date
    where m.recorded_date >= $recent_day and m.recorded_date in (select day from proven) and r.duration_s > 0
    group by all
)
select
    unmatched as violations,
    format(
        '{}: {:,} of {} ({:,} fit no call at all)',
        strftime(month, '%Y-%m'), unmatched, counted(recordings, 'recording'), without_call
    ) as finding,
    strftime(month, '%Y-%m') as month,
    recordings,
    unmatched,
    without_call
from months
where recordings >= $fewest_recordings and 100 * unmatched > $most_unmatched_pct * recordings
order by month desc
