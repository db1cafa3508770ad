-- What writes down that somebody looked into an organization's log, and how such a look is planned. Run after record.sql.

-- That somebody read the log is an entry, under the actor of the context. `about` says how much and in what form: whole
-- numbers and short words, never what was looked for, which could be a name.
create or replace function upheld.note_reading(action text, about json) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  organization uuid := upheld.organization_id();
  who jsonb := upheld.actor();
  received timestamptz := clock_timestamp();
begin
  if organization = '00000000-0000-0000-0000-000000000000' or action is null or action not in ('audit.read', 'audit.export')
    or about is null or json_typeof(about) <> 'object' or octet_length(about::text) > 2048
    or not upheld_audit.is_plain(about) then
    raise exception 'upheld: bad_event' using errcode = '22023', detail = 'a reading of the audit log is told in a few words';
  end if;
  -- Nobody's grant goes as far as the organization's log.
  if who #>> '{actor,type}' = 'staff' then
    raise exception 'upheld: no_grant' using errcode = '42501';
  end if;
  insert into upheld_audit.pending (id, organization_id, received_at, body)
    values (upheld_audit.new_id(received), organization, received,
      jsonb_build_object('action', action, 'outcome', 'success', 'detail', about::jsonb) || who);
end
$$;
alter function upheld.note_reading(text, json) owner to upheld_guard;
revoke all on function upheld.note_reading(text, json) from public;
grant execute on function upheld.note_reading(text, json) to upheld_app;

-- What was done under a grant, counted from the log for the customer: it says no more than the log itself does.
create or replace function upheld.support_report(grant_id uuid) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  organization uuid := upheld.organization_id();
begin
  return (
    select jsonb_build_object(
      'statements', count(*) filter (where l.action = 'support.statement'),
      'files', count(*) filter (where l.action = 'support.object'),
      'changes', count(*) filter (where l.action ^@ 'row.'),
      'objects', coalesce((jsonb_agg(distinct l.object) filter (where l.action ^@ 'row.')), '[]'),
      'first_at', min(l.received_at), 'last_at', max(l.received_at))
    from upheld_guard.support_grant g
    join upheld_audit.log o on o.organization_id = g.organization_id
    left join upheld_audit.leaf l on l.log = o.id and l.actor_type = 'staff' and l.actor_id = g.staff_id
      and l.received_at between g.starts_at and coalesce(g.ended_at, g.expires_at) + interval '1 minute'
    where g.id = grant_id and g.organization_id = organization
  );
end
$$;
revoke all on function upheld.support_report(uuid) from public;
grant execute on function upheld.support_report(uuid) to upheld_identity, upheld_jobs;

-- To the end of the transaction. The application may set nothing for its session, and one plan for all values would take a
-- rare actor for a common one, and walk back through the whole log to find it.
create or replace function upheld.plan_each_time() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform set_config('plan_cache_mode', 'force_custom_plan', true);
end
$$;
alter function upheld.plan_each_time() owner to upheld_guard;
revoke all on function upheld.plan_each_time() from public;
grant execute on function upheld.plan_each_time() to upheld_app;
