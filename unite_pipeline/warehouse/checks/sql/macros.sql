-- How findings are worded. Text of the API is shown only where it reads like a code or a field's name: never a number
-- that somebody could be called at, never a person's name.
create or replace temp macro days_in_words(first_day, last_day) as
    case when first_day = last_day then strftime(first_day, '%Y-%m-%d')
        else strftime(first_day, '%Y-%m-%d') || ' to ' || strftime(last_day, '%Y-%m-%d') end;

create or replace temp macro counted(amount, noun) as
    format('{:,} {}{}', cast(amount as bigint), noun, case when amount = 1 then '' else 's' end);

create or replace temp macro time_in_words(seconds) as
    case
        when seconds >= 172800 then counted(floor(seconds / 86400), 'day')
        when seconds >= 7200 then counted(floor(seconds / 3600), 'hour')
        when seconds >= 120 then counted(floor(seconds / 60), 'minute')
        else counted(round(seconds), 'second')
    end;

create or replace temp macro hours_in_words(seconds) as
    format('{}:{:02d} h', cast(floor(seconds / 3600) as bigint), cast(floor((seconds % 3600) / 60) as bigint));

create or replace temp macro code_in_words(code) as
    case
        when regexp_full_match(code, '[a-z0-9_-]{1,20}|[A-Z0-9_-]{1,20}') and not regexp_matches(code, '\d{5}') then code
        else format('(not shown: {})', counted(length(code), 'character'))
    end;

create or replace temp macro field_in_words(field) as
    case
        when regexp_full_match(field, '[A-Za-z0-9_.*-]{1,80}') and not regexp_matches(field, '\d{5}') then field
        else format('(not shown: {})', counted(length(field), 'character'))
    end;

create or replace temp macro zone_in_words(seconds) as
    'UTC' || case when seconds < 0 then '-' else '+' end
    || format('{:d}', cast(floor(abs(seconds) / 3600) as bigint))
    || case when abs(seconds) % 3600 = 0 then '' else format(':{:02d}', cast(abs(seconds) % 3600 / 60 as bigint)) end;
