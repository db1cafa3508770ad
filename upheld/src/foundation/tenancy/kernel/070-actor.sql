-- Who acts under this context, and what for, as its note says. For triggers that record: a context whose note was left
-- out, or is not the one that was signed with it, writes nothing.
create or replace function upheld.actor() returns jsonb
language plpgsql stable parallel restricted security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform upheld.organization_id();
  if substring(sha256(convert_to(current_setting('upheld.note', true), 'UTF8')), 1, 8)
    is distinct from substring(decode(current_setting('upheld.context', true), 'hex'), 29, 8) then
    raise exception 'upheld: no_actor' using errcode = '42501';
  end if;
  return current_setting('upheld.note')::jsonb - 'salt';
end
$$;
alter function upheld.actor() owner to upheld_guard;
revoke all on function upheld.actor() from public;
grant execute on function upheld.actor() to upheld_app, upheld_identity, upheld_jobs;
