-- What a sign-in asks of the database before the check of a password, and what it writes after it: each in one function, so
-- that it is one round trip, and its plans are made once for each connection.

-- Whether this person has an app or a passkey, so that one factor is not all they can prove.
create or replace function upheld_identity.has_second_factor(p_person uuid) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  return exists (select from upheld_identity.totp t where t.person_id = p_person and t.confirmed_at is not null)
    or exists (select from upheld_identity.passkey k where k.person_id = p_person);
end
$$;

-- Who has this address, and what of theirs a sign-in looks at; `device_id` when the browser is a known one of theirs. The
-- same rows are looked for when nobody has the address.
create or replace function upheld_identity.sign_in_facts(
  p_email text, p_device bytea, p_now timestamptz,
  out person_id uuid, out hash text, out disabled boolean, out epoch integer, out device_id uuid, out second boolean
) language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  select p.id, w.hash, p.disabled_at is not null, p.epoch, d.id, upheld_identity.has_second_factor(asked.id)
  into person_id, hash, disabled, epoch, device_id, second
  from (select coalesce(
      (select o.id from upheld_identity.person o where o.email = p_email),
      '00000000-0000-4000-8000-000000000000'::uuid) as id) asked
    left join upheld_identity.person p on p.id = asked.id
    left join upheld_identity.password w on w.person_id = asked.id
    left join upheld_identity.device d on d.token_hash = p_device and d.person_id = asked.id and d.expires_at > p_now;
end
$$;

-- The device whose token the browser held, when it is this person's and not over; otherwise a new one under the hash
-- `p_fresh`. With one more than 50, the one that was not seen for longest goes.
create or replace function upheld_identity.remember_device(
  p_person uuid, p_now timestamptz, p_until timestamptz, p_label text, p_network text, p_held bytea, p_fresh bytea
) returns upheld_identity.device
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  device upheld_identity.device;
begin
  update upheld_identity.device d set seen_at = p_now, expires_at = p_until, network = p_network,
    trusted_until = least(d.trusted_until, p_until)
  where d.token_hash = p_held and d.person_id = p_person and d.expires_at > p_now returning d.* into device;
  if found then
    return device;
  end if;
  delete from upheld_identity.device d where d.id in (
    select o.id from upheld_identity.device o where o.person_id = p_person order by o.seen_at desc, o.id offset 49);
  insert into upheld_identity.device as d (person_id, created_at, seen_at, expires_at, network, token_hash, label)
  values (p_person, p_now, p_now, p_until, p_network, p_fresh, p_label) returning d.* into device;
  return device;
end
$$;

-- A session, with all that goes with it: the device (none for whom a provider vouches: `p_fresh` is null), the end of the
-- session that this browser held, the end of the oldest beyond `p_sessions_max`, the entry in the record of the account, and
-- a mail for a new device. Gives nothing for a person who is disabled or gone, who changed what was proven since `p_epoch`,
-- or who has a second factor while `p_whole` says that one factor was proven: whoever calls this, that makes no session.
-- Their row is held first, so that a session cannot begin behind the back of whoever disables them or sets a new password:
-- one waits for the other, and then looks again.
create or replace function upheld_identity.begin_session(
  p_person uuid, p_epoch integer, p_whole boolean, p_now timestamptz, p_held bytea, p_fresh bytea,
  p_device_until timestamptz, p_ended bytea, p_token bytea, p_until timestamptz, p_idle_secs integer,
  p_proven_at timestamptz, p_methods text[], p_label text, p_network text, p_organization uuid, p_sessions_max integer,
  p_way text, p_mail_since timestamptz, p_mail_max integer,
  out id uuid, out proven_at timestamptz, out methods text[], out is_new boolean
) language plpgsql set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
  device upheld_identity.device;
begin
  perform from upheld_identity.person p
  where p.id = p_person and p.disabled_at is null and (p_epoch is null or p.epoch = p_epoch) for no key update;
  if not found then
    return;
  end if;
  if not p_whole and upheld_identity.has_second_factor(p_person) then
    return;
  end if;
  if p_fresh is not null then
    device := upheld_identity.remember_device(p_person, p_now, p_device_until, p_label, p_network, p_held, p_fresh);
  end if;
  is_new := device.token_hash is not distinct from p_fresh and p_fresh is not null;
  -- In one statement, which sees the sessions as they were before it: the new one is not among them.
  with begun as (
    insert into upheld_identity.session as s (person_id, token_hash, created_at, seen_at, expires_at, idle_secs, proven_at,
      methods, device_id, label, network, organization_id)
    values (p_person, p_token, p_now, p_now, p_until, p_idle_secs, least(p_now, p_proven_at), p_methods, device.id, p_label,
      p_network, p_organization)
    returning s.id, s.proven_at, s.methods
  ), ended as (
    delete from upheld_identity.session s where s.token_hash = p_ended or s.id in (
      select o.id from upheld_identity.session o
      where o.person_id = p_person and o.token_hash is distinct from p_ended and o.organization_id is not distinct from p_organization
      order by o.created_at desc, o.id offset p_sessions_max - 1)
  ), recorded as (
    insert into upheld_identity.event (person_id, at, action, network, detail)
    values (p_person, p_now, 'session.begun', p_network,
      jsonb_build_object('way', p_way, 'methods', p_methods, 'label', p_label))
  )
  select b.id, b.proven_at, b.methods into id, proven_at, methods from begun b;
  if is_new and p_way <> 'sign-up' then
    perform upheld_identity.enqueue_mail_to(p_person, 'new-device',
      jsonb_build_object('label', p_label, 'network', p_network), p_now, p_mail_since, p_mail_max);
  end if;
end
$$;

revoke all on function
  upheld_identity.has_second_factor(uuid),
  upheld_identity.sign_in_facts(text, bytea, timestamptz),
  upheld_identity.remember_device(uuid, timestamptz, timestamptz, text, text, bytea, bytea),
  upheld_identity.begin_session(uuid, integer, boolean, timestamptz, bytea, bytea, timestamptz, bytea, bytea, timestamptz, integer, timestamptz, text[], text, text, uuid, integer, text, timestamptz, integer)
  from public;
grant execute on function
  upheld_identity.has_second_factor(uuid),
  upheld_identity.sign_in_facts(text, bytea, timestamptz),
  upheld_identity.remember_device(uuid, timestamptz, timestamptz, text, text, bytea, bytea),
  upheld_identity.begin_session(uuid, integer, boolean, timestamptz, bytea, bytea, timestamptz, bytea, bytea, timestamptz, integer, timestamptz, text[], text, text, uuid, integer, text, timestamptz, integer)
  to upheld_identity;
