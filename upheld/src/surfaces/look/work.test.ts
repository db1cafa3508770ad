import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, suite, test } from 'node:test'
import { html } from 'hono/html'
import type { Browser } from 'playwright-core'
import { z } from 'zod'
import { testBrowser } from '../../testing/browser.ts'
import { openLook, pageHeaders } from './index.ts'

const origin = 'https://desk.example'
const look = openLook()
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8')
const violations = z.object({
  violations: z.array(z.object({ id: z.string(), nodes: z.array(z.object({ html: z.string() })) })),
})

/** Every primitive that a page to work in may use, with words that are longer than any frame. */
const page = html`<!doctype html>
  <html lang="en">
    <head>
      ${look.headTags()}
      <title>Inbox</title>
    </head>
    <body class="work">
      <a class="skip" href="#main">Skip to the content</a>
      <header class="topbar">
        <a class="brand" href="/">Northwind Desk</a>
        <nav aria-label="Desk">
          <ul>
            <li><a href="/" aria-current="page">Inbox</a></li>
            <li><a href="/contacts">Contacts</a></li>
            <li><a href="/merchants">Merchants</a></li>
            <li><a href="/team">Team</a></li>
          </ul>
        </nav>
      </header>
      <main id="main" class="stack">
        <h1>Inbox</h1>
        <p class="notice warn"><strong>Two agents are away.</strong> Answers may take longer.</p>
        <ul class="rows">
          <li>
            <a class="row" href="/c/1">
              <span class="title">${'A parcel that never came '.repeat(8)}</span>
              <span class="meta">Ada Lindqvist, ${'averylongaddress'.repeat(6)}@example.org</span>
              <span class="end"><span class="badge warn">waiting</span></span>
            </a>
          </li>
        </ul>
        <div class="split">
          <section class="thread" aria-label="Messages">
            <article class="message">
              <header><strong>Ada</strong> <time datetime="2026-11-20T10:00:00Z">10:00</time></header>
              <p>${'unbreakable'.repeat(30)}</p>
            </article>
            <article class="message ours">
              <header><strong>Agent</strong></header>
              <p>We look into it.</p>
            </article>
            <form class="stack" method="post" action="/c/1">
              <div class="field">
                <label for="answer">Answer</label>
                <textarea id="answer" aria-invalid="true" aria-describedby="why"></textarea>
                <p class="problem" id="why">Write an answer first.</p>
              </div>
              <div class="field">
                <label for="state">State</label>
                <select id="state">
                  <option>open</option>
                </select>
                <p class="hint">Closed conversations can be opened again.</p>
              </div>
              <div class="actions">
                <button class="button">Send</button> <button class="button quiet" type="button">Keep</button>
                <button class="button danger" type="button">Delete</button>
              </div>
            </form>
          </section>
          <aside class="stack" aria-label="Contact">
            <h2>Ada Lindqvist</h2>
            <dl class="facts">
              <dt>Mail</dt>
              <dd>${'averylongaddress'.repeat(4)}@example.org</dd>
            </dl>
            <label class="stack small">Answered <meter class="bar" value="0.7">70 %</meter></label>
          </aside>
        </div>
        <div class="scroll" role="region" aria-label="Merchants" tabindex="0">
          <table>
            <thead>
              <tr>
                <th scope="col">Merchant</th>
                <th scope="col" class="end">Revenue</th>
              </tr>
            </thead>
            <tbody>
              <tr>
                <td>${'Harbor & Sons '.repeat(12)}</td>
                <td class="end">1,204.00</td>
              </tr>
            </tbody>
          </table>
        </div>
        <p class="badge good">open</p>
        <p class="empty">Nothing else.</p>
      </main>
    </body>
  </html>`

const found = await testBrowser()

suite('a page to work in, in a real browser', { skip: 'reason' in found ? found.reason : false }, () => {
  let browser: Browser
  before(() => {
    assert.ok('browser' in found)
    browser = found.browser
  })
  after(() => browser.close())

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [320, 1280]) {
      test(`${colorScheme}, ${width} px: accessible, nothing overflows, nothing leaves, nothing is refused`, async () => {
        const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } })
        const complaints: string[] = []
        await context.route('**/*', async route => {
          const url = route.request().url()
          const headers = { ...pageHeaders({ forms: 'self' }), 'content-type': 'text/html; charset=utf-8' }
          if (url === `${origin}/`) return route.fulfill({ headers, body: String(await page) })
          const answer = look.fetch(new Request(url))
          if (answer?.status !== 200 || !url.startsWith(`${origin}/`)) complaints.push(url)
          const body = Buffer.from((await answer?.arrayBuffer()) ?? new ArrayBuffer(0))
          return route.fulfill({ headers: Object.fromEntries(answer?.headers ?? []), body })
        })
        const tab = await context.newPage()
        tab.on('console', message => complaints.push(message.text()))
        await tab.goto(`${origin}/`)
        await tab.evaluate('document.fonts.ready.then(() => undefined)')
        await tab.evaluate(axe)
        assert.deepEqual(violations.parse(await tab.evaluate('axe.run()')).violations, [])
        const wide = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
        assert.equal(await tab.evaluate<number>(wide), 0)
        assert.deepEqual(complaints, [])
        await context.close()
      })
    }
  }
})
