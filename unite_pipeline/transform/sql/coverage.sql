-- Grain: one window of a feed (feed, window_start, window_end): the newest read of it speaks.
-- Sources: windows, from new manifests; kept_coverage, what stands in the months of these.
with told as (
    select * from windows
    union all
    select * from kept_coverage
)

select *, cast(date_trunc('month', timezone('UTC', window_start)) as date) as month
from told
qualify
    row_number() over (partition by feed, window_start, window_end order by fetched_at desc, read_id desc) = 1
