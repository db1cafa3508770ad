import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { declareRoutes } from '../../src/guards/access/index.ts'
import { peopleRoutes } from '../../src/surfaces/people/index.ts'
import { sections } from '../../src/surfaces/people/sections.ts'
import {
  access,
  organizationGround,
  signedIn,
  type Ground,
  type Organization,
  type Present,
} from './organization-stage.ts'

const nobody = '00000000-0000-4000-8000-00000000dead'
const members = '/organization/members'

suite('what is done on the pages of an organization, over HTTP', () => {
  let ground: Ground
  before(async () => {
    ground = await organizationGround()
  })
  after(() => ground.close())

  /** Sends a form as somebody. What was done leads on, and the page there says so. */
  async function done(as: Present, path: string, fields: Readonly<Record<string, string>>): Promise<string> {
    const sent = await ground.ask(path, { as, fields })
    assert.deepEqual([sent.status, sent.code], [303, undefined], `${path}: ${sent.code ?? ''}`)
    const page = await ground.ask(sent.location, { as })
    assert.equal(page.status, 200)
    return /role="status">([^<]*)</.exec(page.text)?.[1] ?? ''
  }
  const factsOf = async (one: Organization, role: string) =>
    ground.people.identity.memberFacts(await one.entry('owner'), one.of(role).memberId)
  const memberOf = (one: Organization, role: string): string => `${members}/${one.of(role).memberId}`

  test('one of one’s organizations is chosen: who has one has nothing to choose, who has two does', async () => {
    const [here, there] = [await ground.organization('Here'), await ground.organization('There')]
    const { identity } = ground.people
    const as = { ...here.of('agent'), cookie: `session=${here.of('agent').token}` }
    const led = await ground.ask('/inside', { as })
    assert.equal(led.location, '/organizations?next=%2Finside')
    const only = await ground.ask(led.location, { as })
    assert.deepEqual([only.status, only.location], [303, '/inside'])
    assert.match(only.cookies.join(), new RegExp(`organization=${here.id}; Path=/; .*HttpOnly; SameSite=Lax`))
    await identity.importMember({ organizationId: there.id, email: as.email, name: 'Ben', roles: ['agent'] })
    const both = await ground.ask(led.location, { as })
    assert.equal(both.status, 200)
    for (const name of ['Here', 'There']) assert.match(both.text, new RegExp(`<span class="title">${name}</span>`))
    const chosen = await ground.ask('/organizations/choose', { as, fields: { id: there.id, next: '/inside' } })
    assert.equal(chosen.location, '/inside')
    assert.match(chosen.cookies.join(), new RegExp(`organization=${there.id};`))
  })

  test('roles of one and of several, suspending, resuming, ending sessions, removing', async () => {
    const one = await ground.organization('Acts')
    const admin = one.of('admin')
    assert.match(
      await done(admin, `${memberOf(one, 'agent')}/roles`, { role_agent: 'on', role_reader: 'on' }),
      /roles are/,
    )
    assert.deepEqual((await factsOf(one, 'agent')).roles.toSorted(), ['agent', 'reader'])
    const several = { member_0: one.of('agent').memberId, member_1: one.of('no role').memberId, role_agent: 'on' }
    await done(admin, `${members}/roles`, several)
    for (const who of ['agent', 'no role']) assert.deepEqual((await factsOf(one, who)).roles, ['agent'], who)
    await done(admin, `${memberOf(one, 'agent')}/roles`, {})
    assert.deepEqual((await factsOf(one, 'agent')).roles, [])

    const colleague = one.of('colleague')
    assert.equal((await ground.ask('/inside', { as: colleague })).status, 200)
    assert.match(await done(admin, `${memberOf(one, 'colleague')}/standing`, { standing: 'suspended' }), /^Suspended/)
    assert.match((await ground.ask(memberOf(one, 'colleague'), { as: admin })).text, /Let in again/)
    assert.equal((await ground.ask('/inside', { as: colleague })).location, '/organizations?next=%2Finside')
    await done(admin, `${memberOf(one, 'colleague')}/standing`, { standing: 'active' })
    assert.equal((await ground.ask('/inside', { as: colleague })).status, 200)
    ground.stage.people.clock.turn(1)
    await done(admin, `${memberOf(one, 'colleague')}/sessions`, {})
    assert.match((await ground.ask('/inside', { as: colleague })).location, /^\/sign-in/)
    assert.match(await done(admin, `${memberOf(one, 'colleague')}/removal`, {}), /^Removed/)
    assert.equal((await ground.ask(memberOf(one, 'colleague'), { as: admin })).code, 'identity.absent')
  })

  test('an exception: given and taken, with author, reason, end and review on the page, and what decided', async () => {
    const one = await ground.organization('Exceptions')
    const [owner, path] = [one.of('owner'), memberOf(one, 'agent')]
    const fields = { reason: 'For the <move>.', days: '30', review_days: '14' }
    await done(owner, `${path}/exceptions`, { ...fields, effect: 'allow', permission: 'ticket.purge' })
    await done(owner, `${path}/exceptions`, { ...fields, effect: 'deny', permission: 'ticket.close' })
    const { text } = await ground.ask(path, { as: owner })
    const plain = text
      .replaceAll(/<\/?bdi>/g, '')
      .replaceAll(/<[^>]*>/g, ' ')
      .replaceAll(/\s+/g, ' ')
      .replaceAll(/ ([,:])/g, '$1')
    assert.match(
      plain,
      /given ticket\.purge Olive Exceptions, [^“]*: “For the &lt;move&gt;\.” until [^,]*, [^,]* UTC, to be looked at again/,
    )
    assert.match(plain, /Destroy tickets for good\. given by an exception of Olive Exceptions until/)
    assert.match(plain, /See tickets\. by the role agent ticket\.read/)
    assert.match(plain, /Close tickets\. taken by an exception of Olive Exceptions until/)
    assert.match(plain, /Invite people\. no role and no exception gives it/)
    // Every explanation is the one of the set, permission by permission.
    const entry = await one.entry('owner')
    const set = await ground.people.roles.setOf(entry.organization, one.of('agent').memberId)
    assert.ok(set !== undefined)
    assert.deepEqual([set.may('ticket.purge'), set.may('ticket.close')], [true, false])
    const [first] = await ground.people.roles.overridesOf(entry.organization, one.of('agent').memberId)
    assert.ok(first !== undefined)
    await done(owner, `/organization/exceptions/${first.id}/withdraw`, { member: one.of('agent').memberId })
    assert.equal((await ground.people.roles.overridesOf(entry.organization, one.of('agent').memberId)).length, 1)
    // What is over stays in sight, and says so.
    ground.stage.people.clock.turn(31 * 86_400)
    const later = await ground.ask(path, { as: await signedIn(ground.people, owner.personId, one.id) })
    assert.match(later.text, /over since/)
  })
  test('invitations: made, listed with who made them, revoked', async () => {
    const one = await ground.organization('Invites')
    const [admin, email] = [one.of('admin'), 'new@example.org']
    assert.match(
      await done(admin, '/organization/invitations', { email: ' New@Example.org ', role_agent: 'on' }),
      /^Invited/,
    )
    const { text } = await ground.ask('/organization/invitations', { as: admin })
    assert.match(text, /new@example\.org/)
    assert.match(text, /by <bdi>Ada Invites<\/bdi>/)
    const [open] = await ground.people.identity.openInvitations(await one.entry('owner'))
    assert.deepEqual([open?.email, open?.roles], [email, ['agent']])
    await done(admin, `/organization/invitations/${open?.id ?? ''}/revoke`, {})
    assert.deepEqual(await ground.people.identity.openInvitations(await one.entry('owner')), [])
  })

  test('rules: the name, who needs a second factor, whether support is let in; and to leave', async () => {
    const one = await ground.organization('Rules')
    await done(one.of('admin'), '/organization/rules/name', { name: 'Ruled' })
    await done(one.of('admin'), '/organization/rules/second-factor', { rule: 'everybody' })
    await done(one.of('liaison'), '/organization/rules/support', { rule: 'never' })
    assert.deepEqual(await ground.people.identity.organizationRules(await one.entry('owner')), {
      name: 'Ruled',
      secondFactor: 'everybody',
      support: 'never',
    })
    const left = await ground.ask('/organization/leave', { as: one.of('agent'), fields: {} })
    assert.equal(left.location, '/organizations')
    assert.match(left.cookies.join(), /organization=; .*Max-Age=0/)
    await assert.rejects(factsOf(one, 'agent'), { code: 'identity.absent' })
  })

  test('ownership goes to another: the giver is an administrator from then on', async () => {
    const one = await ground.organization('Owners')
    await done(one.of('owner'), `${memberOf(one, 'agent')}/ownership`, {})
    const entry = await one.entry('owner')
    assert.deepEqual(entry.set.roles, ['admin'])
    assert.deepEqual((await ground.people.identity.memberFacts(entry, one.of('agent').memberId)).roles, [
      'owner',
      'agent',
    ])
  })

  test('fifty members on a page, and a way to the next ones that holds no name', async () => {
    const one = await ground.organization('Many')
    for (let at = 0; at < 60; at++) {
      const name = `Person ${String(at).padStart(2, '0')}`
      await ground.people.identity.importMember({
        organizationId: one.id,
        email: `many-${at}@example.org`,
        name,
        roles: [],
      })
    }
    const rows = (text: string) => [
      ...text.matchAll(/<span class="title"\s*><a href="\/organization\/members\/([0-9a-f-]{36})"/g),
    ]
    const first = await ground.ask(members, { as: one.of('reader') })
    const link = /href="(\/organization\/members\?after=[0-9a-f-]{36})"/.exec(first.text)?.[1]
    assert.ok(link !== undefined)
    const second = await ground.ask(link, { as: one.of('reader') })
    assert.deepEqual([rows(first.text).length, rows(second.text).length], [50, 17])
    assert.doesNotMatch(second.text, /\?after=/)
  })
})

suite('every role on every page of an organization', () => {
  let ground: Ground
  before(async () => {
    ground = await organizationGround()
  })
  after(() => ground.close())

  const mine = peopleRoutes.filter(
    ({ path }) =>
      path.startsWith('/organizations') ||
      path === '/invitation' ||
      /^\/organization\/(members|exceptions|invitations|roles|rules|leave)/.test(path),
  )

  // ASVS 8.2.1, 8.3.1
  test('what the declared permission says is what happens: whoever may is not refused, whoever may not always is', async () => {
    const one = await ground.organization('Matrix')
    const declared = declareRoutes(
      access,
      mine.map(route => ({
        method: route.method,
        path: route.path,
        permission: route.at === 'door' ? 'public' : route.at === 'organization' ? route.permission : 'member',
      })),
    )
    const cells = declared.matrix(ground.stage.people.clock.now())
    assert.equal(cells.length, mine.length * (Object.keys(access.roles).length + 2))
    // Leaving comes last: whoever left asks for nothing any more.
    for (const { method, path, role, allowed } of cells.toSorted((a, b) => rank(a.path) - rank(b.path))) {
      const as = role === 'nobody' ? undefined : one.of(role)
      const fields = method === 'POST' ? { fields: {} } : {}
      const answer = await ground.ask(path.replace(':id', nobody), { ...(as === undefined ? {} : { as }), ...fields })
      const cell = `${role}: ${method} ${path}`
      if (!allowed && role === 'nobody') assert.match(answer.location, /^\/sign-in/, cell)
      else if (allowed) assert.notEqual(answer.code, 'pages.not_permitted', cell)
      else assert.deepEqual([answer.status, answer.code], [403, 'pages.not_permitted'], cell)
      assert.ok(answer.status < 500, cell)
    }
  })

  test('a member is shown the sections that are open to them, and no other', async () => {
    const one = await ground.organization('Sections')
    for (const role of [...Object.keys(access.roles), 'no role']) {
      const { set } = await one.entry(role)
      const { text } = await ground.ask('/organization/rules', { as: one.of(role) })
      const nav = /<nav class="sections".*?<\/nav>/s.exec(text)?.[0] ?? ''
      const shown = [...nav.matchAll(/href="([^"]*)"/g)].map(([, path]) => path)
      const open = sections.filter(({ permission }) => permission === 'member' || set.may(permission))
      assert.deepEqual(
        shown,
        open.map(({ path }) => path),
        role,
      )
      assert.match(nav, /href="\/organization\/rules" aria-current="page"/)
    }
  })

  test('each section asks for the permission that its page does', () => {
    for (const { path, permission } of sections) {
      const route = peopleRoutes.find(one => one.path === path && one.method === 'GET')
      assert.ok(route !== undefined && route.at === 'organization', path)
      assert.equal(route.permission, permission, path)
    }
  })

  test('every route with an identifier has an example, and what it names is of a kind that is furnished', () => {
    const kinds = new Set<string>()
    const paths = new Set<string>(mine.map(({ path }) => path))
    const declared = ground.people.site.routes.filter(({ path }) => paths.has(path))
    assert.equal(declared.length, mine.length)
    for (const { path, params, form } of declared) {
      if (path.includes(':')) assert.ok(params !== undefined, path)
      for (const [, kind] of JSON.stringify([params, form]).matchAll(/"\$id":"([^"]*)"/g)) kinds.add(kind ?? '')
    }
    assert.deepEqual([...kinds].toSorted(), ['colleague', 'invitation', 'member', 'override'])
  })
})

function rank(path: string): number {
  return path === '/organization/leave' ? 1 : 0
}
