import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { decideSupport, endByMember, endStaff, listSupport } from '../../src/guards/support/index.ts'
import { accessible, browserStage, type BrowserStage } from './axe.ts'
import { asks, staffedStage, type Held, type Shown, type StaffedStage } from './staffed-stage.ts'

suite('pages of the operator’s own people', () => {
  let here: StaffedStage
  let ina: Held
  let ben: Held
  let cas: Held
  before(async () => {
    here = await staffedStage()
    ;({ ina, ben, cas } = here.staff)
  })
  after(() => here.close())

  const jar = async (held: Held, methods?: Parameters<StaffedStage['session']>[1], more = {}): Promise<string> =>
    here.jar(await here.session(held.personId, methods), more)
  const ask = async (held: Held, fields = {}, path = '/staff/ask', methods?: Parameters<StaffedStage['session']>[1]) =>
    here.post(path, await jar(held, methods), { organization: here.organization.id, ...asks, ...fields })
  const idOf = ({ to }: Shown): string =>
    /^\/staff\/requests\/([0-9a-f-]{36})$/.exec(to ?? '')?.[1] ?? assert.fail(`led to ${to}`)
  const act = async (held: Held, id: string, name: string, methods?: Parameters<StaffedStage['session']>[1]) =>
    here.post(`/staff/requests/${id}/${name}`, await jar(held, methods))
  const approve = (id: string) => {
    const { owner } = here.members
    return decideSupport(here.people.support, here.present(owner), here.organization, owner.memberId, id, 'approved')
  }
  const requestOf = async (id: string) => (await listSupport(here.organization)).find(one => one.id === id)
  const granted = async (fields = {}): Promise<string> => {
    const id = idOf(await ask(ina, fields))
    assert.equal((await act(ben, id, 'agree')).to, '/staff')
    await approve(id)
    return id
  }
  /** The cookies of a browser that went in. */
  const inside = async (id: string, held = ina): Promise<string> => {
    const token = await here.session(held.personId)
    const { to, cookies } = await here.post(`/staff/requests/${id}/enter`, here.jar(token, {}))
    assert.equal(to, '/inside')
    const chosen = /^support=([^;]+)/.exec(cookies.find(one => one.startsWith('support=')) ?? '')?.[1] ?? ''
    return here.jar(token, { support: chosen })
  }
  const logged = async (action: string): Promise<number> => {
    const { rows } = await here.base.platform.admin.query(
      `select 1 from upheld_audit.pending where organization_id = $1 and body ->> 'action' = $2 and body #>> '{actor,type}' = 'staff'`,
      [here.organization.id, action],
    )
    return rows.length
  }

  test('asked, agreed by a colleague, granted: staff goes in, reads what was granted, and every look stands in the log', async () => {
    const id = await granted()
    const cookie = await inside(id)
    const before = await logged('support.statement')
    const page = await here.get('/inside', cookie)
    assert.equal(page.status, 200)
    assert.match(page.text, /Things of Acme/)
    assert.match(page.text, /a lamp/)
    assert.match(page.text, /You are in <bdi>Acme<\/bdi> as support<\/strong>, for CASE-9/)
    assert.equal((await logged('support.statement')) - before, 1)
    assert.match((await here.get('/staff', cookie)).text, /Go in/)
    const left = await here.post('/staff/leave', cookie)
    assert.deepEqual([left.to, left.cookies.some(one => /^support=;.*Max-Age=0/.test(one))], ['/staff', true])
  })

  test('reading staff changes nothing, by no form and no permission; writing staff changes what was granted', async () => {
    const reads = await inside(await granted({ 'may_thing.write': 'on' }))
    assert.equal((await here.post('/inside', reads)).status, 403)
    const writes = await inside(await granted({ 'may_thing.write': 'on', writes: 'yes' }))
    const made = await here.post('/inside', writes)
    assert.deepEqual([made.status, made.text], [200, 'Made.'])
    assert.ok((await changes()) >= 1)
    const narrow = await inside(await granted({ writes: 'yes' }))
    assert.equal((await here.post('/inside', narrow)).status, 403)
  })
  const changes = async (): Promise<number> => {
    const { rows } = await here.base.platform.admin.query(
      `select 1 from upheld_audit.pending where organization_id = $1 and body ->> 'action' like 'row.%' and body #>> '{actor,type}' = 'staff'`,
      [here.organization.id],
    )
    return rows.length
  }

  test('what the customer ends is over with the next request, which leads back to where one is chosen', async () => {
    const id = await granted()
    const cookie = await inside(id)
    assert.equal((await here.get('/inside', cookie)).status, 200)
    const { owner } = here.members
    await endByMember(here.people.support, here.present(owner), here.organization, owner.memberId, id)
    const { status, to, cookies } = await here.get('/inside', cookie)
    assert.deepEqual([status, to, cookies.some(one => /^support=;/.test(one))], [303, '/staff', true])
  })

  test('without a grant, with that of a colleague, of another organization, or one that is made up, staff sees no page of the application', async () => {
    const id = await granted()
    const [, chosen = ''] = /support=(\S+)/.exec(await inside(id)) ?? []
    const grantId = chosen.slice(37)
    const other = await here.base.organization('Other', [
      { personId: await here.base.person(`o-${id}@other.example`), roles: ['owner'] },
    ])
    const cas2 = await here.session(cas.personId)
    for (const [token, support] of [
      [ina.token, undefined],
      [cas2, chosen],
      [ina.token, `${other.organization.id}.${grantId}`],
      [ina.token, `${here.organization.id}.${here.organization.id}`],
      [ina.token, `${here.organization.id}.' or true`],
      [ina.token, grantId],
    ] as const) {
      const cookie = here.jar(token, support === undefined ? {} : { support })
      const { status, to, text } = await here.get('/inside', cookie)
      assert.deepEqual([status, to, text], [303, '/staff', ''], `with ${support}`)
    }
    // A member with that cookie is a member, and nobody else.
    const member = here.jar(here.members.agent.token, { organization: here.organization.id, support: chosen })
    assert.match((await here.get('/inside', member)).text, /a lamp/)
  })

  test('people of the operator reach no page of an organization: members, roles, rules, keys, sign-in, reviews, support', async () => {
    const cookie = `${await inside(await granted({ writes: 'yes' }))}; organization=${here.organization.id}`
    const walled = here.people.site.routes.filter(
      route => route.method === 'GET' && route.path.startsWith('/organization/') && !route.path.includes(':'),
    )
    // They belong to none, and are not asked to create one that they would be refused.
    assert.equal((await here.get('/organizations', cookie)).to, '/staff')
    const paths = ['/support', '/reviews', ...walled.map(({ path }) => path)]
    for (const path of paths) {
      const { status, to } = await here.get(path, cookie)
      assert.equal(status, 303, path)
      assert.match(to ?? '', /^\/(organizations|staff)/, path)
    }
  })

  test('members, and whoever left the operator, find nothing here; one factor leads to a second one', async () => {
    const { owner } = here.members
    for (const path of ['/staff', '/staff/ask', '/staff/glass']) {
      assert.equal((await here.get(path, here.jar(owner.token))).status, 403, path)
    }
    assert.equal(
      (await here.post('/staff/ask', here.jar(owner.token), { organization: here.organization.id, ...asks })).status,
      403,
    )
    const weak = await jar(cas, ['password'])
    assert.equal((await here.get('/staff', weak)).to, '/account/second-factor?next=%2Fstaff')
    const gone = await here.base.person('gone@operator.example')
    assert.equal((await here.get('/staff', here.jar(await here.session(gone)))).status, 403)
  })

  test('staff by the word of a customer’s provider is nobody: that session opens no page here, and goes by no grant', async () => {
    const id = await granted()
    const [, chosen = ''] = /support=(\S+)/.exec(await inside(id)) ?? []
    const token = await here.session(ina.personId, ['sso-mfa'])
    await here.base.platform.admin.query(
      `update upheld_identity.session set organization_id = $1 where person_id = $2 and methods = '{sso-mfa}'`,
      [here.organization.id, ina.personId],
    )
    const cookie = here.jar(token, { support: chosen })
    for (const path of ['/staff', '/staff/ask', '/staff/reviews', `/staff/requests/${id}`]) {
      assert.equal((await here.get(path, cookie)).status, 403, path)
    }
    assert.notEqual((await here.get('/inside', cookie)).status, 200)
    assert.equal((await here.post('/staff/ask', cookie, { organization: here.organization.id, ...asks })).status, 403)
  })

  test('approver approves own request: nobody agrees to what they asked for, breaks a glass alone, or reviews their own', async () => {
    const id = idOf(await ask(ina))
    assert.equal((await act(ina, id, 'agree')).status, 403)
    const glass = idOf(await ask(ina, {}, '/staff/glass', ['passkey']))
    assert.equal((await act(ina, glass, 'break', ['passkey'])).status, 403)
    assert.equal((await act(ben, glass, 'break', ['passkey'])).to, '/staff')
    for (const held of [ina, ben]) assert.equal((await act(held, glass, 'review')).status, 403)
    assert.equal((await act(cas, glass, 'review')).to, '/staff')
    const request = await requestOf(glass)
    assert.deepEqual([request?.peer_id, request?.reviewed_by], [ben.personId, cas.personId])
    assert.match((await here.get('/support', here.jar(here.members.owner.token))).text, /Emergency, without consent/)
  })

  test('the glass: without a passkey nobody reaches for it or breaks it, and after a quarter of an hour it is whole again', async () => {
    assert.match((await here.get('/staff/glass', await jar(ina))).text, /This needs a passkey/)
    assert.equal((await ask(ina, {}, '/staff/glass')).status, 403)
    const id = idOf(await ask(ina, {}, '/staff/glass', ['passkey']))
    assert.match((await act(ben, id, 'break')).to ?? '', /^\/account\/confirm/)
    assert.equal((await act(ben, id, 'agree')).status, 409)
    here.base.clock.turn(15 * 60 + 1)
    assert.equal((await act(ben, id, 'break', ['passkey'])).status, 409)
    assert.equal((await requestOf(id))?.grant_id, null)
    assert.equal(
      (await ask(ina, { organization: '00000000-0000-4000-8000-00000000dead' }, '/staff/glass', ['passkey'])).status,
      403,
    )
  })

  test('wider than scope: a permission that staff is never given, and one that is none, is refused with what was typed', async () => {
    for (const name of ['thing.purge', 'organization.members.read', 'organization.keys', '__proto__', '*']) {
      const { status, text } = await ask(ina, { [`may_${name}`]: 'on' })
      assert.equal(status, 403, name)
      assert.match(text, /CASE-9/)
    }
    for (const fields of [
      { minutes: '121' },
      { minutes: '-1' },
      { minutes: '1e3' },
      { reason: 'short' },
      { case: '' },
    ]) {
      assert.equal((await ask(ina, fields)).status, 400, JSON.stringify(fields))
    }
    assert.equal((await ask(ina, { organization: 'not one' })).status >= 400, true)
    assert.equal((await ask(ina, { organization: '00000000-0000-4000-8000-00000000dead' })).status, 403)
  })

  test('asking and agreeing ask for a fresh proof and come back; ending asks for none; who leaves is out at once', async () => {
    const old = await jar(ben)
    const id = idOf(await ask(ina))
    here.base.clock.turn(601)
    assert.equal((await here.get('/staff/ask', old)).to, '/account/confirm?next=%2Fstaff%2Fask')
    assert.equal(
      (await here.post(`/staff/requests/${id}/agree`, old)).to,
      `/account/confirm?next=${encodeURIComponent(`/staff/requests/${id}`)}`,
    )
    assert.equal((await requestOf(id))?.peer_id, null)
    const live = await granted()
    const cookie = await inside(live)
    await endStaff(here.base, ina.personId)
    assert.equal((await here.get('/staff', cookie)).status, 403)
    assert.notEqual((await here.get('/inside', cookie)).status, 200)
    await here.base.platform.admin.query('update upheld_identity.staff set ended_at = null')
    assert.equal((await here.get('/inside', cookie)).to, '/staff')
  })

  test('an owner who is alone is known by somebody of the operator: no name is shown, nothing is taken, and it counts', async () => {
    const owner = await here.base.person('alone@lonely.example')
    const made = await here.base.organization('Lonely', [{ personId: owner, roles: ['owner'] }])
    const [memberId = ''] = made.memberIds
    const { reviews } = here.people
    const { id } = await reviews.begin(made.organization.id, { memberId })
    const page = await here.get('/staff/reviews', await jar(ina))
    assert.match(page.text, /Lonely/)
    assert.ok(!page.text.includes('alone@lonely.example'))
    const fields = { organization: made.organization.id, review: id, reason: 'known by contract' }
    const decided = async () =>
      (await reviews.lines(made.organization.id, id)).filter(line => line.decision !== null).length
    for (const held of [here.members.owner, here.members.agent]) {
      assert.equal((await here.post('/staff/reviews', await jar(held), fields)).status, 403)
    }
    assert.match((await here.post('/staff/reviews', await jar(ina, ['password']), fields)).to ?? '', /second-factor/)
    const old = await jar(ina)
    here.base.clock.turn(601)
    assert.match((await here.post('/staff/reviews', old, fields)).to ?? '', /^\/account\/confirm/)
    assert.equal((await here.post('/staff/reviews', await jar(ina), { ...fields, reason: '' })).status, 400)
    await here.post('/staff/reviews', await jar(ina), { ...fields, organization: here.organization.id })
    assert.equal(await decided(), 0)
    assert.equal((await here.post('/staff/reviews', await jar(ina), fields)).to, '/staff/reviews')
    assert.equal(await decided(), 2)
    const closing = await reviews.close(made.organization.id, { memberId }, id)
    assert.ok(closing.state === 'closed' && closing.complete)
  })

  suite('in a browser', () => {
    let stage: BrowserStage
    before(async () => {
      stage = await browserStage()
    })
    after(() => stage.close())

    test('clean for axe at 320 light and 1280 dark, and nothing wider than the window', async context => {
      await granted()
      const id = idOf(await ask(ben))
      idOf(await ask(ben, {}, '/staff/glass', ['passkey']))
      const owner = await here.base.person('one@single.example')
      const single = await here.base.organization('Single', [{ personId: owner, roles: ['owner'] }])
      await here.people.reviews.begin(single.organization.id, { memberId: single.memberIds[0] ?? '' })
      await accessible(stage, context, {
        origin: here.origin,
        cookies: { session: await here.session(ina.personId, ['passkey']) },
        paths: ['/staff', '/staff/ask', '/staff/glass', '/staff/reviews', `/staff/requests/${id}`],
      })
    })
  })
})
