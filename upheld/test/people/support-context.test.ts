import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { noteOf, signContext, type Actor, type Organization } from '../../src/foundation/tenancy/index.ts'
import { testPeople, type TestPeople } from '../../src/testing/index.ts'

interface Ground {
  readonly people: TestPeople
  /** The organization as the login of identity holds it, acting as its owner. */
  readonly owner: Organization
  readonly id: string
}

suite('staff reaches rows only under a live grant of the organization: the database refuses everything else', () => {
  let ground: Ground
  before(async () => {
    const people = await testPeople()
    const personId = await people.person('owner@acme.example')
    const { organization, memberIds } = await people.organization('Acme', [{ personId, roles: ['owner'] }])
    const owner = organization.as({ type: 'member', id: memberIds[0] ?? '', purpose: 'access' })
    const { id } = organization
    await people.platform.upheld.organization(id)
      .sql`insert into shop.thing (organization_id, name) values (${id}, 'a lamp')`
    ground = { people, owner, id }
  })
  after(() => ground.people.close())

  const grant = async (lifeSecs = 600, writes = false): Promise<string> => {
    const id = randomUUID()
    await ground.owner.sql`
      select upheld.grant_support(${id}, 's-1', ${writes}, ${lifeSecs}, '{}', ${randomBytes(64)})`
    return id
  }
  const staff = (id: string, more: Partial<Actor> = {}, writes = false): Organization =>
    ground.people.platform.upheld
      .organization(ground.id)
      .as({ type: 'staff', id: 's-1', purpose: 'support', grant: { id, writes }, ...more })
  const read = (organization: Organization) => organization.sql<{ name: string }>`select name from shop.thing`

  test('staff without a grant has no handle at all', () => {
    const organization = ground.people.platform.upheld.organization(ground.id)
    assert.throws(() => organization.as({ type: 'staff', id: 's-1', purpose: 'support' }), { code: 'tenancy.no_grant' })
    assert.throws(
      () => organization.as({ type: 'member', id: 'm', purpose: 'x', grant: { id: randomUUID(), writes: false } }),
      { code: 'tenancy.bad_actor' },
    )
  })

  test('under a live grant staff reads, and every statement stands in the customer’s own log before it runs', async () => {
    const handle = staff(await grant())
    assert.deepEqual(await read(handle), [{ name: 'a lamp' }])
    const { rows } = await ground.people.platform.admin.query(
      `select body from upheld_audit.pending where organization_id = $1 and body ->> 'action' = 'support.statement'`,
      [ground.id],
    )
    assert.equal(rows.length, 1)
    const body = rows[0]?.['body']
    assert.deepEqual(Reflect.get(Object(body), 'actor'), { id: 's-1', type: 'staff' })
    assert.deepEqual(Reflect.get(Object(body), 'detail'), { text: 'select name from shop.thing' })
  })

  test('a grant that was never given, of another organization, for another person, is none', async () => {
    await assert.rejects(read(staff(randomUUID())), { code: 'tenancy.no_grant' })
    const id = await grant()
    await assert.rejects(read(staff(id, { id: 's-2' })), { code: 'tenancy.no_grant' })
    const other = await ground.people.organization('Other', [
      { personId: await ground.people.person('else@other.example'), roles: ['owner'] },
    ])
    const elsewhere = ground.people.platform.upheld
      .organization(other.organization.id)
      .as({ type: 'staff', id: 's-1', purpose: 'support', grant: { id, writes: false } })
    await assert.rejects(read(elsewhere), { code: 'tenancy.no_grant' })
  })

  test('what the customer ends is over with the next statement, inside of an open transaction too', async () => {
    const id = await grant()
    const handle = staff(id)
    assert.equal((await read(handle)).length, 1)
    await assert.rejects(
      handle.transaction(async tx => {
        assert.equal((await tx.sql`select name from shop.thing`).length, 1)
        assert.deepEqual(await ground.owner.sql`select upheld.end_support(${id}) as ended`, [{ ended: true }])
        await tx.sql`select name from shop.thing`
      }),
      { code: 'tenancy.no_grant' },
    )
    await assert.rejects(read(handle), { code: 'tenancy.no_grant' })
    assert.deepEqual(await ground.owner.sql`select upheld.end_support(${id}) as ended`, [{ ended: false }])
  })

  test('a stream that staff reads ends with its grant, between two parts', async () => {
    const id = await grant()
    const read: number[] = []
    await assert.rejects(
      async () => {
        const text = 'select n from generate_series(1, 1000) as n cross join shop.thing'
        for await (const part of staff(id).stream(text, [], { rowsMax: 10 })) {
          read.push(part.length)
          if (read.length === 2) await ground.owner.sql`select upheld.end_support(${id})`
        }
      },
      { code: 'tenancy.no_grant' },
    )
    assert.deepEqual(read, [10, 10])
  })

  test('an expired grant is none, and none is given for longer than two hours', async () => {
    const id = await grant(1)
    await ground.people.platform.admin.query(
      `update upheld_guard.support_grant set starts_at = starts_at - interval '1 hour', expires_at = expires_at - interval '1 hour' where id = $1`,
      [id],
    )
    await assert.rejects(read(staff(id)), { code: 'tenancy.no_grant' })
    await assert.rejects(grant(7201), { code: '23514' })
  })

  test('a grant to read writes nothing, whatever it is told; one to write writes and is recorded', async () => {
    const reads = await grant()
    const write = (organization: Organization) => organization.sql`update shop.thing set name = name`
    await assert.rejects(write(staff(reads)), { code: '42501' })
    await assert.rejects(write(staff(reads, {}, true)), { code: 'tenancy.no_grant' })
    await write(staff(await grant(600, true), {}, true))
  })

  test('staff gives itself no grant, and ends none', async () => {
    const handle = staff(await grant(600, true), {}, true)
    for (const text of [
      `select upheld.grant_support('${randomUUID()}', 's-1', true, 60, '{}', '\\x00')`,
      `select upheld.end_support('${randomUUID()}')`,
      'select * from upheld.support_grants()',
      'select * from upheld_guard.support_grant',
      'select * from upheld_access.member',
      'select * from upheld_identity.password',
    ]) {
      await assert.rejects(handle.query(text), { code: '42501' }, text)
    }
  })

  test('the login of staff takes no context but one of a grant: not that of a member, not by a setting of its own', async () => {
    const { people, id } = ground
    const login = openDatabase(people.platform.urls.staff, { connectionsMax: 1 })
    try {
      const pid = Number((await login.query('select pg_backend_pid() as pid')).rows[0]?.['pid'])
      const fields = { organization: id, expiresAtSecs: Math.floor(Date.now() / 1000) + 60, backendPid: pid }
      const member = noteOf({ type: 'member', id: 'm-1', purpose: 'support' })
      const context = signContext(people.platform.key, { ...fields, nonce: member.nonce })
      const asked = (setting: string, note: string, enter: boolean): Promise<unknown> =>
        login.transaction(async tx => {
          if (enter) await tx.query('select upheld.enter($1)', [setting + note])
          else await tx.query(`set local upheld.context = '${setting}'; set local upheld.note = '${note}'`)
          return tx.query('select name from shop.thing')
        })
      for (const enter of [true, false]) await assert.rejects(asked(context, member.text, enter), /no_grant/)
      // A staff note on a context of the first kind, on the application's login.
      const note = noteOf({ type: 'staff', id: 's-1', purpose: 'support' })
      const app = openDatabase(people.platform.urls.app, { connectionsMax: 1 })
      try {
        const own = Number((await app.query('select pg_backend_pid() as pid')).rows[0]?.['pid'])
        const signed = signContext(people.platform.key, { ...fields, backendPid: own, nonce: note.nonce })
        await assert.rejects(
          app.transaction(async tx => {
            await tx.query('select upheld.enter($1)', [signed + note.text])
            return tx.query('select name from shop.thing')
          }),
          /no_context/,
        )
      } finally {
        await app.close()
      }
    } finally {
      await login.close()
    }
  })

  test('a context of a grant, changed at any byte, cut or made longer, is refused', async () => {
    const { people, id } = ground
    const grantId = await grant()
    const login = openDatabase(people.platform.urls.staff, { connectionsMax: 1 })
    try {
      const pid = Number((await login.query('select pg_backend_pid() as pid')).rows[0]?.['pid'])
      const note = noteOf({ type: 'staff', id: 's-1', purpose: 'support' })
      const context = signContext(people.platform.key, {
        organization: id,
        expiresAtSecs: Math.floor(Date.now() / 1000) + 60,
        backendPid: pid,
        nonce: note.nonce,
        grant: grantId,
      })
      assert.equal(context.length, 168)
      const asked = (token: string): Promise<unknown> =>
        login.transaction(async tx => {
          await tx.query('select upheld.enter($1)', [token + note.text])
          return tx.query('select name from shop.thing')
        })
      await asked(context)
      const bytes = Buffer.from(context, 'hex')
      for (let at = 0; at < bytes.length; at++) {
        const changed = Buffer.from(bytes)
        changed[at] = (changed[at] ?? 0) ^ 1
        await assert.rejects(asked(changed.toString('hex')), /upheld: (bad|no)_(context|grant)/, `byte ${at}`)
      }
      for (const other of [context.slice(0, -2), `${context}00`, context.slice(0, 136), '']) {
        await assert.rejects(asked(other), /upheld: (bad_context|no_context)/)
      }
    } finally {
      await login.close()
    }
  })
})
