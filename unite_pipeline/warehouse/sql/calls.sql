-- Calls as they are loaded, with what follows from their own columns, from their legs and from the calendar.
-- Grain: one call (uniqueid).
-- Sources: lake_rows (files of calls), call_legs, numbers, opening_hours, parameters, days.
with legs as (
    select l.*, row_number() over (partition by uniqueid order by position) as place
    from call_legs as l
    where call_date in (select day from days)
),

chains as (
    select
        uniqueid,
        arg_min(extension_id, position) filter (where party_type = 'extension') as first_extension_id,
        arg_max(extension_id, position) filter (where party_type = 'extension' and place > 1) as last_extension_id,
        arg_min(call_flow_id, position) filter (where call_flow_id is not null) as call_flow_id,
        arg_min(number, position) filter (where party_type = 'own_number' and place > 1) as own_number,
        -- A call to outside that was handed on ends in a colleague.
        arg_max(number, position)
            filter (where party_type not in ('extension', 'flow', 'own_number') and place > 1) as last_outside,
        arg_min(contact_id, position) filter (where place = 1) as first_contact_id,
        arg_max(contact_id, position) as last_contact_id,
        arg_min(country, position) filter (where place = 1) as first_country,
        arg_max(country, position) as last_country
    from legs
    group by uniqueid
),

open_calls as (
    select distinct c.uniqueid
    from lake_rows as c
    inner join opening_hours as o
        on c.call_date = o.date and c.started_at_local >= o.opens_at_local and c.started_at_local < o.closes_at_local
),

known as (
    select
        c.*,
        l.* exclude (uniqueid),
        coalesce(c.talk_s, 0) > 0 as is_connected,
        -- The filters are the label; where they contradict each other, the conversation is.
        coalesce(c.answered, c.talk_s > 0) as is_answered,
        c.direction = 'inbound' and c.scope = 'external' as is_offered,
        not c.is_gone
        or coalesce(c.started_at_us < min(c.started_at_us) filter (where not c.is_gone) over of_day, true) as is_kept,
        case c.direction
            when 'inbound' then c.first_number
            when 'outbound' then coalesce(l.last_outside, c.last_number)
        end as external_number
    from lake_rows as c
    left join chains as l on c.uniqueid = l.uniqueid
    window of_day as (partition by c.call_date)
),

-- Some exchanges write an internal call down for either side, a moment apart. Looked for within a day, which follows from
-- itself then; where one side was taken back, the other stands for the call.
second_sides as (
    select uniqueid
    from known
    where scope = 'internal' and first_number is not null and last_number is not null
    window same as (
        partition by call_date, is_kept, first_number, last_number, leg_count, duration_s, talk_s
        order by started_at_us, uniqueid
    )
    qualify started_at_us - lag(started_at_us) over same <= 1000000
)

select
    k.* exclude (
        is_connected, is_answered, is_offered, is_kept, external_number, first_extension_id, last_extension_id,
        call_flow_id, own_number, last_outside, first_contact_id, last_contact_id, first_country, last_country
    ),
    hour(k.started_at_local) as call_hour,
    case when k.is_connected then k.started_at + to_seconds(coalesce(k.ring_s, 0)) end as answered_at,
    k.started_at + to_seconds(k.duration_s) as ended_at,
    k.is_connected,
    case
        when k.is_answered is null then 'unknown'
        when k.direction = 'inbound' then if(k.is_answered, 'answered', 'missed')
        when k.direction = 'outbound' then if(k.is_answered, 'connected', 'not_connected')
        when k.direction = 'internal' then if(k.is_answered, 'internal_answered', 'internal_unanswered')
        else 'unknown'
    end as disposition,
    s.uniqueid is not null as is_second_side,
    k.is_kept and s.uniqueid is null as is_counted,
    coalesce(k.is_offered, false) as is_offered,
    o.uniqueid is not null as is_in_opening_hours,
    coalesce(k.is_offered, false) and k.first_number is null as is_anonymous,
    coalesce(disposition = 'missed' and k.duration_s < p.short_abandon_s, false) as is_short_abandon,
    k.is_connected and k.talk_s < p.short_call_s as is_short_call,
    k.external_number,
    n.e164 as external_e164,
    case k.direction when 'inbound' then k.first_country when 'outbound' then k.last_country end as external_country,
    case when k.direction = 'inbound' then k.own_number end as own_number,
    k.call_flow_id,
    case when k.direction is distinct from 'inbound' then k.first_extension_id end as calling_extension_id,
    k.last_extension_id as called_extension_id,
    case k.direction when 'inbound' then k.first_contact_id when 'outbound' then k.last_contact_id end as contact_id
from known as k
cross join parameters as p
left join open_calls as o on k.uniqueid = o.uniqueid
left join numbers as n on k.external_number = n.number
left join second_sides as s on k.uniqueid = s.uniqueid
