-- What was looked at: recordings of the last days, and how surely their calls are known.
-- Grain: one row.
-- Sources: recording_calls.
select
    format(
        '{} looked at: {:,} have a call for certain, {:,} weakly, {:,} are ambiguous, {:,} have none',
        counted(count(*), 'recording'),
        count(*) filter (where confidence = 'strong'),
        count(*) filter (where confidence = 'weak'),
        count(*) filter (where confidence = 'ambiguous'),
        count(*) filter (where confidence = 'none')
    ) as summary,
    count(*) as recordings,
    count(*) filter (where confidence = 'strong') as strong,
    count(*) filter (where confidence = 'weak') as weak,
    count(*) filter (where confidence = 'ambiguous') as ambiguous,
    count(*) filter (where confidence = 'none') as without_call
from recording_calls
where recorded_date >= $recent_day
