import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'
import { endStaff } from '../../src/guards/support/index.ts'
import { until } from '../../src/testing/index.ts'
import { doorClaim, rattle } from '../proof/door.ts'
import { accessible, browserStage, type BrowserStage } from '../people/axe.ts'
import { consoleStage, type ConsoleStage } from './stage.ts'

let held = Promise.withResolvers<undefined>()
held.resolve(undefined)
/** Stays in the live system for as long as the test holds it. */
const slow = doorClaim({
  id: 'doors.slow',
  async run(world, report) {
    if (world.place === 'live') await held.promise
    await rattle(world, report)
  },
})
const claims = [doorClaim(), slow]

interface Heard {
  readonly event: string
  readonly id: string | undefined
  readonly says: string
}

const said = z.object({ says: z.string() })

/** Reads a stream of events to its end, or to the event that is waited for. */
async function listen(
  answer: Response,
  enough: (heard: readonly Heard[]) => boolean = () => false,
): Promise<readonly Heard[]> {
  const heard: Heard[] = []
  let text = ''
  assert.ok(answer.body !== null)
  for await (const part of answer.body.pipeThrough(new TextDecoderStream())) {
    text += part
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const fields = new Map(
        block.split('\n').map(line => [line.split(': ', 1)[0], line.slice(line.indexOf(': ') + 2)]),
      )
      const event = fields.get('event')
      if (event === undefined) continue
      heard.push({ event, id: fields.get('id'), says: said.parse(JSON.parse(fields.get('data') ?? '{}')).says })
    }
    if (enough(heard)) break
  }
  return heard
}

suite('following an order', () => {
  let here: ConsoleStage
  let browser: BrowserStage
  let ina: string
  let cookie: string
  before(async () => {
    here = await consoleStage(claims)
    await here.prover.declare(claims)
    ina = await here.hire('ina')
    cookie = await here.session(ina)
    browser = await browserStage()
  })
  after(async () => {
    held.resolve(undefined)
    await browser.close()
    await here.close()
  })

  const events = (path: string, jar = cookie, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
    fetch(`${here.origin}${path}/events`, { redirect: 'manual', headers: { ...headers, cookie: jar } })
  const order = async (claim: string): Promise<string> =>
    (await here.post('/console/orders', cookie, { claim })).to ?? ''
  const ended = (path: string): Promise<void> =>
    until(async () => (await here.prover.desk.order(path.split('/').at(-1) ?? '')).ended_at !== null, 'an order ends')
  const whole = [
    'A prover took it.',
    'The run began.',
    'The live system held.',
    'The untouched twin held.',
    'Sabotage “unlocked” was caught.',
    'The run was signed and written into the log.',
    'It has ended.',
  ]

  test('each step comes as it happens, numbered, and the stream ends by itself with how it ended', async () => {
    const path = await order('doors.locked')
    const answer = await events(path)
    assert.equal(answer.headers.get('content-type'), 'text/event-stream; charset=utf-8')
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    const hearing = listen(answer)
    const prover = here.prover.startProver(claims)
    const heard = await hearing
    await prover.stop()
    const steps = heard.filter(({ event }) => event === 'step')
    assert.deepEqual(
      steps.map(({ says }) => says),
      whole,
    )
    assert.deepEqual(
      steps.map(({ id }) => id),
      ['1', '2', '3', '4', '5', '6', '7'],
    )
    assert.equal(heard[0]?.event, 'state')
    assert.deepEqual([heard.at(-1)?.event, heard.at(-1)?.says], ['end', 'The run stands in the log.'])
  })

  test('who comes back goes on behind the step that they saw last; what is no number is none', async () => {
    const path = await order('doors.locked')
    const prover = here.prover.startProver(claims)
    await ended(path)
    await prover.stop()
    const after = async (id: string): Promise<readonly (string | undefined)[]> =>
      (await listen(await events(path, cookie, { 'last-event-id': id }))).flatMap(one =>
        one.event === 'step' ? [one.id] : [],
      )
    assert.deepEqual(await after('5'), ['6', '7'])
    assert.deepEqual(await after('7'), [])
    for (const id of ['x', '-1', '1e9', '99999', "5' or true"]) assert.equal((await after(id)).length, 7, id)
  })

  test('no stream without a session, for other people’s eyes, or of an order that is none', async () => {
    const path = await order('doors.locked')
    assert.equal((await events(path, '')).status, 303)
    const member = await here.session(await here.base.person('somebody@acme.example'))
    assert.equal((await events(path, member)).status, 404)
    assert.equal((await events('/console/orders/00000000-0000-0000-0000-000000000000')).status, 404)
    const prover = here.prover.startProver(claims)
    await ended(path)
    await prover.stop()
  })

  test('four at once for one person; the fifth is told so, and may when one has ended; a colleague is not in the way', async () => {
    const path = await order('doors.locked')
    const open = await Promise.all([1, 2, 3, 4].map(() => events(path)))
    assert.deepEqual(
      open.map(({ status }) => status),
      [200, 200, 200, 200],
    )
    const fifth = await events(path)
    assert.equal(fifth.status, 429)
    assert.match(await fifth.text(), /console\.too_many_streams/)
    const ben = await here.session(await here.hire('ben'))
    const his = await events(path, ben)
    assert.equal(his.status, 200)
    await open[0]?.body?.cancel()
    await until(async () => {
      const again = await events(path)
      const { status } = again
      await again.body?.cancel()
      return status === 200
    }, 'room for another')
    for (const one of [...open.slice(1), his]) await one.body?.cancel()
    const prover = here.prover.startProver(claims)
    await ended(path)
    await prover.stop()
  })

  test('who works for the operator no more is cut off', async () => {
    held = Promise.withResolvers()
    const eve = await here.hire('eve')
    const path = await order('doors.slow')
    const hearing = listen(await events(path, await here.session(eve)))
    await endStaff(here.base, eve)
    const heard = await hearing
    assert.ok(
      heard.every(({ event }) => event !== 'end'),
      'the order goes on',
    )
    assert.equal((await here.prover.desk.order(path.split('/').at(-1) ?? '')).ended_at, null)
    held.resolve(undefined)
    const prover = here.prover.startProver(claims)
    await ended(path)
    await prover.stop()
  })

  test('in a browser: the button, the steps as they come, the end; nothing from elsewhere, nothing refused', async t => {
    if (browser.browser === undefined) return t.skip(browser.missing)
    held = Promise.withResolvers()
    const window = await browser.browser.newContext()
    const [name = '', value = ''] = cookie.split('=')
    await window.addCookies([{ name, value, url: here.origin }])
    const page = await window.newPage()
    const complaints: string[] = []
    page.on('console', message => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    page.on('pageerror', error => void complaints.push(error.message))
    page.on('request', request => {
      if (new URL(request.url()).origin !== here.origin) complaints.push(request.url())
    })
    await page.goto(`${here.origin}/console/claims/doors.slow`)
    await page.getByRole('button', { name: 'Run now' }).click()
    await page.getByText('It waits for a prover').waitFor()
    const prover = here.prover.startProver(claims)
    await page.getByText('The run began.').waitFor()
    assert.equal(await page.getByText('The live system held.').count(), 0)
    held.resolve(undefined)
    await page.getByText('The run stands in the log.').waitFor()
    assert.deepEqual(
      (await page.locator('.steps li').allTextContents()).map(text => text.trim().replace(/^[\d:]+ UTC\s+/, '')),
      whole,
    )
    assert.equal(await page.getByRole('link', { name: 'Look again' }).isVisible(), false)
    await page.getByRole('link', { name: 'The claim' }).click()
    await page.getByRole('heading', { name: 'doors.slow' }).waitFor()
    assert.deepEqual(complaints, [])
    await window.close()
    await prover.stop()
  })

  test('without a script the same page shows the state, and the link looks again', async t => {
    if (browser.browser === undefined) return t.skip(browser.missing)
    const window = await browser.browser.newContext({ javaScriptEnabled: false })
    const [name = '', value = ''] = cookie.split('=')
    await window.addCookies([{ name, value, url: here.origin }])
    const page = await window.newPage()
    await page.goto(`${here.origin}/console/claims/doors.locked`)
    await page.getByRole('button', { name: /^Try in a twin/ }).click()
    await page.getByText('It waits for a prover').waitFor()
    const prover = here.prover.startProver(claims)
    await ended(new URL(page.url()).pathname)
    await page.getByRole('link', { name: 'Look again' }).click()
    await page.getByText('Caught: the probe noticed the sabotage.').waitFor()
    await window.close()
    await prover.stop()
  })

  test('every page is accessible, narrow and wide, light and dark, and nothing overflows', async t => {
    const [name = '', value = ''] = cookie.split('=')
    const [last] = await here.prover.desk.orders()
    await accessible(browser, t, {
      origin: here.origin,
      cookies: { [name]: value },
      paths: [
        '/console',
        '/console/claims/doors.locked',
        '/console/runs',
        '/console/orders',
        `/console/orders/${last?.id}`,
        '/console/settings',
        '/console/health',
        '/console/nothing',
      ],
    })
  })
})
