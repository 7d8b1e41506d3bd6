-- How far recordings begin from the answer of their calls: about 0 s where zone and meaning of the times are right.
-- Grain: one row.
-- Sources: recorded_calls.
with measured as (
    select
        count(*) as pairs,
        round(median(offset_s), 1) as median_offset_s,
        round(quantile_cont(offset_s, 0.75) - quantile_cont(offset_s, 0.25), 1) as spread_s
    from recorded_calls
),
periods as (
    select coalesce(max(pairs), 0) as most_pairs
    from (select count(*) as pairs from recorded_calls group by date_trunc('month', recorded_date), zone_offset_s)
)
select
    case
        when most_pairs < $fewest_pairs then format(
            'Not tested: {} of a recording and its call, and {:d} in a month are needed',
            counted(pairs, 'pair'), cast($fewest_pairs as bigint)
        )
        else format(
            '{} of a recording and its call: the median recording begins {:.1f} s after its call was answered',
            counted(pairs, 'pair'), median_offset_s
        )
    end as summary,
    pairs,
    median_offset_s,
    spread_s,
    most_pairs >= $fewest_pairs as is_tested
from measured
cross join periods
