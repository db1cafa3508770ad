import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { systemClock } from '../../src/core/clock.ts'
import { openSealing } from '../../src/custody.ts'
import { runDueReviews, verifyReview } from '../../src/guards/reviews/index.ts'
import type { House } from './keys-stage.ts'
import { decision, lineOf, refused, reviewStage, type ReviewStage } from './reviews-stage.ts'

const daySecs = 86_400

suite('attacks on reviews of access', () => {
  let here: ReviewStage
  let sealing: NonNullable<ReturnType<typeof openSealing>>
  before(async () => {
    here = await reviewStage()
    const { custody, upheld } = here.people.platform
    const opened = openSealing({ vault: custody.vault }, {}, systemClock, id => upheld.organization(id))
    assert.ok(opened)
    sealing = opened
  })
  after(async () => {
    sealing.close()
    await here.close()
  })

  const twoOwners = async (): Promise<House & { readonly second: { readonly memberId: string } }> => {
    const house = await here.house()
    return { ...house, second: await here.secondOwner(house) }
  }
  /** A provider of this organization, as one that was registered. */
  const provider = async ({ id: organization, owner, ...house }: House): Promise<string> => {
    const id = randomUUID()
    const address = { table: 'upheld_access.sso_connection', column: 'client_secret', row: id }
    const secret = Buffer.from(await sealing.vault.seal(organization, address, 'a secret of the provider'))
    await house.organization
      .sql`insert into upheld_access.sso_connection (organization_id, id, name, issuer, client_id, client_secret,
        client_method, second_factor, provision, roles, created_by, created_at)
      values (${organization}, ${id}, 'Okta', 'https://idp.example', 'desk', ${secret}, 'client_secret_basic', '{}', false, '{}',
        ${owner.memberId}, ${here.people.clock.now()})`
    return id
  }
  /** A session of a member; one that a provider vouches for is held to its organization. */
  const session = async (house: House, memberId: string, byProvider: boolean): Promise<string> => {
    const { rows } = await here.people.platform.admin.query(
      `insert into upheld_identity.session (person_id, token_hash, created_at, seen_at, expires_at, idle_secs, proven_at, methods,
         organization_id, label, network)
       select person_id, $3, now(), now(), 'infinity', 86400, now(), '{sso}', $4, '', '' from upheld_access.member
       where organization_id = $1 and id = $2 returning id`,
      [house.id, memberId, randomBytes(32), byProvider ? house.id : null],
    )
    return String(rows[0]?.['id'])
  }
  const lives = async (id: string): Promise<boolean> => {
    const { rows } = await here.people.platform.admin.query('select 1 from upheld_identity.session where id = $1', [id])
    return rows.length === 1
  }
  const due = () =>
    runDueReviews({ database: here.jobs.database, reviews: here.jobs.reviews, clock: here.people.clock })

  test('a provider that a review ends, closed by the jobs or by a member, ends every session that it vouched for', async () => {
    const [house, other] = [await twoOwners(), await twoOwners()]
    const [theirs, ended] = [await provider(other), await provider(house)]
    const [vouched, own] = [
      await session(house, house.agent.memberId, true),
      await session(house, house.agent.memberId, false),
    ]
    const elsewhere = await session(other, other.agent.memberId, true)
    const review = await here.reviews.begin(house.id, house.owner)
    // Nobody answers: what has privileges goes, by the login of the jobs.
    here.people.clock.turn(30 * daySecs)
    await due()
    const line = lineOf(await here.reviews.lines(house.id, review.id), 'sso-link', ended)
    assert.equal(line.outcome, 'removed')
    assert.deepEqual([await lives(vouched), await lives(own), await lives(elsewhere)], [false, true, true])
    const second = await here.reviews.begin(other.id, other.owner)
    await here.decideAll(other, second.id, ({ kind }) => (kind === 'sso-link' ? 'remove' : 'keep'))
    assert.equal((await here.reviews.close(other.id, other.owner, second.id)).state, 'closed')
    const [row] = await other.organization.sql`
      select disabled_at is not null as over from upheld_access.sso_connection where id = ${theirs}`
    assert.deepEqual([row?.['over'], await lives(elsewhere)], [true, false])
  })

  test('a member who left meanwhile, and one who came: the snapshot stays, and closing is no fault', async () => {
    const house = await twoOwners()
    const review = await here.reviews.begin(house.id, house.owner)
    const before = await here.reviews.lines(house.id, review.id)
    await house.organization.sql`delete from upheld_access.member where id = ${house.agent.memberId}`
    await house.organization
      .sql`update upheld_access.member set roles = roles || '{agent}' where id = ${house.admin.memberId}`
    await here.decideAll(house, review.id, ({ subject }) =>
      subject.startsWith(house.agent.memberId) ? 'remove' : 'keep',
    )
    const closing = await here.reviews.close(house.id, house.owner, review.id)
    assert.equal(closing.state, 'closed')
    const after_ = await here.reviews.lines(house.id, review.id)
    assert.deepEqual(
      after_.map(({ id, kind, subject, facts }) => ({ id, kind, subject, facts })),
      before.map(({ id, kind, subject, facts }) => ({ id, kind, subject, facts })),
    )
    assert.deepEqual(verifyReview(await here.reviews.record(house.id, review.id)).problems, [])
    // Whoever was removed is not made a member again by keeping or removing a line of theirs.
    const gone = await house.organization.sql`select id from upheld_access.member where id = ${house.agent.memberId}`
    assert.deepEqual(gone, [])
  })

  test('a reviewer who is demoted between reading and deciding, or suspended, decides nothing; nor a member who left', async () => {
    const house = await twoOwners()
    const review = await here.reviews.begin(house.id, house.owner, { reviewers: [house.admin.memberId] })
    const lines = await here.reviews.lines(house.id, review.id)
    const mine = lines.find(({ reviewer }) => reviewer === house.admin.memberId)
    assert.ok(mine)
    await house.organization
      .sql`update upheld_access.member set suspended_at = now() where id = ${house.admin.memberId}`
    await assert.rejects(
      here.reviews.decide(house.id, house.admin, review.id, [decision(mine)]),
      refused('reviews.may_not'),
    )
    await assert.rejects(here.reviews.close(house.id, house.admin, review.id), refused('reviews.may_not'))
    await assert.rejects(
      here.reviews.decide(house.id, { memberId: randomUUID() }, review.id, [decision(mine)]),
      refused('reviews.may_not'),
    )
  })

  test('a record that was changed at any one place does not verify', async () => {
    const house = await twoOwners()
    const review = await here.reviews.begin(house.id, house.owner)
    await here.decideAll(house, review.id, () => 'keep')
    await here.reviews.close(house.id, house.owner, review.id)
    const text = await here.reviews.record(house.id, review.id)
    const { digest } = verifyReview(text)
    const [event] = await here.events(house, 'review.closed')
    assert.equal(event?.detail['digest'], digest)
    for (const [from, to] of [
      ['"complete":true', '"complete":false'],
      [house.owner.memberId, house.second.memberId],
      ['"decision":"keep"', '"decision":"remove"'],
      ['"privileged":true', '"privileged":false'],
      ['"how":"reviewer"', '"how":"silence"'],
      ['as it should be', 'as it should not be'],
      ['{', '{ '],
    ] as const) {
      const forged = text.replace(from, to)
      assert.notEqual(forged, text, from)
      const read = verifyReview(forged)
      assert.ok(read.problems.length > 0 || read.digest !== digest, from)
    }
  })
})
