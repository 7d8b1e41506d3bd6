-- Every way to match a contested recording and its rivals, each to one of its four best calls or to none, none of two
-- rivals to the same call: all of them, since there are few, so that the best is the best and the margin is exact.
-- Grain: one way (focus: the recording it is about; uniqueid: the focus' call in it; weight: evidence of all its matches).
-- Sources: recording_conflicts, recording_candidates. More than four rivals are not tried: such a recording is ambiguous.
with recursive members as (
    select callrecordkey as focus, callrecordkey as member from recording_conflicts
    union
    select callrecordkey as focus, rival as member from recording_conflicts
),

numbered as (
    select focus, member, row_number() over (partition by focus order by member <> focus, member) as place
    from members
    qualify count(*) over (partition by focus) <= 5
),

best as (
    select callrecordkey, uniqueid, weight
    from recording_candidates
    where callrecordkey in (select member from members)
    qualify row_number() over (partition by callrecordkey order by weight desc, uniqueid) <= 4
),

blocked as (
    select b.callrecordkey, b.uniqueid, list(c.rival || '|' || b.uniqueid) as blocks
    from best as b
    inner join recording_conflicts as c on b.callrecordkey = c.callrecordkey
    group by all
),

options as (
    select b.*, k.blocks
    from best as b
    inner join blocked as k on b.callrecordkey = k.callrecordkey and b.uniqueid = k.uniqueid
    union all
    select distinct member, null, 0, cast([] as varchar[]) from members
),

ways as (
    select n.focus, 1 as place, o.uniqueid, o.weight, [n.member || '|' || o.uniqueid] as taken
    from numbered as n
    inner join options as o on n.member = o.callrecordkey
    where n.place = 1
    union all
    select w.focus, n.place, w.uniqueid, w.weight + o.weight, list_append(w.taken, n.member || '|' || o.uniqueid)
    from ways as w
    inner join numbered as n on w.focus = n.focus and n.place = w.place + 1
    inner join options as o on n.member = o.callrecordkey
    where not list_has_any(w.taken, o.blocks)
),

sizes as (
    select focus, max(place) as size from numbered group by focus
)

select w.focus, w.uniqueid, max(w.weight) as weight
from ways as w
inner join sizes as s on w.focus = s.focus and w.place = s.size
group by all
