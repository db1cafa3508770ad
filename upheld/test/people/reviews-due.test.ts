import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { after, before, suite, test } from 'node:test'
import { deliverMails, parseLinkOptions, type OutgoingMail } from '../../src/guards/identity/index.ts'
import {
  overdueReviews,
  reviewWriters,
  runDueReviews,
  verifyReview,
  type ReviewLine,
} from '../../src/guards/reviews/index.ts'
import { addStaff, endStaff, type Present } from '../../src/guards/support/index.ts'
import type { House } from './keys-stage.ts'
import type { Orders } from './reviews-process.ts'
import { refused, reviewStage, type ReviewStage } from './reviews-stage.ts'

const daySecs = 86_400

suite('access reviews in time', () => {
  let here: ReviewStage
  before(async () => {
    here = await reviewStage()
  })
  after(() => here.close())

  const twoOwners = async (): Promise<House & { readonly second: { readonly memberId: string } }> => {
    const house = await here.house()
    return { ...house, second: await here.secondOwner(house) }
  }
  const due = () =>
    runDueReviews({ database: here.jobs.database, reviews: here.jobs.reviews, clock: here.people.clock })
  const overdue = async (house: House) =>
    (await overdueReviews(here.jobs.database, here.people.clock.now())).some(one => one.organization === house.id)
  const live = async (house: House) => (await here.reviews.list(house.id)).find(({ state }) => state !== 'closed')
  const rolesOf = async (house: House, member: string) =>
    (
      await house.organization.sql<{ roles: string[]; out: boolean }>`
      select roles, suspended_at is not null as out from upheld_access.member where id = ${member}`
    )[0]
  const keep = (line: ReviewLine) => ({ id: line.id, decision: 'keep', reason: 'looked at it' }) as const
  let staff = 0
  const operator = async (methods = ['password', 'totp']): Promise<Present> => {
    const { database, clock } = here.people
    const personId = await here.people.person(`staff-${++staff}@operator.example`)
    await addStaff({ database, clock }, personId, 'a test')
    return { personId, methods, provenAt: clock.now() }
  }

  test('no answer: what has privileges is taken away, the rest goes to the owners, then to the default', async () => {
    const house = await twoOwners()
    const other = await twoOwners()
    await here.reviews.setSchedule(other.id, other.owner, {
      everyMonths: 3,
      decideDays: 14,
      escalateDays: 7,
      unanswered: 'remove',
    })
    for (const one of [house, other]) {
      const review = await here.reviews.begin(one.id, one.owner, { reviewers: [one.admin.memberId] })
      // The owners certify each other, so that somebody is left.
      for (const [by, holder] of [
        [one.owner, one.second],
        [one.second, one.owner],
      ] as const) {
        const lines = (await here.reviews.lines(one.id, review.id)).filter(line => line.holder === holder.memberId)
        await here.reviews.decide(one.id, by, review.id, lines.map(keep))
      }
    }
    here.people.clock.turn(14 * daySecs)
    const first = await due()
    assert.deepEqual([first.escalated, first.closed, first.failed], [2, 0, []])
    for (const one of [house, other]) {
      assert.deepEqual(await rolesOf(one, one.admin.memberId), { roles: [], out: true })
      assert.deepEqual(await rolesOf(one, one.agent.memberId), { roles: ['agent'], out: false })
      const review = await live(one)
      assert.equal(review?.state, 'escalated')
      const open = await here.reviews.lines(one.id, review.id, { undecided: true })
      assert.deepEqual(
        open.map(({ kind, holder }) => [kind, holder]),
        [
          ['role', one.agent.memberId],
          ['member', one.agent.memberId],
        ],
      )
      for (const line of open) assert.ok([one.owner.memberId, one.second.memberId].includes(line.reviewer ?? ''))
    }
    here.people.clock.turn(7 * daySecs)
    const second = await due()
    assert.deepEqual([second.escalated, second.closed, second.failed], [0, 2, []])
    assert.deepEqual(await rolesOf(house, house.agent.memberId), { roles: ['agent'], out: false })
    assert.deepEqual(await rolesOf(other, other.agent.memberId), { roles: [], out: true })
    // What was kept without an answer was not reviewed; what was taken away was answered for by its removal.
    assert.equal((await here.reviews.list(house.id))[0]?.complete, false)
    assert.equal((await here.reviews.list(other.id))[0]?.complete, true)
  })

  test('an owner who is alone: only the operator can say that it knows them, and it takes nothing away', async () => {
    const house = await here.house()
    const review = await here.reviews.begin(house.id, house.owner)
    assert.equal(review.unassigned, 2)
    const lines = await here.reviews.lines(house.id, review.id)
    const own = lines.filter(({ holder }) => holder === house.owner.memberId)
    const others = lines.filter(({ holder }) => holder !== house.owner.memberId)
    await assert.rejects(
      here.reviews.decide(house.id, house.owner, review.id, own.map(keep)),
      refused('reviews.own_access'),
    )
    const staff = await operator()
    await assert.rejects(
      here.reviews.attest(house.id, staff, review.id, others.map(keep)),
      refused('reviews.not_yours'),
    )
    const away = own.map(line => ({ ...keep(line), decision: 'remove' as const }))
    await assert.rejects(here.reviews.attest(house.id, staff, review.id, away), refused('reviews.not_yours'))
    // Any word that calls itself the operator's, one that left, and a session that a password alone made.
    const left = await operator()
    await endStaff(here.people, left.personId)
    for (const [nobody, code] of [
      [{ ...staff, personId: randomUUID() }, 'support.not_staff'],
      [left, 'support.not_staff'],
      [{ ...staff, methods: ['password'] }, 'support.weak_session'],
      [{ ...staff, provenAt: new Date(staff.provenAt.getTime() - 601_000) }, 'support.weak_session'],
    ] as const) {
      await assert.rejects(here.reviews.attest(house.id, nobody, review.id, own.map(keep)), refused(code))
    }
    await here.reviews.attest(house.id, staff, review.id, own.map(keep))
    await here.reviews.decide(house.id, house.owner, review.id, others.map(keep))
    const closing = await here.reviews.close(house.id, house.owner, review.id)
    assert.ok(closing.state === 'closed' && closing.complete)
    const { rows } = await here.people.platform.admin.query(
      `select count(*)::int as n from upheld_audit.pending where organization_id = $1 and body #>> '{actor,type}' = 'operator'`,
      [house.id],
    )
    assert.deepEqual(rows, [{ n: 1 }])
  })

  test('restore removed access silently: a visible event, once, and a mark in the next review until somebody keeps it', async () => {
    const house = await twoOwners()
    const review = await here.reviews.begin(house.id, house.owner)
    await here.decideAll(house, review.id, ({ holder }) => (holder === house.admin.memberId ? 'remove' : 'keep'))
    await here.reviews.close(house.id, house.owner, review.id)
    assert.equal(await here.reviews.lookAgain(house.id), 0)
    // Past every page, by somebody who may write anything.
    await here.people.platform.admin.query(
      `update upheld_access.member set roles = '{admin}', suspended_at = null where id = $1`,
      [house.admin.memberId],
    )
    here.people.clock.turn(2 * daySecs)
    assert.equal((await due()).restored >= 2, true)
    assert.equal(await here.reviews.lookAgain(house.id), 2)
    const events = await here.events(house, 'review.restored')
    assert.deepEqual(
      events.map(({ outcome, targets }) => [outcome, targets.map(({ type }) => type)]),
      [['failure', ['role', 'member']]],
    )
    const next = await here.reviews.begin(house.id, house.owner)
    assert.equal(next.restored, 2)
    const marked = (await here.reviews.lines(house.id, next.id)).filter(({ restored }) => restored)
    assert.deepEqual(
      marked.map(({ holder }) => holder),
      [house.admin.memberId, house.admin.memberId],
    )
    await here.decideAll(house, next.id, () => 'keep')
    await here.reviews.close(house.id, house.owner, next.id)
    assert.equal((await here.reviews.begin(house.id, house.owner)).restored, 0)
    assert.equal((await here.events(house, 'review.restored')).length, 1)
  })

  test('killed while it takes away, or while it tries: nothing is half done, and whoever closes again goes on', async () => {
    for (const hangs of ['removing', 'trying'] as const) {
      const house = await twoOwners()
      await here.keys.create(house.id, house.owner, { name: 'r', scopes: ['thing.read'], days: 99 })
      const review = await here.reviews.begin(house.id, house.owner)
      await here.decideAll(house, review.id, ({ kind, holder }) =>
        kind === 'api-key' || holder === house.admin.memberId ? 'remove' : 'keep',
      )
      await killedWhile(here, house, review.id, hangs)
      const [key] = await here.keys.list(house.id)
      const admin = await rolesOf(house, house.admin.memberId)
      const done = hangs === 'trying'
      assert.deepEqual([key?.revoked !== undefined, admin?.roles.length === 0, admin?.out], [done, done, done], hangs)
      assert.equal((await live(house))?.state, done ? 'settled' : 'open')
      assert.equal((await here.events(house, 'review.closed')).length, 0)
      const closing = await here.reviews.close(house.id, house.owner, review.id)
      assert.ok(closing.state === 'closed' && closing.complete)
      assert.deepEqual(await here.reviews.close(house.id, house.owner, review.id), closing)
      assert.equal((await here.events(house, 'review.closed')).length, 1)
      assert.deepEqual(await rolesOf(house, house.admin.memberId), { roles: [], out: true })
    }
  })

  test('eight who close at once: one record, one event, each removal once', async () => {
    const house = await twoOwners()
    const review = await here.reviews.begin(house.id, house.owner)
    await here.decideAll(house, review.id, ({ holder }) => (holder === house.agent.memberId ? 'remove' : 'keep'))
    const all = await Promise.all(Array.from({ length: 8 }, () => here.reviews.close(house.id, house.owner, review.id)))
    assert.equal(new Set(all.map(one => (one.state === 'closed' ? one.digest : one.state))).size, 1)
    assert.equal((await here.events(house, 'review.closed')).length, 1)
  })

  test('the schedule opens reviews by itself, and whoever has none in time is overdue', async () => {
    const house = await twoOwners()
    assert.equal(await live(house), undefined)
    await here.people.platform.admin.query(
      'update upheld_access.account set created_at = $2 where organization_id = $1',
      [house.id, here.people.clock.now()],
    )
    await here.reviews.setSchedule(house.id, house.owner, {
      everyMonths: 1,
      decideDays: 5,
      escalateDays: 2,
      unanswered: 'keep',
    })
    here.people.clock.turn(32 * daySecs)
    assert.equal(await overdue(house), false)
    const run = await due()
    assert.ok(run.opened >= 1)
    const review = await live(house)
    assert.deepEqual([review?.openedBy, review?.state], ['schedule', 'open'])
    // Nobody answers: it closes, does not count, and another one opens soon.
    here.people.clock.turn(5 * daySecs)
    await due()
    here.people.clock.turn(2 * daySecs)
    await due()
    assert.equal((await here.reviews.list(house.id))[0]?.complete, false)
    here.people.clock.turn(6 * daySecs)
    assert.equal(await overdue(house), true)
    await due()
    assert.equal(await live(house), undefined)
    here.people.clock.turn(daySecs)
    await due()
    const again = await live(house)
    assert.ok(again)
    assert.equal(await overdue(house), true)
    for (const line of await here.reviews.lines(house.id, again.id)) {
      if (line.reviewer === null) await here.reviews.attest(house.id, await operator(), again.id, [keep(line)])
      else await here.reviews.decide(house.id, { memberId: line.reviewer }, again.id, [keep(line)])
    }
    const [owner] = await house.organization.sql<{ id: string }>`
      select id from upheld_access.member where suspended_at is null and 'owner' = any (roles)`
    await here.reviews.close(house.id, { memberId: owner?.id ?? '' }, again.id)
    assert.equal(await overdue(house), false)
  })

  test('a review that nobody closes in time is overdue, even if the last one counted', async () => {
    const house = await twoOwners()
    await here.reviews.begin(house.id, house.owner)
    here.people.clock.turn(14 * daySecs)
    assert.equal(await overdue(house), false)
    here.people.clock.turn(daySecs)
    assert.equal(await overdue(house), true)
    here.people.clock.turn(-15 * daySecs)
  })

  test('one organization that fails keeps no other one waiting, and is tried again', async () => {
    const [broken, house] = [await twoOwners(), await twoOwners()]
    for (const one of [broken, house]) await here.reviews.begin(one.id, one.owner)
    here.people.clock.turn(14 * daySecs)
    const jobs = {
      ...here.jobs.reviews,
      close: (...given: Parameters<typeof here.jobs.reviews.close>) =>
        given[0] === broken.id ? Promise.reject(new Error('the disk is full')) : here.jobs.reviews.close(...given),
    }
    const run = await runDueReviews({ database: here.jobs.database, reviews: jobs, clock: here.people.clock })
    assert.deepEqual(run.failed, [{ organization: broken.id, code: 'core.unexpected' }])
    assert.equal((await live(house))?.state, 'escalated')
    assert.equal((await live(broken))?.state, 'open')
    await due()
    assert.equal((await live(broken))?.state, 'escalated')
  })

  test('what the jobs close has a record that verifies, with the schedule as its author', async () => {
    const house = await twoOwners()
    const review = await here.reviews.begin(house.id, house.owner)
    await here.decideAll(house, review.id, () => 'keep')
    here.people.clock.turn(14 * daySecs)
    await due()
    const { problems, complete, digest } = verifyReview(await here.reviews.record(house.id, review.id))
    assert.deepEqual([problems, complete], [[], true])
    assert.equal((await here.events(house, 'review.closed'))[0]?.detail['digest'], digest)
  })

  test('the login of the jobs decides nothing by hand, and silence keeps nothing that has privileges', async () => {
    const house = await twoOwners()
    const review = await here.reviews.begin(house.id, house.owner)
    const [line] = (await here.reviews.lines(house.id, review.id)).filter(one => one.privileged)
    const jobs = here.jobs.tenancy.organization(house.id)
    const now = here.people.clock.now()
    const late = new Date(now.getTime() + 15 * daySecs * 1000)
    for (const [set, at] of [
      [`decision = 'keep', how = 'reviewer', decided_by = '${house.second.memberId}', reason = 'looked at it'`, now],
      [`decision = 'keep', how = 'operator', decided_by = 'operator:x', reason = 'looked at it'`, now],
      [`decision = 'keep', how = 'silence'`, late],
      [`decision = 'remove', how = 'silence'`, now],
    ] as const) {
      await assert.rejects(
        jobs.query(`update upheld_access.review_item set ${set}, decided_at = $2 where id = $1`, [line?.id, at]),
        { code: '42501' },
        set,
      )
    }
    await here.reviews.close(house.id, house.owner, review.id).catch(() => undefined)
    here.people.clock.turn(15 * daySecs)
    await due()
  })

  test('reviewers hear when a review opens, before it lapses, and when it goes to the owners: each once, no holder of nothing', async () => {
    const house = await twoOwners()
    await here.people.platform.admin.query('delete from upheld_identity.mail')
    const review = await here.reviews.begin(house.id, house.owner, { reviewers: [house.admin.memberId] })
    const told = async (kind: string) => {
      const { rows } = await here.people.platform.admin.query(
        `select recipient, detail ->> 'lines' as lines from upheld_identity.mail where kind = $1 and detail ->> 'review' = $2`,
        [kind, review.id],
      )
      return rows.length
    }
    assert.equal(await told('review-opened'), 3)
    const mine = (await here.reviews.lines(house.id, review.id)).filter(one => one.reviewer === house.owner.memberId)
    await here.reviews.decide(house.id, house.owner, review.id, mine.map(keep))
    await due()
    assert.equal(await told('review-due'), 0)
    here.people.clock.turn(11 * daySecs)
    assert.ok((await due()).reminded >= 1)
    assert.equal((await due()).reminded, 0)
    assert.equal(await told('review-due'), 2)
    here.people.clock.turn(3 * daySecs)
    assert.equal((await due()).escalated >= 1, true)
    assert.ok((await told('review-escalated')) >= 1)
    const sent: OutgoingMail[] = []
    const mailer = { send: async (mail: OutgoingMail) => void sent.push(mail), close: async () => undefined }
    const links = parseLinkOptions({ origin: 'https://desk.example', product: 'Desk' })
    const { database } = here.jobs
    const done = await deliverMails({ database, mailer, clock: here.people.clock, links, writers: reviewWriters })
    assert.deepEqual([done.failed, done.gaveUp], [0, 0])
    assert.match(
      sent.find(({ subject }) => subject.startsWith('Who may do what'))?.text ?? '',
      /lines wait for you, until/,
    )
    assert.ok(sent.every(({ text }) => !text.includes('http')))
  })

  test('the login of the jobs changes neither what was found nor the schedule, and makes no member', async () => {
    const house = await twoOwners()
    const jobs = here.jobs.tenancy.organization(house.id)
    for (const text of [
      `update upheld_access.review_item set facts = '{}'`,
      `update upheld_access.review set snapshot = 'x'`,
      'delete from upheld_access.review',
      'delete from upheld_access.review_item',
      `update upheld_access.review_schedule set every_months = 12`,
      `insert into upheld_access.member (organization_id, person_id, roles, source) select organization_id, person_id, '{owner}', 'scim' from upheld_access.member`,
      'select hash from upheld_access.api_key',
      `update upheld_access.api_key set scopes = '{}'`,
      'select hash from upheld_access.scim_token',
    ]) {
      await assert.rejects(jobs.query(text), /permission denied/, text)
    }
  })
})

/** A process that closes a review, killed with SIGKILL where it was told to stop. */
async function killedWhile(
  { people }: ReviewStage,
  house: House,
  review: string,
  hangs: Orders['hangs'],
): Promise<void> {
  const { key, urls, admin } = people.platform
  const child = fork(new URL('reviews-process.ts', import.meta.url), { stdio: 'inherit' })
  const orders: Orders = {
    url: urls.identity,
    key: { id: key.id, cell: key.cell, secret: Buffer.from(key.secret).toString('hex') },
    now: people.clock.now().getTime(),
    organization: house.id,
    review,
    hangs,
  }
  const there = once(child, 'message')
  const exit = once(child, 'exit')
  child.send(orders)
  await Promise.race([there, exit])
  assert.equal(child.exitCode, null)
  child.kill('SIGKILL')
  await exit
  // The server notices, and rolls back.
  for (let tries = 0; tries < 200; tries++) {
    const { rows } = await admin.query(
      `select count(*)::int as n from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`,
    )
    if (rows[0]?.['n'] === 0) return
    await new Promise(resolve => setTimeout(resolve, 25))
  }
  assert.fail('the server still holds the transaction of a process that is gone')
}
