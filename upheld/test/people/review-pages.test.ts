import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { verifyReview, type ReviewLine } from '../../src/guards/reviews/index.ts'
import { accessible, browserStage, type BrowserStage } from './axe.ts'
import { staffedStage, type Held, type StaffedStage } from './staffed-stage.ts'

suite('pages of access reviews', () => {
  let here: StaffedStage
  let owner: string
  let review: string
  before(async () => {
    here = await staffedStage()
    owner = here.jar(here.members.owner.token)
    const { to } = await here.post('/reviews/begin', owner, { reviewers: 'me', days: '14' })
    review = /^\/reviews\/([0-9a-f-]{36})$/.exec(to ?? '')?.[1] ?? assert.fail(`led to ${to}`)
  })
  after(() => here.close())

  const lines = (undecided = false) => here.people.reviews.lines(here.organization.id, review, { undecided, max: 500 })
  const lineOf = async (holder: Held, kind: string): Promise<ReviewLine> =>
    (await lines()).find(line => line.holder === holder.memberId && line.kind === kind) ?? assert.fail(kind)
  const jar = async (held: Held) => here.jar(await here.session(held.personId))
  const decide = (cookie: string, fields: Readonly<Record<string, string>>) =>
    here.post(`/reviews/${review}/decide`, cookie, {
      after: '0',
      show: 'all',
      rest: 'leave',
      reason: 'looked at it',
      ...fields,
    })

  test('one sees what each has, since when, and whether it is used; what is one’s own has no choice', async () => {
    const { text } = await here.get(`/reviews/${review}`, owner)
    for (const words of [
      'owner@acme.example (you): membership',
      'admin@acme.example: role admin',
      'Never used when the review began',
    ]) {
      assert.ok(text.includes(words), words)
    }
    assert.match(text, /0 of 8 lines are decided/)
    const [own, other] = [await lineOf(here.members.owner, 'role'), await lineOf(here.members.agent, 'role')]
    assert.ok(!text.includes(`line_${own.id}`))
    assert.ok(text.includes(`line_${other.id}`))
    assert.match(text, /Yours: somebody else decides it/)
  })

  test('no self-review of privileged access: a form that names one’s own line is refused, and decides no other line either', async () => {
    const [own, other] = [await lineOf(here.members.owner, 'role'), await lineOf(here.members.agent, 'role')]
    const { status, text } = await decide(owner, { [`line_${own.id}`]: 'keep', [`line_${other.id}`]: 'keep' })
    assert.equal(status, 403)
    assert.match(text, /Nobody reviews their own access/)
    assert.ok((await lines()).every(line => line.decision === null))
  })

  test('an administrator decides nothing that has privileges, and nothing that was not given to them', async () => {
    const admin = await jar(here.members.admin)
    const page = (await here.get(`/reviews/${review}`, admin)).text
    assert.ok(!page.includes('name="line_'))
    for (const line of [await lineOf(here.members.owner, 'role'), await lineOf(here.members.agent, 'role')]) {
      assert.equal((await decide(admin, { [`line_${line.id}`]: 'remove' })).status, 403)
    }
    const agent = await jar(here.members.agent)
    for (const path of ['/reviews', `/reviews/${review}`, `/reviews/${review}/record`]) {
      assert.equal((await here.get(path, agent)).status, 403, path)
    }
  })

  test('a decision asks for a reason and a fresh proof', async () => {
    const line = await lineOf(here.members.agent, 'role')
    assert.equal((await decide(owner, { [`line_${line.id}`]: 'keep', reason: '' })).status, 400)
    assert.equal((await decide(owner, {})).status, 400)
    const old = await jar(here.members.owner)
    here.base.clock.turn(901)
    const led = `/account/confirm?next=${encodeURIComponent(`/reviews/${review}`)}`
    assert.equal((await decide(old, { [`line_${line.id}`]: 'keep' })).to, led)
    assert.equal((await here.post(`/reviews/${review}/close`, old)).to, led)
    assert.equal((await lineOf(here.members.agent, 'role')).decision, null)
  })

  test('line by line and in bulk: what was chosen is decided, the rest of the page alike, and nothing that is one’s own', async () => {
    owner = await jar(here.members.owner)
    const line = await lineOf(here.members.agent, 'role')
    assert.equal((await decide(owner, { [`line_${line.id}`]: 'remove', rest: 'keep' })).status, 303)
    const decided = await lines()
    assert.equal(decided.find(({ id }) => id === line.id)?.decision, 'remove')
    for (const one of decided) {
      assert.equal(one.decision === null, one.holder === here.members.owner.memberId, `${one.kind} ${one.holder}`)
    }
    assert.equal((await decide(owner, { [`line_${line.id}`]: 'keep' })).status, 409)
    assert.match((await here.get(`/reviews/${review}?show=mine`, owner)).text, /Nothing waits for you/)
  })

  test('what is not decided keeps it open; then it is done, tried again, and the record is one that verifies', async () => {
    assert.equal((await here.post(`/reviews/${review}/close`, owner)).status, 409)
    const second = await jar(here.members.second)
    assert.equal((await decide(second, { rest: 'keep' })).status, 303)
    assert.equal((await here.post(`/reviews/${review}/close`, second)).status, 303)
    const page = (await here.get(`/reviews/${review}`, owner)).text
    assert.match(page, /It counts as a review/)
    assert.match(page, /Tried again, it is refused/)
    const answer = await fetch(`${here.origin}/reviews/${review}/record`, { headers: { cookie: owner } })
    assert.match(
      answer.headers.get('content-disposition') ?? '',
      /^attachment; filename="access-review-[0-9a-f]{8}\.json"$/,
    )
    const checked = verifyReview(await answer.text())
    assert.deepEqual([checked.problems, checked.complete], [[], true])
    assert.ok(page.includes(checked.digest))
    const agent = await jar(here.members.agent)
    assert.equal((await here.get('/inside', agent)).status, 403)
  })

  test('a review, a line and a record of another organization are not there', async () => {
    const person = await here.base.person('else@other.example')
    const other = await here.base.organization('Other', [{ personId: person, roles: ['owner'] }])
    const cookie = here.jar(await here.session(person), { organization: other.organization.id })
    for (const path of [`/reviews/${review}`, `/reviews/${review}/record`, '/reviews/1']) {
      assert.equal((await here.get(path, cookie)).status, 404, path)
    }
    const [line] = await lines()
    assert.equal(
      (await here.post(`/reviews/${review}/decide`, cookie, { [`line_${line?.id}`]: 'keep', reason: 'mine now' }))
        .status,
      404,
    )
    assert.equal((await here.post(`/reviews/${review}/close`, cookie)).status, 404)
  })

  test('the schedule is kept within its bounds, by whoever may review, and a second review waits for the first', async () => {
    const fields = { every_months: '6', decide_days: '10', escalate_days: '5', unanswered: 'remove' }
    assert.equal((await here.post('/reviews/schedule', owner, fields)).status, 303)
    assert.deepEqual(await here.people.reviews.schedule(here.organization.id), {
      everyMonths: 6,
      decideDays: 10,
      escalateDays: 5,
      unanswered: 'remove',
    })
    for (const wrong of [
      { every_months: '13' },
      { decide_days: '0' },
      { escalate_days: '-1' },
      { every_months: '1e1' },
    ]) {
      assert.equal((await here.post('/reviews/schedule', owner, { ...fields, ...wrong })).status, 400)
    }
    const agent = await jar(here.members.agent)
    assert.equal((await here.post('/reviews/schedule', agent, fields)).status, 403)
    assert.equal((await here.post('/reviews/begin', owner, { reviewers: 'owners', days: '61' })).status, 400)
    assert.equal((await here.post('/reviews/begin', owner, { reviewers: 'owners', days: '3' })).status, 303)
    assert.equal((await here.post('/reviews/begin', owner, { reviewers: 'owners', days: '3' })).status, 409)
  })

  suite('in a browser', () => {
    let stage: BrowserStage
    before(async () => {
      stage = await browserStage()
    })
    after(() => stage.close())

    test('clean for axe at 320 light and 1280 dark, and nothing wider than the window', async context => {
      const live = (await here.people.reviews.list(here.organization.id)).find(({ state }) => state === 'open')
      await accessible(stage, context, {
        origin: here.origin,
        cookies: { session: await here.session(here.members.owner.personId), organization: here.organization.id },
        paths: ['/reviews', `/reviews/${review}`, `/reviews/${live?.id}`, `/reviews/${live?.id}?show=mine`],
      })
    })
  })
})
