-- Grain: one entry of a call's chain (uniqueid, position), of the calls that are made now.
-- In the files they stand in the order of their calls (started_at_us).
-- Sources: calls, cdr_newest and cdr_legs (reads staged now), kept_call_legs (what the lake holds).
select
    c.uniqueid,
    c.call_date,
    c.started_at,
    c.started_at_us,
    l.position,
    l.number,
    l.description,
    l.number_formatted,
    l.country
from calls as c
inner join cdr_newest as n on c.uniqueid = n.uniqueid
inner join cdr_legs as l on n.source_no = l.source_no and n.position = l.row_position
where c.is_staged and l.is_leg
union all by name
select
    k.uniqueid,
    k.call_date,
    c.started_at,
    c.started_at_us,
    k.position,
    k.number,
    k.description,
    k.number_formatted,
    k.country
from calls as c
inner join kept_call_legs as k on c.uniqueid = k.uniqueid and c.call_date = k.call_date
where not c.is_staged
