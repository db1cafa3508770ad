-- What was tried, counted so that guessing ends. No address stands here: keys are HMACs, and of everything that a stranger
-- can make up (addresses, networks, accounts that do not exist) only 22 bits of one, so that the table cannot grow past them.
create table if not exists upheld_identity.guess (
  key bytea primary key check (length(key) between 1 and 17),
  kind text not null check (kind in ('account', 'known', 'address', 'network', 'organization', 'everywhere')),
  -- Since then: tries, of them successes, and who was seen: accounts that failed at an address or in a network, addresses
  -- from which an account was failed at, accounts that were tried at all in an organization or everywhere.
  -- One bit for each hash: counts without a list of names.
  window_at timestamptz(3) not null,
  tries integer not null default 0,
  successes integer not null default 0,
  seen bytea not null,
  -- Tries in a row that reached a check and did not end in a sign-in. No clock takes this back.
  streak integer not null default 0,
  open_at timestamptz(3) not null,
  -- What was told of it last, and when.
  told text,
  told_at timestamptz(3),
  touched_at timestamptz(3) not null
) with (fillfactor = 50);

drop function if exists upheld_identity.touch_guess(text, bytea, timestamptz, integer, integer, integer, integer);

-- How many different ones set these bits (linear counting).
create or replace function upheld_identity.seen_guess(p_seen bytea) returns integer
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
  bits constant float8 := length(p_seen) * 8;
begin
  return round(-bits * ln((bits - least(bit_count(p_seen), bits - 1)) / bits));
end
$$;

-- One try: may it go on to a check? Rows are locked in one order (account, address, network, organization, everywhere), so
-- that many at once wait for each other and never in a ring. A try that goes has its place in the count when this returns:
-- others see it. It is on the disk a little later (`synchronous_commit` is off for the transaction of a count, which is one
-- of its own): a server that crashes can forget the tries of the last moment, three times `wal_writer_delay` at most, and
-- nobody waits for the disk to be told no.
--
-- A row is made when there is none. Its window begins anew when it is over. A window that lies further ahead than it is
-- long, and a wait that is longer than any, were made by a clock that was wrong: the one is over, the other is cut. Where
-- nobody has to wait it is open since a minute: of two that ask at once, one looks at the clock a little earlier and writes
-- a little later.
create or replace function upheld_identity.ask_guess(
  p_now timestamptz, p_own_kind text, p_own bytea, p_address bytea, p_network bytea, p_organization bytea, p_everywhere bytea,
  p_account_mark integer, p_solved boolean, p_limits jsonb,
  out because text, out wait_secs integer, out alert text, out tries integer, out failures integer, out accounts integer
) language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  hasty constant text := set_config('synchronous_commit', 'off', true);
  known constant boolean := p_own_kind = 'known';
  budget constant integer := (p_limits ->> case when known then 'budgetKnown' else 'budget' end)::integer;
  delay_max constant integer := (p_limits ->> 'delayMaxSecs')::integer;
  slow_secs constant integer := (p_limits ->> 'slowSecs')::integer;
  address_window constant interval := make_interval(secs => (p_limits ->> 'addressWindowSecs')::integer);
  ratio_window constant interval := make_interval(secs => (p_limits ->> 'ratioWindowSecs')::integer);
  own_latest constant timestamptz := p_now + make_interval(secs => delay_max);
  latest constant timestamptz := p_now + make_interval(secs => slow_secs);
  open_since constant timestamptz := p_now - interval '1 minute';
  none constant bytea := decode(repeat('00', 32), 'hex');
  seen_one constant bytea := set_bit(decode(repeat('00', 128), 'hex'), p_account_mark % 1024, 1);
  from_at timestamptz := p_now - address_window;
  to_at timestamptz := p_now + address_window;
  own upheld_identity.guess;
  place upheld_identity.guess;
  around upheld_identity.guess;
  wide upheld_identity.guess;
  own_wait integer;
  place_wait integer;
  slow text;
begin
  for wide in
    insert into upheld_identity.guess as g (key, kind, window_at, tries, seen, open_at, touched_at)
    select r.key, r.kind, p_now, r.tries, none, open_since, p_now
    from (values (p_own, p_own_kind, 0), (p_address, 'address', 1), (p_network, 'network', 1)) as r (key, kind, tries)
    where r.key is not null
    on conflict (key) do update set
      window_at = case when g.window_at > from_at and g.window_at < to_at then g.window_at else p_now end,
      tries = case when g.window_at > from_at and g.window_at < to_at then g.tries else 0 end + excluded.tries,
      successes = case when g.window_at > from_at and g.window_at < to_at then g.successes else 0 end,
      seen = case when g.window_at > from_at and g.window_at < to_at then g.seen else excluded.seen end,
      open_at = least(g.open_at, case when g.key = p_own then own_latest else latest end),
      touched_at = p_now
    returning g.*
  loop
    case wide.kind when 'address' then place := wide; when 'network' then around := wide; else own := wide; end case;
  end loop;
  own_wait := ceil(extract(epoch from own.open_at - p_now));
  place_wait := ceil(extract(epoch from place.open_at - p_now));

  if own.streak >= budget then
    because := 'budget';
    wait_secs := delay_max;
    return;
  elsif own_wait > 0 and (known or not p_solved) then
    because := 'account';
    wait_secs := own_wait;
    return;
  elsif not known and place.tries > (p_limits ->> 'addressTriesMax')::integer then
    because := 'flood';
    wait_secs := greatest(1, ceil(extract(epoch from place.window_at + address_window - p_now)));
    return;
  end if;

  if not known then
    if place.tries - place.successes > (p_limits ->> 'addressFailures')::integer
      or upheld_identity.seen_guess(place.seen) >= (p_limits ->> 'addressAccounts')::integer then
      slow := 'address';
    elsif around.tries - around.successes > (p_limits ->> 'networkFailures')::integer
      or upheld_identity.seen_guess(around.seen) >= (p_limits ->> 'networkAccounts')::integer then
      slow := 'network';
    end if;
    -- Whoever is turned away here is not counted beyond: a flood from one place does not make it slow for everybody.
    if slow is not null and not p_solved and place_wait > 0 then
      because := slow;
      wait_secs := place_wait;
      return;
    end if;

    from_at := p_now - ratio_window;
    to_at := p_now + ratio_window;
    for wide in
      insert into upheld_identity.guess as g (key, kind, window_at, tries, seen, open_at, touched_at)
      select r.key, r.kind, p_now, 1, seen_one, open_since, p_now
      from (values (p_organization, 'organization'), (p_everywhere, 'everywhere')) as r (key, kind) where r.key is not null
      on conflict (key) do update set
        window_at = case when g.window_at > from_at and g.window_at < to_at then g.window_at else p_now end,
        tries = case when g.window_at > from_at and g.window_at < to_at then g.tries else 0 end + 1,
        successes = case when g.window_at > from_at and g.window_at < to_at then g.successes else 0 end,
        seen = case when g.window_at > from_at and g.window_at < to_at then set_bit(g.seen, p_account_mark % 1024, 1) else seen_one end,
        open_at = least(g.open_at, latest),
        touched_at = p_now
      returning g.*
    loop
      continue when wide.tries - wide.successes <= (p_limits ->> case wide.kind when 'organization' then 'organizationFailures' else 'everywhereFailures' end)::integer
        or (wide.tries - wide.successes) * 100 < wide.tries * (p_limits ->> 'ratioPercent')::integer;
      slow := coalesce(slow, wide.kind);
      continue when wide.told_at >= wide.window_at and wide.told_at <= to_at;
      update upheld_identity.guess g set told = 'alert', told_at = p_now where g.key = wide.key;
      alert := wide.kind;
      tries := wide.tries;
      failures := wide.tries - wide.successes;
      accounts := upheld_identity.seen_guess(wide.seen);
    end loop;
    if slow is not null and not p_solved and place_wait > 0 then
      because := slow;
      wait_secs := place_wait;
      return;
    end if;
  end if;

  update upheld_identity.guess g set streak = g.streak + 1, open_at = p_now + case
      when g.streak + 1 < (p_limits ->> 'free')::integer then interval '-1 minute'
      else make_interval(secs => least(2 ^ least(g.streak + 1 - (p_limits ->> 'free')::integer, 20), delay_max))
    end
  where g.key = p_own;
  if slow is not null then
    update upheld_identity.guess g set open_at = latest where g.key = p_address;
  end if;
end
$$;

-- What became of a try that went. In the same order of rows as above. Gives what the owner has to be told, if anything, and
-- what the operator has.
create or replace function upheld_identity.note_guess(
  p_now timestamptz, p_outcome text, p_own bytea, p_account bytea, p_address bytea, p_network bytea, p_organization bytea,
  p_everywhere bytea, p_account_mark integer, p_address_mark integer, p_limits jsonb,
  out notice text, out streak integer, out alert text, out tries integer, out failures integer, out accounts integer
) language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  hasty constant text := set_config('synchronous_commit', 'off', true);
  own upheld_identity.guess;
  one upheld_identity.guess;
  name text;
  each_key bytea;
begin
  if p_outcome = 'signed-in' then
    -- The account first, then a device of it: nobody locks them the other way round. Mostly nobody failed at the account.
    update upheld_identity.guess g set streak = 0, open_at = p_now - interval '1 minute'
    where g.key = p_account and (g.streak <> 0 or g.open_at > p_now);
    update upheld_identity.guess g set streak = 0, open_at = p_now - interval '1 minute' where g.key = p_own and p_own is distinct from p_account;
  elsif p_outcome in ('passed', 'unused') then
    update upheld_identity.guess g set streak = greatest(0, g.streak - 1), open_at = p_now - interval '1 minute' where g.key = p_own;
  else
    update upheld_identity.guess g set seen = set_bit(g.seen, p_address_mark % (length(g.seen) * 8), 1)
    where g.key = p_own returning g.* into own;
    streak := own.streak;
    name := case
      when own.kind is distinct from 'account' then null
      when own.streak >= (p_limits ->> 'budget')::integer then 'closed'
      when own.streak >= (p_limits ->> 'noticeAt')::integer
        or upheld_identity.seen_guess(own.seen) >= (p_limits ->> 'noticeAddresses')::integer then 'guessing'
    end;
    if name is not null and (own.told_at is null or (name = 'closed' and own.told = 'guessing')
      or abs(extract(epoch from p_now - own.told_at)) >= 86400) then
      update upheld_identity.guess g set told = name, told_at = p_now where g.key = p_own;
      notice := name;
    end if;
  end if;

  if p_address is null then
    return;
  elsif p_outcome <> 'failed' then
    -- The rows are there since the try was asked about; were they not, they would be made, and count nothing.
    insert into upheld_identity.guess as g (key, kind, window_at, tries, seen, open_at, touched_at)
    select r.key, r.kind, p_now, 0, decode(repeat('00', r.bytes), 'hex'), p_now - interval '1 minute', p_now
    from (values (p_address, 'address', 32), (p_network, 'network', 32), (p_organization, 'organization', 128),
      (p_everywhere, 'everywhere', 128)) as r (key, kind, bytes) where r.key is not null
    on conflict (key) do update set
      tries = case when p_outcome = 'unused' then greatest(0, g.tries - 1) else g.tries end,
      successes = case when p_outcome = 'unused' then g.successes else least(g.tries, g.successes + 1) end;
    return;
  end if;
  foreach each_key in array array[p_address, p_network, p_organization, p_everywhere] loop
    continue when each_key is null;
    update upheld_identity.guess g set seen = set_bit(g.seen, p_account_mark % (length(g.seen) * 8), 1)
    where g.key = each_key returning g.* into one;
    continue when one.kind not in ('address', 'network') or alert is not null
      or upheld_identity.seen_guess(one.seen) < (p_limits ->> case one.kind when 'address' then 'addressAccounts' else 'networkAccounts' end)::integer
      or (one.told_at >= one.window_at and one.told_at <= p_now + interval '1 day');
    update upheld_identity.guess g set told = 'alert', told_at = p_now where g.key = each_key;
    alert := one.kind;
    tries := one.tries;
    failures := one.tries - one.successes;
    accounts := upheld_identity.seen_guess(one.seen);
  end loop;
end
$$;

-- What no window needs any more. An account with failures in a row keeps them for 400 days after the last try.
create or replace function upheld_identity.clear_guesses(p_now timestamptz, p_rows_max integer) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  cleared integer;
begin
  delete from upheld_identity.guess g where g.key in (
    select o.key from upheld_identity.guess o
    where abs(extract(epoch from p_now - o.touched_at)) > case when o.kind in ('account', 'known') and o.streak > 0 then 34560000 else 172800 end
    limit p_rows_max for update skip locked);
  get diagnostics cleared = row_count;
  return cleared;
end
$$;

grant select, insert, update on upheld_identity.guess to upheld_identity;
revoke all on function
  upheld_identity.seen_guess(bytea),
  upheld_identity.ask_guess(timestamptz, text, bytea, bytea, bytea, bytea, bytea, integer, boolean, jsonb),
  upheld_identity.note_guess(timestamptz, text, bytea, bytea, bytea, bytea, bytea, bytea, integer, integer, jsonb),
  upheld_identity.clear_guesses(timestamptz, integer)
  from public;
grant execute on function
  upheld_identity.seen_guess(bytea),
  upheld_identity.ask_guess(timestamptz, text, bytea, bytea, bytea, bytea, bytea, integer, boolean, jsonb),
  upheld_identity.note_guess(timestamptz, text, bytea, bytea, bytea, bytea, bytea, bytea, integer, integer, jsonb)
  to upheld_identity;
grant execute on function upheld_identity.clear_guesses(timestamptz, integer) to upheld_jobs;
