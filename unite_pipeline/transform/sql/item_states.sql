-- Items as states with their validity. A state ends where another one is shown, or where the first complete snapshot
-- lacks the item; what comes after such a gap is a new state even if it looks the same.
-- Grain: one state (item_id, valid_from).
-- Sources: item_facts, complete_snapshots (of those staged now, by what they speak of).
with neighbours as (
    select *, lead(moment) over (partition by item_id order by moment) as next_moment
    from item_facts
),
gaps as (
    select
        n.*,
        case
            when n.kind = 'absent' then n.moment
            when n.next_moment is null or c.fetched_at < n.next_moment then c.fetched_at
        end as lacked_at
    from neighbours as n
    asof left join complete_snapshots as c on n.scope = c.scope and n.moment < c.fetched_at
),
stays as (
    select
        *,
        count(lacked_at) over (
            partition by item_id order by moment rows between unbounded preceding and 1 preceding
        ) as stay
    from gaps
),
closed as (
    select *, min(lacked_at) over (partition by item_id, stay) as closed_at
    from stays
),
changes as (
    select
        *,
        state is distinct from lag(state) over (partition by item_id, stay order by moment) as is_change
    from closed
    where kind = 'shown'
),
runs as (
    select *, count(*) filter (where is_change) over (partition by item_id, stay order by moment) as run
    from changes
),
states as (
    select
        item_id,
        stay,
        first(state order by moment) as state,
        min(moment) as valid_from,
        any_value(closed_at) as closed_at
    from runs
    group by item_id, stay, run
),
followed as (
    select *, lead(valid_from) over (partition by item_id, stay order by valid_from) as changed_at
    from states
)
select
    item_id,
    state,
    valid_from,
    coalesce(changed_at, closed_at) as valid_to,
    valid_to is null as is_current,
    changed_at is null and closed_at is not null as is_deleted
from followed
