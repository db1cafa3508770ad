import assert from 'node:assert/strict'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { testBrowser } from '../../src/testing/browser.ts'
import type { Lab } from './lab.ts'

const found = await testBrowser()
/** Why there is no browser here; false when there is one. */
export const skip = 'reason' in found ? found.reason : false

export function browserFound(): Browser {
  assert.ok('browser' in found)
  return found.browser
}

/** Somebody with a browser of their own, which keeps what it saw. */
export interface Visitor {
  readonly context: BrowserContext
  /** What the browser complained about, and every request that left for another origin. */
  readonly complaints: string[]
  open(path: string): Promise<Page>
  /** Goes to the page of checks and has the log of this site checked. */
  check(): Promise<Found>
  close(): Promise<void>
}

interface Found {
  readonly state: string | null
  readonly finding: string | null
  /** The steps, as they can be read. */
  readonly steps: string
  /** What is said to do; empty when everything holds. */
  readonly advice: string
  readonly page: Page
}

export async function visitor({ origin }: Pick<Lab, 'origin'>): Promise<Visitor> {
  const context = await browserFound().newContext()
  const complaints: string[] = []
  context.on('request', request => {
    if (!request.url().startsWith(`${origin}/`) && !request.url().startsWith('blob:')) complaints.push(request.url())
  })
  const page = await context.newPage()
  page.on('pageerror', failure => complaints.push(failure.message))
  const open = async (path: string): Promise<Page> => {
    await page.goto(`${origin}${path}`)
    return page
  }
  return {
    context,
    complaints,
    open,
    async check() {
      await open('/security/verify')
      await page.locator('#tools').waitFor({ state: 'visible' })
      await page.locator('#here').click()
      const status = page.locator('#status:is([data-state="held"], [data-state="broken"])')
      await status.waitFor()
      const advice = page.locator('#finding')
      return {
        state: await status.getAttribute('data-state'),
        finding: await status.getAttribute('data-finding'),
        steps: await page.locator('#results').innerText(),
        advice: (await advice.isVisible()) ? await advice.innerText() : '',
        page,
      }
    },
    close: () => context.close(),
  }
}
