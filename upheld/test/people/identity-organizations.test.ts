import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { UpheldError } from '../../src/core/errors.ts'
import type { Entry } from '../../src/guards/identity/index.ts'
import { identityStage, password, visitor, type Somebody, type Stage } from './identity-stage.ts'

const over = { code: 'identity.link_over', status: 410 }

interface House {
  readonly id: string
  readonly owner: Somebody & { readonly seed: Uint8Array }
  /** The owner inside, with a proof of this minute. */
  readonly inside: () => Promise<Entry>
}

suite('organizations', () => {
  let stage: Stage
  before(async () => {
    stage = await identityStage()
  })
  after(() => stage.close())

  async function house(): Promise<House> {
    const owner = await stage.withApp()
    let token = owner.token
    const { organizationId: id } = await stage.identity.foundOrganization(token, 'Acme', visitor())
    return {
      id,
      owner,
      inside: async () => {
        const renewed = await stage.identity.stepUp(token, { totp: stage.nextCode(owner.seed) }, visitor())
        token = renewed.token
        return stage.entry(token, id)
      },
    }
  }

  test('whoever founds an organization is its owner, and enters with a second factor', async () => {
    const { id, inside, owner } = await house()
    const entry = await inside()
    assert.deepEqual(entry.set.roles, ['owner'])
    assert.equal(entry.organizationName, 'Acme')
    const { rows } = await stage.people.platform.admin.query(
      `select distinct body #>> '{actor,type}' as type, body #>> '{actor,id}' as id from upheld_audit.pending where organization_id = $1`,
      [id],
    )
    assert.deepEqual(rows, [{ type: 'member', id: entry.memberId }])
    assert.equal(owner.email.includes(entry.memberId), false)
    const plain = await stage.somebody()
    const founded = await stage.identity.foundOrganization(plain.token, 'Other', visitor())
    assert.equal((await stage.identity.enter(plain.token, founded.organizationId)).needs, 'second-factor')
  })

  test('an invitation makes one member, once, with the roles that it names; the log names no address', async () => {
    const { id, inside } = await house()
    const guest = await stage.somebody()
    await stage.identity.invite(await inside(), { email: guest.email.toUpperCase(), roles: ['agent'] })
    const link = await stage.link(guest.email)
    assert.ok(link.startsWith(`inv_${id.replaceAll('-', '')}_`))
    const { memberId } = await stage.identity.acceptInvitation(guest.token, link, visitor())
    const entry = await stage.entry(guest.token, id)
    assert.equal(entry.memberId, memberId)
    assert.deepEqual(entry.set.roles, ['agent'])
    await assert.rejects(stage.identity.acceptInvitation(guest.token, link, visitor()), over)
  })

  test('R10: one invitation accepted by twenty requests at once makes one member', async () => {
    const { inside } = await house()
    const guest = await stage.somebody()
    await stage.identity.invite(await inside(), { email: guest.email, roles: ['agent'] })
    const link = await stage.link(guest.email)
    const tries = Array.from({ length: 20 }, () => stage.identity.acceptInvitation(guest.token, link, visitor()))
    assert.equal((await Promise.allSettled(tries)).filter(({ status }) => status === 'fulfilled').length, 1)
  })

  test('R5: an invitation opens to the account that proved the invited address, and to nobody who merely names it', async () => {
    const { inside } = await house()
    const [email, thief] = ['invited@example.org', await stage.somebody()]
    await stage.identity.invite(await inside(), { email, roles: ['agent'] })
    const link = await stage.link(email)
    const accept = (token: string) => stage.identity.acceptInvitation(token, link, visitor())
    await assert.rejects(accept(thief.token), { code: 'identity.not_invited', status: 403 })
    // Asked for, and not proven: neither of these is the thief's address.
    await stage.identity.signUp({ email, name: 'Thief', password })
    await stage.identity.askEmailChange(thief.token, email, visitor())
    await assert.rejects(accept(thief.token), { code: 'identity.not_invited' })
    const mails = await stage.mails(email)
    const signUp = mails.find(({ subject }) => subject.startsWith('Confirm your address'))
    const confirm = /[?]link=([A-Za-z0-9_-]+)/.exec(signUp?.text ?? '')?.[1] ?? ''
    const invited = await stage.identity.confirmSignUp({ link: confirm, password }, visitor())
    // That others tried has not used it up.
    await accept(invited.token)
  })

  test('R17: an invitation with a letter changed, of another organization, or beside its form opens nothing', async () => {
    const [here, there] = [await house(), await house()]
    const guest = await stage.somebody()
    await stage.identity.invite(await here.inside(), { email: guest.email, roles: ['agent'] })
    const link = await stage.link(guest.email)
    const secret = link.slice(-43)
    const flipped = Array.from(
      link,
      (letter, at) => link.slice(0, at) + (letter === 'a' ? 'b' : 'a') + link.slice(at + 1),
    )
    const elsewhere = `inv_${there.id.replaceAll('-', '')}_${secret}`
    for (const bad of [
      ...flipped,
      elsewhere,
      secret,
      `${link}a`,
      link.slice(0, -1),
      link.toUpperCase(),
      '',
      'x'.repeat(1_000_000),
    ])
      await assert.rejects(stage.identity.acceptInvitation(guest.token, bad, visitor()), over, bad.slice(0, 100))
    await assert.rejects(stage.identity.enter(guest.token, there.id), { code: 'identity.no_organization' })
    await stage.identity.acceptInvitation(guest.token, link, visitor())
  })

  test('revoked, expired, or given by somebody who may not give it any more: the invitation is over', async () => {
    const { id, inside } = await house()
    const guest = await stage.somebody()
    const refusedAfter = async (work: (invitation: string) => Promise<unknown>, entry: Entry): Promise<void> => {
      const invitation = await stage.identity.invite(entry, { email: guest.email, roles: ['agent'] })
      const link = await stage.link(guest.email)
      await work(invitation)
      const fresh = await stage.identity.signIn({ email: guest.email, password }, visitor())
      assert.ok(fresh.needs === 'nothing')
      await assert.rejects(stage.identity.acceptInvitation(fresh.token, link, visitor()), over)
    }
    await refusedAfter(async one => stage.identity.revokeInvitation(await inside(), one), await inside())
    const admin = await stage.withApp()
    const invited = await stage.identity.invite(await inside(), { email: admin.email, roles: ['admin'] })
    assert.ok(invited.length > 0)
    const { memberId } = await stage.identity.acceptInvitation(admin.token, await stage.link(admin.email), visitor())
    const asAdmin = await stage.entry(admin.token, id)
    await refusedAfter(async () => {
      const owner = await inside()
      await owner.organization.sql`update upheld_access.member set roles = ${['agent']} where id = ${memberId}`
    }, asAdmin)
    await (
      await inside()
    ).organization.sql`delete from upheld_access.invitation`
    const owner = await inside()
    await owner.organization.sql`update upheld_access.member set roles = ${['admin']} where id = ${memberId}`
    await refusedAfter(async () => stage.identity.removeMember(await inside(), memberId), {
      ...asAdmin,
      session: (await inside()).session,
    })
    await refusedAfter(async () => stage.people.clock.turn(604_801), await inside())
  })

  test('nobody invites with more than they may give, and nobody without the permission invites', async () => {
    const { id, inside } = await house()
    const admin = await stage.withApp()
    await stage.identity.invite(await inside(), { email: admin.email, roles: ['admin'] })
    await stage.identity.acceptInvitation(admin.token, await stage.link(admin.email), visitor())
    const fresh = await stage.identity.stepUp(admin.token, { totp: stage.nextCode(admin.seed) }, visitor())
    const entry = await stage.entry(fresh.token, id)
    const refused = { code: 'identity.may_not', status: 403 }
    for (const roles of [['owner'], ['purger'], ['agent', 'owner']])
      await assert.rejects(stage.identity.invite(entry, { email: 'x@example.org', roles }), refused)
    for (const roles of [['nothing'], ['__proto__'], ['constructor'], Array.from({ length: 21 }, () => 'agent')])
      await assert.rejects(stage.identity.invite(entry, { email: 'x@example.org', roles }), {
        code: 'identity.bad_input',
      })
    const { memberId } = await inside()
    await assert.rejects(stage.identity.removeMember(entry, memberId), refused)
    const guest = await stage.somebody()
    await stage.identity.invite(entry, { email: guest.email, roles: ['agent'] })
    await assert.rejects(stage.identity.invite(entry, { email: guest.email, roles: ['agent'] }), {
      code: 'identity.invitation_exists',
    })
    await stage.identity.acceptInvitation(guest.token, await stage.link(guest.email), visitor())
    const agent = await stage.entry(guest.token, id)
    await assert.rejects(stage.identity.invite(agent, { email: 'x@example.org', roles: [] }), refused)
    await assert.rejects(stage.identity.removeMember(agent, memberId), refused)
  })

  test('R13: a member by invitation meets the rule like everybody: an administrator without a second factor stays outside', async () => {
    const { id, inside } = await house()
    const guest = await stage.somebody()
    await stage.identity.invite(await inside(), { email: guest.email, roles: ['admin'] })
    await stage.identity.acceptInvitation(guest.token, await stage.link(guest.email), visitor())
    assert.equal((await stage.identity.enter(guest.token, id)).needs, 'second-factor')
  })

  test('at least one owner always: the last one neither leaves, nor is removed, suspended or deleted', async () => {
    const { id, inside, owner } = await house()
    const entry = await inside()
    const last = { code: 'identity.last_owner', status: 409 }
    await assert.rejects(stage.identity.removeMember(entry, entry.memberId), last)
    await assert.rejects(stage.identity.suspendMember(entry, entry.memberId), last)
    const fresh = await stage.identity.arrive(
      { personId: owner.personId, methods: ['sso-mfa'], way: 'sso-mfa' },
      visitor(),
    )
    assert.ok(fresh.needs === 'nothing')
    await assert.rejects(stage.identity.leaveOrganization(fresh.token, id, visitor()), last)
    await assert.rejects(stage.identity.deletePerson(fresh.token), last)
    assert.notEqual(await stage.identity.verify(fresh.token), undefined)
    assert.deepEqual(await stage.identity.organizations(fresh.token), [id])
  })

  test('two owners who leave at once leave one', async () => {
    for (let round = 0; round < 5; round++) {
      const { id, inside } = await house()
      const second = await stage.withApp()
      await stage.identity.invite(await inside(), { email: second.email, roles: ['owner'] })
      await stage.identity.acceptInvitation(second.token, await stage.link(second.email), visitor())
      const first = await inside()
      const { memberId } = await stage.entry(second.token, id)
      const results = await Promise.allSettled([
        stage.identity.leaveOrganization(second.token, id, visitor()),
        first.organization.sql`delete from upheld_access.member where id = ${first.memberId}`,
      ])
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
      const { rows } = await stage.people.platform.admin.query(
        `select id from upheld_access.member where organization_id = $1 and 'owner' = any (roles)`,
        [id],
      )
      assert.equal(rows.length, 1)
      assert.ok([first.memberId, memberId].includes(String(rows[0]?.['id'])))
    }
  })

  test('ownership goes to another member with a fresh proof, from an owner alone, and both hear of it', async () => {
    const { id, inside, owner } = await house()
    const other = await stage.withApp()
    await stage.identity.invite(await inside(), { email: other.email, roles: ['agent'] })
    const { memberId } = await stage.identity.acceptInvitation(other.token, await stage.link(other.email), visitor())
    const entry = await inside()
    await assert.rejects(stage.identity.transferOwnership(await stage.entry(other.token, id), entry.memberId), {
      code: 'identity.may_not',
    })
    stage.people.clock.turn(301)
    await assert.rejects(stage.identity.transferOwnership(entry, memberId), {
      code: 'identity.prove_again',
      status: 403,
    })
    const fresh = await inside()
    for (const wrong of [fresh.memberId, crypto.randomUUID(), 'x'])
      await assert.rejects(stage.identity.transferOwnership(fresh, wrong), { code: 'identity.absent', status: 404 })
    const tries = Array.from({ length: 4 }, () => stage.identity.transferOwnership(fresh, memberId))
    assert.equal((await Promise.allSettled(tries)).filter(({ status }) => status === 'fulfilled').length, 1)
    assert.deepEqual((await inside()).set.roles, ['admin'])
    assert.ok((await stage.entry(other.token, id)).set.roles.includes('owner'))
    for (const { email } of [owner, other])
      assert.ok(
        (await stage.mails(email)).some(({ subject }) => subject.startsWith('An organization has another owner')),
      )
  })

  test('R1: no act takes a person or a member from its input: without a session nothing is written', async () => {
    const { id, inside } = await house()
    const { memberId } = await inside()
    const rowsBefore = await everything(stage)
    const acts = (token: string): readonly (() => Promise<unknown>)[] => [
      () => stage.identity.foundOrganization(token, 'Mine', visitor()),
      () => stage.identity.leaveOrganization(token, id, visitor()),
      () => stage.identity.acceptInvitation(token, `inv_${id.replaceAll('-', '')}_${'A'.repeat(43)}`, visitor()),
      () => stage.identity.changePassword(token, { old: password, next: password }, visitor()),
      () => stage.identity.askEmailChange(token, 'thief@example.org', visitor()),
      () => stage.identity.deletePerson(token),
      () => stage.identity.person(token),
      () => stage.identity.organizations(token),
      () => stage.identity.listSessions(token),
      () => stage.identity.endOtherSessions(token, visitor()),
      () => stage.identity.endSession(token, memberId, visitor()),
      () => stage.identity.enter(token, id),
      () => stage.identity.stepUp(token, { password }, visitor()),
    ]
    for (const token of ['', 'A'.repeat(43), memberId, 'null'])
      for (const act of acts(token)) {
        const thrown: unknown = await act().catch((error: unknown) => error)
        assert.ok(thrown instanceof UpheldError && thrown.status === 401, String(thrown))
      }
    assert.deepEqual(await everything(stage), rowsBefore)
  })
})

async function everything({ people }: Stage): Promise<unknown> {
  const { rows } = await people.platform.admin.query(
    `select (select count(*) from upheld_identity.person) as persons, (select count(*) from upheld_identity.mail) as mails,
       (select count(*) from upheld_access.member) as members, (select count(*) from upheld_identity.session) as sessions,
       (select count(*) from upheld_access.account) as accounts`,
  )
  return rows
}
