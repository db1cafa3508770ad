import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { entranceTrial, verifyReview } from '../../src/guards/reviews/index.ts'
import { shop, type House } from './keys-stage.ts'
import { lineOf, refused, reviewStage, type ReviewStage } from './reviews-stage.ts'

const dayMs = 86_400_000

suite('access reviews that close', () => {
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

  test('what was decided is done when it closes, and tried again: nothing of it works any more', async () => {
    const house = await twoOwners()
    await grant(house, house.agent.memberId, 'thing.purge')
    const { id: keyId, key } = await here.keys.create(house.id, house.owner, {
      name: 'r',
      scopes: ['thing.read'],
      days: 9,
    })
    const kept = await here.keys.create(house.id, house.owner, { name: 'k', scopes: ['thing.read'], days: 9 })
    const person = await here.people.person(`leaver-${house.id}@example.com`)
    const [leaver] = await house.organization.sql<{ id: string }>`
      insert into upheld_access.member (organization_id, person_id, roles, source)
      values (${house.id}, ${person}, '{agent}', 'invitation') returning id`
    const review = await here.reviews.begin(house.id, house.owner)
    const gone = [keyId, `${house.admin.memberId} admin`, leaver?.id ?? '']
    await here.decideAll(house, review.id, ({ kind, subject }) =>
      gone.includes(subject) || kind === 'override' ? 'remove' : 'keep',
    )
    // Decided is not done: until it closes, nothing is taken away.
    const opening = () => here.keys.open({ authorization: `Bearer ${key}`, target: '/', address: '203.0.113.1' })
    assert.ok((await opening()).opened)
    const closing = await here.reviews.close(house.id, house.owner, review.id)
    assert.ok(closing.state === 'closed' && closing.complete)
    const lines = await here.reviews.lines(house.id, review.id)
    const removed = lines.filter(({ decision: what }) => what === 'remove')
    assert.deepEqual(
      removed.map(({ kind, outcome, tried }) => [kind, outcome, tried]),
      ['api-key', 'override', 'role', 'member'].map(kind => [kind, 'removed', 'refused']),
    )
    const after = await opening()
    assert.ok(!after.opened && after.refusal.code === 'keys.revoked')
    const still = await here.keys.open({ authorization: `Bearer ${kept.key}`, target: '/', address: '203.0.113.1' })
    assert.ok(still.opened)
    const members = await house.organization.sql<{ id: string; roles: string[]; suspended: boolean }>`
      select id, roles, suspended_at is not null as suspended from upheld_access.member`
    assert.deepEqual(members.find(({ id }) => id === house.admin.memberId)?.roles, [])
    assert.equal(members.filter(({ suspended }) => suspended).length, 1)
    assert.equal((await house.organization.sql`select id from upheld_access.override`).length, 0)
  })

  test('a live grant of support is reviewed: taken away, it is over with the next statement of staff', async () => {
    const house = await twoOwners()
    const id = randomUUID()
    const owner = house.organization.as({ type: 'member', id: house.owner.memberId, purpose: 'support' })
    await owner.sql`select upheld.grant_support(${id}, 's-1', false, 600, '{}', ${randomBytes(64)})`
    const staff = here.people.platform.upheld
      .organization(house.id)
      .as({ type: 'staff', id: 's-1', purpose: 'support', grant: { id, writes: false } })
    assert.deepEqual(await staff.sql`select name from shop.thing`, [])
    const review = await here.reviews.begin(house.id, house.owner)
    const [grant] = (await here.reviews.lines(house.id, review.id)).filter(({ kind }) => kind === 'support-grant')
    assert.deepEqual([grant?.privileged, grant?.holder, grant?.facts['staff']], [true, null, 's-1'])
    await here.decideAll(house, review.id, ({ kind }) => (kind === 'support-grant' ? 'remove' : 'keep'))
    const closing = await here.reviews.close(house.id, house.owner, review.id)
    assert.ok(closing.state === 'closed' && closing.complete)
    await assert.rejects(staff.sql`select name from shop.thing`, { code: 'tenancy.no_grant' })
  })

  test('whether a member is out is asked at the door itself, and asking is no use of it', async () => {
    const house = await twoOwners()
    const enters = entranceTrial({ tenancy: here.people.tenancy, clock: here.people.clock, access: shop })
    const { memberId } = house.agent
    const set = (suspended: Date | null) =>
      house.organization.sql`update upheld_access.member set suspended_at = ${suspended} where id = ${memberId}`
    assert.equal(await enters(house.id, memberId), true)
    const [row] = await house.organization.sql<{ seen: Date | null }>`
      select seen_at as seen from upheld_access.member where id = ${memberId}`
    assert.equal(row?.seen, null)
    await set(here.people.clock.now())
    assert.equal(await enters(house.id, memberId), false)
    await set(null)
    await here.people.platform.admin.query(
      'update upheld_identity.person set disabled_at = now() where id = (select person_id from upheld_access.member where id = $1)',
      [memberId],
    )
    assert.equal(await enters(house.id, memberId), false)
    await house.organization.sql`delete from upheld_access.member where id = ${memberId}`
    assert.equal(await enters(house.id, memberId), false)
  })

  test('what could not be removed is said, and such a review does not count', async () => {
    const house = await here.house()
    const review = await here.reviews.begin(house.id, house.owner)
    await house.organization.sql`
      update upheld_access.review_item set decision = 'remove', how = 'operator', decided_by = 'operator:1', decided_at = ${here.people.clock.now()},
        reason = 'by hand' where holder = ${house.owner.memberId}`
    await here.decideAll(house, review.id, () => 'keep')
    const closing = await here.reviews.close(house.id, house.owner, review.id)
    assert.ok(closing.state === 'closed' && !closing.complete)
    const lines = (await here.reviews.lines(house.id, review.id)).filter(
      ({ holder }) => holder === house.owner.memberId,
    )
    assert.deepEqual(
      lines.map(({ kind, outcome, failure, tried }) => [kind, outcome, failure, tried]),
      [
        ['role', 'not-removed', 'last_owner', 'works'],
        ['member', 'not-removed', 'last_owner', 'works'],
      ],
    )
    const [event] = await here.events(house, 'review.closed')
    assert.deepEqual([event?.outcome, event?.detail['not_removed'], event?.detail['still_work']], ['failure', 2, 2])
  })

  test('access that still works after its removal is found by trying it, not by believing', async () => {
    const house = await twoOwners()
    const loose = here.sources.map(source =>
      source.kind === 'role' ? { ...source, end: () => Promise.resolve() } : source,
    )
    const broken = here.reviewsWith(loose)
    const review = await broken.begin(house.id, house.owner)
    await here.decideAll(house, review.id, ({ kind }) => (kind === 'role' ? 'remove' : 'keep'))
    const closing = await broken.close(house.id, house.owner, review.id)
    assert.ok(closing.state === 'closed' && !closing.complete)
    const roles = (await broken.lines(house.id, review.id)).filter(({ kind }) => kind === 'role')
    assert.ok(roles.length > 0)
    for (const { tried } of roles) assert.equal(tried, 'works')
  })

  test('a source that is there no more takes nothing away and tries nothing: it is said', async () => {
    const house = await twoOwners()
    const review = await here.reviews.begin(house.id, house.owner)
    await here.decideAll(house, review.id, ({ subject }) => (subject === house.agent.memberId ? 'remove' : 'keep'))
    const fewer = here.reviewsWith(here.sources.filter(({ kind }) => kind !== 'member'))
    const closing = await fewer.close(house.id, house.owner, review.id)
    assert.ok(closing.state === 'closed' && !closing.complete)
    const line = lineOf(await here.reviews.lines(house.id, review.id), 'member', house.agent.memberId)
    assert.deepEqual([line.outcome, line.failure, line.tried], ['not-removed', 'no_source', 'works'])
  })

  test('the record says all of it, its digest stands in the audit log, and a changed one does not verify', async () => {
    const house = await twoOwners()
    const review = await here.reviews.begin(house.id, house.owner)
    await here.decideAll(house, review.id, ({ subject }) => (subject === house.agent.memberId ? 'remove' : 'keep'))
    const closing = await here.reviews.close(house.id, house.owner, review.id)
    const text = await here.reviews.record(house.id, review.id)
    const verified = verifyReview(text)
    assert.deepEqual(verified.problems, [])
    assert.ok(verified.complete && closing.state === 'closed' && closing.digest === verified.digest)
    const [event] = await here.events(house, 'review.closed')
    assert.equal(event?.detail['digest'], verified.digest)
    const again = await here.reviews.begin(house.id, house.owner)
    await here.decideAll(house, again.id, () => 'keep')
    await here.reviews.close(house.id, house.owner, again.id)
    assert.equal(verifyReview(await here.reviews.record(house.id, again.id)).record?.previous, verified.digest)
    const changes: readonly (readonly [string | RegExp, string])[] = [
      ['"decision":"remove"', '"decision":"keep"'],
      ['"privileged":true', '"privileged":false'],
      ['"tried":"refused"', '"tried":"works"'],
      ['"outcome":"removed"', '"outcome":"not-removed"'],
      ['"complete":true', '"complete":false'],
      ['"roles":["agent"]', '"roles":[]'],
      [/"decided_by":"[^"]+"/, '"decided_by":null'],
      [/"lines":\[\{.*?\},\{"access"/, '"lines":[{"access"'],
      ['{', '{ '],
      ['{', '{"__proto__":{},'],
      [/$/, ' '],
    ]
    for (const [from, to] of changes) {
      const changed = text.replace(from, to)
      assert.notEqual(changed, text, String(from))
      const { problems, digest } = verifyReview(changed)
      assert.notEqual(digest, verified.digest)
      assert.ok(problems.length > 0, String(from))
    }
    const hostile = ['"facts":{"a":"\\ud800"}', '"facts":{"a":1e999}'].map(facts =>
      text.replace(/"facts":\{[^}]*\}/, facts),
    )
    for (const junk of [...hostile, '', '{}', 'null', '[', '{"format":"upheld/access-review@v1"}']) {
      assert.deepEqual(verifyReview(junk).problems, ['It is no record of a review.'])
    }
    // Somebody who certified themselves, with every number made right.
    const record = verified.record
    assert.ok(record)
    const holder = record.lines.find(line => line.holder !== null)?.holder ?? ''
    const own = {
      ...record,
      lines: record.lines.map(line => ({ ...line, holder: line.holder === holder ? line.decided_by : line.holder })),
    }
    assert.ok(verifyReview(JSON.stringify(own)).problems.includes('Somebody decided about their own access.'))
  })

  test('a review without reviewers, or without anything in it, is none', async () => {
    const house = await twoOwners()
    await assert.rejects(here.reviewsWith([]).begin(house.id, house.owner), refused('reviews.nothing_found'))
    await assert.rejects(here.reviews.begin(house.id, house.owner, { reviewers: [] }), refused('reviews.bad_request'))
    // Silence alone closes a review, and it does not count.
    const review = await here.reviews.begin(house.id, house.owner)
    here.people.clock.turn(14 * 86_400)
    assert.equal((await here.reviews.close(house.id, house.owner, review.id)).state, 'escalated')
    here.people.clock.turn(7 * 86_400)
    const [left] = await house.organization.sql<{ id: string }>`
      select id from upheld_access.member where suspended_at is null and 'owner' = any (roles)`
    const closing = await here.reviews.close(house.id, { memberId: left?.id ?? '' }, review.id)
    assert.ok(closing.state === 'closed' && !closing.complete)
  })
})
