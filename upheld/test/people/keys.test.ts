import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { crc32 } from 'node:zlib'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { isDefinedCode } from '../../src/core/errors.ts'
import { apiKeys, keysIn, recognizeKey, type KeyOpening, type WantedKey } from '../../src/guards/keys/index.ts'
import { bearer, shop, stage, tappedTenancy, type House, type Stage } from './keys-stage.ts'

suite('API keys', () => {
  let here: Stage
  let house: House
  before(async () => {
    here = await stage()
    house = await here.house()
  })
  after(() => here.close())

  const make = (wanted: Partial<WantedKey> = {}, by = house.owner, at = house) =>
    here.keys.create(at.id, by, { name: 'robot', scopes: ['thing.read'], days: 30, ...wanted })
  const open = (key: string | null, scope?: string, address = '203.0.113.9', target = '/api/things') =>
    here.keys.open({ authorization: key === null ? null : bearer(key), target, address }, scope)
  const codeOf = (opening: KeyOpening): string => (opening.opened ? 'opened' : opening.refusal.code)
  const statusOf = (opening: KeyOpening): number => (opening.opened ? 200 : opening.refusal.status)
  const refused = (code: string) => (thrown: unknown) =>
    typeof thrown === 'object' && thrown !== null && 'code' in thrown && thrown.code === code && isDefinedCode(code)

  test('a key opens its scopes in its organization, and nothing else', async () => {
    const { id, key } = await make({ scopes: ['thing.read', 'thing.write'] })
    const opening = await open(key, 'thing.write')
    assert.ok(opening.opened)
    assert.equal(opening.keyId, id)
    assert.deepEqual(opening.set.list(), ['thing.read', 'thing.write'])
    await opening.organization.sql`insert into shop.thing (organization_id, name) values (${house.id}, 'by a robot')`
    const { rows } = await here.people.platform.admin.query(
      `select body #>> '{actor,type}' as type, body #>> '{actor,id}' as id from upheld_audit.pending
       where organization_id = $1 and body ->> 'object' = 'shop.thing'`,
      [house.id],
    )
    assert.deepEqual(rows, [{ type: 'api-key', id }])
  })

  // ASVS 8.2.1
  test('wrong scope: 403', async () => {
    const { key } = await make()
    const opening = await open(key, 'thing.write')
    assert.deepEqual([statusOf(opening), codeOf(opening)], [403, 'keys.scope_missing'])
  })

  // ASVS 8.4.1
  test('other tenant: its rows are as absent as rows that never were', async () => {
    const other = await here.house()
    const [row] = await here.people.platform.upheld.organization(other.id).sql<{ id: string }>`
      insert into shop.thing (organization_id, name) values (${other.id}, 'theirs') returning id`
    const opening = await open((await make()).key)
    assert.ok(opening.opened)
    for (const id of [row?.id ?? '', '00000000-0000-4000-8000-00000000dead']) {
      assert.deepEqual(await opening.organization.sql`select name from shop.thing where id = ${id}`, [])
    }
  })

  test('a key whose organization was exchanged for another one, with its checksum made right, opens neither', async () => {
    const other = await here.house()
    const { key } = await make()
    const { key: theirs } = await make({}, other.owner, other)
    const start = theirs.slice(0, 37) + key.slice(37, -6)
    const mixed = start + base62(crc32(start))
    assert.equal(recognizeKey(mixed)?.organizationId, other.id)
    assert.equal(codeOf(await open(mixed)), 'keys.unknown')
  })

  test('a scanner finds keys in any text, and takes nothing else for one', async () => {
    const [one, two] = [(await make()).key, (await make()).key]
    const text = `KEY="${one}"\nurl=https://x.example/?k=${two}&a=1 ${one.slice(0, -1)} x${one} ${one}x upk_${'0'.repeat(32)}_${'a'.repeat(49)}`
    assert.deepEqual(
      keysIn(text).map(found => found.text),
      [one, two],
    )
    assert.equal(keysIn(one)[0]?.organizationId, house.id)
    let missed = 0
    for (let at = 0; at < one.length; at++) {
      const other = one[at] === 'a' ? 'b' : 'a'
      if (recognizeKey(one.slice(0, at) + other + one.slice(at + 1)) === undefined) missed++
    }
    assert.equal(missed, one.length)
  })

  test('expired: 401, at the very moment', async () => {
    const { key, expiresAt } = await make({ days: 1 })
    here.people.clock.turn((expiresAt.getTime() - here.people.clock.now().getTime()) / 1000 - 1)
    assert.equal(codeOf(await open(key)), 'opened')
    here.people.clock.turn(1)
    const opening = await open(key)
    assert.deepEqual([statusOf(opening), codeOf(opening)], [401, 'keys.expired'])
  })

  test('revoked: 401 with the next request, and nobody brings it back', async () => {
    const { id, key } = await make()
    await here.keys.revoke(house.id, house.owner, id)
    const opening = await open(key)
    assert.deepEqual([statusOf(opening), codeOf(opening)], [401, 'keys.revoked'])
    await assert.rejects(here.keys.revoke(house.id, house.owner, id), refused('keys.not_found'))
    await assert.rejects(
      house.organization.sql`update upheld_access.api_key set revoked_at = null, revoked_why = null where id = ${id}`,
      /stays so/,
    )
  })

  test("another organization's key cannot be revoked: 404, and it goes on", async () => {
    const other = await here.house()
    const { id, key } = await make({}, other.owner, other)
    await assert.rejects(here.keys.revoke(house.id, house.owner, id), refused('keys.not_found'))
    assert.equal(codeOf(await open(key)), 'opened')
  })

  test('in a query string: refused, whatever the header says, however it is escaped', async () => {
    const { key } = await make()
    for (const target of [
      `/a?key=${key}`,
      `/a/${key}`,
      `/a?k=%75%70%6b_${key.slice(4)}`,
      `/a?k=upk%5F${key.slice(4)}`,
    ]) {
      const opening = await open(key, undefined, '203.0.113.9', target)
      assert.deepEqual([statusOf(opening), codeOf(opening)], [400, 'keys.in_query'], target)
      assert.ok(!opening.opened && !JSON.stringify(opening.refusal).includes(key))
    }
  })

  test('R16: every prefix and every extension of a key, and every other case of it, is refused', async () => {
    const { key } = await make()
    for (let length = 0; length < key.length; length++)
      assert.equal(codeOf(await open(key.slice(0, length))), 'keys.unknown')
    for (const more of ['A', '=', '\0', '\n', ' ', '.', key])
      assert.equal(codeOf(await open(key + more)), 'keys.unknown')
    for (const other of [key.toUpperCase(), key.toLowerCase(), ` ${key}`, `"${key}"`]) {
      assert.equal(codeOf(await open(other)), 'keys.unknown')
    }
    assert.equal(codeOf(await open(key)), 'opened')
  })

  test('R27: junk in the header is a refusal, never an error', async () => {
    const { key } = await make()
    const junk = ['', ' ', 'Bearer', 'Bearer ', `Basic ${key}`, key, `Bearer  ${key} `, `Bearer ${key}, Bearer ${key}`]
    for (const authorization of [...junk, 'Bearer \u0000', `Bearer ${'A'.repeat(100_000)}`, 'Bearer \ud800']) {
      const opening = await here.keys.open({ authorization, target: '/', address: '203.0.113.9' })
      assert.equal(statusOf(opening), 401, authorization.slice(0, 40))
    }
    assert.equal(codeOf(await open(null)), 'keys.missing')
  })

  test('a key mints no key, whatever a route forgot: the database asks who acts', async () => {
    const opening = await open((await make()).key)
    assert.ok(opening.opened)
    assert.ok(!opening.set.may('organization.keys'))
    const actor = { type: 'api-key', id: opening.keyId, purpose: 'api' } as const
    await assert.rejects(
      here.people.tenancy.organization(house.id).as(actor).sql`
        insert into upheld_access.api_key (organization_id, name, hash, scopes, made_by, created_at, expires_at)
        select organization_id, 'mine', sha256('x'), scopes, made_by, now(), now() + interval '1 day' from upheld_access.api_key limit 1`,
      /only a member makes a key/,
    )
    // The application's own login reaches the table not at all.
    await assert.rejects(opening.organization.sql`select id from upheld_access.api_key`, /permission denied/)
  })

  test('a key raises no scope of its own, and nobody else does: these columns are never written again', async () => {
    const { id } = await make()
    for (const column of ['scopes', 'expires_at', 'networks', 'made_by', 'hash', 'name']) {
      await assert.rejects(
        house.organization.query(`update upheld_access.api_key set ${column} = ${column} where id = $1`, [id]),
        /permission denied/,
        column,
      )
    }
  })

  test('a maker gives what they may do and what keys may do, and nothing that they lack', async () => {
    await assert.rejects(make({ scopes: ['thing.export'] }, house.admin), refused('keys.scope_refused'))
    await assert.rejects(make({ scopes: ['thing.purge'] }), refused('keys.scope_refused'))
    await assert.rejects(make({ scopes: ['organization.keys'] }), refused('keys.scope_refused'))
    await assert.rejects(make({ scopes: ['thing.nonsense'] }), refused('keys.scope_refused'))
    await assert.rejects(make({}, house.agent), refused('keys.scope_refused'))
    const nobody = { memberId: '00000000-0000-4000-8000-00000000dead' }
    for (const by of [nobody, (await here.house()).owner])
      await assert.rejects(make({}, by), refused('keys.not_a_member'))
  })

  test('bad input is one clear error', async () => {
    const bad: readonly Partial<WantedKey>[] = [
      { days: 0 },
      { days: 366 },
      { scopes: [] },
      { name: '' },
      { name: 'a\0b' },
      { networks: ['0.0.0.0/0'] },
      { networks: ['10.0.0.0/33'] },
      { networks: ['example.com'] },
    ]
    for (const wanted of bad) await assert.rejects(make(wanted), refused('keys.bad_request'), JSON.stringify(wanted))
  })

  // ASVS 8.3.2
  test('a maker who is demoted, suspended, disabled or removed takes their keys with them', async () => {
    const own = await here.house()
    const { key } = await make({ scopes: ['thing.read', 'thing.write'] }, own.admin, own)
    const set = async (roles: string[], suspended: Date | null) => own.organization.sql`
      update upheld_access.member set roles = ${roles}, suspended_at = ${suspended} where id = ${own.admin.memberId}`
    await set(['agent'], null)
    assert.equal(codeOf(await open(key, 'thing.write')), 'keys.scope_missing')
    assert.equal(codeOf(await open(key, 'thing.read')), 'opened')
    await set(['admin'], here.people.clock.now())
    assert.equal(codeOf(await open(key)), 'keys.maker_gone')
    await set(['admin'], null)
    assert.equal(codeOf(await open(key, 'thing.write')), 'opened')
    const person = `(select person_id from upheld_access.member where id = '${own.admin.memberId}')`
    await here.people.platform.admin.query(`update upheld_identity.person set disabled_at = now() where id = ${person}`)
    assert.equal(codeOf(await open(key)), 'keys.maker_gone')
    await here.people.platform.admin.query(`update upheld_identity.person set disabled_at = null where id = ${person}`)
    await own.organization.sql`delete from upheld_access.member where id = ${own.admin.memberId}`
    const opening = await open(key)
    assert.deepEqual([statusOf(opening), codeOf(opening)], [401, 'keys.maker_gone'])
  })

  // ASVS 8.3.3
  test('what a denial takes from the maker, it takes from the key', async () => {
    const own = await here.house()
    const { key } = await make({ scopes: ['thing.read', 'thing.write'] }, own.admin, own)
    const now = here.people.clock.now()
    await own.organization.sql`
      insert into upheld_access.override (organization_id, member_id, permission, effect, author_id, reason, created_at, expires_at, review_at)
      values (${own.id}, ${own.admin.memberId}, 'thing.write', 'deny', ${own.owner.memberId}, 'not this one', ${now},
        ${new Date(now.getTime() + 60_000)}, ${new Date(now.getTime() + 60_000)})`
    assert.equal(codeOf(await open(key, 'thing.write')), 'keys.scope_missing')
    here.people.clock.turn(60)
    assert.equal(codeOf(await open(key, 'thing.write')), 'opened')
  })

  test('R3: allowed addresses hold for IPv4, IPv6 and every spelling of a mapped address', async () => {
    const { key } = await make({
      networks: ['10.1.0.0/16', '2001:db8::/32', '::ffff:192.0.2.0/120', '198.51.100.7/24'],
    })
    const inside = [
      '10.1.2.3',
      '::ffff:10.1.2.3',
      '::FFFF:0a01:0203',
      '0:0:0:0:0:ffff:a01:203',
      '2001:DB8::1',
      '192.0.2.9',
      '198.51.100.200',
    ]
    for (const address of inside) assert.equal(codeOf(await open(key, undefined, address)), 'opened', address)
    for (const address of [
      '10.2.0.1',
      '::10.1.2.3',
      '2001:db9::1',
      '::ffff:10.2.0.1',
      '',
      'nonsense',
      '10.1.2.3, 8.8.8.8',
    ]) {
      const opening = await open(key, undefined, address)
      assert.deepEqual([statusOf(opening), codeOf(opening)], [403, 'keys.other_network'], address)
    }
  })

  test('last use is written at most once a minute, and never by a request that was refused', async () => {
    const { id, key } = await make({ networks: ['10.0.0.0/8'] })
    const used = async () => (await here.keys.list(house.id)).find(one => one.id === id)?.usedAt?.getTime()
    await open(key, undefined, '203.0.113.9')
    assert.equal(await used(), undefined)
    const first = here.people.clock.now().getTime()
    await Promise.all(Array.from({ length: 20 }, () => open(key, undefined, '10.0.0.1')))
    assert.equal(await used(), first)
    here.people.clock.turn(59)
    await open(key, undefined, '10.0.0.1')
    assert.equal(await used(), first)
    here.people.clock.turn(1)
    await open(key, undefined, '10.0.0.1')
    assert.equal(await used(), first + 60_000)
    const { rows } = await here.people.platform.admin.query(
      `select count(*)::int as entries from upheld_audit.pending
       where organization_id = $1 and body ->> 'action' = 'row.update' and body -> 'rows' ->> 0 = $2`,
      [house.id, id],
    )
    assert.deepEqual(rows, [{ entries: 2 }])
  })

  test('opening is one round trip, known or not; what is no key by its form asks the database nothing', async () => {
    const tapped = await tappedTenancy(here.people)
    try {
      const application = here.people.platform.upheld
      const keys = apiKeys({ tenancy: tapped.tenancy, application, access: shop, clock: here.people.clock })
      const { key } = await make()
      const { key: foreign } = await make({}, house.owner)
      const ask = (text: string) => keys.open({ authorization: bearer(text), target: '/', address: '203.0.113.9' })
      await ask(key)
      tapped.roundTrips()
      assert.equal(codeOf(await ask(key)), 'opened')
      assert.equal(tapped.roundTrips(), 1)
      await here.people.platform.admin.query(
        `delete from upheld_access.api_key where name = 'robot' and used_at is null`,
      )
      assert.equal(codeOf(await ask(foreign)), 'keys.unknown')
      assert.equal(tapped.roundTrips(), 1)
      const last = key.endsWith('0') ? '1' : '0'
      assert.equal(codeOf(await ask(key.slice(0, -1) + last)), 'keys.unknown')
      assert.equal(tapped.roundTrips(), 0)
    } finally {
      await tapped.close()
    }
  })

  test('scan: a leaked key is recognized offline by prefix and checksum, reported, revoked, and an event says so', async () => {
    const { id, key } = await make()
    const reports = await Promise.all(
      Array.from({ length: 5 }, () => here.keys.reportLeaked(key, 'https://git.example/x\n"quoted"')),
    )
    assert.equal(reports.filter(Boolean).length, 1)
    assert.equal(codeOf(await open(key)), 'keys.revoked')
    const { rows } = await here.people.platform.admin.query(
      `select body from upheld_audit.pending where organization_id = $1 and body ->> 'action' = 'api-key.leaked'`,
      [house.id],
    )
    assert.equal(rows.length, 1)
    assert.match(JSON.stringify(rows[0]), new RegExp(`"id":"${id}"`))
    assert.ok(!JSON.stringify(rows[0]).includes(key))
    // Each of them once, and nothing that the reporter wrote: it could be a link.
    const mails = await here.people.platform.admin.query(
      `select count(*)::int as n, count(distinct recipient)::int as to, bool_or(detail::text ~ 'git.example') as told
       from upheld_identity.mail where kind = 'key-leaked' and detail ->> 'organization_id' = $1`,
      [house.id],
    )
    const { n, to, told } = mails.rows[0] ?? {}
    assert.ok(Number(n) >= 1 && n === to && told === false)
    const strange = (await make({}, house.owner)).key
    await here.people.platform.admin.query('delete from upheld_access.api_key where revoked_at is null')
    assert.equal(await here.keys.reportLeaked(strange, 'nowhere'), false)
    assert.equal(await here.keys.reportLeaked('not a key', 'nowhere'), false)
  })

  // ASVS 6.5.2
  test('logged: neither the database nor its log holds a key, and what stands there opens nothing', async () => {
    const { id, key } = await make()
    const secret = key.slice(37)
    const { rows } = await here.people.platform.admin.query(
      `select k::text as line from upheld_access.api_key k union all select p.body::text from upheld_audit.pending p`,
    )
    assert.ok(rows.length > 10)
    for (const { line } of rows) assert.ok(!String(line).includes(secret))
    const [row] = await house.organization.sql<{ hash: string }>`
      select encode(hash, 'hex') as hash from upheld_access.api_key where id = ${id}`
    assert.equal(
      codeOf(await open(`upk_${house.id.replaceAll('-', '')}_${row?.hash.slice(0, 49) ?? ''}`)),
      'keys.unknown',
    )
  })

  test('the login of the jobs reads no hash of a key', async () => {
    const jobs = openDatabase(here.people.platform.urls.jobs, { connectionsMax: 1 })
    try {
      await assert.rejects(jobs.query('select hash from upheld_access.api_key'), /permission denied/)
      await assert.rejects(jobs.query('select secret from upheld_access.visitor_key'), /permission denied/)
    } finally {
      await jobs.close()
    }
  })
})

function base62(value: number): string {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  let [left, text] = [value, '']
  for (; left > 0; left = Math.floor(left / 62)) text = (digits[left % 62] ?? '') + text
  return text.padStart(6, '0')
}
