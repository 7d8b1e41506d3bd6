-- The calls that a recording may be of, with the evidence and its sum.
-- Grain: one recording and call (callrecordkey, uniqueid).
-- Sources: recording_fits, recording_names, recording_extensions, recording_window (which days), call_legs.
with listed as (
    select callrecordkey, extension_id
    from recording_extensions
    where recorded_date in (select recorded_date from recording_window)
),

met as (
    select
        f.callrecordkey,
        f.uniqueid,
        l.party_type,
        e.extension_id is not null as is_listed,
        n.digits,
        coalesce(n.is_full, false) as is_full,
        l.party_type = 'flow' and (n.digits is not null or l.description = f.queue_name) as is_flow
    from recording_fits as f
    inner join call_legs as l on f.uniqueid = l.uniqueid and f.call_date = l.call_date
    left join listed as e on f.callrecordkey = e.callrecordkey and l.extension_id = e.extension_id
    left join recording_names as n
        on f.callrecordkey = n.callrecordkey
        and if(
            n.is_full,
            length(ltrim(l.number, '0+')) >= 7
            and (ends_with(l.number, n.digits) or ends_with(n.digits, ltrim(l.number, '0+'))),
            list_extract(string_split(l.number, '*'), -1) = n.digits
        )
),

parties as (
    select
        callrecordkey,
        uniqueid,
        bool_or(is_listed or coalesce(party_type = 'extension' and digits is not null, false)) as is_extension_matched,
        bool_or(coalesce(is_full and party_type not in ('extension', 'flow', 'own_number'), false))
        or count(distinct digits) filter (where not is_full and party_type not in ('flow', 'own_number')) >= 2
            as is_other_party_matched,
        bool_or(coalesce(is_flow, false)) as is_flow_matched,
        bool_or(party_type = 'anonymous') as is_anonymous
    from met
    group by all
),

known as (
    select
        f.*,
        p.* exclude (callrecordkey, uniqueid, is_anonymous),
        not p.is_other_party_matched and not p.is_anonymous
        and f.callrecordkey in (select callrecordkey from recording_names where is_full) as is_contradicted
    from recording_fits as f
    inner join parties as p on f.callrecordkey = p.callrecordkey and f.uniqueid = p.uniqueid
),

scored as (
    select
        *,
        round(
            if(is_extension_matched, 2, 0) + if(is_other_party_matched, 3, 0) + if(is_flow_matched, 1, 0)
            + if(is_contradicted, -4, 0) + if(is_within_call, 1, 0)
            + 3 * exp(-least(abs(time_offset_s), abs(end_offset_s)) / 3)
            + 2 * exp(-abs(duration_difference_s) / 3),
            3
        ) as score
    from known
)

select *, score + if(is_key, 100, 0) as weight
from scored
where score >= 3 or is_key
