-- Recordings and their calls. Strong: a score of 6 or more, 1.5 ahead, with a party that fits, none that contradicts, and
-- some length; or the key. Weak: 3 or more. Ambiguous: less than 1.5 ahead.
-- Grain: one recording (callrecordkey).
-- Sources: recording_window, recording_candidates, recording_choices, days.
with counted as (
    select callrecordkey, count(*) as candidate_count
    from recording_candidates
    group by callrecordkey
),

matched as (
    select
        h.callrecordkey,
        h.is_open,
        h.margin,
        c.* exclude (callrecordkey, weight, duration_s, queue_name)
    from recording_choices as h
    inner join recording_candidates as c on h.callrecordkey = c.callrecordkey and h.uniqueid = c.uniqueid
)

select
    r.callrecordkey,
    r.recorded_date,
    m.uniqueid,
    m.call_date,
    case
        when m.uniqueid is null then 'none'
        when m.is_key and not m.is_open and m.margin >= 1.5 then 'strong'
        when m.is_open or m.margin < 1.5 then 'ambiguous'
        when
            m.score >= 6 and (m.is_extension_matched or m.is_other_party_matched)
            and not m.is_contradicted and r.duration_s > 0
        then 'strong'
        else 'weak'
    end as confidence,
    case when m.is_key then 'key' when m.uniqueid is not null then 'score' end as method,
    m.score,
    case when not m.is_key then round(m.margin, 3) end as margin,
    coalesce(c.candidate_count, 0) as candidate_count,
    m.time_offset_s,
    m.end_offset_s,
    m.duration_difference_s,
    m.call_shift_s,
    coalesce(m.is_extension_matched, false) as is_extension_matched,
    coalesce(m.is_other_party_matched, false) as is_other_party_matched,
    coalesce(m.is_flow_matched, false) as is_flow_matched,
    coalesce(m.is_contradicted, false) as is_contradicted,
    coalesce(m.is_within_call, false) as is_within_call,
    1 as rule_version
from recording_window as r
left join matched as m on r.callrecordkey = m.callrecordkey
left join counted as c on r.callrecordkey = c.callrecordkey
where r.recorded_date in (select day from days)
