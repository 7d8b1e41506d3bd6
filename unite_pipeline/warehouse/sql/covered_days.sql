-- Days whose calls were asked for, and up to which instant calls are proven from each of them on.
-- Grain: call_date. A view over coverage.
with days as (
    select
        tenant,
        day as call_date,
        arg_max(is_complete, fetched_at) as is_complete,
        arg_max(fetched_at >= window_end, fetched_at) as is_over,
        arg_max(is_final, fetched_at) as is_final,
        arg_max(window_end, fetched_at) as ends_at,
        max(fetched_at) as checked_at
    from coverage
    where feed = 'cdr_logs' and day is not null
    group by tenant, day
),

-- A stretch goes on as long as the day before is complete and over, and is the day before.
stretches as (
    select
        *,
        count(*) filter (where not goes_on) over (partition by tenant order by call_date) as stretch
    from (
        select
            *,
            coalesce(
                is_complete and lag(is_complete and is_over) over of_tenant
                and lag(call_date) over of_tenant = call_date - 1,
                false
            ) as goes_on
        from days
        window of_tenant as (partition by tenant order by call_date)
    )
)

select
    tenant,
    call_date,
    is_complete,
    is_over,
    is_final,
    checked_at,
    case when is_complete then max(least(ends_at, checked_at)) over (partition by tenant, stretch) end as covered_until
from stretches
