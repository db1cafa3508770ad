import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { password, visitor } from './identity-stage.ts'
import { organizationGround, signedIn, type Ground, type Organization, type Present } from './organization-stage.ts'

const members = '/organization/members'

suite('two at once, and forms of before, on the pages of an organization and of an account', () => {
  let ground: Ground
  before(async () => {
    ground = await organizationGround()
  })
  after(() => ground.close())

  const admin = (text: string, values: readonly unknown[]) => ground.stage.people.platform.admin.query(text, values)
  const ownersOf = async ({ id }: Organization): Promise<readonly unknown[]> => {
    const text = `select id from upheld_access.member where organization_id = $1 and 'owner' = any (roles) and suspended_at is null`
    return (await admin(text, [id])).rows.map(row => row['id'])
  }
  const makeOwner = async (one: Present) =>
    admin(`update upheld_access.member set roles = '{owner}' where id = $1`, [one.memberId])
  const twoOwners = async (name: string) => {
    const house = await ground.organization(name)
    const [first, second] = [house.of('owner'), house.of('admin')]
    await makeOwner(second)
    return { house, first, second }
  }
  /** Somebody who signed up with a password, over the pages. */
  let count = 0
  const somebody = async () => {
    const email = `at-once-${++count}@example.org`
    const { identity } = ground.people
    await identity.signUp({ email, name: 'Somebody', password })
    const arrived = await identity.confirmSignUp({ link: await ground.stage.link(email), password }, visitor())
    return { email, personId: arrived.session.personId, token: arrived.token, cookie: `session=${arrived.token}` }
  }

  test('two owners who remove, demote, suspend or leave at once, each in a session of their own, leave an owner', async () => {
    const acts: Readonly<Record<string, (other: Present) => readonly [path: string, fields: Record<string, string>]>> =
      {
        remove: other => [`${members}/${other.memberId}/removal`, {}],
        demote: other => [`${members}/${other.memberId}/roles`, { role_agent: 'on' }],
        suspend: other => [`${members}/${other.memberId}/standing`, { standing: 'suspended' }],
        leave: () => ['/organization/leave', {}],
        transfer: other => [`${members}/${other.memberId}/ownership`, {}],
      }
    for (const [name, act] of Object.entries(acts)) {
      const { house, first, second } = await twoOwners(name)
      const answers = await Promise.all(
        [first, second].map(async (as, at) => {
          const [path, fields] = act(at === 0 ? second : first)
          return ground.ask(path, { as, fields })
        }),
      )
      assert.ok(
        answers.every(({ status }) => status < 500),
        name,
      )
      assert.ok((await ownersOf(house)).length >= 1, name)
    }
  })

  test('the last owner in two browsers: of leaving and giving away at once, an owner is left, and one at most', async () => {
    for (let round = 0; round < 5; round++) {
      const house = await ground.organization(`Round ${round}`)
      const owner = house.of('owner')
      const elsewhere = { ...owner, ...(await signedIn(ground.people, owner.personId, house.id)) }
      const to = (role: string) => `${members}/${house.of(role).memberId}/ownership`
      await Promise.all([
        ground.ask(to('agent'), { as: owner, fields: {} }),
        ground.ask(to('reader'), { as: elsewhere, fields: {} }),
        ground.ask('/organization/leave', { as: elsewhere, fields: {} }),
      ])
      assert.equal((await ownersOf(house)).length, 1)
    }
  })

  test('an owner whose account is closed is none: nothing is given to them, and nobody leaves them alone with it', async () => {
    const { house, first, second } = await twoOwners('Closed')
    await ground.people.identity.disablePerson(second.personId)
    const agent = house.of('agent')
    await ground.people.identity.disablePerson(agent.personId)
    const given = await ground.ask(`${members}/${agent.memberId}/ownership`, { as: first, fields: {} })
    assert.equal(given.code, 'identity.absent')
    const left = await ground.ask('/organization/leave', { as: first, fields: {} })
    assert.equal(left.code, 'identity.last_owner')
    await assert.rejects(ground.people.identity.deletePerson(first.token), { code: /last_owner|own_sign_in/ })
    assert.ok((await ownersOf(house)).includes(first.memberId))
    const gone = await ground.ask(`${members}/${second.memberId}/removal`, { as: first, fields: {} })
    assert.equal(gone.location, `${members}?done=removed`)
  })

  test('an administrator ends no session of an owner', async () => {
    const house = await ground.organization('Ends')
    const path = `${members}/${house.of('owner').memberId}/sessions`
    assert.equal((await ground.ask(path, { as: house.of('admin'), fields: {} })).code, 'identity.may_not')
    assert.equal((await ground.people.identity.enter(house.of('owner').token, house.id)).needs, 'nothing')
    const agent = `${members}/${house.of('agent').memberId}/sessions`
    assert.match((await ground.ask(agent, { as: house.of('admin'), fields: {} })).location, /done=ended/)
  })

  test('a form that was opened before its sender lost the right does nothing: demoted, suspended, removed, in another organization', async () => {
    const house = await ground.organization('Stale')
    const other = await ground.organization('Other')
    const [sender, agent] = [house.of('admin'), house.of('agent')]
    const form = { fields: { role_reader: 'on' } }
    const path = `${members}/${agent.memberId}/roles`
    const lost = async (work: string, values: readonly unknown[]) => {
      await admin(work, values)
      const { status, location } = await ground.ask(path, { as: sender, ...form })
      assert.ok(status === 403 || /^\/(organizations|sign-in|account)/.test(location), `${work}: ${status} ${location}`)
      const { rows } = await admin('select roles from upheld_access.member where id = $1', [agent.memberId])
      assert.deepEqual(rows[0]?.['roles'], ['agent'])
    }
    const mine = [sender.memberId]
    await lost(`update upheld_access.member set roles = '{reader}' where id = $1`, mine)
    await lost(`update upheld_access.member set roles = '{admin}', suspended_at = now() where id = $1`, mine)
    await lost(`delete from upheld_access.member where id = $1`, mine)
    // The cookie of another organization: its members are as absent there as anybody.
    const there = { ...other.of('admin'), cookie: `session=${other.of('admin').token}; organization=${house.id}` }
    const { location } = await ground.ask(path, { as: there, ...form })
    assert.match(location, /^\/organizations/)
    const wrong = await ground.ask(path, { as: other.of('admin'), ...form })
    assert.equal(wrong.status, 404)
  })

  test('every form of an account that is sent twice at once happens once, and takes no session that is good from the browser', async () => {
    const forms: Readonly<Record<string, Record<string, string>>> = {
      '/account/password': { old: password, password: 'ten thin trees in rain' },
      '/account/confirm': { password },
      '/account/email': { email: 'twice-asked@example.org' },
      '/account/sessions/end-others': {},
      '/sign-out': {},
    }
    for (const [path, fields] of Object.entries(forms)) {
      const one = await somebody()
      const answers = await Promise.all([1, 2].map(() => ground.ask(path, { as: one, fields })))
      assert.ok(
        answers.every(({ status }) => status < 500),
        path,
      )
      const tokens = answers
        .flatMap(({ cookies }) => cookies)
        .flatMap(line => /^session=([^;]+);/.exec(line)?.[1] ?? [])
      assert.ok(tokens.length <= 1, path)
      for (const token of tokens) {
        assert.notEqual(await ground.people.identity.verify(token), undefined, path)
        const ended = answers.some(({ cookies }) => cookies.some(line => line.startsWith('session=;')))
        assert.ok(!ended, `${path} took the session of the other answer`)
      }
      const alive = await admin('select count(*)::integer as n from upheld_identity.session where person_id = $1', [
        one.personId,
      ])
      assert.equal(alive.rows[0]?.['n'], path === '/sign-out' ? 0 : 1, path)
    }
  })

  test('a link for a password that is answered while the password is changed: one of the two counts, and the links of before none', async () => {
    for (let round = 0; round < 3; round++) {
      const one = await somebody()
      await ground.ask('/forgot', { fields: { email: one.email } })
      const link = await ground.stage.link(one.email)
      const [first, second] = ['ten thin trees in rain', 'four small owls in snow']
      await Promise.all([
        ground.ask('/account/password', { as: one, fields: { old: password, password: first } }),
        ground.ask('/reset', { fields: { link, password: second } }),
      ])
      const opens = async (given: string): Promise<boolean> =>
        ground.people.identity.signIn({ email: one.email, password: given }, visitor()).then(
          () => true,
          () => false,
        )
      assert.deepEqual([await opens(password), (await opens(first)) !== (await opens(second))], [false, true])
      assert.equal((await ground.ask('/reset', { fields: { link, password: 'never this one at all' } })).status, 410)
    }
  })
})
