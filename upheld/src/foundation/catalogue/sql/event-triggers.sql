-- One that is enabled for replicas only does not run in a session as people have them.
select evtname::text as name, evtevent::text as event, coalesce(evttags, '{}') as tags, evtenabled in ('O', 'A') as enabled, evtfoid::text as routine
from pg_event_trigger
order by 1
