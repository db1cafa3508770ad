import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import { startServer, type RunningServer } from '../../src/surfaces/server/index.ts'
import { sampleSurface } from '../../src/surfaces/trust/sample/serving.ts'
import type { TrustSurfaceOptions } from '../../src/surfaces/trust/index.ts'
import { testBrowser } from '../../src/testing/browser.ts'

/** The sample of the trust page behind our own server, on a port of the loopback address. */
export async function servedSample(change: Partial<TrustSurfaceOptions> = {}): Promise<RunningServer> {
  const surface = sampleSurface(change)
  return startServer({
    host: '127.0.0.1',
    port: 0,
    whenTaken: 'refuse',
    handle: async request => (await surface(request)) ?? new Response(null, { status: 404 }),
    onFailure: ({ thrown }) => {
      throw thrown
    },
  })
}

/** These tests are about what a browser shows: where none starts they fail, and say why. */
export async function startedBrowser(): Promise<Browser> {
  const found = await testBrowser()
  assert.ok('browser' in found, 'reason' in found ? found.reason : '')
  return found.browser
}
