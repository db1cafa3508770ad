import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { addStaff } from '../../src/guards/support/index.ts'
import { visitor } from './identity-stage.ts'
import { organizationGround, signedIn, type Ground, type Organization } from './organization-stage.ts'

const nobody = '00000000-0000-4000-8000-00000000dead'
const members = '/organization/members'

suite('what the pages of an organization refuse, over HTTP', () => {
  let ground: Ground
  before(async () => {
    ground = await organizationGround()
  })
  after(() => ground.close())

  const memberOf = (one: Organization, role: string): string => `${members}/${one.of(role).memberId}`

  type Refusal = readonly [code: string, status: number, role: string, path: string, fields: Record<string, string>]

  /** Each stands on the page that it was sent from, and leaves everything as it was. */
  async function refused(one: Organization, cases: readonly Refusal[]): Promise<void> {
    const facts = async () => {
      const { members: all } = await ground.people.identity.listMembers(await one.entry('owner'))
      return all.map(facts => ({ ...facts, seenAt: undefined }))
    }
    const before = await facts()
    for (const [code, status, role, path, fields] of cases) {
      const answer = await ground.ask(path, { as: one.of(role), fields })
      assert.deepEqual([answer.code, answer.status], [code, status], `${path} ${JSON.stringify(fields)}`)
      assert.match(answer.text, /<p class="notice bad" role="alert"[^>]*>\s*[A-Z]/, path)
    }
    assert.deepEqual(await facts(), before)
  }

  test('every refusal of a change of members stands on the page that it was sent from, in words and with its code', async () => {
    const one = await ground.organization('Refusals')
    const [agent, colleague] = [memberOf(one, 'agent'), memberOf(one, 'colleague')]
    const made = { effect: 'deny', permission: 'ticket.read', reason: 'A reason.', days: '30', review_days: '14' }
    await ground.ask(`${agent}/exceptions`, { as: one.of('owner'), fields: made })
    await refused(one, [
      ['access.own_access', 403, 'admin', `${memberOf(one, 'admin')}/roles`, { role_owner: 'on' }],
      ['access.only_owner', 403, 'admin', `${memberOf(one, 'owner')}/roles`, { role_agent: 'on' }],
      ['access.only_owner', 403, 'admin', `${agent}/roles`, { role_owner: 'on' }],
      ['access.beyond_own', 403, 'admin', `${agent}/roles`, { role_liaison: 'on' }],
      ['access.unknown_role', 400, 'owner', `${agent}/roles`, { role_emperor: 'on' }],
      ['pages.nothing_chosen', 400, 'owner', `${members}/roles`, { role_agent: 'on' }],
      ['access.no_member', 404, 'owner', `${members}/roles`, { member_0: nobody, role_agent: 'on' }],
      [
        'access.beyond_own',
        403,
        'admin',
        `${agent}/exceptions`,
        { ...made, effect: 'allow', permission: 'ticket.purge' },
      ],
      ['access.unknown_permission', 400, 'owner', `${agent}/exceptions`, { ...made, permission: 'no.such' }],
      ['access.override_exists', 409, 'owner', `${agent}/exceptions`, made],
      ['access.bad_change', 400, 'owner', `${colleague}/exceptions`, { ...made, days: '0' }],
      ['access.bad_change', 400, 'owner', `${colleague}/exceptions`, { ...made, days: '7', review_days: '14' }],
      ['access.bad_change', 400, 'owner', `${colleague}/exceptions`, { ...made, reason: 'no' }],
      ['access.own_access', 403, 'owner', `${memberOf(one, 'owner')}/exceptions`, made],
      ['identity.may_not', 403, 'admin', `${memberOf(one, 'owner')}/standing`, { standing: 'suspended' }],
      ['identity.may_not', 403, 'admin', `${memberOf(one, 'owner')}/removal`, {}],
      ['identity.may_not', 403, 'admin', `${agent}/ownership`, {}],
      ['identity.last_owner', 409, 'owner', `${memberOf(one, 'owner')}/standing`, { standing: 'suspended' }],
      ['identity.last_owner', 409, 'owner', `${memberOf(one, 'owner')}/removal`, {}],
      [
        'access.no_override',
        404,
        'owner',
        `/organization/exceptions/${nobody}/withdraw`,
        { member: one.of('agent').memberId },
      ],
    ])
  })

  test('every refusal of an invitation, a rule or an organization does so too, and what was typed comes back', async () => {
    const one = await ground.organization('Refusals too')
    const { identity } = ground.people
    await identity.invite(await one.entry('owner'), { email: 'twice@example.org', roles: [] })
    await identity.invite(await one.entry('owner'), { email: one.of('agent').email, roles: [] })
    const link = await ground.stage.link(one.of('agent').email)
    await refused(one, [
      ['identity.last_owner', 409, 'owner', '/organization/leave', {}],
      ['identity.bad_email', 400, 'admin', '/organization/invitations', { email: 'nowhere' }],
      ['identity.bad_input', 400, 'admin', '/organization/invitations', { email: 'a@example.org', role_emperor: 'on' }],
      ['identity.may_not', 403, 'admin', '/organization/invitations', { email: 'a@example.org', role_owner: 'on' }],
      ['identity.invitation_exists', 409, 'admin', '/organization/invitations', { email: 'twice@example.org' }],
      ['identity.absent', 404, 'admin', `/organization/invitations/${nobody}/revoke`, {}],
      ['identity.bad_name', 400, 'admin', '/organization/rules/name', { name: 'two\nlines' }],
      ['identity.bad_input', 400, 'admin', '/organization/rules/second-factor', { rule: 'nobody' }],
      ['identity.bad_input', 400, 'liaison', '/organization/rules/support', { rule: '' }],
      ['identity.bad_name', 400, 'agent', '/organizations', { name: '', draft: 'a' }],
      ['identity.bad_input', 400, 'agent', '/organizations', { name: 'A name', draft: '' }],
      ['identity.no_organization', 404, 'agent', '/organizations/choose', { id: nobody }],
      ['identity.member_already', 409, 'agent', '/invitation', { link }],
    ])
    const again = await ground.ask('/organization/invitations', {
      as: one.of('admin'),
      fields: { email: 'twice@example.org', role_reader: 'on' },
    })
    assert.match(again.text, /value="twice@example\.org"/)
    assert.match(again.text, /name="role_reader"\s+value="on"\s+checked/)
  })

  test('a session of a provider founds nothing and joins nothing elsewhere; people of the operator belong nowhere', async () => {
    const one = await ground.organization('Vouched')
    const { personId } = one.of('agent')
    const proof = { personId, methods: ['sso-mfa'], way: 'sso-mfa', organizationId: one.id } as const
    const arrived = await ground.people.identity.arrive(proof, visitor())
    assert.ok(arrived.needs === 'nothing')
    const as = { token: arrived.token, cookie: `session=${arrived.token}; organization=${one.id}` }
    const founding = { name: 'Mine', draft: 'a' }
    for (const [path, fields] of [
      ['/organizations', founding],
      ['/organization/leave', {}],
    ] as const) {
      const answer = await ground.ask(path, { as, fields })
      assert.deepEqual([answer.status, answer.code], [403, 'identity.own_sign_in'], path)
    }
    const staff = await ground.people.identity.importPerson({ email: 'staff@example.org', name: 'Sid' })
    await addStaff(ground.people.support, staff, 'test')
    const answer = await ground.ask('/organizations', {
      as: await signedIn(ground.people, staff, one.id),
      fields: founding,
    })
    assert.deepEqual([answer.status, answer.code], [403, 'identity.is_staff'])
  })

  // ASVS 7.5.3
  test('what asks for a fresh proof leads to it and back to the page, whichever it is, and nothing is done', async () => {
    const one = await ground.organization('Stale')
    const [owner, agent] = [one.of('owner'), memberOf(one, 'agent')]
    const entry = await one.entry('owner')
    const invitation = await ground.people.identity.invite(entry, { email: 'stale@example.org', roles: [] })
    ground.stage.people.clock.turn(901)
    const made = { effect: 'deny', permission: 'ticket.read', reason: 'A reason.', days: '30', review_days: '14' }
    const cases: readonly (readonly [path: string, back: string, fields: Record<string, string>])[] = [
      [`${members}/roles`, members, { member_0: one.of('agent').memberId }],
      [`${agent}/roles`, agent, {}],
      [`${agent}/exceptions`, agent, made],
      [`${agent}/standing`, agent, { standing: 'suspended' }],
      [`${agent}/sessions`, agent, {}],
      [`${agent}/removal`, agent, {}],
      [`${agent}/ownership`, agent, {}],
      ['/organization/invitations', '/organization/invitations', { email: 'b@example.org' }],
      ['/organization/rules/name', '/organization/rules', { name: 'New' }],
      ['/organization/rules/second-factor', '/organization/rules', { rule: 'everybody' }],
      ['/organization/rules/support', '/organization/rules', { rule: 'allow' }],
    ]
    for (const [path, back, fields] of cases) {
      const answer = await ground.ask(path, { as: owner, fields })
      assert.deepEqual(
        [answer.status, answer.location],
        [303, `/account/confirm?next=${encodeURIComponent(back)}`],
        path,
      )
    }
    const facts = await ground.people.identity.memberFacts(entry, one.of('agent').memberId)
    assert.deepEqual([facts.roles, facts.suspendedAt], [['agent'], undefined])
    // To take something back that was given asks for no proof.
    const revoked = await ground.ask(`/organization/invitations/${invitation}/revoke`, { as: owner, fields: {} })
    assert.equal(revoked.location, '/organization/invitations?done=revoked')
  })
})
