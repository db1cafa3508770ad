-- What no exception may be, whoever writes it: about its own author, without an end within a year, or never looked at again.
do $$
begin
  if not exists (select from pg_constraint where conrelid = 'upheld_access.override'::regclass and conname = 'override_of_another') then
    alter table upheld_access.override add constraint override_of_another check (author_id <> member_id);
  end if;
  if not exists (select from pg_constraint where conrelid = 'upheld_access.override'::regclass and conname = 'override_bounded') then
    alter table upheld_access.override add constraint override_bounded check (
      expires_at > created_at and expires_at - created_at <= interval '8784 hours'
      and review_at > created_at and review_at <= expires_at);
  end if;
end
$$;
