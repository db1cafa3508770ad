import { assert } from '../../../core/errors.ts'
import { openLook } from '../../look/index.ts'
import { sampleClock } from './builders.ts'
import { samplePage } from './page.ts'
import { sampleRecord, sampleReport } from './report.ts'
import { trustSurface, type TrustSurfaceOptions } from '../trust.ts'

/** The address that the tests of this module use. Nothing listens there: requests are answered in the process. */
export const sampleOrigin = 'https://northwind-desk.example'
const look = openLook()

/** The sample, with what a test changes. A failure that no test expects is thrown. */
export function sampleOptions(change: Partial<TrustSurfaceOptions> = {}): TrustSurfaceOptions {
  return {
    report: async () => sampleReport,
    page: samplePage,
    record: sampleRecord,
    evidence: async () => undefined,
    origin: sampleOrigin,
    clock: sampleClock,
    look,
    onFailure: failure => {
      throw failure
    },
    ...change,
  }
}

/** The surface over it. */
export function sampleSurface(
  change: Partial<TrustSurfaceOptions> = {},
): (request: Request) => Promise<Response | undefined> {
  return trustSurface(sampleOptions(change))
}

type Ask = (path: string, init?: RequestInit) => Promise<Response>

/** Asks for a path that the surface must answer. */
export function asking(change: Partial<TrustSurfaceOptions> = {}): Ask {
  const surface = sampleSurface(change)
  return async (path, init) => {
    const response = await surface(new Request(`${sampleOrigin}${path}`, init))
    assert(response !== undefined, `the surface answers ${path}`)
    return response
  }
}
