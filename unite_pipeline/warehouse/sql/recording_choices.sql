-- The call that each recording with candidates goes to, and by how much.
-- Grain: one recording (callrecordkey); uniqueid is NULL where rivals took its calls. is_open: rivals that were not
-- told apart.
-- Sources: recording_candidates, recording_conflicts, recording_solutions.
with alone as (
    select callrecordkey, uniqueid, weight
    from recording_candidates
    where callrecordkey not in (select callrecordkey from recording_conflicts)
    union all
    select distinct callrecordkey, null, 0
    from recording_candidates
    where callrecordkey not in (select callrecordkey from recording_conflicts)
),

ranked as (
    select callrecordkey, uniqueid, weight from alone
    union all
    select focus, uniqueid, weight from recording_solutions
),

chosen as (
    select
        callrecordkey,
        uniqueid,
        weight - lead(weight) over ranking as margin
    from ranked
    window ranking as (partition by callrecordkey order by weight desc, uniqueid nulls last)
    qualify row_number() over ranking = 1
),

clashing as (
    select a.callrecordkey
    from chosen as a
    inner join recording_conflicts as x on a.callrecordkey = x.callrecordkey
    inner join chosen as b on x.rival = b.callrecordkey and a.uniqueid = b.uniqueid
),

crowded as (
    select callrecordkey, arg_max(uniqueid, (weight, uniqueid)) as uniqueid
    from recording_candidates
    where
        callrecordkey in (select callrecordkey from recording_conflicts)
        and callrecordkey not in (select focus from recording_solutions)
    group by callrecordkey
)

select callrecordkey, uniqueid, margin, callrecordkey in (select callrecordkey from clashing) as is_open
from chosen
union all
select callrecordkey, uniqueid, 0, true
from crowded
