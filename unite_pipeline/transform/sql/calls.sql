-- Grain: one call (uniqueid), of the days that are made now; the newest read wins, also across days.
-- Sources: cdr_newest with cdr_rows and cdr_legs (reads staged now), kept_calls (what the lake holds), proofs and
-- rejected_keys (whether a newer complete read of the day lacks it).
with ends as (
    select
        source_no,
        row_position,
        cast(count(*) as integer) as leg_count,
        first(number order by position) as first_number,
        last(number order by position) as last_number
    from cdr_legs
    where is_leg
    group by source_no, row_position
),
staged as (
    select
        n.uniqueid,
        r.call_date,
        make_timestamptz(r.started_at_us) as started_at,
        r.started_at_local,
        r.started_at_us,
        r.is_ambiguous_local_time,
        case
            when n.scope = 'internal' then 'internal'
            when lower(r.direction_sent) = 'in' then 'inbound'
            when lower(r.direction_sent) = 'out' then 'outbound'
            else lower(r.direction_sent)
        end as direction,
        r.direction_sent,
        n.scope,
        n.answered,
        r.duration_s,
        r.talk_s,
        case
            when r.duration_s is not null and r.talk_s is not null then greatest(r.duration_s - r.talk_s, 0)
        end as ring_s,
        coalesce(e.leg_count, 0) as leg_count,
        e.first_number,
        e.last_number,
        n.first_seen_at,
        n.last_seen_at,
        n.read_id
    from cdr_newest as n
    inner join cdr_rows as r on n.source_no = r.source_no and n.position = r.position
    left join ends as e on n.source_no = e.source_no and n.position = e.row_position
),
verdicts as (
    select
        coalesce(n.uniqueid, k.uniqueid) as uniqueid,
        least(n.first_seen_at, k.first_seen_at) as first_seen_at,
        n.uniqueid is not null
        and (k.uniqueid is null or (n.last_seen_at, n.read_id) >= (k.last_seen_at, k.read_id)) as is_staged,
        coalesce(k.is_gone and (n.uniqueid is null or k.last_seen_at >= n.last_seen_at), false) as was_gone
    from cdr_newest as n
    full join kept_calls as k on n.uniqueid = k.uniqueid
),
chosen as (
    select s.* exclude (first_seen_at), v.first_seen_at, v.is_staged, v.was_gone
    from staged as s
    inner join verdicts as v on s.uniqueid = v.uniqueid and v.is_staged
    union all by name
    select k.* exclude (first_seen_at, is_gone), v.first_seen_at, v.is_staged, v.was_gone
    from kept_calls as k
    inner join verdicts as v on k.uniqueid = v.uniqueid and not v.is_staged
)
select
    c.* exclude (was_gone),
    coalesce(p.fetched_at > c.last_seen_at and x.key is null, false)
    or (coalesce(p.is_frozen, false) and c.was_gone) as is_gone
from chosen as c
left join proofs as p on c.call_date = p.day
left join rejected_keys as x on c.uniqueid = x.key and x.subject = cast(c.call_date as varchar)
