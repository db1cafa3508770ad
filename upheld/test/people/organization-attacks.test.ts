import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { password, visitor } from './identity-stage.ts'
import { organizationGround, type Ground, type Organization, type Present } from './organization-stage.ts'

const members = '/organization/members'
const nobody = '00000000-0000-4000-8000-00000000dead'

suite('attacks on the pages of an organization', () => {
  let ground: Ground
  let here: Organization
  let there: Organization
  let foreign: { readonly member: string; readonly invitation: string; readonly override: string }
  before(async () => {
    ground = await organizationGround()
    here = await ground.organization('Here')
    there = await ground.organization('Thereafter')
    const { identity } = ground.people
    const owner = await there.entry('owner')
    const expiresAt = new Date(ground.stage.people.clock.now().getTime() + 86_400_000)
    const member = there.of('agent').memberId
    const given = { memberId: member, reason: 'Secret reason.', expiresAt, reviewAt: expiresAt }
    const [override = ''] = await identity.addOverrides(owner, [
      { ...given, permission: 'ticket.purge', effect: 'allow' },
    ])
    const invitation = await identity.invite(owner, { email: 'invited-there@example.org', roles: ['agent'] })
    foreign = { member, invitation, override }
  })
  after(() => ground.close())

  /** All that an organization has, and who may do what in it. */
  const everything = async ({ id }: Organization): Promise<unknown> => {
    const tables = ['member', 'override', 'invitation', 'account']
    const { admin } = ground.stage.people.platform
    const found = tables.map(async table => {
      const columns = table === 'member' ? `(to_jsonb(t) - 'seen_at')` : 'to_jsonb(t)'
      const text = `select ${columns}::text as row from upheld_access.${table} t where organization_id = $1 order by 1`
      return (await admin.query(text, [id])).rows
    })
    return Promise.all(found)
  }
  const made = { effect: 'deny', permission: 'ticket.read', reason: 'A reason.', days: '30', review_days: '14' }

  // ASVS 8.2.2, 8.4.1
  test('R12: an identifier of another organization is answered as one that nobody has, on every route that takes one', async () => {
    const before = [await everything(here), await everything(there)]
    const owner = here.of('owner')
    const routes: readonly (readonly [path: string, kind: keyof typeof foreign, fields?: Record<string, string>])[] = [
      [`${members}/:id`, 'member'],
      [`${members}?after=:id`, 'member'],
      [`${members}/:id/roles`, 'member', { role_admin: 'on' }],
      [`${members}/:id/standing`, 'member', { standing: 'suspended' }],
      [`${members}/:id/sessions`, 'member', {}],
      [`${members}/:id/removal`, 'member', {}],
      [`${members}/:id/ownership`, 'member', {}],
      [`${members}/:id/exceptions`, 'member', made],
      ['/organization/exceptions/:id/withdraw', 'override', { member: here.of('agent').memberId }],
      ['/organization/exceptions/:id/withdraw', 'override', { member: ':id' }],
      ['/organization/invitations/:id/revoke', 'invitation', {}],
      [`${members}/roles`, 'member', { member_0: ':id', role_admin: 'on' }],
      // R23: one foreign identifier among one's own.
      [`${members}/roles`, 'member', { member_0: here.of('agent').memberId, member_1: ':id', role_admin: 'on' }],
    ]
    for (const [path, kind, fields] of routes) {
      const asked = async (id: string): Promise<string> => {
        const filled = Object.entries(fields ?? {}).map(([name, value]): [string, string] => [
          name,
          value.replace(':id', id),
        ])
        const sent = fields === undefined ? {} : { fields: Object.fromEntries(filled) }
        const { status, text, location } = await ground.ask(path.replace(':id', id), { as: owner, ...sent })
        assert.doesNotMatch(text, /Thereafter|Secret reason|invited-there/, path)
        return `${status} ${location} ${text.replaceAll(id, '')}`
      }
      assert.equal(await asked(foreign[kind]), await asked(nobody), path)
    }
    assert.deepEqual([await everything(here), await everything(there)], before)
    const choose = await ground.ask('/organizations/choose', { as: owner, fields: { id: there.id } })
    assert.deepEqual([choose.status, choose.code, choose.cookies], [404, 'identity.no_organization', []])
  })

  test('a cookie that names another organization lets nobody in: it is no secret and gives nothing', async () => {
    const owner = here.of('owner')
    const as = { ...owner, cookie: `session=${owner.token}; organization=${there.id}` }
    for (const path of [members, `${members}/${foreign.member}`, '/organization/rules', '/organization/invitations']) {
      const { status, location, text } = await ground.ask(path, { as })
      assert.deepEqual([status, location], [303, `/organizations?next=${encodeURIComponent(path)}`])
      assert.doesNotMatch(text, /Thereafter/)
    }
    const renamed = await ground.ask('/organization/rules/name', { as, fields: { name: 'Taken' } })
    assert.deepEqual([renamed.status, renamed.location], [303, '/organizations'])
    for (const broken of ['x', `${there.id}x`, there.id.toUpperCase(), '../..', '%00'])
      assert.equal(
        (await ground.ask(members, { as: { ...owner, cookie: `session=${owner.token}; organization=${broken}` } }))
          .status,
        303,
      )
  })

  test('a form without its token, with that of another session, from another origin or from none does nothing', async () => {
    const before = await everything(here)
    const [owner, agent] = [here.of('owner'), here.of('agent').memberId]
    const forms: readonly (readonly [path: string, fields: Record<string, string>])[] = [
      ['/organizations', { name: 'Mine', draft: 'a' }],
      ['/organizations/choose', { id: here.id }],
      ['/invitation', { link: 'x' }],
      [`${members}/roles`, { member_0: agent }],
      [`${members}/${agent}/roles`, { role_admin: 'on' }],
      [`${members}/${agent}/standing`, { standing: 'suspended' }],
      [`${members}/${agent}/sessions`, {}],
      [`${members}/${agent}/removal`, {}],
      [`${members}/${agent}/ownership`, {}],
      [`${members}/${agent}/exceptions`, made],
      [`/organization/exceptions/${nobody}/withdraw`, {}],
      ['/organization/invitations', { email: 'c@example.org' }],
      [`/organization/invitations/${nobody}/revoke`, {}],
      ['/organization/rules/name', { name: 'Mine' }],
      ['/organization/rules/second-factor', { rule: 'everybody' }],
      ['/organization/rules/support', { rule: 'allow' }],
      ['/organization/leave', {}],
    ]
    const foreignPage = await ground.ask('/account', { as: there.of('owner') })
    const foreignToken = /name="form_token" value="([^"]*)"/.exec(foreignPage.text)?.[1] ?? ''
    assert.equal(foreignToken.length, 43)
    for (const [path, fields] of forms) {
      const tries = [
        { fields: { ...fields, form_token: '' } },
        { fields: { ...fields, form_token: foreignToken } },
        { fields, headers: { origin: 'https://evil.example' } },
        { fields, headers: { origin: 'null' } },
      ]
      for (const sent of tries) {
        const answer = await ground.ask(path, { as: owner, ...sent })
        assert.deepEqual([answer.status, answer.code], [403, 'pages.foreign_form'], path)
      }
      assert.equal((await ground.ask(path, { fields })).location, '/sign-in', path)
    }
    assert.deepEqual(await everything(here), before)
    assert.equal((await ground.people.identity.ownOrganizations(owner.token)).length, 1)
  })

  test('nobody raises themselves: neither alone nor hidden among others, and no one with them', async () => {
    const before = await everything(here)
    const admin = here.of('admin')
    const batch = { member_0: here.of('agent').memberId, member_1: admin.memberId, role_admin: 'on', role_reader: 'on' }
    assert.equal((await ground.ask(`${members}/roles`, { as: admin, fields: batch })).code, 'access.own_access')
    assert.equal(
      (await ground.ask(`${members}/${admin.memberId}/roles`, { as: admin, fields: { role_owner: 'on' } })).code,
      'access.own_access',
    )
    const own = { ...made, effect: 'allow', permission: 'ticket.close' }
    assert.equal(
      (await ground.ask(`${members}/${admin.memberId}/exceptions`, { as: admin, fields: own })).code,
      'access.own_access',
    )
    for (const role of ['agent', 'reader', 'liaison', 'no role'])
      assert.equal(
        (await ground.ask(`${members}/${here.of(role).memberId}/roles`, { as: here.of(role), fields: batch })).code,
        'pages.not_permitted',
        role,
      )
    assert.deepEqual(await everything(here), before)
  })

  test('an administrator demotes, suspends, removes, ends or binds no owner, and makes none', async () => {
    const before = await everything(here)
    const [admin, owner] = [here.of('admin'), `${members}/${here.of('owner').memberId}`]
    const agent = `${members}/${here.of('agent').memberId}`
    const cases: readonly (readonly [path: string, fields: Record<string, string>, code: string])[] = [
      [`${owner}/roles`, {}, 'access.only_owner'],
      [`${owner}/roles`, { role_owner: 'on', role_agent: 'on' }, 'access.only_owner'],
      [`${members}/roles`, { member_0: here.of('owner').memberId }, 'access.only_owner'],
      [`${owner}/exceptions`, made, 'access.only_owner'],
      [`${owner}/standing`, { standing: 'suspended' }, 'identity.may_not'],
      [`${owner}/removal`, {}, 'identity.may_not'],
      [`${owner}/ownership`, {}, 'identity.may_not'],
      [`${agent}/ownership`, {}, 'identity.may_not'],
      [`${agent}/roles`, { role_owner: 'on' }, 'access.only_owner'],
      ['/organization/invitations', { email: 'accomplice@example.org', role_owner: 'on' }, 'identity.may_not'],
    ]
    for (const [path, fields, code] of cases)
      assert.equal((await ground.ask(path, { as: admin, fields })).code, code, path)
    assert.deepEqual(await everything(here), before)
  })

  test('an exception beyond one’s own, of a permission that one has only for a time, or on a denial of another is refused', async () => {
    const one = await ground.organization('Beyond')
    const { identity } = ground.people
    const owner = await one.entry('owner')
    const inDays = (days: number) => new Date(ground.stage.people.clock.now().getTime() + days * 86_400_000)
    const [admin, agent] = [one.of('admin'), one.of('agent').memberId]
    const base = { reason: 'For a week.', expiresAt: inDays(7), reviewAt: inDays(7) }
    await identity.addOverrides(owner, [
      { ...base, memberId: admin.memberId, permission: 'ticket.purge', effect: 'allow' },
    ])
    const [denial = ''] = await identity.addOverrides(owner, [
      { ...base, memberId: agent, permission: 'ticket.purge', effect: 'deny' },
      { ...base, memberId: agent, permission: 'organization.keys', effect: 'allow' },
    ])
    const give = (permission: string, days: string) =>
      ground.ask(`${members}/${agent}/exceptions`, {
        as: admin,
        fields: { ...made, effect: 'allow', permission, days, review_days: '1' },
      })
    assert.equal((await give('organization.sign-in', '7')).code, 'access.beyond_own')
    assert.equal((await give('ticket.purge', '30')).code, 'access.outlives_own')
    assert.equal((await give('ticket.purge', '1')).status, 303)
    // The denial stands over what was just given: without it the agent could purge.
    const withdrawn = await ground.ask(`/organization/exceptions/${denial}/withdraw`, {
      as: admin,
      fields: { member: agent },
    })
    assert.equal(withdrawn.status, 303)
    assert.equal((await ground.people.roles.setOf(owner.organization, agent))?.may('ticket.purge'), true)
    const [deny = ''] = await identity.addOverrides(owner, [
      { ...base, memberId: agent, permission: 'organization.keys', effect: 'deny' },
    ])
    const freed = await ground.ask(`/organization/exceptions/${deny}/withdraw`, {
      as: admin,
      fields: { member: agent },
    })
    assert.equal(freed.code, 'access.beyond_own')
    assert.equal((await ground.people.roles.setOf(owner.organization, agent))?.may('organization.keys'), false)
  })

  test('R5: an invitation link of another address: whoever holds it is told no address, joins nothing, and does not use it up', async () => {
    const { identity } = ground.people
    const email = 'really-invited@example.org'
    await identity.invite(await here.entry('owner'), { email, roles: ['admin'] })
    const link = await ground.stage.link(email)
    const thief = there.of('agent')
    const page = await ground.ask(`/invitation?link=${link}`, { as: thief })
    assert.equal(page.status, 200)
    assert.doesNotMatch(page.text, new RegExp(email))
    const taken = await ground.ask('/invitation', { as: thief, fields: { link } })
    assert.deepEqual([taken.status, taken.code], [403, 'identity.not_invited'])
    assert.doesNotMatch(taken.text, new RegExp(email))
    assert.equal((await identity.ownOrganizations(thief.token)).length, 1)
    for (const bad of [`${link}a`, link.slice(0, -1), link.toUpperCase(), 'x', '<script>', `${link}\n`]) {
      const over = await ground.ask(`/invitation?link=${encodeURIComponent(bad)}`)
      assert.deepEqual([over.status, /<script>/.test(over.text)], [410, false], bad)
      assert.equal((await ground.ask('/invitation', { as: thief, fields: { link: bad } })).status, 410, bad)
    }
    await identity.signUp({ email, name: 'Real', password }, visitor())
    const mails = await ground.stage.mails(email)
    const confirm =
      mails.flatMap(({ text }) => /sign-up\/confirm[?]link=([A-Za-z0-9_-]+)/.exec(text)?.[1] ?? [])[0] ?? ''
    const real = await identity.confirmSignUp({ link: confirm, password }, visitor())
    const as = { token: real.token, cookie: `session=${real.token}` }
    assert.equal((await ground.ask('/invitation', { as, fields: { link } })).status, 303)
    assert.equal((await ground.ask('/invitation', { as, fields: { link } })).status, 410)
  })

  test('a cookie with an invitation of somebody else, or with rubbish, shows nothing that its link would not', async () => {
    const { identity } = ground.people
    await identity.invite(await there.entry('owner'), { email: 'cookie@example.org', roles: [] })
    const link = await ground.stage.link('cookie@example.org')
    const owner = here.of('owner')
    const withCookie = (value: string): Pick<Present, 'token' | 'cookie'> => ({
      token: owner.token,
      cookie: `${owner.cookie}; invitation=${value}`,
    })
    assert.match((await ground.ask('/organizations', { as: withCookie(link) })).text, /You opened an invitation/)
    assert.doesNotMatch((await ground.ask('/organizations', { as: withCookie(link) })).text, /Thereafter|cookie@/)
    assert.equal((await ground.ask('/invitation', { as: withCookie('%3Cscript%3E') })).location, '/organizations')
    const cleared = await ground.ask('/invitation', { as: withCookie('inv_rubbish') })
    assert.equal(cleared.status, 410)
    assert.match(cleared.cookies.join(), /invitation=; .*Max-Age=0/)
  })

  test('R10: double submit: of every form that is sent twice at once, it happens once', async () => {
    const one = await ground.organization('Twice')
    const [owner, agent, colleague] = [one.of('owner'), one.of('agent').memberId, one.of('colleague').memberId]
    const twice = (path: string, fields: Record<string, string>, as = owner) =>
      Promise.all([ground.ask(path, { as, fields }), ground.ask(path, { as, fields })])
    const outcomes = async (path: string, fields: Record<string, string>): Promise<readonly string[]> =>
      (await twice(path, fields)).map(({ status, code, location }) => code ?? `${status} ${location}`).toSorted()

    const founder = one.of('no role')
    const founded = await twice('/organizations', { name: 'Founded', draft: 'the-draft' }, founder)
    assert.deepEqual(
      founded.map(({ status }) => status),
      [303, 303],
    )
    const own = await ground.people.identity.ownOrganizations(founder.token)
    assert.equal(own.filter(({ name }) => name === 'Founded').length, 1)

    assert.deepEqual(await outcomes('/organization/invitations', { email: 'twice@example.org' }), [
      '303 /organization/invitations?done=invited',
      'identity.invitation_exists',
    ])
    assert.deepEqual(await outcomes(`${members}/${agent}/exceptions`, made), [
      `303 ${members}/${agent}?done=exception`,
      'access.override_exists',
    ])
    const entry = await one.entry('owner')
    const [exception] = await ground.people.roles.overridesOf(entry.organization, agent)
    assert.deepEqual(await outcomes(`/organization/exceptions/${exception?.id ?? ''}/withdraw`, { member: agent }), [
      `303 ${members}/${agent}?done=withdrawn`,
      'access.no_override',
    ])
    assert.deepEqual(await outcomes(`${members}/${colleague}/removal`, {}), [
      `303 ${members}?done=removed`,
      'identity.absent',
    ])
    const transfers = await outcomes(`${members}/${agent}/ownership`, {})
    assert.equal(transfers.filter(one => one.startsWith('303')).length, 1)
    assert.deepEqual((await one.entry('owner')).set.roles, ['admin'])
  })

  test('markup in the name of an organization, a person, a reason or an address is text on every page', async () => {
    const evil = `"'><script>alert(1)</script><img src=x onerror=alert(1)>`
    const one = await ground.organization(evil)
    const owner = one.of('owner')
    const agent = one.of('agent').memberId
    const sent = [
      await ground.ask(`${members}/${agent}/exceptions`, { as: owner, fields: { ...made, reason: evil } }),
      await ground.ask(`${members}/${agent}/exceptions`, {
        as: owner,
        fields: { ...made, permission: evil, effect: evil },
      }),
      await ground.ask('/organization/invitations', { as: owner, fields: { email: evil, [`role_${evil}`]: 'on' } }),
      await ground.ask('/organizations', { as: owner, fields: { name: evil.repeat(9), draft: evil, next: evil } }),
      await ground.ask('/organization/rules/name', { as: owner, fields: { name: `${evil}\n` } }),
    ]
    const paths = ['/organizations', members, `${members}/${agent}`, '/organization/invitations', '/organization/roles']
    const shown = [...paths, '/organization/rules', `${members}?done=${encodeURIComponent(evil)}`]
    for (const path of [...shown, `${members}?done=__proto__`, `/organizations?next=${encodeURIComponent(evil)}`])
      sent.push(await ground.ask(path, { as: owner }))
    for (const { text } of sent) {
      assert.doesNotMatch(text, /<script>|<img/)
      assert.doesNotMatch(text, /value="[^"]*'>/)
    }
    assert.match((await ground.ask(members, { as: owner })).text, /&lt;img/)
  })

  test('R29: an identifier that is none, with a NUL, too long or of another form is a clear refusal, never a failure', async () => {
    const owner = here.of('owner')
    for (const id of ['x', '%00', encodeURIComponent("' or 1=1 --"), 'A'.repeat(3000), `${nobody}%00`, 'null'])
      for (const [path, fields] of [
        [`${members}/${id}`, undefined],
        [`${members}/${id}/roles`, {}],
        [`${members}/${id}/removal`, {}],
        [`${members}/${id}/exceptions`, made],
        [`/organization/exceptions/${id}/withdraw`, { member: id }],
        [`/organization/invitations/${id}/revoke`, {}],
      ] as const) {
        const sent = fields === undefined ? {} : { fields }
        const { status, code } = await ground.ask(path, { as: owner, ...sent })
        assert.ok([400, 404].includes(status), `${path.slice(0, 80)} ${status}`)
        assert.ok(code !== undefined, path.slice(0, 80))
      }
    assert.equal((await ground.ask(`${members}?after=%00`, { as: owner })).status, 404)
  })
})
