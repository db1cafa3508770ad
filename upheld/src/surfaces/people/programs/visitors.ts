import { UpheldError } from '../../../core/errors.ts'
import type { Visitors } from '../../../guards/keys/index.ts'
import { z } from 'zod'
import { refuse } from '../errors.ts'
import { paths } from '../paths.ts'
import type { House } from '../ports.ts'
import type { Route, Visit } from '../route.ts'
import { fromPage, preflight, vary } from './cors.ts'
import { jsonAnswer, jsonOf, jsonRefusal, type PlainHeaders } from './json.ts'

const assertedForm = z.strictObject({
  visitor: z.string(),
  origin: z.string(),
  scopes: z.array(z.string()).optional(),
})

interface Given {
  readonly token: string
  readonly expiresAt: Date
}

function given({ token, expiresAt }: Given, headers: PlainHeaders = {}): Response {
  return jsonAnswer(201, { token, expiresAt: expiresAt.toISOString() }, headers)
}

/** These routes are there only where the application lets visitors in. */
function visitorsOf({ visitors }: House): Visitors {
  if (visitors === undefined) throw refuse.not_found()
  return visitors
}

/** Somebody whom nobody knows, on a page that was registered. */
async function begin({ house, request, from }: Visit): Promise<Response> {
  const visitors = visitorsOf(house)
  const page = await fromPage(house, request)
  if ('code' in page) return jsonRefusal(page, vary)
  return answered(async () => {
    house.paceVisit(page.organization, from.address)
    return given(await visitors.begin(page.organization, page.origin), page.headers)
  }, page.headers)
}

async function renew({ house, request }: Visit): Promise<Response> {
  const visitors = visitorsOf(house)
  const page = await fromPage(house, request)
  if ('code' in page) return jsonRefusal(page, vary)
  return answered(async () => {
    const authorization = request.headers.get('authorization')
    const next = await visitors.renew({ authorization, origin: page.origin, organization: page.organization })
    if ('refusal' in next) throw next.refusal
    return given(next, page.headers)
  }, page.headers)
}

/** The customer's own server says who is signed in there. No page can: its answers are for no page to read. */
async function assertKnown({ house, request, url, from }: Visit): Promise<Response> {
  const visitors = visitorsOf(house)
  return answered(async () => {
    const opening = await house.keys.open({
      authorization: request.headers.get('authorization'),
      target: `${url.pathname}${url.search}`,
      address: from.address,
    })
    if (!opening.opened) throw opening.refusal
    const asserted = assertedForm.safeParse(await jsonOf(request))
    if (!asserted.success) throw refuse.bad_json({ detail: z.prettifyError(asserted.error).replaceAll('\n', ' ') })
    const { visitor, origin, scopes } = asserted.data
    return given(await visitors.assert(opening, { visitor, origin, ...(scopes === undefined ? {} : { scopes }) }))
  })
}

async function answered(work: () => Promise<Response>, headers: PlainHeaders = {}): Promise<Response> {
  try {
    return await work()
  } catch (thrown) {
    if (thrown instanceof UpheldError && thrown.status < 500) return jsonRefusal(thrown, headers)
    if (thrown instanceof UpheldError && thrown.code === 'keys.no_signing_key') return jsonRefusal(thrown, headers)
    throw thrown
  }
}

/** Every request of a page belongs to nobody: another organization than the one that is named is not there. */
const ofNobody = {
  query: { organization: 'none' },
  headers: { origin: 'https://www.example.com' },
  apart: true,
} as const

/** Mounted only where the application says what visitors may do. */
export const visitorRoutes: readonly Route[] = [
  { at: 'program', method: 'POST', path: paths.visitors, example: ofNobody, answer: begin },
  {
    at: 'program',
    method: 'OPTIONS',
    path: paths.visitors,
    example: { ...ofNobody, changes: false },
    answer: ({ house, request }) => preflight(house, request, 'POST'),
  },
  { at: 'program', method: 'POST', path: paths.renewVisitor, role: 'visitor', example: ofNobody, answer: renew },
  {
    at: 'program',
    method: 'OPTIONS',
    path: paths.renewVisitor,
    example: { ...ofNobody, changes: false },
    answer: ({ house, request }) => preflight(house, request, 'POST'),
  },
  {
    at: 'program',
    method: 'POST',
    path: paths.assertVisitor,
    role: 'key',
    example: { json: { visitor: '4711', origin: 'https://www.example.com' }, honest: false },
    answer: assertKnown,
  },
]
