-- An organization may live in another cell: another server, with a key of its own whose contexts name that cell. This
-- database then keeps its place and none of its rows. A place is final, so that whoever remembers it is never wrong.
-- The cell of the organization that asks, and of no other: '' for one that lives here, null for one that nobody placed.
create or replace function upheld.cell() returns text
language plpgsql stable parallel restricted security definer set search_path = pg_catalog, pg_temp as $$
begin
  return (select coalesce(o.cell, '') from upheld_guard.organization o where o.id = upheld.organization_id());
end
$$;
alter function upheld.cell() owner to upheld_guard;
revoke all on function upheld.cell() from public;
grant execute on function upheld.cell() to upheld_app, upheld_identity, upheld_jobs, upheld_staff;

create or replace function upheld.place_organization(organization uuid, cell text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform upheld_guard.require_crossing();
  insert into upheld_guard.organization (id, cell) values (place_organization.organization, place_organization.cell);
end
$$;
alter function upheld.place_organization(uuid, text) owner to upheld_guard;
revoke all on function upheld.place_organization(uuid, text) from public;
grant execute on function upheld.place_organization(uuid, text) to upheld_app;
