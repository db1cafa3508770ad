import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { UpheldError } from '../../src/core/errors.ts'
import type { Database } from '../../src/core/ports.ts'
import {
  clearIdentity,
  deliverMails,
  giveUpMs,
  openIdentity,
  parseIdentityOptions,
  parseLinkOptions,
  type Mailer,
  type OutgoingMail,
} from '../../src/guards/identity/index.ts'
import { identityStage, password, visitor, type Stage } from './identity-stage.ts'

const links = parseLinkOptions({ product: 'Desk', origin: 'https://desk.example' })

suite('the outbox', () => {
  let stage: Stage
  let jobs: Database
  before(async () => {
    stage = await identityStage()
    jobs = openDatabase(stage.people.platform.urls.jobs, { connectionsMax: 6 })
  })
  after(async () => {
    await jobs.close()
    await stage.close()
  })

  const deliver = (mailer: Mailer) => deliverMails({ database: jobs, mailer, clock: stage.people.clock, links })
  const failing = (code: 'unreachable' | 'refused'): Mailer => ({
    send: () => Promise.reject(new UpheldError(`mail.${code}`, { status: 503, public: 'no' })),
    close: async () => undefined,
  })
  async function row(recipient: string): Promise<Record<string, unknown>> {
    const { rows } = await stage.people.platform.admin.query(
      'select * from upheld_identity.mail where recipient = $1',
      [recipient],
    )
    assert.equal(rows.length, 1)
    return { ...rows[0] }
  }

  test('a mail server that is down changes no answer and no work; the mail goes out once it is back', async () => {
    const email = 'waits@example.org'
    stage.statements()
    await stage.identity.signUp({ email, name: 'Ann', password })
    const whole = stage.statements().length
    assert.deepEqual(await deliver(failing('unreachable')), { sent: 0, dropped: 0, failed: 1, gaveUp: 0 })
    await stage.identity.signUp({ email: 'other@example.org', name: 'Ann', password })
    assert.equal(stage.statements().length, whole)
    assert.equal((await row(email))['failure'], 'mail.unreachable')
    stage.people.clock.turn(61)
    const arrived = await stage.identity.confirmSignUp({ link: await stage.link(email), password }, visitor())
    assert.equal(arrived.needs, 'nothing')
  })

  test('pauses grow with every attempt, and after a day it is given up, with its reason', async () => {
    const email = 'never@example.org'
    await stage.identity.askReset((await stage.somebody()).email)
    await stage.deliver()
    await stage.identity.signUp({ email, name: 'Ann', password })
    const pauses: number[] = []
    for (let attempt = 0; attempt < 8; attempt++) {
      assert.equal((await deliver(failing('unreachable'))).failed, 1)
      const due = (await row(email))['due_at']
      assert.ok(due instanceof Date)
      const secs = (due.getTime() - stage.people.clock.now().getTime()) / 1_000
      pauses.push(secs)
      assert.deepEqual(await deliver(failing('unreachable')), { sent: 0, dropped: 0, failed: 0, gaveUp: 0 })
      stage.people.clock.turn(secs)
    }
    assert.deepEqual(pauses, [60, 120, 240, 480, 960, 1_920, 3_600, 3_600])
    stage.people.clock.turn(giveUpMs / 1_000)
    assert.equal((await deliver(failing('unreachable'))).gaveUp, 1)
    const { failure, gave_up_at: gaveUp } = await row(email)
    assert.equal(failure, 'mail.unreachable')
    assert.ok(gaveUp instanceof Date)
    assert.deepEqual(await stage.mails(email), [])
  })

  test('what a server refuses for good is not tried again', async () => {
    const email = 'refused@example.org'
    await stage.identity.signUp({ email, name: 'Ann', password })
    assert.equal((await deliver(failing('refused'))).gaveUp, 1)
    assert.equal((await row(email))['failure'], 'mail.refused')
  })

  test('a mail that nobody can read is given up, and keeps no other one back', async () => {
    const email = 'behind@example.org'
    await stage.people.platform.admin.query(
      `insert into upheld_identity.mail (recipient, kind, detail, created_at, due_at)
       values ('odd@example.org', 'reset', '{"minutes": 30}', $1, $1)`,
      [stage.people.clock.now()],
    )
    await stage.identity.signUp({ email, name: 'Ann', password })
    assert.equal((await stage.mails(email)).length, 1)
    const { failure, gave_up_at: gaveUp } = await row('odd@example.org')
    assert.equal(failure, 'unreadable')
    assert.ok(gaveUp instanceof Date)
  })

  test('twelve walks at once send each mail once', async () => {
    const emails = Array.from({ length: 15 }, (_, n) => `many-${n}@example.org`)
    for (const email of emails) await stage.identity.signUp({ email, name: 'Ann', password })
    const sent: OutgoingMail[] = []
    const mailer: Mailer = {
      async send(mail) {
        await new Promise(resolve => setTimeout(resolve, 5))
        sent.push(mail)
      },
      close: async () => undefined,
    }
    await Promise.all(Array.from({ length: 12 }, () => deliver(mailer)))
    assert.deepEqual(sent.map(({ to }) => to).toSorted(), emails.toSorted())
  })

  test('the outbox holds no secret: no link, no token and no hash of a password stands in it, before and after', async () => {
    const one = await stage.withApp()
    await stage.identity.askReset(one.email)
    await stage.identity.askEmailChange(one.token, 'elsewhere@example.org', visitor())
    const read = async (): Promise<string> => {
      const { rows } = await stage.people.platform.admin.query('select m::text as line from upheld_identity.mail m')
      return rows.map(({ line }) => String(line)).join('\n')
    }
    const before = await read()
    const link = await stage.link(one.email)
    const after = await read()
    for (const text of [before, after]) {
      assert.ok(!text.includes(link))
      assert.ok(!text.includes(one.token))
      assert.doesNotMatch(text, /argon2|https:|[A-Za-z0-9_-]{43}/)
    }
  })

  test('the login of the jobs writes mails and reads no hash, no token, no sign-up and no link', async () => {
    for (const text of [
      'select hash from upheld_identity.password',
      'select hash from upheld_identity.once',
      'select subject from upheld_identity.once',
      'select token_hash from upheld_identity.session',
      'select hash from upheld_identity.sign_up',
      'select email from upheld_identity.sign_up',
      'select was from upheld_identity.email_change',
      `update upheld_identity.person set email = 'x@example.org'`,
      `insert into upheld_identity.session (person_id) values (gen_random_uuid())`,
    ])
      await assert.rejects(jobs.query(text), { code: '42501' }, text)
  })

  test('what is over is cleared, and what is not stays', async () => {
    const one = await stage.somebody()
    await stage.identity.signUp({ email: 'late@example.org', name: 'Ann', password })
    const at = stage.people.clock.now()
    await clearIdentity(jobs, at)
    assert.notEqual(await stage.identity.verify(one.token), undefined)
    await clearIdentity(jobs, new Date(at.getTime() + 400 * 86_400_000))
    const { rows } = await stage.people.platform.admin.query(
      `select (select count(*)::int from upheld_identity.session) as sessions, (select count(*)::int from upheld_identity.sign_up) as waiting,
         (select count(*)::int from upheld_identity.mail) as mails, (select count(*)::int from upheld_identity.event) as events,
         (select count(*)::int from upheld_identity.once) as once, (select count(*) > 0 from upheld_identity.person) as persons`,
    )
    assert.deepEqual(rows, [{ sessions: 0, waiting: 0, mails: 0, events: 0, once: 0, persons: true }])
  })

  test('R27: settings that are not sound open nothing', () => {
    for (const bad of [
      { idleSecs: 0 },
      { idleSecs: 3_600, absoluteSecs: 600 },
      { absoluteSecs: 1e9 },
      { idleSec: 60 },
      null,
      'x',
    ])
      assert.throws(() => parseIdentityOptions(bad), { code: 'identity.bad_options', status: 500 })
    for (const origin of [
      'http://desk.example',
      'https://desk.example/',
      'https://desk.example/x',
      'javascript:alert(1)',
      'desk.example',
      'https://a@desk.example',
    ])
      assert.throws(() => parseLinkOptions({ product: 'Desk', origin }), { code: 'identity.bad_options' }, origin)
    assert.throws(
      () => parseLinkOptions({ product: 'Desk', origin: 'https://desk.example', paths: { reset: '//evil.example' } }),
      {
        code: 'identity.bad_options',
      },
    )
  })

  test('R27: a request whose session cannot be looked up is refused, and lets nobody in', async () => {
    const one = await stage.somebody()
    const closed = openDatabase('postgres://nobody@127.0.0.1:1/none', { connectionsMax: 1 })
    const broken = openIdentity({ ...stage.ports, database: closed })
    await assert.rejects(broken.verify(one.token))
    await assert.rejects(broken.signIn({ email: one.email, password }, visitor()))
    await closed.close()
  })
})
