import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import { UpheldError } from '../../src/core/errors.ts'
import type { Json } from '../../src/core/json.ts'
import { sampleOrigin, sampleSurface } from '../../src/surfaces/trust/sample/serving.ts'
import type { TrustSurfaceOptions } from '../../src/surfaces/trust/trust.ts'

/** The checks of the page "Check it yourself", in a real browser, asked about what a test made. */
export interface Checker {
  /** Runs the body of an async function over `given`, with `fromBase64` and `load(name)` for a script of the page. */
  run(body: string, given: Json): Promise<unknown>
  /** Addresses that were asked for since the last call. */
  asked(): string[]
  close(): Promise<void>
}

export async function openChecker(browser: Browser, change: Partial<TrustSurfaceOptions> = {}): Promise<Checker> {
  const surface = sampleSurface(change)
  const context = await browser.newContext()
  let asked: string[] = []
  await context.route('**/*', async route => {
    const url = route.request().url()
    asked.push(url)
    const answer = url.startsWith(`${sampleOrigin}/`) ? await surface(new Request(url)) : undefined
    if (answer === undefined) return route.abort()
    const body = Buffer.from(await answer.arrayBuffer())
    return route.fulfill({ status: answer.status, headers: Object.fromEntries(answer.headers), body })
  })
  const page = await context.newPage()
  await page.goto(`${sampleOrigin}/security/verify`)
  return {
    run: (body, given) =>
      page.evaluate(`(async given => {
        const load = name => import('/security/verify/' + name)
        const fromBase64 = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0))
        const codeOf = thrown => String(thrown.code ?? thrown)
        ${body}
      })(${JSON.stringify(given)})`),
    asked() {
      const those = asked
      asked = []
      return those
    },
    close: () => context.close(),
  }
}

/** What the work gives, or the code of the refusal that it meets. Anything else that it throws is a fault. */
export async function codeOr(work: () => string | Promise<string>): Promise<string> {
  try {
    return await work()
  } catch (thrown) {
    assert.ok(thrown instanceof UpheldError, String(thrown))
    return thrown.code
  }
}
