import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import pg from 'pg'
import { testPlatform, type TestPlatform } from '../../testing/index.ts'
import { upheld, type Upheld } from '../../upheld.ts'
import { signContext, type Organization } from './index.ts'

const clinic = { tenantSchemas: ['clinic'], migrations: new URL('../../../test/schemas/clinic/', import.meta.url) }

/** Here the attacker has the application's own login and types SQL by hand. Without the key that must be worth nothing. */
suite('a context cannot be forged, stretched, moved or kept', () => {
  let platform: TestPlatform
  let acme: Organization
  let thief: pg.Client
  let thiefPid: number

  before(async () => {
    platform = await testPlatform(clinic)
    acme = await platform.upheld.createOrganization()
    await acme.sql`insert into clinic.patient values (${acme.id}, 1, 'Ann')`
    thief = new pg.Client(platform.urls.app)
    await thief.connect()
    const { rows } = await thief.query<{ pid: number }>('select pg_backend_pid() as pid')
    thiefPid = rows[0]?.pid ?? 0
  })
  after(async () => {
    await thief.end()
    await platform.close()
  })

  const sign = (changes: Partial<Parameters<typeof signContext>[1]> = {}, key = platform.key) =>
    signContext(key, {
      organization: acme.id,
      expiresAtSecs: Math.floor(Date.now() / 1000) + 20,
      backendPid: 0,
      nonce: '0123456789abcdef',
      ...changes,
    })

  /** Rows seen in one transaction that enters with this text; or the words of the refusal. */
  const readWith = async (token: string): Promise<number | string> => {
    await thief.query('begin')
    try {
      await thief.query('select upheld.enter($1)', [token])
      return (await thief.query('select * from clinic.patient')).rows.length
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    } finally {
      await thief.query('rollback')
    }
  }

  test('positive control: a well signed context reads the row, bound to this backend or to none', async () => {
    assert.equal(await readWith(sign()), 1)
    assert.equal(await readWith(sign({ backendPid: thiefPid })), 1)
  })

  test('absent, empty and truncated contexts are refused', async () => {
    await assert.rejects(thief.query('select * from clinic.patient'), /upheld: no_context/)
    assert.equal(await readWith(''), 'upheld: no_context')
    const whole = sign()
    for (const length of [2, 72, 134])
      assert.equal(await readWith(whole.slice(0, length)), 'upheld: bad_context', `${length}`)
    assert.equal(await readWith(`${whole}00`), 'upheld: bad_context')
    assert.match(String(await readWith(whole.slice(0, 135))), /hexadecimal/)
    assert.match(String(await readWith('z'.repeat(136))), /hexadecimal/)
  })

  test('every single changed digit is refused', async () => {
    const whole = sign()
    for (let at = 0; at < whole.length; at++) {
      const digit = ((parseInt(whole.charAt(at), 16) + 1) % 16).toString(16)
      assert.equal(
        await readWith(whole.slice(0, at) + digit + whole.slice(at + 1)),
        'upheld: bad_context',
        `digit ${at}`,
      )
    }
  })

  test('a context signed with another key, or with the key of another id, is refused', async () => {
    const otherSecret = { ...platform.key, secret: createHash('sha256').update('guessed').digest() }
    assert.equal(await readWith(sign({}, otherSecret)), 'upheld: bad_context')
    assert.equal(await readWith(sign({}, { ...platform.key, id: '7f' })), 'upheld: bad_context')
  })

  test('an expired context and one that was signed to live for long are refused', async () => {
    const now = Math.floor(Date.now() / 1000)
    assert.equal(await readWith(sign({ expiresAtSecs: now - 2 })), 'upheld: expired_context')
    assert.equal(await readWith(sign({ expiresAtSecs: now + 3600 })), 'upheld: expired_context')
  })

  test('a context for another cell or another backend is refused', async () => {
    assert.equal(await readWith(sign({}, { ...platform.key, cell: '0001' })), 'upheld: other_cell')
    assert.equal(await readWith(sign({ backendPid: thiefPid + 1 })), 'upheld: other_backend')
  })

  test('a context that injected SQL reads out is of no use on another connection', async () => {
    const [row] = await acme.sql<{ token: string }>`select current_setting('upheld.context') as token`
    assert.equal(await readWith(row?.token ?? ''), 'upheld: other_backend')
  })

  test('a context is gone when its transaction is over, also for the next one on the connection', async () => {
    assert.equal(await readWith(sign()), 1)
    await assert.rejects(thief.query('select * from clinic.patient'), /upheld: no_context/)
    await thief.query('select upheld.enter($1)', [sign()])
    await assert.rejects(thief.query('select * from clinic.patient'), /upheld: no_context/)
  })

  test('a context outlives its time in no open transaction', async () => {
    await thief.query('begin')
    await thief.query('select upheld.enter($1)', [sign({ expiresAtSecs: Math.floor(Date.now() / 1000) + 1 })])
    assert.equal((await thief.query('select * from clinic.patient')).rows.length, 1)
    const late = await untilRefused()
    assert.match(late, /upheld: expired_context/)
    await thief.query('rollback')

    async function untilRefused(): Promise<string> {
      for (let tries = 0; tries < 400; tries++) {
        const failure = await thief.query('select * from clinic.patient').then(
          () => undefined,
          (error: unknown) => (error instanceof Error ? error.message : String(error)),
        )
        if (failure !== undefined) return failure
        await new Promise(resolve => setTimeout(resolve, 10))
      }
      return 'still reads'
    }
  })

  test('the unsigned setting that other layers trust means nothing here', async () => {
    for (const name of ['upheld.organization_id', 'app.tenant_id', 'request.jwt.claims']) {
      await thief.query(`set ${name} = '${acme.id}'`)
      await assert.rejects(thief.query('select * from clinic.patient'), /upheld: no_context/)
    }
  })

  test('the key is out of reach of the login, of the migrator and of the owner', async () => {
    const migrator = new pg.Client(platform.urls.migrate)
    await migrator.connect()
    try {
      for (const statement of ['select * from upheld_guard.context_key', 'table upheld_guard.context_key']) {
        await assert.rejects(thief.query(statement), { code: '42501' })
        await assert.rejects(migrator.query(statement), { code: '42501' })
        await migrator.query('set role upheld_owner')
        await assert.rejects(migrator.query(statement), { code: '42501' })
        await migrator.query('reset role')
      }
    } finally {
      await migrator.end()
    }
  })

  test('a login that is too strong is refused before its first statement', async () => {
    const asSuperuser: Upheld = upheld(
      { databaseUrl: platform.adminUrl, contextKeyFile: 'in memory' },
      { contextKeys: { current: () => platform.key } },
    )
    await assert.rejects(asSuperuser.organization(acme.id).sql`select 1`, {
      code: 'tenancy.role_too_strong',
      message: /superuser/,
    })
    await asSuperuser.close()
  })
})
