import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { accessible, browserStage, type BrowserStage } from './axe.ts'
import { fromBase32 } from './factors-stage.ts'
import { password } from './identity-stage.ts'
import { organizationGround, type Ground } from './organization-stage.ts'

/** A browser of one person, without scripts, and how they use it. */
interface Hand {
  readonly page: Page
  readonly context: BrowserContext
  open(path: string): Promise<void>
  press(name: string): Promise<void>
  type(label: string, value: string): Promise<void>
  heading(): Promise<string>
  path(): string
  says(role: 'alert' | 'status'): Promise<string>
}

async function handOf({ browser }: BrowserStage, ground: Ground): Promise<Hand> {
  assert.ok(browser !== undefined)
  const context = await browser.newContext({ javaScriptEnabled: false })
  const page = await context.newPage()
  return {
    page,
    context,
    async open(path) {
      await page.goto(`${ground.origin}${path}`)
    },
    press: name => page.getByRole('button', { name, exact: true }).click(),
    type: (label, value) => page.getByLabel(label, { exact: true }).fill(value),
    heading: async () => (await page.locator('h1').textContent()) ?? '',
    path: () => new URL(page.url()).pathname,
    says: async role => ((await page.getByRole(role).textContent()) ?? '').replaceAll(/\s+/g, ' ').trim(),
  }
}

/** The link to this page in the newest mail that has one. */
async function linkTo({ stage }: Ground, email: string, page: string): Promise<string> {
  const form = new RegExp(`/${page}[?]link=([A-Za-z0-9_-]+)`)
  const found = (await stage.mails(email)).flatMap(({ text }) => form.exec(text)?.[1] ?? [])
  return found.at(-1) ?? assert.fail(`no link to ${page} was mailed`)
}

async function signUp(hand: Hand, ground: Ground, email: string, name: string): Promise<void> {
  await hand.open('/sign-up')
  await hand.type('Your name', name)
  await hand.type('E-mail', email)
  await hand.type('Password', password)
  await hand.press('Send me a link')
  await hand.open(`/sign-up/confirm?link=${await linkTo(ground, email, 'sign-up/confirm')}`)
  await hand.type('The password that you chose', password)
  await hand.press('Open my account')
}

/** With an app, from the page that asks for one. Answers with its seed. */
async function addApp(hand: Hand, ground: Ground): Promise<Uint8Array> {
  await hand.page.getByRole('link', { name: 'Use an app with codes' }).click()
  const key = (await hand.page.locator('figcaption code').textContent())?.replaceAll(' ', '') ?? ''
  const seed = fromBase32(key)
  await hand.type('The code that it shows', ground.stage.code(seed))
  await hand.press('Add the app')
  return seed
}

suite('the pages of an organization, in a browser without scripts', () => {
  let ground: Ground
  let stage: BrowserStage
  before(async () => {
    ground = await organizationGround()
    stage = await browserStage()
  })
  after(async () => {
    await stage.close()
    await ground.close()
  })

  test('from nothing to an organization of one’s own: sign-up, a name, a second factor, and inside', async context => {
    if (stage.browser === undefined) return context.skip(stage.missing)
    const hand = await handOf(stage, ground)
    await signUp(hand, ground, 'ada@example.org', 'Ada Quince')
    assert.deepEqual([hand.path(), await hand.heading()], ['/organizations', 'Where do you belong?'])
    await hand.type('Its name', 'Quince & Daughters')
    await hand.press('Create it')
    // Its owner may do everything, and enters with two factors alone.
    assert.equal(hand.path(), '/account/second-factor')
    const seed = await addApp(hand, ground)
    await hand.open('/inside')
    assert.match(await hand.page.content(), /Inside of Quince &amp; Daughters\.|Inside of Quince & Daughters\./)

    await hand.open('/organization/members')
    assert.equal(await hand.heading(), 'Members')
    const row = await hand.page.locator('.members .row').textContent()
    assert.match(row ?? '', /Ada Quince.*\(you\).*ada@example\.org.*with a second factor, founded it, seen.*owner/s)

    // A proof of a quarter of an hour ago is too old: it is asked for, and the way leads back.
    ground.stage.people.clock.turn(1000)
    await hand.open('/organization/rules')
    await hand.type('Its name', 'Quince')
    await hand.press('Rename')
    assert.equal(hand.path(), '/account/confirm')
    await hand.type('Code of your app', ground.stage.nextCode(seed))
    await hand.press('Go on')
    assert.equal(hand.path(), '/organization/rules')
    await hand.type('Its name', 'Quince')
    await hand.press('Rename')
    assert.equal(await hand.says('status'), 'The organization has its new name.')
    assert.equal(await hand.page.locator('.sections .name').textContent(), 'Quince')
    // The last owner cannot leave: said on the page, with its code.
    await hand.page.getByText('Leave Quince', { exact: true }).click()
    await hand.press('Leave it')
    assert.match(
      await hand.says('alert'),
      /always has an owner, and this is the last one.*Make somebody else.*identity\.last_owner/,
    )
    await hand.context.close()
  })

  test('invited without an account: opening uses nothing up, signing up leads back, one form accepts', async context => {
    if (stage.browser === undefined) return context.skip(stage.missing)
    const one = await ground.organization('Acme')
    const email = 'grace@example.org'
    await ground.people.identity.invite(await one.entry('owner'), { email, roles: ['agent', 'reader'] })
    const link = await linkTo(ground, email, 'invitation')
    const hand = await handOf(stage, ground)
    for (let time = 0; time < 3; time++) await hand.open(`/invitation?link=${link}`)
    assert.equal(await hand.heading(), 'You are invited to Acme')
    await hand.page.getByRole('link', { name: 'I have no account yet' }).click()
    assert.equal(hand.path(), '/sign-up')
    await signUp(hand, ground, email, 'Grace Hill')
    assert.equal(hand.path(), '/organizations')
    await hand.page.getByRole('link', { name: 'Look at it again' }).click()
    assert.match(
      await hand.page.locator('main').textContent().then(String),
      /signed in as Grace Hill \(grace@example\.org\)/,
    )
    await hand.press('Accept')
    assert.match(await hand.page.content(), /Inside of Acme\./)
    await hand.open(`/invitation?link=${link}`)
    assert.equal(await hand.heading(), 'This invitation is over')
    await hand.context.close()
  })

  test('invited with an account, signed out: the sign-in leads back to the invitation, which stands in no address', async context => {
    if (stage.browser === undefined) return context.skip(stage.missing)
    const one = await ground.organization('Borough')
    const email = 'ines@example.org'
    const first = await handOf(stage, ground)
    await signUp(first, ground, email, 'Ines')
    await first.context.close()
    await ground.people.identity.invite(await one.entry('owner'), { email, roles: ['agent'] })
    const hand = await handOf(stage, ground)
    await hand.open(`/invitation?link=${await linkTo(ground, email, 'invitation')}`)
    await hand.page.getByRole('link', { name: 'Sign in' }).click()
    assert.doesNotMatch(hand.page.url(), /inv_/)
    await hand.type('E-mail', email)
    await hand.type('Password', password)
    await hand.press('Sign in')
    assert.deepEqual([hand.path(), await hand.heading()], ['/invitation', 'You are invited to Borough'])
    await hand.press('Accept')
    assert.match(await hand.page.content(), /Inside of Borough\./)
    await hand.context.close()
  })

  test('with the keyboard alone: several members are chosen and get a role, in one change', async context => {
    if (stage.browser === undefined) return context.skip(stage.missing)
    const one = await ground.organization('Keys')
    const hand = await handOf(stage, ground)
    await hand.context.addCookies([
      { name: 'session', value: one.of('admin').token, url: ground.origin },
      { name: 'organization', value: one.id, url: ground.origin },
    ])
    await hand.open('/organization/members')
    const { page } = hand
    await page.keyboard.press('Tab')
    assert.equal(await page.locator(':focus').textContent(), 'Skip to the content')
    const until = async (name: string): Promise<void> => {
      for (let presses = 0; presses < 60; presses++) {
        await page.keyboard.press('Tab')
        const focus = page.locator(':focus')
        const label = (await focus.getAttribute('aria-label')) ?? (await focus.textContent())
        if (label?.trim() === name) return
      }
      assert.fail(`${name} is not reached`)
    }
    await until('Choose Ben Keys')
    await page.keyboard.press('Space')
    // The ring around a name is not cut off by the row that it stands in.
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate(`getComputedStyle(document.activeElement.closest('.title')).overflow`), 'visible')
    await until('Choose Nell Keys')
    await page.keyboard.press('Space')
    await until('Change the roles of those that are chosen above')
    await page.keyboard.press('Enter')
    for (const name of ['role_owner', 'role_admin', 'role_agent', 'role_reader']) {
      await page.keyboard.press('Tab')
      assert.equal(await page.locator(':focus').getAttribute('name'), name)
    }
    await page.keyboard.press('Space')
    await until('Change them')
    await page.keyboard.press('Enter')
    assert.equal(await hand.says('status'), 'The roles are changed.')
    const entry = await one.entry('owner')
    for (const who of ['agent', 'no role'])
      assert.deepEqual((await ground.people.identity.memberFacts(entry, one.of(who).memberId)).roles, ['reader'])
    await hand.context.close()
  })

  test('every page is clean for axe, narrow and wide, light and dark, for whoever may do all and whoever may little', async context => {
    if (stage.browser === undefined) return context.skip(stage.missing)
    const one = await ground.organization('Long Name & Sons of the Northern Lighthouses')
    const { identity } = ground.people
    const owner = await one.entry('owner')
    const agent = one.of('agent').memberId
    const at = (days: number) => new Date(ground.stage.people.clock.now().getTime() + days * 86_400_000)
    const base = { memberId: agent, reason: 'For the move of the old shop.', expiresAt: at(30), reviewAt: at(14) }
    await identity.addOverrides(owner, [
      { ...base, permission: 'ticket.purge', effect: 'allow' },
      { ...base, permission: 'ticket.close', effect: 'deny' },
    ])
    await identity.invite(owner, { email: 'somebody.with.a.long.name@department.example.org', roles: ['agent'] })
    await identity.suspendMember(owner, one.of('colleague').memberId)
    const seen = (role: string, paths: readonly string[]) =>
      accessible(stage, context, {
        origin: ground.origin,
        cookies: { session: one.of(role).token, organization: one.id },
        paths,
      })
    await seen('owner', [
      '/organizations',
      '/organization/members?done=roles',
      `/organization/members/${agent}`,
      `/organization/members/${one.of('colleague').memberId}`,
      `/organization/members/${one.of('owner').memberId}`,
      '/organization/invitations',
      '/organization/roles',
      '/organization/rules',
    ])
    await seen('reader', [
      '/organization/members',
      `/organization/members/${agent}`,
      '/organization/invitations',
      '/organization/rules',
    ])
    const link = await linkTo(ground, 'somebody.with.a.long.name@department.example.org', 'invitation')
    await accessible(stage, context, {
      origin: ground.origin,
      cookies: {},
      paths: [`/invitation?link=${link}`, '/invitation?link=x'],
    })
    await seen('owner', [`/invitation?link=${link}`])
  })

  test('nobody’s name breaks a page: 200 letters without a space, from right to left, and a case that staff wrote', async context => {
    if (stage.browser === undefined) return context.skip(stage.missing)
    const one = await ground.organization('Unbreakable'.repeat(16))
    const { identity } = ground.people
    const owner = await one.entry('owner')
    const made: string[] = []
    for (const [at, name] of ['W'.repeat(200), 'שלום '.repeat(39), '🚀'.repeat(100), '<b>"it" & that</b>'].entries()) {
      const email = `${'x'.repeat(60)}.${at}@${'y'.repeat(60)}.example`
      made.push((await identity.importMember({ organizationId: one.id, email, name, roles: ['agent'] })).memberId)
    }
    await identity.invite(owner, { email: `${'z'.repeat(64)}@${'y'.repeat(60)}.example`, roles: ['agent', 'reader'] })
    await accessible(stage, context, {
      origin: ground.origin,
      cookies: { session: one.of('owner').token, organization: one.id },
      paths: [
        '/organizations',
        '/account',
        '/organization/members',
        '/organization/invitations',
        '/organization/rules',
        ...made.map(id => `/organization/members/${id}`),
      ],
    })
  })

  test('what is sent without a choice says that nothing was chosen', async () => {
    const one = await ground.organization('Choices')
    for (const [path, fields] of [
      ['/organization/members/roles', { role_agent: 'on' }],
      ['/organization/keys', { name: 'A program', days: '30', networks: '' }],
    ] as const) {
      const { status, code } = await ground.ask(path, { as: one.of('owner'), fields })
      assert.deepEqual([status, code], [400, 'pages.nothing_chosen'], path)
    }
  })
})
