select evtname::text as name, evtenabled <> 'D' as enabled, evtfoid::text as routine from pg_event_trigger order by 1
