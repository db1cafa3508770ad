import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, beforeEach, suite, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { ProvenClaim } from '../../src/proof/claims/index.ts'
import { readLog } from '../../src/proof/evidence/index.ts'
import { verifyBundle } from '../../src/verify.ts'
import { doorClaim, rattle } from '../proof/door.ts'
import { backup, openLab, restore, sentence, standingIn, type Lab } from './lab.ts'
import { browserFound, skip, visitor, type Visitor } from './visitor.ts'

// Who: whoever runs the service, or stands between it and its visitors, and wants a promise to look better than it is.
// What it would cost: a customer relies on a promise that was broken. Each test says what that customer sees.

const hourMs = 3_600_000

suite('threats to the page from those who run it', { skip }, () => {
  let lab: Lab
  let reader: Visitor
  beforeEach(async () => {
    lab = await openLab()
    reader = await visitor(lab)
  })
  afterEach(async () => {
    await reader.close()
    await lab.close()
  })
  after(() => browserFound().close())

  test('operator edits the database: the page says that its record does not hold, and nothing is promised', async () => {
    lab.doors.setLocked(false)
    await lab.round()
    assert.equal(standingIn(await lab.text('/security')), 'refuted not promised')
    assert.equal((await reader.check()).state, 'held')
    await lab.tamper(
      `update upheld_proof.leaf set bytes = convert_to(replace(convert_from(bytes, 'UTF8'), '"verdict":"refuted"', '"verdict":"upheld"'), 'UTF8')`,
    )
    const page = await reader.open('/security')
    assert.match(await page.locator('.notice.bad').innerText(), /Our own record does not hold/)
    assert.equal(standingIn(await page.content()), 'unproven not promised')
    const { finding, advice } = await reader.check()
    assert.equal(finding, 'unserved')
    assert.match(advice, /Nothing is promised meanwhile/)
  })

  test('operator restores yesterday’s database: the host remembers, and so does whoever looked yesterday', async () => {
    await lab.round()
    await lab.tamper(...backup)
    lab.doors.setLocked(false)
    await lab.round()
    const { state, page } = await reader.check()
    assert.equal(state, 'held')
    assert.match(await page.locator('#seen').innerText(), /3 entries/)
    await lab.tamper(...restore)
    assert.match(
      await lab.text('/security'),
      /Our own record does not hold.*ends before a head that was seen here earlier/s,
    )
    // The host’s own memory is the operator’s too.
    rmSync(join(lab.stateFolder, 'evidence', 'head'))
    assert.equal(standingIn(await lab.text('/security')), 'upheld promised')
    const again = await reader.check()
    assert.equal(again.finding, 'rollback')
    assert.match(again.steps, /This browser has seen 3 entries/)
    assert.match(again.advice, /The log went back/)
    // A head that this browser saw itself at that time is known again.
    assert.doesNotMatch(again.advice, /An old answer came again/)
  })

  test('clock set back: what ran out by the reader’s clock is named, whatever the page’s clock says', async () => {
    lab.clocks.prover.aheadMs = -2 * hourMs
    await lab.round()
    assert.equal(standingIn(await lab.text('/security')), 'unproven not promised')
    lab.clocks.page.aheadMs = -1.5 * hourMs
    assert.equal(standingIn(await lab.text('/security')), 'upheld promised')
    const page = await reader.open('/security')
    const until = Date.parse((await page.locator('[data-until]').getAttribute('data-until')) ?? '')
    const made = Date.parse((await page.locator('[data-made-at]').getAttribute('data-made-at')) ?? '')
    assert.ok(made < until && until < Date.now() - hourMs / 2, 'the page itself shows both moments')
    const { finding, steps, advice } = await reader.check()
    assert.equal(finding, 'contradiction')
    assert.match(steps, /the page says “upheld”; the log says “unproven” \(expired, entry 1\)/)
    assert.match(steps, /by your clock that is (89|90|91) minutes ago/)
    assert.match(advice, /a wrong clock/)
    // Turned back so far that the newest run lies ahead, even the page stops promising.
    lab.clocks.page.aheadMs = -3 * hourMs
    assert.equal(standingIn(await lab.text('/security')), 'unproven not promised')
  })

  test('probe binary replaced: its code is in the digest of every run, and the change is public', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'upheld-probe-'))
    try {
      const from = (name: string, code: string, run = rattle): ProvenClaim => {
        const path = join(folder, name)
        // Each process reads its files once, when it starts: another file stands for another process.
        writeFileSync(path, code)
        const source = pathToFileURL(path).href
        return { ...doorClaim(), probe: { says: 'Rattles at every door.', source, run } }
      }
      lab.setClaims([from('honest.ts', 'export const rooms = 3')])
      await lab.round()
      assert.equal(standingIn(await lab.text('/security')), 'upheld promised')
      // The page’s process is started with the replaced code, before any attack was made with it.
      lab.setClaims([from('lying.ts', 'export const rooms = 0', async (_, report) => report.population('rooms', 3))])
      assert.equal(standingIn(await lab.text('/security')), 'unproven not promised')
      assert.match(await lab.text('/security'), /changed/)
      await lab.round()
      assert.notEqual(standingIn(await lab.text('/security')), 'upheld promised')
      const page = await reader.open('/security/history')
      assert.match(await page.locator('#changes').innerText(), /Changed doors\.locked[^]*the code of its attack/)
      const runs = (await readLog(lab.prover, lab.log)).leaves.filter(({ value }) => value['type'] === 'upheld/run@v1')
      const digests = runs.map(({ value }) => value['claim_digest'])
      assert.equal(new Set(digests).size, 2, 'each run names the code that made it')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test('page template edited to hide red: the feed, the log and the reader’s check contradict it', async () => {
    lab.doors.setLocked(false)
    await lab.round()
    const forgeries: Readonly<Record<string, (html: string) => string>> = {
      'the verdict is repainted': html => html.replaceAll('data-verdict="refuted"', 'data-verdict="upheld"'),
      'the note is taken out': html =>
        html
          .replace('data-published="false"', 'data-published="true"')
          .replace(/<p class="instead">.*?<\/p>/s, `<p class="sentence">${sentence}</p>`)
          .replaceAll(/data-claim="doors\.locked"/g, ''),
    }
    for (const [name, forge] of Object.entries(forgeries)) {
      lab.setBetween(async (request, answer) => {
        if (new URL(request.url).pathname !== '/security') return answer(request, { address: '127.0.0.1' })
        // Whoever forges a page asks for one that is not packed.
        const headers = new Headers(request.headers)
        headers.delete('accept-encoding')
        const honest = await answer(new Request(request, { headers }), { address: '127.0.0.1' })
        return new Response(forge(await honest.text()), { status: honest.status, headers: honest.headers })
      })
      const { finding, steps, advice } = await reader.check()
      assert.equal(finding, 'contradiction', `${name}: ${steps}`)
      assert.match(steps, /says “upheld”; the log says “refuted”|names no claim for it|the feed does not/)
      assert.match(advice, /The page says more than its log/)
    }
    const feed = await lab.text('/security/feed.json')
    assert.match(feed, /"verdict": "refuted"/)
    const bundle = Buffer.from(await (await lab.get('/security/evidence/bundle')).arrayBuffer())
    assert.equal(verifyBundle(bundle, { now: new Date() }).claims[0]?.standing.verdict, 'refuted')
  })

  test('CDN serves an old page: it says itself when it was made and ends, and the check tells its age', async () => {
    lab.clocks.prover.aheadMs = -2 * hourMs
    lab.clocks.page.aheadMs = -1.9 * hourMs
    await lab.round()
    const kept = await lab.text('/security')
    assert.equal(standingIn(kept), 'upheld promised')
    lab.clocks.prover.aheadMs = lab.clocks.page.aheadMs = 0
    lab.doors.setLocked(false)
    await lab.round()
    assert.match((await lab.get('/security')).headers.get('cache-control') ?? '', /no-cache/)
    lab.setBetween((request, answer) =>
      new URL(request.url).pathname === '/security'
        ? new Response(kept, { headers: { 'content-type': 'text/html', 'cache-control': 'max-age=86400' } })
        : answer(request, { address: '127.0.0.1' }),
    )
    const page = await reader.open('/security')
    assert.match(
      await page.locator('[data-made-at]').innerText(),
      /This page was made on .* a copy that is read later promises/s,
    )
    const until = Date.parse((await page.locator('[data-until]').getAttribute('data-until')) ?? '')
    assert.ok(until < Date.now(), 'the old page shows that its promise is over')
    const { finding, steps } = await reader.check()
    assert.equal(finding, 'contradiction')
    assert.match(steps, /by your clock that is 11\d minutes ago\. A copy is served/)
    assert.match(steps, /the page says “upheld”; the log says “refuted”/)
  })

  test('badge copied to another site: it names whose it is and until when, and its link proves it', async () => {
    await lab.round()
    const badge = await lab.text('/security/claims/doors.locked/badge.svg')
    lab.doors.setLocked(false)
    await lab.round()
    const thief = createServer((request, response) => {
      const image = request.url === '/badge.svg'
      response.writeHead(200, { 'content-type': image ? 'image/svg+xml' : 'text/html' })
      response.end(image ? badge : '<!doctype html><title>Thief</title><h1>Thief</h1><img src="/badge.svg" alt="">')
    })
    await new Promise<void>(resolve => thief.listen(0, '127.0.0.1', resolve))
    try {
      const address = thief.address()
      assert.ok(typeof address === 'object' && address !== null)
      const context = await browserFound().newContext()
      const page = await context.newPage()
      await page.goto(`http://127.0.0.1:${address.port}/badge.svg`)
      const host = new URL(lab.origin).host
      const title = (await page.locator('title').textContent()) ?? ''
      assert.ok(title.startsWith(`${host}, doors.locked: Upheld until `), title)
      assert.ok((await page.locator('text').first().textContent())?.includes(host), 'what is drawn names whose it is')
      await page.locator('a').first().click()
      await page.waitForURL(`${lab.origin}/security/claims/doors.locked`)
      assert.equal(await page.locator('[data-verdict]').first().getAttribute('data-verdict'), 'refuted')
      await context.close()
    } finally {
      thief.close()
    }
  })
})
