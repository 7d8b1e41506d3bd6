-- What recordtime marks and how far the recorder's clock is off, by the hypothesis that scatters least.
-- Grain: one local day with recordings (recorded_date), looked at with the 27 before it.
-- Sources: recording_pairs, recordings, calls, days.
with recorded_days as (
    select distinct recorded_date
    from recordings
    where recorded_date in (select day from days)
),

offsets as (
    select recorded_date, 1 as rank, 'answer' as marks, from_answer_s as offset_s
    from recording_pairs
    where not is_whole_call
    union all
    select recorded_date, 2 as rank, 'start' as marks, from_start_s as offset_s
    from recording_pairs
    where is_whole_call
    union all
    select recorded_date, 3 as rank, 'end' as marks, from_end_s as offset_s
    from recording_pairs
    where not is_whole_call
),

hypotheses as (
    select
        d.recorded_date,
        o.rank,
        o.marks,
        count(*) as pair_count,
        median(o.offset_s) as offset_s,
        quantile_cont(o.offset_s, 0.75) - quantile_cont(o.offset_s, 0.25) as spread_s
    from recorded_days as d
    inner join offsets as o on o.recorded_date between d.recorded_date - 27 and d.recorded_date
    group by all
),

-- Where it rang for a second or two, the whole call is as long as the talk: such pairs alone prove nothing.
found as (
    select *, spread_s <= 10 and pair_count >= 5 as is_calibrated
    from (
        select *, 2 * pair_count >= max(pair_count) over (partition by recorded_date) as is_frequent from hypotheses
    )
    where is_frequent
    qualify row_number() over (partition by recorded_date order by spread_s, rank) = 1
),

called as (
    select distinct call_date, lower(regexp_extract(uniqueid, '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}')) as uuid
    from calls
    where call_date in (select distinct day - cast(n as integer) from days cross join range(-1, 29) as r(n))
),

compared as (
    select r.recorded_date, r.callrecordkey, bool_or(c.uuid is not null) as is_match
    from recordings as r
    cross join range(-1, 2) as near(n)
    left join called as c
        on r.recorded_date + cast(near.n as integer) = c.call_date and c.uuid <> ''
        and lower(regexp_extract(r.callrecordkey, '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}')) = c.uuid
    where r.recorded_date in (select distinct day - cast(n as integer) from days cross join range(28) as back(n))
    group by all
),

keys_by_day as (
    select recorded_date, count(*) as tested, count(*) filter (where is_match) as matched
    from compared
    group by all
),

keys as (
    select d.recorded_date, sum(k.tested)::bigint as tested, sum(k.matched)::bigint as matched
    from recorded_days as d
    inner join keys_by_day as k on k.recorded_date between d.recorded_date - 27 and d.recorded_date
    group by all
)

select
    d.recorded_date,
    if(coalesce(f.is_calibrated, false), f.marks, 'answer') as marks,
    coalesce(f.is_calibrated, false) as is_calibrated,
    if(coalesce(f.is_calibrated, false), round(f.offset_s, 3), 0) as offset_s,
    round(f.spread_s, 3) as spread_s,
    coalesce(f.pair_count, 0) as pair_count,
    k.tested as key_tested_count,
    k.matched as key_match_count,
    k.tested >= 20 and k.matched >= 0.95 * k.tested as is_key_shared
from recorded_days as d
inner join keys as k on d.recorded_date = k.recorded_date
left join found as f on d.recorded_date = f.recorded_date
