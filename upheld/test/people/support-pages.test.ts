import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { agreeAsPeer, askForSupport, listSupport, visitUnder, type Asked } from '../../src/guards/support/index.ts'
import { accessible, type BrowserStage, browserStage } from './axe.ts'
import { staffedStage, type StaffedStage } from './staffed-stage.ts'

const asked: Asked = {
  caseId: 'CASE-7',
  reason: 'The invoice page shows an error.\nWe have to see which things are listed.',
  permissions: ['thing.read', 'thing.write'],
  writes: true,
  minutes: 45,
}

suite('pages of support by consent, for the customer', () => {
  let here: StaffedStage
  let owner: string
  before(async () => {
    here = await staffedStage()
    owner = here.jar(here.members.owner.token)
  })
  after(() => here.close())

  const ask = async (given: Partial<Asked> = {}): Promise<string> => {
    const { support } = here.people
    const { id } = await askForSupport(support, here.present(here.staff.ina), here.organization.id, {
      ...asked,
      ...given,
    })
    await agreeAsPeer(support, here.present(here.staff.ben), here.organization.id, id)
    return id
  }
  const requestOf = async (id: string) => (await listSupport(here.organization)).find(one => one.id === id)
  const visit = async (id: string) => {
    const grantId = (await requestOf(id))?.grant_id ?? ''
    return visitUnder(here.people.support, here.present(here.staff.ina), here.organization.id, grantId)
  }
  const inside = (held: { readonly token: string }) => here.get('/inside', here.jar(held.token))

  test('a member reads who asks, for what, how and for how long, and lets them in; everybody sees it; one click ends it', async () => {
    const id = await ask()
    const { text } = await here.get('/support', owner)
    for (const words of ['CASE-7', 'The invoice page shows an error.', 'See things.', 'Change things.', '45 minutes']) {
      assert.ok(text.includes(words), words)
    }
    assert.match(text, /May read and change/)
    assert.match(text, /staff [0-9a-f]{8}/)
    assert.ok(!text.includes('@operator.example'))
    assert.deepEqual(await here.post(`/support/${id}/approve`, owner).then(({ status, to }) => [status, to]), [
      303,
      '/support',
    ])
    assert.equal((await (await visit(id)).organization.sql`select name from shop.thing`).length > 0, true)
    here.base.clock.turn(2)
    for (const held of [here.members.owner, here.members.agent]) {
      const page = (await inside(held)).text
      assert.match(page, /Support staff may read and change your data until/)
      assert.equal(page.includes('End it'), held === here.members.owner)
    }
    // And on every page of the organization itself, also on one that refuses.
    for (const [path, held] of [
      ['/organization/members', here.members.owner],
      ['/organization/keys', here.members.owner],
      ['/organization/members', here.members.agent],
    ] as const) {
      const page = (await here.get(path, here.jar(held.token))).text
      assert.match(page, /Support staff may read and change your data until/, path)
      assert.equal(page.includes('End it'), held === here.members.owner, path)
    }
    const grant = (await visit(id)).organization
    assert.equal((await here.post(`/support/${id}/end`, owner)).status, 303)
    await assert.rejects(grant.sql`select name from shop.thing`, { code: 'tenancy.no_grant' })
    here.base.clock.turn(2)
    assert.ok(!(await inside(here.members.owner)).text.includes('Support staff may'))
    assert.match((await here.get(`/support/${id}`, owner)).text, /badge ">Over/)
  })

  test('letting in asks for a fresh proof and comes back to the request; declining and ending work as they should', async () => {
    const id = await ask()
    here.base.clock.turn(301)
    const { status, to } = await here.post(`/support/${id}/approve`, owner)
    assert.deepEqual([status, to], [303, `/account/confirm?next=${encodeURIComponent(`/support/${id}`)}`])
    assert.equal((await requestOf(id))?.decision, null)
    // Ending asks for nothing: a session of hours ago throws staff out.
    const fresh = here.jar(await here.session(here.members.owner.personId))
    assert.equal((await here.post(`/support/${id}/decline`, fresh)).status, 303)
    assert.equal((await requestOf(id))?.decision, 'declined')
    const other = await ask({ minutes: 10 })
    await here.post(`/support/${other}/approve`, fresh)
    here.base.clock.turn(400)
    assert.equal((await here.post(`/support/${other}/end`, fresh)).status, 303)
    assert.notEqual((await requestOf(other))?.ended_at, null)
  })

  test('who may not decide sees no request and decides none; nor does a form of another session or another site', async () => {
    const id = await ask()
    const agent = here.jar(here.members.agent.token)
    assert.equal((await here.get('/support', agent)).status, 403)
    assert.equal((await here.get(`/support/${id}`, agent)).status, 403)
    for (const act of ['approve', 'decline', 'end']) {
      assert.equal((await here.post(`/support/${id}/${act}`, agent)).status, 403, act)
      assert.equal((await here.post(`/support/${id}/${act}`, owner, {}, 'of another session')).status, 403, act)
    }
    const inside = here.jar(here.staff.ina.token)
    assert.deepEqual(
      [(await here.get('/support', inside)).to, (await here.post(`/support/${id}/approve`, inside)).to],
      ['/organizations?next=%2Fsupport', '/organizations'],
    )
    assert.equal((await requestOf(id))?.decision, null)
    assert.equal((await requestOf(id))?.ended_at, null)
  })

  test('a request of another organization is not there, and neither is what is no request', async () => {
    const person = await here.base.person('else@other.example')
    const other = await here.base.organization('Other', [{ personId: person, roles: ['owner'] }])
    const id = await ask()
    const token = await here.session(person)
    const cookie = here.jar(token, { organization: other.organization.id })
    for (const path of [`/support/${id}`, '/support/1', `/support/${'0'.repeat(32)}`]) {
      assert.equal((await here.get(path, cookie)).status, 404, path)
    }
    for (const act of ['approve', 'decline', 'end']) {
      assert.equal((await here.post(`/support/${id}/${act}`, cookie)).status, 404, act)
    }
    assert.equal((await requestOf(id))?.decision, null)
    // Another organization's cookie in front of one's own session opens nothing.
    const crossed = here.jar(token)
    assert.equal((await here.get('/support', crossed)).to, '/organizations?next=%2Fsupport')
  })

  test('approved with one factor, or by somebody who was suspended meanwhile: nothing begins', async () => {
    const id = await ask()
    const weak = here.jar(await here.session(here.members.admin.personId, ['password']))
    assert.match((await here.post(`/support/${id}/approve`, weak)).to ?? '', /^\/account\/second-factor/)
    const admin = here.jar(await here.session(here.members.admin.personId))
    await here.base.platform.admin.query('update upheld_access.member set suspended_at = now() where id = $1', [
      here.members.admin.memberId,
    ])
    assert.equal((await here.post(`/support/${id}/approve`, admin)).to, '/organizations')
    await here.base.platform.admin.query('update upheld_access.member set suspended_at = null where id = $1', [
      here.members.admin.memberId,
    ])
    assert.equal((await requestOf(id))?.grant_id, null)
  })

  test('what the operator writes is text on the page, never markup', async () => {
    const id = await ask({ caseId: '<img src=x onerror=alert(1)>', reason: '</dd><script>alert(1)</script> and so on' })
    const { text } = await here.get(`/support/${id}`, owner)
    assert.ok(!text.includes('<img src=x') && !text.includes('<script>alert'))
    assert.ok(text.includes('&lt;img src=x'))
  })

  suite('in a browser', () => {
    let stage: BrowserStage
    before(async () => {
      stage = await browserStage()
    })
    after(() => stage.close())

    test('clean for axe at 320 light and 1280 dark, and nothing wider than the window', async context => {
      // As long as it may be, and with nothing to break it at.
      const [pending, live] = [
        await ask({ caseId: 'C'.repeat(100) }),
        await ask({ writes: false, permissions: ['thing.read'], caseId: 'L'.repeat(100) }),
      ]
      const cookie = here.jar(await here.session(here.members.owner.personId))
      await here.post(`/support/${live}/approve`, cookie)
      here.base.clock.turn(2)
      const token = await here.session(here.members.owner.personId)
      const paths = ['/support', `/support/${pending}`, `/support/${live}`, '/inside']
      await accessible(stage, context, {
        origin: here.origin,
        cookies: { session: token, organization: here.organization.id },
        paths,
      })
    })
  })
})
