import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { openIdentity } from '../../src/guards/identity/index.ts'
import { openTakeover } from '../../src/guards/takeover/index.ts'
import { identityStage, password, visitor, type Stage } from './identity-stage.ts'

suite('what a sign-in asks of the database', () => {
  let stage: Stage
  before(async () => {
    stage = await identityStage()
  })
  after(() => stage.close())

  /** Which functions and tables the statements since the last call named first. */
  const asked = (): readonly string[] =>
    stage.statements().map(text => /upheld_identity\.(\w+)/.exec(text)?.[1] ?? text.slice(0, 40))

  test('one statement says who it is, one counts, and after the hash one says what became of it and one begins the session', async () => {
    const one = await stage.somebody()
    for (const from of [{ ...visitor(), device: one.device }, { ...visitor(), session: one.token }, visitor()]) {
      asked()
      const arrived = await stage.identity.signIn({ email: one.email, password }, from)
      assert.equal(arrived.needs, 'nothing')
      const [first, second, ...rest] = asked()
      assert.deepEqual(
        [first, second, rest.toSorted()],
        ['sign_in_facts', 'ask_guess', ['begin_session', 'note_guess']],
      )
    }
    assert.equal(await stage.identity.verify(one.token), undefined)
  })

  test('a wrong password costs three statements, at an address that somebody has and at one that nobody has', async () => {
    const one = await stage.somebody()
    for (const email of [one.email, 'nobody-at-all@example.org']) {
      asked()
      await assert.rejects(stage.identity.signIn({ email, password: 'certainly not this' }, visitor()), {
        code: 'identity.wrong_credentials',
      })
      assert.deepEqual(asked(), ['sign_in_facts', 'ask_guess', 'note_guess'])
    }
  })

  test('a try that is refused is one statement and its reason, and no hash', async () => {
    const one = await stage.somebody()
    const { database, clock } = stage.ports
    const takeover = openTakeover({ database, clock, key: new Uint8Array(32), limits: { free: 1, addressTriesMax: 1 } })
    const identity = openIdentity({ ...stage.ports, takeover })
    const wrong = { email: one.email, password: 'certainly not this' }
    await assert.rejects(identity.signIn(wrong, visitor()), { code: 'identity.wrong_credentials' })
    const { argon2 } = stage.passwords.counts()
    asked()
    await assert.rejects(identity.signIn(wrong, visitor()), { code: 'takeover.slow_down' })
    assert.deepEqual(asked(), ['sign_in_facts', 'ask_guess'])
    assert.equal(stage.passwords.counts().argon2, argon2)
  })

  test('on a known device the hash begins with the count; a try that is refused says nothing of it', async () => {
    const one = await stage.somebody()
    const { database, clock } = stage.ports
    const limits = { free: 1, budgetKnown: 1 }
    const takeover = openTakeover({ database, clock, key: new Uint8Array(32), limits })
    const identity = openIdentity({ ...stage.ports, takeover })
    const from = { ...visitor(), device: one.device }
    const wrong = { email: one.email, password: 'certainly not this' }
    await assert.rejects(identity.signIn(wrong, from), { code: 'identity.wrong_credentials' })
    asked()
    for (const given of [wrong, { email: one.email, password }]) {
      await assert.rejects(identity.signIn(given, from), { code: 'takeover.slow_down' })
    }
    assert.deepEqual(asked(), ['sign_in_facts', 'ask_guess', 'sign_in_facts', 'ask_guess'])
    await assert.rejects(identity.signIn({ email: one.email, password: 'a'.repeat(2_000) }, from), {
      code: 'takeover.slow_down',
    })
  })

  test('a count does not wait for the disk, a session does, and nothing of it outlives its transaction', async () => {
    const { people, ports } = stage
    const one = await stage.somebody()
    // Servers of tests wait for no disk by themselves.
    const usual = (await people.database.query('show synchronous_commit')).rows
    const waits = await people.database.transaction(async tx => {
      await tx.query('set local synchronous_commit = on')
      const says = async (): Promise<unknown> =>
        (await tx.query('show synchronous_commit')).rows[0]?.['synchronous_commit']
      const database = { ...ports.database, ...tx }
      const identity = openIdentity({ ...ports, database: { ...database, transaction: work => work(tx) } })
      await identity.arrive({ personId: one.personId, methods: ['sso'], way: 'sso' }, visitor())
      const session = await says()
      const takeover = openTakeover({ database, clock: ports.clock, key: new Uint8Array(32) })
      await takeover.ask({ account: { person: one.personId }, factor: 'password', visitor: visitor() })
      return { session, count: await says() }
    })
    assert.deepEqual(waits, { session: 'on', count: 'off' })
    const after = await Promise.all(Array.from({ length: 8 }, () => people.database.query('show synchronous_commit')))
    for (const { rows } of after) assert.deepEqual(rows, usual)
  })

  test('R13: the database begins no session with one factor for who has two, whatever the part says that lists them', async () => {
    const one = await stage.withApp()
    const { factors } = stage.ports
    const blind = openIdentity({
      ...stage.ports,
      factors: { ...factors, of: async id => ({ ...(await factors.of(id)), second: false, usable: [] }) },
    })
    const before = await sessionsOf(one.personId)
    const none = { code: 'identity.wrong_credentials' }
    await assert.rejects(blind.signIn({ email: one.email, password }, visitor()), none)
    await assert.rejects(blind.arrive({ personId: one.personId, methods: ['sso'], way: 'sso' }, visitor()), none)
    assert.equal(await sessionsOf(one.personId), before)
  })

  test('a count that fails takes no sign-in along: whoever asked has no session, and the next try gets one', async () => {
    const one = await stage.somebody()
    const { takeover } = stage.ports
    const broken = openIdentity({
      ...stage.ports,
      takeover: { ...takeover, note: () => Promise.reject(new Error('no count')) },
    })
    await assert.rejects(broken.signIn({ email: one.email, password }, visitor()), /no count/)
    assert.equal((await stage.identity.signIn({ email: one.email, password }, visitor())).needs, 'nothing')
  })

  async function sessionsOf(personId: string): Promise<number> {
    const text = 'select count(*)::int as n from upheld_identity.session where person_id = $1'
    return Number((await stage.people.platform.admin.query(text, [personId])).rows[0]?.['n'])
  }
})
