import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { openBoundConnections } from '../../src/adapters/postgres/bound/index.ts'
import { parseTenancyOptions, tenancy, type BoundConnections } from '../../src/foundation/tenancy/index.ts'
import {
  enterThrough,
  methods,
  openIdentity,
  strengthOf,
  waysIn,
  type IdentityPort,
} from '../../src/guards/identity/index.ts'
import { house, identityStage, password, visitor, type Somebody, type Stage } from './identity-stage.ts'

/** Organizations with one rule each, and one person with one role in both. */
interface Homes {
  readonly privileged: string
  readonly everybody: string
}

suite('what an organization asks of whoever enters', () => {
  let stage: Stage
  let founder: Somebody
  before(async () => {
    stage = await identityStage()
    founder = await stage.withApp()
  })
  after(() => stage.close())

  async function homes(personId: string, roles: readonly string[]): Promise<Homes> {
    const made: string[] = []
    for (const rule of ['privileged', 'everybody']) {
      const { organization } = await stage.people.organization('Home', [
        { personId: founder.personId, roles: ['owner'] },
        { personId, roles },
      ])
      await organization.sql`update upheld_access.account set second_factor = ${rule}`
      made.push(organization.id)
    }
    return { privileged: made[0] ?? '', everybody: made[1] ?? '' }
  }

  // ASVS 6.3.4
  test('R13: every way in, against every rule and every kind of member: what proves one factor enters as an agent at most', async () => {
    const one = await stage.somebody()
    const app = await stage.withApp()
    const from = visitor()
    const tokens: Record<string, { readonly token: string; readonly personId: string }> = { 'sign-up': one }
    const signedIn = await stage.identity.signIn({ email: one.email, password }, visitor())
    assert.ok(signedIn.needs === 'nothing')
    tokens['password'] = { ...signedIn, personId: one.personId }
    const waiting = await stage.identity.signIn({ email: app.email, password }, from)
    assert.ok(waiting.needs === 'second-factor')
    const second = await stage.identity.second(waiting.ticket, { totp: stage.nextCode(app.seed) }, from)
    tokens['second'] = { ...second, personId: app.personId }
    for (const way of ['sso', 'sso-mfa'] as const) {
      const arrived = await stage.identity.arrive({ personId: one.personId, methods: [way], way }, visitor())
      assert.ok(arrived.needs === 'nothing')
      tokens[way] = { ...arrived, personId: one.personId }
    }
    tokens['passkey'] = { token: await withMethods(stage, app.personId, ['passkey']), personId: app.personId }
    const three = await stage.somebody()
    await stage.identity.askReset(three.email)
    const reset = await stage.identity.reset(
      { link: await stage.link(three.email), password: 'ten thin trees in rain' },
      visitor(),
    )
    assert.ok(reset.needs === 'nothing')
    tokens['reset'] = { ...reset, personId: three.personId }
    assert.deepEqual(Object.keys(tokens).toSorted(), Object.keys(waysIn).toSorted())

    const strong = new Set(['second', 'passkey', 'sso-mfa'])
    const seen: string[] = []
    for (const [way, { token, personId }] of Object.entries(tokens)) {
      for (const roles of [['owner'], ['admin'], ['purger'], ['agent'], []]) {
        const at = await homes(personId, roles)
        for (const rule of ['privileged', 'everybody'] as const) {
          const entrance = await stage.identity.enter(token, at[rule])
          const plain = roles[0] === 'agent' || roles.length === 0
          const enough = strong.has(way) || (rule === 'privileged' && plain)
          assert.equal(entrance.needs, enough ? 'nothing' : 'second-factor', `${way} ${roles.join()} ${rule}`)
          if (!enough) assert.deepEqual(Object.keys(entrance).toSorted(), ['needs', 'session'])
          seen.push(entrance.needs)
        }
      }
    }
    assert.equal(seen.length, 7 * 5 * 2)
  })

  test('R13: of all sets of methods those are enough that hold two factors, and what is unknown proves nothing', () => {
    const sets = Array.from({ length: 2 ** methods.length }, (_, bits) =>
      methods.filter((_name, at) => (bits >> at) & 1),
    )
    let strong = 0
    for (const set of sets) {
      const has = (...names: string[]): boolean => names.some(name => set.some(one => one === name))
      const expected = has('passkey', 'sso-mfa') || (has('password', 'mail', 'sso') && has('totp', 'recovery'))
      assert.equal(strengthOf(set), expected ? 2 : 1, set.join())
      if (expected) strong++
    }
    assert.equal(strong, 96 + 21)
    for (const odd of [['__proto__'], ['Passkey'], ['sso-mfa '], ['password', 'password'], ['totp', 'recovery'], []])
      assert.equal(strengthOf(odd), 1)
  })

  // ASVS 6.1.3
  test('every way to a session is in the list that is published, with what it proves', async () => {
    const { rows } = await stage.people.platform.admin.query(
      `select distinct detail ->> 'way' as way from upheld_identity.event where action = 'session.begun'`,
    )
    assert.ok(rows.length >= 5)
    for (const { way } of rows) assert.ok(Object.hasOwn(waysIn, String(way)), String(way))
  })

  test('R2: a person who adds a factor has to prove it: the session of before enters no more than it did', async () => {
    const one = await stage.somebody()
    const at = await homes(one.personId, ['admin'])
    assert.equal((await stage.identity.enter(one.token, at.privileged)).needs, 'second-factor')
    const stronger = await stage.addApp(one)
    assert.equal((await stage.identity.enter(stronger.token, at.privileged)).needs, 'nothing')
    await assert.rejects(stage.identity.enter(one.token, at.privileged), { code: 'identity.no_session' })
    const dropped = await stage.identity.changeFactors(stronger.token, visitor(), async (made, { personId }) => ({
      result: undefined,
      change: await made.totp.remove(personId),
    }))
    const fresh = await stage.identity.signIn({ email: one.email, password }, visitor())
    assert.ok(fresh.needs === 'nothing' && dropped.renewed !== undefined)
    assert.equal((await stage.identity.enter(fresh.token, at.privileged)).needs, 'second-factor')
  })

  test('entering is one statement in the context of the organization, and none outside of it', async () => {
    const sent: string[] = []
    const { people } = stage
    const connections = openBoundConnections({
      url: people.platform.urls.identity,
      connectionsMax: 2,
      connectTimeoutMs: 10_000,
      statementTimeoutMs: 5_000,
      pooler: false,
      citus: false,
    })
    const watched: BoundConnections = {
      ...connections,
      run(binding, statement) {
        sent.push(statement.text)
        return connections.run(binding, statement)
      },
    }
    const real = { now: () => new Date(), monotonicMs: () => performance.now() }
    const own = tenancy(
      { connections: watched, keys: { current: () => people.platform.key }, clock: real },
      parseTenancyOptions({}),
    )
    try {
      const identity = openIdentity({ ...stage.ports, tenancy: own })
      const at = await homes(founder.personId, ['agent']).catch(() => undefined)
      assert.equal(at, undefined, 'a person is a member once')
      const one = await stage.somebody()
      const { everybody, privileged } = await homes(one.personId, ['agent'])
      await identity.enter(one.token, privileged)
      stage.statements()
      sent.length = 0
      const entrance = await identity.enter(one.token, privileged)
      assert.equal(entrance.needs, 'nothing')
      assert.equal(sent.length, 1)
      assert.deepEqual(stage.statements(), [])
      assert.equal((await identity.enter(one.token, everybody)).needs, 'second-factor')
      assert.equal(sent.length, 2)
    } finally {
      await own.close()
    }
  })

  test("somebody else's organization is as absent as one that never was, whatever is put in its place", async () => {
    const [one, other] = [await stage.somebody(), await stage.somebody()]
    const at = await homes(other.personId, ['agent'])
    const refused = { code: 'identity.no_organization', status: 404 }
    for (const wrong of [
      at.privileged,
      crypto.randomUUID(),
      '',
      'x',
      "' or 1=1 --",
      '__proto__',
      at.privileged.toUpperCase(),
    ])
      await assert.rejects(stage.identity.enter(one.token, wrong), refused, wrong)
    for (const wrong of ['', 'A'.repeat(43), 'x', randomBytes(32).toString('base64url')])
      await assert.rejects(stage.identity.enter(wrong, at.privileged), { code: 'identity.no_session', status: 401 })
  })

  // ASVS 8.3.2
  test('removed, suspended or demoted: the next request says so', async () => {
    const one = await stage.withApp()
    const at = await homes(one.personId, ['admin'])
    const owner = await ownerOf(stage, founder, at.privileged)
    const inside = await stage.entry(one.token, at.privileged)
    assert.equal(inside.set.may('organization.members.invite'), true)
    await owner.organization.sql`update upheld_access.member set roles = ${['agent']} where id = ${inside.memberId}`
    assert.equal((await stage.entry(one.token, at.privileged)).set.may('organization.members.invite'), false)
    await stage.identity.suspendMember(owner, inside.memberId)
    await assert.rejects(stage.identity.enter(one.token, at.privileged), { code: 'identity.no_organization' })
    await stage.identity.resumeMember(owner, inside.memberId)
    await stage.identity.removeMember(owner, inside.memberId)
    await assert.rejects(stage.identity.enter(one.token, at.privileged), { code: 'identity.no_organization' })
    assert.notEqual(await stage.identity.verify(one.token), undefined)
  })

  // ASVS 7.4.5
  test('what an administrator ends is ended here, and goes on where that administrator has no say', async () => {
    const one = await stage.somebody()
    const at = await homes(one.personId, ['agent'])
    const elsewhere = await homes(one.personId, ['agent'])
    const owner = await ownerOf(stage, founder, at.privileged)
    const { memberId } = await stage.entry(one.token, at.privileged)
    await stage.identity.endMemberSessions(owner, memberId)
    assert.equal((await stage.identity.enter(one.token, at.privileged)).needs, 'sign-in')
    assert.equal((await stage.identity.enter(one.token, elsewhere.privileged)).needs, 'nothing')
    const { token } = await stage.identity.stepUp(one.token, { password }, visitor())
    assert.equal((await stage.identity.enter(token, at.privileged)).needs, 'sign-in')
    stage.people.clock.turn(1)
    const again = await stage.identity.signIn({ email: one.email, password }, visitor())
    assert.ok(again.needs === 'nothing')
    assert.equal((await stage.identity.enter(again.token, at.privileged)).needs, 'nothing')
    const agent = await stage.entry(again.token, at.privileged)
    await assert.rejects(stage.identity.endMemberSessions(agent, owner.memberId), {
      code: 'identity.may_not',
      status: 403,
    })
    await assert.rejects(stage.identity.endMemberSessions(owner, crypto.randomUUID()), { code: 'identity.absent' })
  })

  test('what the operator asks of its own people is asked on every way, and where the organization asks nothing', async () => {
    const one = await stage.somebody()
    const at = await homes(one.personId, ['agent'])
    const staff = openIdentity({
      ...stage.ports,
      staff: session => session.personId !== one.personId || strengthOf(session.methods) === 2,
    })
    assert.equal((await staff.enter(one.token, at.privileged)).needs, 'second-factor')
    const stronger = await stage.addApp(one)
    assert.equal((await staff.enter(stronger.token, at.privileged)).needs, 'nothing')
  })

  // ASVS 7.6.1
  test('sessions of another provider meet the same members and the same rules, and a provider that fails lets nobody in', async () => {
    const one = await stage.somebody()
    const at = await homes(one.personId, ['admin'])
    const now = stage.people.clock.now()
    const says = (held: readonly ('sso' | 'sso-mfa')[], lifeMs = 60_000): IdentityPort => ({
      verify: async bearer =>
        bearer === 'good'
          ? {
              id: 'x',
              personId: one.personId,
              startedAt: now,
              provenAt: now,
              expiresAt: new Date(now.getTime() + lifeMs),
              methods: held,
            }
          : undefined,
    })
    const parts = { tenancy: stage.people.tenancy, clock: stage.people.clock, access: house, staff: () => true }
    const enter = (port: IdentityPort, bearer = 'good', id = at.privileged) => enterThrough(parts, port, bearer, id)
    assert.equal((await enter(says(['sso']))).needs, 'second-factor')
    assert.equal((await enter(says(['sso-mfa']))).needs, 'nothing')
    await assert.rejects(enter(says(['sso-mfa']), 'bad'), { code: 'identity.no_session' })
    await assert.rejects(enter(says(['sso-mfa'], 0)), { code: 'identity.no_session' })
    await assert.rejects(enter(says(['sso-mfa']), 'good', crypto.randomUUID()), { code: 'identity.no_organization' })
    await assert.rejects(enter({ verify: () => Promise.reject(new Error('the provider is down')) }), /provider is down/)
    await stage.identity.disablePerson(one.personId)
    await assert.rejects(enter(says(['sso-mfa'])), { code: 'identity.no_session' })
  })
})

async function ownerOf(stage: Stage, founder: Somebody, organizationId: string) {
  const fresh = await withMethods(stage, founder.personId, ['password', 'totp'])
  return stage.entry(fresh, organizationId)
}

/** A session that was proven so just now. */
async function withMethods(
  stage: Stage,
  personId: string,
  proven: readonly ('password' | 'totp' | 'passkey')[],
): Promise<string> {
  const arrived = await stage.identity.arrive({ personId, methods: ['sso-mfa'], way: 'sso-mfa' }, visitor())
  assert.ok(arrived.needs === 'nothing')
  await stage.people.platform.admin.query('update upheld_identity.session set methods = $2 where id = $1', [
    arrived.session.id,
    proven,
  ])
  return arrived.token
}
