import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { z } from 'zod'
import { testBrowser } from '../../../testing/browser.ts'
import { badgePolicy, badgeSvg } from './badge.ts'

const names = [
  'isolation.rows',
  'W'.repeat(50),
  'i'.repeat(60),
  '机密性'.repeat(12),
  'العربية العربية',
  '💥👩‍👩‍👧‍👦🏴‍☠️',
  'Ünïçødé ĄĆĘ',
]
const verdicts = ['upheld', 'attested', 'refuted', 'unproven', 'planned'] as const
const address = 'https://northwind-desk.example/badge.svg'

const found = await testBrowser()
const skip = 'reason' in found ? found.reason : false

/** Every text with the box that it is drawn in, the whole image, and the colors as they are drawn. */
const measure = `(() => {
  const box = one => { const { left, right, top, bottom } = one.getBoundingClientRect(); return { left, right, top, bottom } }
  const texts = [...document.querySelectorAll('text')]
  return {
    image: box(document.documentElement),
    divider: box(document.querySelector('path.p')).left,
    texts: texts.map(box),
    inks: texts.map(one => getComputedStyle(one).fill),
    paper: getComputedStyle(document.querySelector('rect')).fill,
  }
})()`
const box = z.object({ left: z.number(), right: z.number(), top: z.number(), bottom: z.number() })
const measured = z.object({
  image: box,
  divider: z.number(),
  texts: z.tuple([box, box]),
  inks: z.array(z.string()),
  paper: z.string(),
})

suite('badges in a real browser', { skip }, () => {
  let browser: Browser
  before(() => {
    assert.ok('browser' in found)
    browser = found.browser
  })
  after(() => browser.close())

  /** The badge opened as a document of its own, under its own policy. */
  async function drawn(about: string, verdict: (typeof verdicts)[number], colorScheme: 'light' | 'dark') {
    const context = await browser.newContext({ colorScheme })
    const body = badgeSvg({
      host: 'northwind-desk.example',
      about,
      verdict,
      says: `${about} until 20 Nov 2026`,
      href: address,
      describes: 'It.',
    })
    const headers = { 'content-type': 'image/svg+xml; charset=utf-8', 'content-security-policy': badgePolicy }
    await context.route('**/*', route => route.fulfill({ body, headers }))
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('console', message => complaints.push(message.text()))
    await page.goto(address)
    const seen = measured.parse(await page.evaluate(measure))
    const links = await page.evaluate<string>("document.querySelector('a').href.baseVal")
    await context.close()
    return { ...seen, complaints, links }
  }

  for (const about of names) {
    test(`${about.slice(0, 20)}: nothing is clipped, nothing overlaps`, async () => {
      const { image, texts, divider, complaints, links } = await drawn(about, 'upheld', 'light')
      assert.deepEqual(complaints, [])
      assert.equal(links, address)
      const [who, says] = texts
      assert.ok(who.left >= image.left && says.right <= image.right)
      assert.ok(who.right <= divider && says.left > divider)
      for (const { top, bottom } of texts) assert.ok(top >= image.top && bottom <= image.bottom)
    })
  }
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const verdict of verdicts) {
      test(`${verdict}, ${colorScheme}: its style is taken, and every text has the contrast of WCAG AA`, async () => {
        const { inks, paper } = await drawn('isolation.rows', verdict, colorScheme)
        for (const ink of inks) assert.ok(contrast(ink, paper) >= 4.5, `${ink} on ${paper}`)
        assert.equal(luminance(paper) > 0.5, colorScheme === 'light')
      })
    }
  }
})

/** WCAG 2.2, of colors as `rgb(1, 2, 3)`. */
function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = (color.match(/\d+/g) ?? []).map(part => {
    const share = Number(part) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
