import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Entry } from '../../src/guards/identity/index.ts'
import { identityStage, password, visitor, type Somebody, type Stage } from './identity-stage.ts'

const mayNot = { code: 'identity.may_not', status: 403 }

suite('members of an organization and its rules', () => {
  let stage: Stage
  before(async () => {
    stage = await identityStage()
  })
  after(() => stage.close())

  interface House {
    readonly id: string
    readonly owner: Somebody
    entry(): Promise<Entry>
  }

  async function house(name = 'Acme'): Promise<House> {
    const owner = await stage.withApp()
    const { organizationId: id } = await stage.identity.foundOrganization(owner.token, name, visitor())
    return { id, owner, entry: () => stage.entry(owner.token, id) }
  }

  async function joined({ id }: House, email: string, roles: readonly string[], name = email): Promise<string> {
    return (await stage.identity.importMember({ organizationId: id, email, name, roles })).memberId
  }

  async function inside({ id }: House, role: string): Promise<Entry> {
    const email = `${role}-${crypto.randomUUID()}@example.org`
    const made = await stage.identity.importMember({ organizationId: id, email, name: role, roles: [role] })
    const proof = { personId: made.personId, methods: ['sso-mfa'], way: 'sso-mfa' } as const
    const arrived = await stage.identity.arrive(proof, visitor())
    assert.ok(arrived.needs === 'nothing')
    return stage.entry(arrived.token, id)
  }

  test('fifty at a time by name, each once, in one statement for each page; a cursor of somebody who left begins anew', async () => {
    const here = await house()
    const names = Array.from(
      { length: 120 },
      (_, at) => `${at % 2 === 0 ? 'Member' : 'member'} ${String(at % 60).padStart(3, '0')}`,
    )
    for (const [at, name] of names.entries()) await joined(here, `m-${at}-${here.id}@example.org`, ['agent'], name)
    const entry = await here.entry()
    const asked: string[] = []
    const query: Entry['organization']['query'] = (text, values) => {
      asked.push(text)
      return entry.organization.query(text, values)
    }
    const counted = { ...entry, organization: { ...entry.organization, query } }
    stage.statements()
    const found: string[] = []
    let next: string | undefined
    let pages = 0
    do {
      const page = await stage.identity.listMembers(counted, next)
      found.push(...page.members.map(({ id }) => id))
      next = page.next
      pages++
    } while (next !== undefined)
    assert.deepEqual(stage.statements(), [])
    assert.deepEqual([pages, asked.length], [3, 3])
    assert.equal(new Set(found).size, 121)
    assert.equal(found.length, 121)
    const { members, next: cursor } = await stage.identity.listMembers(entry)
    const lower = members.map(({ name }) => name.toLowerCase())
    assert.deepEqual(lower, lower.toSorted())
    assert.ok(cursor !== undefined)
    await stage.identity.removeMember(entry, cursor)
    assert.deepEqual(
      (await stage.identity.listMembers(entry, cursor)).members.map(({ id }) => id),
      (await stage.identity.listMembers(entry)).members.map(({ id }) => id),
    )
  })

  test('a member is shown as they are: roles, how they came, when they were seen, suspended, second factor', async () => {
    const here = await house()
    const plain = await joined(here, 'plain@example.org', ['agent'], 'Plain')
    const entry = await here.entry()
    await stage.identity.suspendMember(entry, plain)
    const [owner, other] = (await stage.identity.listMembers(entry)).members.toSorted((a, b) =>
      b.roles.join().localeCompare(a.roles.join()),
    )
    assert.ok(owner !== undefined && other !== undefined)
    assert.deepEqual([owner.roles, owner.source, owner.secondFactor], [['owner'], 'founder', true])
    assert.ok(owner.seenAt !== undefined)
    const { id, name, email, roles, source, secondFactor, seenAt, disabled } = other
    assert.deepEqual(
      { id, name, email, roles, source, secondFactor, seenAt, disabled },
      {
        id: plain,
        name: 'Plain',
        email: 'plain@example.org',
        roles: ['agent'],
        source: 'import',
        secondFactor: false,
        seenAt: undefined,
        disabled: false,
      },
    )
    assert.deepEqual(other.suspendedAt, stage.people.clock.now())
    assert.deepEqual(await stage.identity.memberFacts(entry, plain), other)
  })

  test('whoever may not see members sees none but themselves, and those of another organization are as absent as nobody', async () => {
    const [here, there] = [await house(), await house('Other')]
    const [entry, agent] = [await here.entry(), await inside(here, 'agent')]
    const { memberId: foreign } = await there.entry()
    await assert.rejects(stage.identity.listMembers(agent), mayNot)
    await assert.rejects(stage.identity.memberFacts(agent, entry.memberId), mayNot)
    await assert.rejects(stage.identity.memberNames(agent, [entry.memberId]), mayNot)
    assert.equal((await stage.identity.memberFacts(agent, agent.memberId)).id, agent.memberId)
    for (const id of [foreign, crypto.randomUUID(), 'x', '', "'; --"])
      await assert.rejects(stage.identity.memberFacts(entry, id), { code: 'identity.absent', status: 404 }, id)
    await assert.rejects(stage.identity.listMembers(entry, 'x'), { code: 'identity.absent' })
    const names = await stage.identity.memberNames(entry, [foreign, entry.memberId, 'x'])
    assert.deepEqual([...names.keys()], [entry.memberId])
    // A cursor that is somebody of elsewhere tells nothing: the list begins anew.
    const page = await stage.identity.listMembers(entry, foreign)
    assert.deepEqual(page, await stage.identity.listMembers(entry))
  })

  test('one’s own organizations by name, with roles and suspensions; a provider’s session knows its own alone', async () => {
    const guest = await stage.somebody()
    const [zeta, alpha] = [await house('Zeta'), await house('Alpha')]
    for (const one of [zeta, alpha]) {
      await stage.identity.invite(await one.entry(), { email: guest.email, roles: ['agent'] })
      const own = new RegExp(`inv_${one.id.replaceAll('-', '')}_[A-Za-z0-9_-]{43}`)
      const [link = ''] = (await stage.mails(guest.email)).flatMap(({ text }) => own.exec(text)?.[0] ?? [])
      await stage.identity.acceptInvitation(guest.token, link, visitor())
    }
    const { memberId } = await stage.entry(guest.token, zeta.id)
    await stage.identity.suspendMember(await zeta.entry(), memberId)
    assert.deepEqual(await stage.identity.ownOrganizations(guest.token), [
      { id: alpha.id, name: 'Alpha', roles: ['agent'], suspended: false },
      { id: zeta.id, name: 'Zeta', roles: ['agent'], suspended: true },
    ])
    await assert.rejects(stage.identity.ownOrganizations('A'.repeat(43)), { code: 'identity.no_session' })
  })

  test('what an invitation is for is shown to whoever holds its link, uses nothing up, and is over with the invitation', async () => {
    const here = await house('Acme & Sons')
    const guest = await stage.somebody()
    const id = await stage.identity.invite(await here.entry(), { email: guest.email, roles: ['agent'] })
    const link = await stage.link(guest.email)
    for (let time = 0; time < 3; time++)
      assert.deepEqual(await stage.identity.invitedTo(link), { organizationName: 'Acme & Sons', roles: ['agent'] })
    for (const bad of ['', 'x', `${link}a`, link.slice(0, -1), `${link.slice(0, -1)}${link.endsWith('a') ? 'b' : 'a'}`])
      assert.equal(await stage.identity.invitedTo(bad), undefined, bad)
    // The secret of one organization, led to another: it is none there.
    const there = await house('Other')
    const moved = link.replace(here.id.replaceAll('-', ''), there.id.replaceAll('-', ''))
    assert.equal(await stage.identity.invitedTo(moved), undefined)
    await stage.identity.revokeInvitation(await here.entry(), id)
    assert.equal(await stage.identity.invitedTo(link), undefined)
  })

  test('a form that is sent twice founds one organization, also twenty times at once', async () => {
    const one = await stage.somebody()
    const found = (draft: string) => stage.identity.foundOrganization(one.token, 'Twice', visitor(), draft)
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => found('draft-1')))
    assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 1)
    assert.equal((await stage.identity.ownOrganizations(one.token)).length, 1)
    await assert.rejects(found('draft-1'), { code: 'identity.founded_already', status: 409 })
    // A name that was refused has not used it up.
    await assert.rejects(stage.identity.foundOrganization(one.token, ' ', visitor(), 'draft-2'), {
      code: 'identity.bad_name',
    })
    await found('draft-2')
    // A draft is its person's own.
    const other = await stage.somebody()
    await stage.identity.foundOrganization(other.token, 'Mine', visitor(), 'draft-1')
    for (const draft of ['', 'x'.repeat(101)]) await assert.rejects(found(draft), { code: 'identity.bad_input' })
  })

  test('people of the operator found and join no organization, and nothing is left of the attempt', async () => {
    const here = await house()
    const staff = await stage.somebody()
    await stage.people.platform.admin.query(
      `insert into upheld_identity.staff (person_id, added_at, added_by) values ($1, now(), 'test')`,
      [staff.personId],
    )
    const refused = { code: 'identity.is_staff', status: 403 }
    const count = async (): Promise<unknown> =>
      (await stage.people.platform.admin.query(`select count(*) from upheld_guard.organization`)).rows
    const before = await count()
    await assert.rejects(stage.identity.foundOrganization(staff.token, 'Mine', visitor(), 'draft'), refused)
    assert.deepEqual(await count(), before)
    await stage.identity.invite(await here.entry(), { email: staff.email, roles: ['agent'] })
    const link = await stage.link(staff.email)
    await assert.rejects(stage.identity.acceptInvitation(staff.token, link, visitor()), refused)
    assert.notEqual(await stage.identity.invitedTo(link), undefined)
  })

  test('name, second factor and support: changed by whoever may, with a fresh proof, and an entry of the log each', async () => {
    const here = await house()
    const { identity } = stage
    const entry = await here.entry()
    await identity.renameOrganization(entry, '  Acme Cafe\u0301  ')
    await identity.setSecondFactorRule(entry, 'everybody')
    await identity.setSupportRule(entry, 'never')
    assert.deepEqual(await identity.organizationRules(entry), {
      name: 'Acme Caf\u00e9',
      secondFactor: 'everybody',
      support: 'never',
    })
    const { rows } = await stage.people.platform.admin.query(
      `select count(*)::int as n from upheld_audit.pending where organization_id = $1 and body #>> '{actor,id}' = $2
         and body::text like '%account%'`,
      [here.id, entry.memberId],
    )
    assert.ok(Number(rows[0]?.['n']) >= 3)
    for (const name of ['', ' ', 'x'.repeat(201), 'two\nlines', '\u202eevil'])
      await assert.rejects(identity.renameOrganization(entry, name), { code: 'identity.bad_name' })
    const acts = [
      (one: Entry) => identity.renameOrganization(one, 'Mine'),
      (one: Entry) => identity.setSecondFactorRule(one, 'privileged'),
      (one: Entry) => identity.setSupportRule(one, 'allow'),
    ]
    for (const role of ['admin', 'agent']) {
      const other = await inside(here, role)
      for (const change of acts) await assert.rejects(change(other), mayNot)
      assert.equal((await identity.organizationRules(other)).support, 'never')
    }
    stage.people.clock.turn(301)
    await assert.rejects(identity.setSupportRule(entry, 'allow'), { code: 'identity.prove_again' })
    stage.people.clock.turn(600)
    for (const change of acts) await assert.rejects(change(entry), { code: 'identity.prove_again', status: 403 })
  })

  test('roles and exceptions of others ask for a fresh proof, whoever calls: a stolen session is not enough', async () => {
    const here = await house()
    const memberId = await joined(here, 'target@example.org', ['agent'])
    const entry = await here.entry()
    const { identity } = stage
    const exception = () => {
      const expiresAt = new Date(stage.people.clock.now().getTime() + 86_400_000)
      const rest = { reason: 'For a day.', expiresAt, reviewAt: expiresAt }
      return identity.addOverrides(entry, [{ memberId, permission: 'ticket.purge', effect: 'allow', ...rest }])
    }
    await identity.changeRoles(entry, [{ memberId, roles: ['agent', 'purger'] }])
    const [id] = await exception()
    assert.ok(id !== undefined)
    stage.people.clock.turn(901)
    const stale = { code: 'identity.prove_again', status: 403 }
    await assert.rejects(identity.changeRoles(entry, [{ memberId, roles: [] }]), stale)
    await assert.rejects(exception(), stale)
    await assert.rejects(identity.withdrawOverrides(entry, [id]), stale)
    assert.deepEqual((await identity.memberFacts(entry, memberId)).roles, ['agent', 'purger'])
    const signedIn = await identity.signIn({ email: here.owner.email, password }, visitor())
    assert.equal(signedIn.needs, 'second-factor')
  })
})
