import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { House } from './keys-stage.ts'
import { decision, lineOf, refused, reviewStage, type ReviewStage } from './reviews-stage.ts'

const dayMs = 86_400_000

suite('access reviews', () => {
  let here: ReviewStage
  before(async () => {
    here = await reviewStage()
  })
  after(() => here.close())

  const twoOwners = async (): Promise<House & { readonly second: { readonly memberId: string } }> => {
    const house = await here.house()
    return { ...house, second: await here.secondOwner(house) }
  }
  const grant = (house: House, member: string, permission: string) => house.organization.sql`
    insert into upheld_access.override (organization_id, member_id, permission, effect, author_id, reason, created_at, expires_at, review_at)
    values (${house.id}, ${member}, ${permission}, 'allow', ${house.owner.memberId}, 'for the move',
      ${here.people.clock.now()}, ${new Date(here.people.clock.now().getTime() + 100 * dayMs)}, ${new Date(here.people.clock.now().getTime() + dayMs)})`

  test('a review finds members, roles, exceptions, keys, and links of providers and directories, and says who reviews what', async () => {
    const house = await twoOwners()
    await grant(house, house.agent.memberId, 'thing.purge')
    const { id: key } = await here.keys.create(house.id, house.admin, { name: 'r', scopes: ['thing.read'], days: 9 })
    await house.organization.sql`
      insert into upheld_access.scim_token (organization_id, name, hash, created_by, created_at, expires_at)
      values (${house.id}, 'directory', sha256('x'), ${house.owner.memberId}, ${here.people.clock.now()},
        ${new Date(here.people.clock.now().getTime() + dayMs)})`
    const begun = await here.reviews.begin(house.id, house.owner)
    const lines = await here.reviews.lines(house.id, begun.id)
    assert.equal(begun.lines, lines.length)
    assert.equal(begun.unassigned, 0)
    const kinds = lines.map(({ kind }) => kind)
    assert.deepEqual(
      ['api-key', 'override', 'role', 'member', 'scim-link'].map(kind => kinds.filter(one => one === kind).length),
      [1, 1, 4, 4, 1],
    )
    assert.deepEqual(
      lines.map(({ n }) => n),
      lines.map((_, at) => at + 1),
    )
    for (const { holder, reviewer } of lines) assert.notEqual(holder, reviewer)
    assert.equal(lineOf(lines, 'member', house.agent.memberId).privileged, true)
    assert.equal(lineOf(lines, 'role', `${house.agent.memberId} agent`).privileged, false)
    assert.equal(lineOf(lines, 'role', `${house.admin.memberId} admin`).privileged, true)
    assert.equal(lineOf(lines, 'api-key', key).holder, house.admin.memberId)
  })

  test('what was found is frozen; the last use of now stands beside that of then', async () => {
    const house = await twoOwners()
    const { id, key } = await here.keys.create(house.id, house.owner, { name: 'r', scopes: ['thing.read'], days: 9 })
    const review = await here.reviews.begin(house.id, house.owner)
    await here.keys.open({ authorization: `Bearer ${key}`, target: '/', address: '203.0.113.1' })
    await house.organization.sql`update upheld_access.member set roles = '{admin}' where id = ${house.agent.memberId}`
    const lines = await here.reviews.lines(house.id, review.id)
    const line = lineOf(lines, 'api-key', id)
    assert.equal(line.usedAt, null)
    assert.deepEqual(line.now, { usedAt: here.people.clock.now() })
    assert.deepEqual(lineOf(lines, 'member', house.agent.memberId).facts['roles'], ['agent'])
    assert.equal(lineOf(lines, 'role', `${house.agent.memberId} agent`).now, undefined)
    await here.keys.revoke(house.id, house.owner, id)
    assert.equal(lineOf(await here.reviews.lines(house.id, review.id), 'api-key', id).now, undefined)
    for (const column of ['facts', 'privileged', 'holder', 'subject', 'n']) {
      await assert.rejects(
        house.organization.query(`update upheld_access.review_item set ${column} = ${column} where review_id = $1`, [
          review.id,
        ]),
        /permission denied/,
        column,
      )
    }
    await assert.rejects(
      house.organization.sql`delete from upheld_access.review_item where review_id = ${review.id}`,
      /permission denied/,
    )
  })

  test('a reviewer certifies themselves: refused, by the review and by the database', async () => {
    const house = await twoOwners()
    const review = await here.reviews.begin(house.id, house.owner)
    const lines = await here.reviews.lines(house.id, review.id)
    const own = lines.filter(({ holder }) => holder === house.owner.memberId)
    assert.ok(own.length >= 2)
    for (const line of own) {
      await assert.rejects(
        here.reviews.decide(house.id, house.owner, review.id, [decision(line)]),
        refused('reviews.own_access'),
      )
    }
    const [line] = own
    assert.ok(line)
    await assert.rejects(
      house.organization.sql`
        update upheld_access.review_item set decision = 'keep', how = 'reviewer', decided_by = ${house.owner.memberId},
          decided_at = now(), reason = 'it is me' where id = ${line.id}`,
      /not_ones_own/,
    )
    // In one batch with others, none of them is decided.
    const other = lines.find(({ reviewer }) => reviewer === house.owner.memberId)
    assert.ok(other)
    await assert.rejects(
      here.reviews.decide(house.id, house.owner, review.id, [decision(other), decision(line)]),
      refused('reviews.own_access'),
    )
    assert.equal((await here.reviews.lines(house.id, review.id)).filter(one => one.decision !== null).length, 0)
  })

  test('R23: one line of another organization, or of another review, among many: all are refused', async () => {
    const [house, other] = [await twoOwners(), await twoOwners()]
    const review = await here.reviews.begin(house.id, house.owner)
    const foreign = await here.reviews.begin(other.id, other.owner)
    const mine = (await here.reviews.lines(house.id, review.id, { reviewer: house.owner.memberId })).map(line =>
      decision(line),
    )
    const [theirs] = await here.reviews.lines(other.id, foreign.id)
    assert.ok(theirs)
    for (const id of [theirs.id, '00000000-0000-4000-8000-00000000dead']) {
      const all = [...mine, { id, decision: 'keep', reason: 'mine as well' } as const]
      await assert.rejects(here.reviews.decide(house.id, house.owner, review.id, all), refused('reviews.not_found'))
    }
    await assert.rejects(here.reviews.decide(house.id, house.owner, foreign.id, mine), refused('reviews.not_found'))
    assert.equal((await here.reviews.lines(house.id, review.id, { undecided: true })).length, review.lines)
  })

  test('what has privileges is for owners: an administrator who reviews decides the rest alone', async () => {
    const house = await twoOwners()
    const review = await here.reviews.begin(house.id, house.owner, { reviewers: [house.admin.memberId] })
    const lines = await here.reviews.lines(house.id, review.id)
    const owners = [house.owner.memberId, house.second.memberId]
    for (const line of lines) {
      assert.ok(
        line.privileged ? owners.includes(line.reviewer ?? '') : line.reviewer === house.admin.memberId,
        line.kind,
      )
    }
    const [plain] = lines.filter(({ privileged }) => !privileged)
    const [strong] = lines.filter(({ privileged, holder }) => privileged && holder !== house.admin.memberId)
    assert.ok(plain && strong)
    await assert.rejects(
      here.reviews.decide(house.id, house.admin, review.id, [decision(strong)]),
      refused('reviews.not_yours'),
    )
    await here.reviews.decide(house.id, house.admin, review.id, [decision(plain)])
  })

  test('nobody without the permission begins, decides or closes', async () => {
    const [house, other] = [await twoOwners(), await twoOwners()]
    const nobody = { memberId: '00000000-0000-4000-8000-00000000dead' }
    const strangers = [house.agent, nobody, other.owner, { memberId: 'x' }]
    for (const by of strangers) await assert.rejects(here.reviews.begin(house.id, by), refused('reviews.may_not'))
    const review = await here.reviews.begin(house.id, house.owner)
    const [line] = await here.reviews.lines(house.id, review.id)
    assert.ok(line)
    for (const by of strangers) {
      await assert.rejects(here.reviews.decide(house.id, by, review.id, [decision(line)]), refused('reviews.may_not'))
      await assert.rejects(here.reviews.close(house.id, by, review.id), refused('reviews.may_not'))
    }
    await assert.rejects(
      here.reviews.begin(other.id, other.owner, { reviewers: [other.agent.memberId] }),
      refused('reviews.bad_reviewer'),
    )
    await assert.rejects(
      here.reviews.begin(other.id, other.owner, { reviewers: [house.owner.memberId] }),
      refused('reviews.bad_reviewer'),
    )
  })

  test('a reviewer who lost their role meanwhile decides no more; an owner decides in their place', async () => {
    const house = await twoOwners()
    const review = await here.reviews.begin(house.id, house.owner, { reviewers: [house.admin.memberId] })
    const [line] = await here.reviews.lines(house.id, review.id, { reviewer: house.admin.memberId })
    assert.ok(line)
    const set = (roles: string[], suspended: Date | null) => house.organization.sql`
      update upheld_access.member set roles = ${roles}, suspended_at = ${suspended} where id = ${house.admin.memberId}`
    await set(['agent'], null)
    await assert.rejects(
      here.reviews.decide(house.id, house.admin, review.id, [decision(line)]),
      refused('reviews.may_not'),
    )
    await set(['admin'], here.people.clock.now())
    await assert.rejects(
      here.reviews.decide(house.id, house.admin, review.id, [decision(line)]),
      refused('reviews.may_not'),
    )
    await here.reviews.decide(house.id, house.owner, review.id, [decision(line)])
  })

  test('two reviewers at once: one has decided it, and the decision stands', async () => {
    const house = await twoOwners()
    const review = await here.reviews.begin(house.id, house.owner)
    const line = lineOf(await here.reviews.lines(house.id, review.id), 'member', house.agent.memberId)
    const tries = await Promise.allSettled(
      Array.from({ length: 20 }, (_, at) =>
        here.reviews.decide(house.id, at % 2 === 0 ? house.owner : house.second, review.id, [
          decision(line, at % 2 === 0 ? 'keep' : 'remove'),
        ]),
      ),
    )
    assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const one of tries) if (one.status === 'rejected') assert.ok(refused('reviews.already_decided')(one.reason))
    const decided = lineOf(await here.reviews.lines(house.id, review.id), 'member', house.agent.memberId)
    assert.equal(decided.decision, decided.decidedBy === house.owner.memberId ? 'keep' : 'remove')
    await assert.rejects(
      house.organization
        .sql`update upheld_access.review_item set decision = 'keep', reason = 'or not' where id = ${line.id}`,
      /stays as it is/,
    )
  })

  test('two who begin at once: one review', async () => {
    const house = await twoOwners()
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => here.reviews.begin(house.id, house.owner)))
    assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const one of tries) if (one.status === 'rejected') assert.ok(refused('reviews.already_open')(one.reason))
    assert.equal((await here.reviews.list(house.id)).length, 1)
  })

  test('decide after close, and after its time: refused', async () => {
    const house = await twoOwners()
    const review = await here.reviews.begin(house.id, house.owner)
    const lines = await here.reviews.lines(house.id, review.id)
    const line = lineOf(lines, 'member', house.agent.memberId)
    await assert.rejects(here.reviews.close(house.id, house.owner, review.id), refused('reviews.undecided'))
    here.people.clock.turn(14 * 86_400)
    await assert.rejects(
      here.reviews.decide(house.id, house.owner, review.id, [decision(line)]),
      refused('reviews.over'),
    )
    here.people.clock.turn(-14 * 86_400)
    await here.decideAll(house, review.id, () => 'keep')
    await here.reviews.close(house.id, house.owner, review.id)
    await assert.rejects(
      here.reviews.decide(house.id, house.owner, review.id, [decision(line)]),
      refused('reviews.over'),
    )
    for (const change of [`decision = 'remove'`, `outcome = 'removed'`, `tried = 'refused'`, `reviewer = null`]) {
      await assert.rejects(
        house.organization.query(`update upheld_access.review_item set ${change} where id = $1`, [line.id]),
        /stays as it is/,
        change,
      )
    }
    for (const change of [`state = 'open'`, `complete = false`, `record = '{}'`]) {
      await assert.rejects(
        house.organization.query(`update upheld_access.review set ${change} where id = $1`, [review.id]),
        /stays as it is|violates/,
        change,
      )
    }
  })

  test('bad input is one clear error', async () => {
    const house = await twoOwners()
    const review = await here.reviews.begin(house.id, house.owner)
    const [line] = await here.reviews.lines(house.id, review.id, { reviewer: house.owner.memberId })
    assert.ok(line)
    const one = decision(line)
    const many = Array.from({ length: 501 }, () => one)
    const bad = [[], [one, one], [{ ...one, reason: 'x' }], [{ ...one, reason: 'a\0bc' }], [{ ...one, id: 'x' }], many]
    for (const decisions of [...bad, [{ ...one, reason: 'x'.repeat(501) }]]) {
      await assert.rejects(
        here.reviews.decide(house.id, house.owner, review.id, decisions),
        refused('reviews.bad_request'),
      )
    }
    for (const id of ['', 'x', "' or 1=1 --"]) {
      await assert.rejects(here.reviews.decide(house.id, house.owner, id, [one]), refused('reviews.not_found'))
      await assert.rejects(here.reviews.close(house.id, house.owner, id), refused('reviews.not_found'))
      await assert.rejects(here.reviews.lines(house.id, id), refused('reviews.not_found'))
      await assert.rejects(here.reviews.record(house.id, id), refused('reviews.not_found'))
    }
  })
})
