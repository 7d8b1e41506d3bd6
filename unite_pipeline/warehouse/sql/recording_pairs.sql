-- A sample of recordings with the one call that each fits by extension, other party and length, whatever the clocks say.
-- Grain: one pair (callrecordkey, uniqueid, is_whole_call): the recording is as long as the talk, or as the whole call.
-- Sources: recordings, recording_extensions, calls, call_legs, days. Sixty recordings a day are enough for a median, and
-- the last seven digits for a number that is written in several ways.
with sample_days as (
    select distinct day - cast(n as integer) as day
    from days
    cross join range(28) as r(n)
),

sample as (
    select callrecordkey, recorded_date, recorded_at, duration_s, from_number, to_number, from_callerid
    from recordings
    where recorded_date in (select day from sample_days) and duration_s >= 10
    qualify row_number() over (partition by recorded_date order by md5(callrecordkey), callrecordkey) <= 60
),

named as (
    select callrecordkey, unnest([from_number, to_number, from_callerid]) as number
    from sample
),

listed as (
    select distinct
        s.callrecordkey,
        s.recorded_date,
        s.recorded_at,
        s.duration_s,
        e.extension_id,
        right(list_extract(string_split(n.number, '*'), -1), 7) as digits,
        s.recorded_date + cast(r.n as integer) as call_date
    from sample as s
    inner join recording_extensions as e on s.callrecordkey = e.callrecordkey
    inner join named as n on s.callrecordkey = n.callrecordkey and n.number <> ''
    cross join range(-1, 2) as r(n)
),

legs as (
    select uniqueid, call_date, party_type, extension_id, right(list_extract(string_split(number, '*'), -1), 7) as digits
    from call_legs
    where call_date in (select distinct call_date from listed)
),

spoken as (
    select
        c.uniqueid,
        c.call_date,
        c.started_at,
        c.answered_at,
        c.ended_at,
        c.talk_s,
        c.duration_s,
        x.extension_id,
        o.digits
    from calls as c
    inner join legs as x on c.uniqueid = x.uniqueid and c.call_date = x.call_date and x.extension_id is not null
    inner join legs as o on c.uniqueid = o.uniqueid and c.call_date = o.call_date
    where
        c.is_connected and not c.is_ambiguous_local_time
        and o.extension_id is distinct from x.extension_id and o.party_type not in ('flow', 'own_number', 'anonymous')
),

pairs as (
    select distinct
        r.callrecordkey,
        c.uniqueid,
        r.recorded_date,
        k.is_whole_call,
        date_diff('millisecond', c.started_at, r.recorded_at) / 1000 as from_start_s,
        date_diff('millisecond', c.answered_at, r.recorded_at) / 1000 as from_answer_s,
        date_diff('millisecond', c.ended_at, r.recorded_at) / 1000 as from_end_s
    from listed as r
    inner join spoken as c
        on r.extension_id = c.extension_id and r.digits = c.digits and r.call_date = c.call_date
    cross join (values (true), (false)) as k(is_whole_call)
    where
        abs(r.duration_s - if(k.is_whole_call, c.duration_s, c.talk_s)) <= 2
        and abs(date_diff('second', c.started_at, r.recorded_at)) <= 12 * 3600
)

select *
from pairs
qualify count(*) over (partition by callrecordkey, is_whole_call) = 1
