import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import type { Organization } from '../../src/foundation/tenancy/index.ts'
import {
  addStaff,
  agreeAsPeer,
  askForSupport,
  breakGlass,
  closeSupport,
  decideSupport,
  endByMember,
  endByStaff,
  endStaff,
  listSupport,
  publicGlass,
  reachForGlass,
  reviewGlass,
  visitUnder,
  type Asked,
  type Present,
  type SupportPorts,
} from '../../src/guards/support/index.ts'
import { testPeople, type TestPeople } from '../../src/testing/index.ts'

const asked: Asked = { caseId: 'CASE-7', reason: 'The invoice page shows an error.', permissions: ['thing.read'] }
const { privateKey } = generateKeyPairSync('ed25519')

suite('support by consent', () => {
  let people: TestPeople
  let ports: SupportPorts
  let organization: Organization
  let ids: { owner: string; agent: string; ownerPerson: string; agentPerson: string }
  let staff: readonly string[]

  before(async () => {
    people = await testPeople()
    const [ownerPerson, agentPerson] = [await people.person('o@acme.example'), await people.person('a@acme.example')]
    const made = await people.organization('Acme', [
      { personId: ownerPerson, roles: ['owner'] },
      { personId: agentPerson, roles: ['agent'] },
    ])
    organization = made.organization
    ids = { owner: made.memberIds[0] ?? '', agent: made.memberIds[1] ?? '', ownerPerson, agentPerson }
    staff = await Promise.all(['s1', 's2', 's3'].map(name => people.person(`${name}@operator.example`)))
    ports = {
      database: people.database,
      tenancy: people.tenancy,
      platform: people.platform.upheld,
      clock: people.clock,
      key: privateKey,
      grantable: new Set(['thing.read', 'thing.write']),
      mayDecide: async (_, memberId) => memberId === ids.owner,
    }
    for (const personId of staff) await addStaff(ports, personId, 'the first operator')
    await people.platform.upheld.organization(organization.id)
      .sql`insert into shop.thing (organization_id, name) values (${organization.id}, 'a lamp')`
  })
  after(() => people.close())

  const present = (personId: string | undefined, methods = ['password', 'totp']): Present => ({
    personId: personId ?? '',
    methods,
    provenAt: people.clock.now(),
  })
  const ask = (given: Partial<Asked> = {}) =>
    askForSupport(ports, present(staff[0]), organization.id, { ...asked, ...given })
  const agree = (id: string, who = staff[1]) => agreeAsPeer(ports, present(who), organization.id, id)
  const approve = (id: string, who = present(ids.ownerPerson), memberId = ids.owner) =>
    decideSupport(ports, who, organization, memberId, id, 'approved')
  const granted = async (given: Partial<Asked> = {}): Promise<{ id: string; grantId: string }> => {
    const { id } = await ask(given)
    await agree(id)
    const { grantId } = await approve(id)
    return { id, grantId: grantId ?? '' }
  }
  const visit = (grantId: string, who = staff[0]) => visitUnder(ports, present(who), organization.id, grantId)
  const rule = (value: string) => organization.sql`update upheld_access.account set support = ${value}`
  const read = (handle: Organization) => handle.sql`select name from shop.thing`

  test('asked, agreed by a colleague, approved by the customer: staff reads, and what was done is reported', async () => {
    const { id, grantId } = await granted()
    const inside = await visit(grantId)
    inside.assertMay('thing.read')
    assert.deepEqual(await read(inside.organization), [{ name: 'a lamp' }])
    assert.equal(inside.statement.approved_by, ids.owner)
    await endByMember(ports, present(ids.ownerPerson), organization, ids.owner, id)
    await assert.rejects(read(inside.organization), { code: 'tenancy.no_grant' })
    await assert.rejects(visit(grantId), { code: 'support.not_live' })
    const actions = await logged()
    for (const action of ['requested', 'peer-agreed', 'began', 'statement', 'ended']) {
      assert.ok(actions.includes(`support.${action}`), action)
    }
    const { rows } = await people.platform.admin.query(
      'select recipient, kind from upheld_identity.mail order by created_at',
    )
    assert.deepEqual(rows, [
      { recipient: 'o@acme.example', kind: 'support-began' },
      { recipient: 'o@acme.example', kind: 'support-ended' },
    ])
    people.clock.turn(120)
    assert.equal(await closeSupport(organization, people.clock), 1)
    const [request] = (await listSupport(organization)).filter(one => one.id === id)
    assert.notEqual(request?.report, null)
  })

  test('staff without a second factor, and whoever is no staff, asks for nothing', async () => {
    const weak = present(staff[0], ['password'])
    await assert.rejects(askForSupport(ports, weak, organization.id, asked), { code: 'support.weak_session' })
    const old = { ...present(staff[0]), provenAt: new Date(people.clock.now().getTime() - 601_000) }
    await assert.rejects(askForSupport(ports, old, organization.id, asked), { code: 'support.weak_session' })
    const ahead = { ...present(staff[0]), provenAt: new Date(people.clock.now().getTime() + 60_000) }
    await assert.rejects(askForSupport(ports, ahead, organization.id, asked), { code: 'support.weak_session' })
    await assert.rejects(askForSupport(ports, present(ids.ownerPerson), organization.id, asked), {
      code: 'support.not_staff',
    })
  })

  test('approver approves own request: refused, by the code and by the database', async () => {
    const { id } = await ask()
    await assert.rejects(agree(id, staff[0]), { code: 'support.own_request' })
    await assert.rejects(
      organization.sql`update upheld_access.support_request set peer_id = staff_id where id = ${id}`,
      { code: '23514' },
    )
    await assert.rejects(approve(id), { code: 'support.no_peer' })
  })

  test('nobody but a member who may decide approves, and as nobody else', async () => {
    const { id } = await ask()
    await agree(id)
    await assert.rejects(approve(id, present(ids.agentPerson), ids.agent), { code: 'support.not_permitted' })
    await assert.rejects(approve(id, present(ids.agentPerson), ids.owner), { code: 'support.not_permitted' })
    await assert.rejects(approve(id, present(staff[0]), ids.owner), { code: 'support.not_permitted' })
    await assert.rejects(approve(id, present(ids.ownerPerson, ['password'])), { code: 'support.weak_session' })
    assert.equal((await listSupport(organization)).find(one => one.id === id)?.decision, null)
  })

  test('wider than scope: credentials, factors, members, billing, exports and keys are never granted', async () => {
    for (const closed of ['member.write', 'key.write', 'export', 'credential.read', '*', '__proto__']) {
      await assert.rejects(ask({ permissions: [closed] }), { code: 'support.forbidden_scope' }, closed)
    }
    const { grantId } = await granted({ writes: false })
    const inside = await visit(grantId)
    assert.throws(() => inside.assertMay('thing.write'), { code: 'support.out_of_scope' })
    await assert.rejects(inside.organization.sql`update shop.thing set name = 'mine'`, { code: '42501' })
  })

  test('staff without a grant, or with a colleague’s, is refused', async () => {
    await assert.rejects(visit(randomUUID()), { code: 'support.not_live' })
    await assert.rejects(visit(`' or true --`), { code: 'support.not_live' })
    const { grantId } = await granted()
    await assert.rejects(visit(grantId, staff[1]), { code: 'support.not_live' })
    await assert.rejects(visitUnder(ports, present(staff[0], ['password']), organization.id, grantId), {
      code: 'support.weak_session',
    })
  })

  test('grant edited after signing, and a row that a database operator forges: the signature fails', async () => {
    const { grantId } = await granted()
    const edits = [
      `update upheld_guard.support_grant set writes = true where id = $1`,
      `update upheld_guard.support_grant set staff_id = '${staff[1]}' where id = $1`,
      `update upheld_guard.support_grant set statement = replace(statement, 'thing.read', 'thing.write') where id = $1`,
      `update upheld_guard.support_grant set expires_at = starts_at + interval '2 hours' where id = $1`,
    ]
    for (const edit of edits) {
      const { rows } = await people.platform.admin.query('select * from upheld_guard.support_grant where id = $1', [
        grantId,
      ])
      await people.platform.admin.query(edit, [grantId])
      await assert.rejects(visit(grantId), { code: 'support.bad_signature' }, edit)
      const row = rows[0] ?? {}
      await people.platform.admin.query(
        `update upheld_guard.support_grant set writes = $2, staff_id = $3, statement = $4, expires_at = $5 where id = $1`,
        [grantId, row['writes'], row['staff_id'], row['statement'], row['expires_at']],
      )
    }
    const forged = randomUUID()
    await people.platform.admin.query(
      `insert into upheld_guard.support_grant (id, organization_id, staff_id, writes, expires_at, statement, signature)
       select $1::uuid, organization_id, staff_id, writes, expires_at, replace(statement, id::text, $1::uuid::text), $3 from upheld_guard.support_grant where id = $2`,
      [forged, grantId, randomBytes(64)],
    )
    await assert.rejects(visit(forged), { code: 'support.bad_signature' })
    await people.platform.admin.query('update upheld_guard.support_grant set signature = $2 where id = $1', [
      forged,
      (await people.platform.admin.query('select signature from upheld_guard.support_grant where id = $1', [grantId]))
        .rows[0]?.['signature'],
    ])
    await assert.rejects(visit(forged), { code: 'support.bad_signature' })
  })

  test('two members approve at once, and one ends it meanwhile: one grant, or none', async () => {
    const { id } = await ask()
    await agree(id)
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => approve(id)))
    assert.equal(outcomes.filter(one => one.status === 'fulfilled').length, 1)
    const { rows } = await people.platform.admin.query(
      `select count(*)::int as n from upheld_guard.support_grant where statement like '%' || $1 || '%' or id = (select grant_id from upheld_access.support_request where id = $1::uuid)`,
      [id],
    )
    assert.equal(rows[0]?.['n'], 1)
    await endByStaff(ports, present(staff[0]), organization.id, id)
    await assert.rejects(endByStaff(ports, present(staff[0]), organization.id, id), { code: 'support.over' })
  })

  test('ignored for twelve hours a request lapses, and nobody can agree or approve any more', async () => {
    const [early, late] = [await ask(), await ask()]
    await agree(late.id)
    people.clock.turn(12 * 3600 + 1)
    await assert.rejects(agree(early.id), { code: 'support.over' })
    await assert.rejects(approve(late.id), { code: 'support.over' })
  })

  test('the organization’s own rule: never lets nobody in, allow needs no more than a colleague', async () => {
    const { id } = await ask()
    await rule('never')
    await assert.rejects(ask(), { code: 'support.never' })
    await assert.rejects(agree(id), { code: 'support.never' })
    await rule('allow')
    const { grantId } = await agree(id)
    assert.equal((await visit(grantId ?? '')).statement.approved_by, '')
    await rule('ask')
  })

  test('whoever leaves the operator loses every grant at once', async () => {
    const { grantId } = await granted()
    await endStaff(ports, staff[0] ?? '')
    await assert.rejects(visit(grantId), { code: 'support.not_staff' })
    await addStaff(ports, staff[0] ?? '', 'again')
    await assert.rejects(visit(grantId), { code: 'support.not_live' })
  })

  test('nobody is staff and a member: refused from both sides, and at once', async () => {
    await assert.rejects(addStaff(ports, ids.agentPerson, 'x'), { code: 'support.staff_is_no_member' })
    const join = (personId: string) =>
      organization.sql`
        insert into upheld_access.member (organization_id, person_id, roles, source)
        values (${organization.id}, ${personId}, ${['agent']}, 'invitation')`
    await assert.rejects(join(staff[0] ?? ''), /staff_is_no_member/)
    const both = await people.person('both@acme.example')
    const outcomes = await Promise.allSettled([addStaff(ports, both, 'x'), join(both)])
    assert.equal(outcomes.filter(one => one.status === 'fulfilled').length, 1)
  })

  test('break-glass: two people, passkeys, the owners told at once, reviewed by a third, counted', async () => {
    let [first, second] = [present(staff[0], ['passkey']), present(staff[1], ['passkey'])]
    await rule('never')
    const broken = async (one: Present, other: Present) => {
      const { id } = await reachForGlass(ports, one, organization.id, asked)
      return { requestId: id, ...(await breakGlass(ports, other, organization.id, id)) }
    }
    await assert.rejects(broken(present(staff[0]), second), { code: 'support.needs_passkey' })
    const { id: alone } = await reachForGlass(ports, first, organization.id, asked)
    await assert.rejects(agree(alone), { code: 'support.never' })
    people.clock.turn(15 * 60 + 1)
    await assert.rejects(breakGlass(ports, { ...second, provenAt: people.clock.now() }, organization.id, alone), {
      code: 'support.over',
    })
    ;[first, second] = [present(staff[0], ['passkey']), present(staff[1], ['passkey'])]
    await assert.rejects(broken(first, first), { code: 'support.own_request' })
    await assert.rejects(broken(first, present(staff[1])), { code: 'support.needs_passkey' })
    await assert.rejects(broken(first, present(ids.ownerPerson, ['passkey'])), { code: 'support.not_staff' })
    const page = openDatabase(people.platform.urls.page, { connectionsMax: 1 })
    const counted = () => publicGlass(page, people.clock.now())
    assert.deepEqual(await counted(), { broken: 0, reviewedInTime: 0, overdue: 0 })
    const mails = await mailsOf('support-began')
    const { requestId, grantId } = await broken(first, second)
    assert.equal((await mailsOf('support-began')) - mails, 1)
    assert.equal((await read((await visit(grantId)).organization)).length, 1)
    assert.deepEqual(await counted(), { broken: 1, reviewedInTime: 0, overdue: 0 })
    for (const part of [staff[0], staff[1]]) {
      await assert.rejects(reviewGlass(ports, present(part), organization.id, requestId), {
        code: 'support.own_request',
      })
    }
    people.clock.turn(72 * 3600 + 1)
    assert.deepEqual(await counted(), { broken: 1, reviewedInTime: 0, overdue: 1 })
    await reviewGlass(ports, present(staff[2]), organization.id, requestId)
    assert.deepEqual(await counted(), { broken: 1, reviewedInTime: 0, overdue: 0 })
    people.clock.turn(366 * 24 * 3600)
    assert.deepEqual(await counted(), { broken: 0, reviewedInTime: 0, overdue: 0 })
    for (const column of ['request_id', '*'])
      await assert.rejects(page.query(`select ${column} from upheld_identity.broken_glass`), /permission denied/)
    await page.close()
    await rule('ask')
  })

  test('a request that is not complete is refused with everything that is wrong, and nothing is written', async () => {
    const count = (await listSupport(organization)).length
    const bad: readonly Partial<Asked>[] = [
      { reason: 'because' },
      { minutes: 121 },
      { minutes: 0.5 },
      { caseId: ' ' },
      { permissions: [] },
    ]
    for (const given of bad) await assert.rejects(ask(given), { code: 'support.bad_request' })
    assert.equal((await listSupport(organization)).length, count)
  })

  async function logged(): Promise<readonly string[]> {
    const { rows } = await people.platform.admin.query(
      `select body ->> 'action' as action from upheld_audit.pending where organization_id = $1`,
      [organization.id],
    )
    return rows.map(row => String(row['action']))
  }
  async function mailsOf(kind: string): Promise<number> {
    const { rows } = await people.platform.admin.query(
      'select count(*)::int as n from upheld_identity.mail where kind = $1',
      [kind],
    )
    return Number(rows[0]?.['n'])
  }
})
