import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { UpheldError } from '../../src/core/errors.ts'
import type { Queryable } from '../../src/core/ports.ts'
import { noteOf, signContext, type Organization, type Tenancy } from '../../src/foundation/tenancy/index.ts'
import { deliverMails, parseLinkOptions, type OutgoingMail } from '../../src/guards/identity/index.ts'
import {
  addStaff,
  agreeAsPeer,
  askForSupport,
  closeSupport,
  decideSupport,
  endByMember,
  endStaff,
  listSupport,
  liveSupport,
  staffRequests,
  supportWriters,
  visitUnder,
  type Asked,
  type Present,
  type SupportPorts,
} from '../../src/guards/support/index.ts'
import { openMembers } from '../../src/sealed-rows.ts'
import { testPeople, type TestPeople } from '../../src/testing/index.ts'

const asked: Asked = { caseId: 'CASE-7', reason: 'The invoice page shows an error.', permissions: ['thing.read'] }
const { privateKey } = generateKeyPairSync('ed25519')

suite('support by consent, attacked from the side', () => {
  let people: TestPeople
  let ports: SupportPorts
  let organization: Organization
  let owner: { id: string; person: string }
  const staff: string[] = []

  before(async () => {
    people = await testPeople()
    const person = await people.person('o@acme.example')
    const made = await people.organization('Acme', [{ personId: person, roles: ['owner'] }])
    organization = made.organization
    owner = { id: made.memberIds[0] ?? '', person }
    ports = {
      database: people.database,
      tenancy: people.tenancy,
      platform: people.platform.upheld,
      clock: people.clock,
      key: privateKey,
      grantable: new Set(['thing.read', 'thing.write']),
      mayDecide: async (_, memberId) => memberId === owner.id,
    }
    for (const name of ['s1', 's2', 's3', 's4']) {
      const personId = await people.person(`${name}@operator.example`)
      staff.push(personId)
      await addStaff(ports, personId, 'the first operator')
    }
    await people.platform.upheld.organization(organization.id)
      .sql`insert into shop.thing (organization_id, name) values (${organization.id}, 'a lamp')`
  })
  after(() => people.close())

  const present = (personId: string | undefined): Present => ({
    personId: personId ?? '',
    methods: ['password', 'totp'],
    provenAt: people.clock.now(),
  })
  const ask = async (who = 0, given: Partial<Asked> = {}): Promise<string> =>
    (await askForSupport(ports, present(staff[who]), organization.id, { ...asked, ...given })).id
  const agree = (id: string, who = 1) => agreeAsPeer(ports, present(staff[who]), organization.id, id)
  const approve = (id: string) => decideSupport(ports, present(owner.person), organization, owner.id, id, 'approved')
  const end = (id: string) => endByMember(ports, present(owner.person), organization, owner.id, id)
  const granted = async (who = 0, given: Partial<Asked> = {}): Promise<{ id: string; grantId: string }> => {
    const id = await ask(who, given)
    await agree(id)
    return { id, grantId: (await approve(id)).grantId ?? '' }
  }
  const visit = (grantId: string, who = 0) => visitUnder(ports, present(staff[who]), organization.id, grantId)
  const read = (handle: Organization) => handle.sql`select name from shop.thing`
  const requestOf = async (id: string) => (await listSupport(organization)).find(one => one.id === id)
  const liveGrants = async (id: string | null | undefined): Promise<number> => {
    const { rows } = await people.platform.admin.query(
      'select 1 from upheld_guard.support_grant where id = $1 and ended_at is null and expires_at > clock_timestamp()',
      [id ?? null],
    )
    return rows.length
  }

  function jobsTenancy(): Tenancy {
    const contextKeys = { current: () => people.platform.key }
    return openMembers({ databaseUrl: people.platform.urls.jobs, connectionsMax: 1, contextKeys })
  }

  /** Holds the row until both wait for it, in the order in which they came. */
  async function atOnce(
    id: string,
    ...work: readonly (() => Promise<unknown>)[]
  ): Promise<PromiseSettledResult<unknown>[]> {
    const waiting: Promise<unknown>[] = []
    await people.platform.admin.transaction(async tx => {
      await tx.query('select 1 from upheld_access.support_request where id = $1 for update', [id])
      for (const one of work) {
        const begun = one()
        begun.catch(() => undefined)
        waiting.push(begun)
        for (let tries = 0; tries < 200; tries++) {
          const { rows } = await people.platform.admin.query(
            `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
          )
          if (Number(rows[0]?.['n']) >= waiting.length) break
          await new Promise(resolve => setTimeout(resolve, 10))
        }
      }
    })
    return Promise.allSettled(waiting)
  }

  test('one approves while another ends it: no grant lives on that nobody can end', async () => {
    const id = await ask()
    await agree(id)
    await atOnce(
      id,
      () => approve(id),
      () => end(id),
    )
    const request = await requestOf(id)
    assert.notEqual(request?.ended_at, null)
    assert.equal(await liveGrants(request?.grant_id), 0)
  })

  test('closed twice at once: it ends once, and the owners are told once', async () => {
    const { id } = await granted()
    const mails = async (): Promise<number> => {
      const { rows } = await people.platform.admin.query(
        `select count(*)::int as n from upheld_identity.mail where kind = 'support-ended'`,
      )
      return Number(rows[0]?.['n'])
    }
    const before = await mails()
    const outcomes = await atOnce(
      id,
      () => end(id),
      () => end(id),
    )
    assert.equal(outcomes.filter(one => one.status === 'fulfilled').length, 1)
    assert.equal((await mails()) - before, 1)
  })

  /** Runs `first` in a transaction that stays open until `second` waits for it, or is done. */
  async function meanwhile(
    first: (tx: Queryable) => Promise<unknown>,
    second: () => Promise<unknown>,
  ): Promise<unknown> {
    let outcome: Promise<unknown> = Promise.resolve()
    await people.platform.admin.transaction(async tx => {
      await first(tx)
      outcome = second().catch((thrown: unknown) => thrown)
      for (let tries = 0; tries < 100; tries++) {
        const { rows } = await people.platform.admin.query(
          `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        )
        if (rows.length > 0) break
        await new Promise(resolve => setTimeout(resolve, 10))
      }
    })
    return outcome
  }
  const codeOf = (thrown: unknown): unknown => (thrown instanceof UpheldError ? thrown.code : thrown)

  test('suspended in the moment of the approval: who may no longer decide has decided nothing', async () => {
    const id = await ask()
    await agree(id)
    const suspend = (at: Date | null) => (tx: Queryable) =>
      tx.query(
        `set local session_replication_role = replica; update upheld_access.member set suspended_at = ${at === null ? 'null' : `'${at.toISOString()}'`} where id = '${owner.id}'`,
      )
    const outcome = await meanwhile(suspend(people.clock.now()), () => approve(id))
    await people.platform.admin.transaction(suspend(null))
    assert.equal(codeOf(outcome), 'support.not_permitted')
    assert.equal((await requestOf(id))?.grant_id, null)
  })

  test('let go, or shut out by the rule, in the moment of agreeing: nothing was agreed to', async () => {
    const [one, other] = [await ask(), await ask()]
    const gone = await meanwhile(
      tx => tx.query('update upheld_identity.staff set ended_at = now() where person_id = $1', [staff[3]]),
      () => agree(one, 3),
    )
    assert.equal(codeOf(gone), 'support.not_staff')
    await addStaff(ports, staff[3] ?? '', 'again')
    const rule = (value: string) => (tx: Queryable) =>
      tx.query('update upheld_access.account set support = $1', [value])
    const never = await meanwhile(rule('never'), () => agree(other, 3))
    await people.platform.admin.transaction(rule('ask'))
    assert.equal(codeOf(never), 'support.never')
    for (const id of [one, other]) assert.equal((await requestOf(id))?.peer_id, null)
  })

  test('the login of the jobs forgets no end, changes no report and no decision, and reopens nothing', async () => {
    const { id } = await granted()
    await end(id)
    const own = organization.as({ type: 'operator', id: 'o', purpose: 'support' })
    await own.sql`update upheld_access.support_request set report = '{}' where id = ${id}`
    const jobs = jobsTenancy()
    try {
      for (const change of [
        'ended_at = null',
        `ended_at = now() + interval '1 day'`,
        `report = '{"statements":0}'`,
        'report = null',
      ]) {
        await assert.rejects(
          jobs
            .organization(organization.id)
            .query(`update upheld_access.support_request set ${change} where id = $1`, [id]),
          { code: '42501' },
          change,
        )
      }
    } finally {
      await jobs.close()
    }
    for (const change of [
      'decision = null, grant_id = null, decided_by = null, decided_at = null, ends_at = null',
      `ends_at = ends_at + interval '1 hour'`,
      `minutes = 120`,
      `permissions = '{thing.write}'`,
      `staff_id = '${staff[1]}', peer_id = null`,
      'peer_id = null',
      'ended_at = null',
    ]) {
      await assert.rejects(
        own.query(`update upheld_access.support_request set ${change} where id = $1`, [id]),
        {
          code: '42501',
        },
        change,
      )
    }
  })

  test('people of the operator find what waits for them, wherever it is, and it goes when it is over', async () => {
    const id = await ask()
    const found = async (only?: string) =>
      (await staffRequests(ports, staff[1] ?? '', only)).find(one => one.request.id === id)
    assert.deepEqual([(await found())?.organizationName, (await found())?.organizationId], ['Acme', organization.id])
    await end(id)
    assert.equal(await found(), undefined)
    assert.notEqual((await found(id))?.request.ended_at, null)
    assert.deepEqual(await staffRequests(ports, staff[1] ?? '', `' or true`), [])
  })

  test('who is inside is known at every moment, and nobody is once it ended, by whomever', async () => {
    const live = () => liveSupport(organization, people.clock.now())
    for (const request of await listSupport(organization)) {
      if (request.grant_id !== null && request.ended_at === null) await end(request.id)
    }
    assert.equal(await live(), undefined)
    const { id } = await granted(2, { writes: true })
    assert.deepEqual([(await live())?.requestId, (await live())?.writes], [id, true])
    await endStaff(ports, staff[2] ?? '')
    assert.equal(await live(), undefined)
    await addStaff(ports, staff[2] ?? '', 'again')
    await end(id)
  })

  test('let go by the operator with a customer open: the very next statement is refused, and coming back revives nothing', async () => {
    const { grantId } = await granted(2)
    const inside = await visit(grantId, 2)
    await read(inside.organization)
    await endStaff(ports, staff[2] ?? '')
    await assert.rejects(read(inside.organization), { code: 'tenancy.no_grant' })
    await addStaff(ports, staff[2] ?? '', 'again')
    await assert.rejects(visit(grantId, 2), { code: 'support.not_live' })
  })

  test('a disabled person of the operator is out of every customer with the next statement', async () => {
    const { grantId } = await granted(2)
    const inside = await visit(grantId, 2)
    const set = (at: Date | null) =>
      people.database.query('update upheld_identity.person set disabled_at = $2 where id = $1', [staff[2], at])
    await set(people.clock.now())
    await assert.rejects(read(inside.organization), { code: 'tenancy.no_grant' })
    await set(null)
    await assert.rejects(visit(grantId, 2), { code: 'support.not_live' })
  })

  test('asked or agreed by somebody who has left since: the customer’s yes begins nothing', async () => {
    for (const [asks, agrees, gone] of [
      [2, 1, 2],
      [0, 3, 3],
    ] as const) {
      const id = await ask(asks)
      await agree(id, agrees)
      await endStaff(ports, staff[gone] ?? '')
      await assert.rejects(approve(id), { code: 'support.over' })
      assert.equal((await requestOf(id))?.grant_id, null)
      await addStaff(ports, staff[gone] ?? '', 'again')
    }
  })

  test('NUL, half characters, lines in a case and text that turns around are one clear refusal', async () => {
    for (const given of [
      { caseId: 'CASE\0' },
      { caseId: 'CASE\r\nBcc: a@b.example' },
      { caseId: 'CASE\u202e7' },
      { caseId: '\ud800' },
      { reason: 'The invoice page \0 an error.' },
      { reason: 'The invoice page \udfff an error.' },
      { reason: ' '.repeat(10_000_000) },
    ]) {
      await assert.rejects(ask(0, given), { code: 'support.bad_request' }, JSON.stringify(given).slice(0, 80))
    }
    await assert.rejects(visit('a\0b'), { code: 'support.not_live' })
    const id = await ask(0, { caseId: 'Cafe\u0301', reason: 'The invoice page\nshows an e\u0301rror.' })
    assert.equal((await requestOf(id))?.case_id, 'Caf\u00e9')
  })

  test('the owners get the mails, from the outbox on: at the start, and at an end that nobody made', async () => {
    await people.platform.admin.query('delete from upheld_identity.mail')
    const { id, grantId } = await granted(0, { minutes: 1, writes: true })
    await people.platform.admin.query(
      `update upheld_guard.support_grant set starts_at = starts_at - interval '1 hour', expires_at = expires_at - interval '1 hour' where id = $1`,
      [grantId],
    )
    people.clock.turn(61)
    const database = openDatabase(people.platform.urls.jobs, { connectionsMax: 2 })
    const jobs = jobsTenancy()
    try {
      await closeSupport(jobs.organization(organization.id), people.clock)
      await closeSupport(jobs.organization(organization.id), people.clock)
      assert.notEqual((await requestOf(id))?.ended_at, null)
      const sent: OutgoingMail[] = []
      const mailer = { send: async (mail: OutgoingMail) => void sent.push(mail), close: async () => undefined }
      const links = parseLinkOptions({ origin: 'https://desk.example', product: 'Desk' })
      const done = await deliverMails({ database, mailer, clock: people.clock, links, writers: supportWriters })
      assert.deepEqual(done, { sent: sent.length, dropped: 0, failed: 0, gaveUp: 0 })
      const began = sent.filter(({ subject }) => subject.startsWith('Support is in'))
      assert.match(began[0]?.text ?? '', /Acme.*1 minutes.*may change.*CASE-7/s)
      const ended = sent.filter(({ subject }) => subject.startsWith('Support has left'))
      assert.deepEqual([began.length, ended.length >= 1], [1, true])
      assert.ok(sent.every(({ to }) => to === 'o@acme.example'))
    } finally {
      await jobs.close()
      await database.close()
    }
  })

  test('a context of staff opens nothing over the login of identity, whatever its grant allows', async () => {
    const grantId = randomUUID()
    await organization.as({ type: 'member', id: owner.id, purpose: 'support' })
      .sql`select upheld.grant_support(${grantId}, ${staff[0]}, true, 600, '{}', ${randomBytes(64)})`
    const login = openDatabase(people.platform.urls.identity, { connectionsMax: 1 })
    try {
      const pid = Number((await login.query('select pg_backend_pid() as pid')).rows[0]?.['pid'])
      const note = noteOf({ type: 'staff', id: staff[0] ?? '', purpose: 'support' })
      const context = signContext(people.platform.key, {
        organization: organization.id,
        expiresAtSecs: Math.floor(Date.now() / 1000) + 60,
        backendPid: pid,
        nonce: note.nonce,
        grant: grantId,
      })
      await assert.rejects(
        login.transaction(async tx => {
          await tx.query('select upheld.enter($1)', [context + note.text])
          return tx.query('select roles from upheld_access.member')
        }),
        /upheld: no_grant/,
      )
    } finally {
      await login.close()
    }
  })
})
