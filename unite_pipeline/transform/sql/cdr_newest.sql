-- The row that stands for a call among the reads staged now, with the label its quadrants give.
-- Grain: one call (uniqueid).
-- Sources: cdr_seen. The label is that of every quadrant which shows the same row as the last quadrant that shows the
-- call; a row that came only without a label has none.
with times as (
    select
        uniqueid,
        min(fetched_at) as first_seen_at,
        max((fetched_at, read_id)) as newest
    from cdr_seen
    group by uniqueid
),
newest as (
    select t.first_seen_at, s.*
    from cdr_seen as s
    inner join times as t on s.uniqueid = t.uniqueid and s.read_id = t.newest[2]
),
labelled as (
    select
        uniqueid,
        arg_max(row_hash, (part_no, position)) as row_hash
    from newest
    where is_quadrant
    group by uniqueid
),
labels as (
    select
        n.uniqueid,
        bool_or(n.part like 'internal%') as has_internal,
        bool_or(n.part like 'external%') as has_external,
        bool_or(n.part like '%answered') as has_answered,
        bool_or(n.part like '%missed') as has_missed
    from newest as n
    inner join labelled as l on n.uniqueid = l.uniqueid and n.row_hash = l.row_hash
    where n.is_quadrant
    group by n.uniqueid
)
select
    n.uniqueid,
    n.source_no,
    n.position,
    n.read_id,
    n.first_seen_at,
    n.fetched_at as last_seen_at,
    case
        when l.has_internal and l.has_external then 'mixed'
        when l.has_internal then 'internal'
        when l.has_external then 'external'
        else 'unknown'
    end as scope,
    case when l.has_answered <> l.has_missed then l.has_answered end as answered
from newest as n
left join labels as l on n.uniqueid = l.uniqueid
where n.nth = 1
