-- What witnesses signed under heads of the anchor log: of each witness the newest. Run after walls.sql, which takes every
-- right on a table of this schema away.
create table if not exists upheld_audit.cosignature (
  log        bigint not null references upheld_audit.log (id),
  -- Verifier key of the witness, C2SP tlog-cosignature.
  witness    text not null check (octet_length(witness) <= 512),
  size       bigint not null check (size >= 0),
  -- The signed head without cosignatures, and the line of this witness, each with its newlines.
  checkpoint text not null check (octet_length(checkpoint) <= 4096),
  line       text not null check (octet_length(line) <= 1024),
  -- When the witness says that it saw it.
  at         timestamptz not null,
  primary key (log, witness)
);
alter table upheld_audit.cosignature enable row level security;
do $$
declare
  loose record;
begin
  for loose in select polname from pg_policy where polrelid = 'upheld_audit.cosignature'::regclass loop
    execute format('drop policy %I on upheld_audit.cosignature', loose.polname);
  end loop;
end
$$;
create policy upheld_record on upheld_audit.cosignature to upheld_record using (true) with check (true);
create policy upheld_anchor on upheld_audit.cosignature for select to upheld_app, upheld_page using (true);
revoke all on upheld_audit.cosignature from public, upheld_app, upheld_page, upheld_record;
grant select, insert, update (size, checkpoint, line, at) on upheld_audit.cosignature to upheld_record;
grant select on upheld_audit.cosignature to upheld_app, upheld_page;
