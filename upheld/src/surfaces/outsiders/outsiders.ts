import { z } from 'zod'
import { UpheldError } from '../../core/errors.ts'
import type { Caller } from '../../core/ports.ts'
import { canonicalJson } from '../../core/json.ts'
import { placesOf } from '../../guards/takeover/index.ts'
import {
  contractDigest,
  contractJsonSchema,
  contractOf,
  outsiderPaths,
  parseLimits,
} from '../../proof/outsiders/index.ts'
import type { DeclaredRoute } from '../../routes.ts'
import type { Look } from '../look/index.ts'
import { peoplePaths } from '../people/index.ts'
import type { Part } from '../server/index.ts'
import { json, nothing, page, refusalJson } from './answers.ts'
import { refuse } from './errors.ts'
import { openGate } from './gate.ts'
import { openKeeper, type Keeper, type KeeperOptions } from './keeper.ts'
import { contractPage } from './page.ts'
import { stateOf } from './state.ts'

export interface OutsidersOptions extends Omit<KeeperOptions, 'limits'> {
  /** Where people reach the site. Never taken from a request. */
  readonly origin: string
  readonly look: Look
  readonly onFailure: (failure: unknown) => void
}

interface Outsiders {
  /** Comes before every other part of the site. */
  readonly part: Part
  /** Takes away what is over; to be called every few seconds, and at the start. Gives how many runs are wholly gone. */
  readonly sweep: () => Promise<number>
}

const askedBytesMax = 1_024

/** The addresses under /security/outsiders where nobody is let in: 404, in words. */
export function closedToOutsiders(service: string, look: Look): Part {
  return async request => {
    const { pathname } = new URL(request.url)
    if (pathname === outsiderPaths.page)
      return page(String(await contractPage({ service, look, contract: undefined })), 404)
    return isOurs(pathname) ? refusalJson(refuse.off()) : undefined
  }
}

/**
 * Lets strangers probe under the contract that the application allows: the contract, its page, two organizations for each
 * run, and the gate before everything else.
 * @throws outsiders.bad_limits, probing.no_foundation
 */
export function openOutsiders(options: OutsidersOptions): Outsiders {
  const { application, clock, look, origin, onFailure } = options
  if (application.people === undefined || application.routes === undefined) throw refuse.no_foundation()
  const limits = parseLimits(application.outsiders?.limits ?? {})
  const contact = application.page.contact
  const contract = contractOf({ service: application.name, origin, contact, limits })
  const digest = contractDigest(contract)
  const gate = openGate({ limits, clock, live: () => keeper.live() })
  const keeper: Keeper = openKeeper({ ...options, limits }, live => gate.know(live))
  const renewals = new Map<string, number>()
  const state = stateOf(options.platform, application.tenantSchemas)
  const routes = handedRoutes(application.routes.declared)

  const begin = async (request: Request, { address }: Caller): Promise<Response> => {
    if ((await agreedDigest(request)) !== digest) throw refuse.other_contract()
    const { id, token, expiresAt, a, b } = await keeper.make(placesOf(address).address, digest)
    const type = 'upheld/outsiders-grant@v1'
    const expires_at = expiresAt.toISOString()
    return json({ type, id, token, contract: digest, expires_at, sign_out: peoplePaths.signOut, routes, a, b }, 201)
  }
  const renew = async (token: string): Promise<Response> => {
    const held = await keeper.held(token)
    const count = (renewals.get(held.id) ?? 0) + 1
    if (count > limits.renewals_per_run) throw refuse.spent()
    renewals.set(held.id, count)
    return json({ type: 'upheld/outsiders-renewal@v1', a: await keeper.renew(held) })
  }
  const tell = async (token: string): Promise<Response> => {
    const { a, b } = await keeper.held(token)
    return json({ type: 'upheld/outsiders-state@v1', a: await state(a), b: await state(b) })
  }
  const answer = async (request: Request, caller: Caller, pathname: string): Promise<Response> => {
    const asked = `${request.method === 'HEAD' ? 'GET' : request.method} ${pathname}`
    switch (asked) {
      case `GET ${outsiderPaths.page}`:
        return page(String(await contractPage({ service: application.name, look, contract })), 200)
      case `GET ${outsiderPaths.contract}`:
        return json(contract, 200, canonicalJson(z.json().parse(contract)))
      case `GET ${outsiderPaths.schema}`:
        return json(contractJsonSchema())
      case `POST ${outsiderPaths.runs}`:
        return begin(request, caller)
      case `POST ${outsiderPaths.renewal}`:
        return renew(tokenOf(request))
      case `GET ${outsiderPaths.state}`:
        return tell(tokenOf(request))
      case `DELETE ${outsiderPaths.run}`:
        return end(keeper, tokenOf(request))
    }
    throw known.has(pathname) ? refuse.wrong_method() : refuse.no_such_address()
  }
  return Object.freeze({
    async part(request: Request, caller: Caller) {
      const { pathname } = new URL(request.url)
      if (!isOurs(pathname)) return gate.part(request, caller)
      try {
        return await answer(request, caller, pathname)
      } catch (thrown) {
        if (!(thrown instanceof UpheldError)) throw thrown
        if (thrown.cause !== undefined && thrown.status >= 500) onFailure(thrown.cause)
        return refusalJson(thrown)
      }
    },
    sweep: () => keeper.sweep(),
  })
}

async function end(keeper: Keeper, token: string): Promise<Response> {
  await keeper.held(token)
  await keeper.end(token)
  await keeper.sweep()
  return nothing()
}

const known: ReadonlySet<string> = new Set(Object.values(outsiderPaths))

function isOurs(pathname: string): boolean {
  return known.has(pathname) || pathname.startsWith(`${outsiderPaths.page}/`)
}

function tokenOf(request: Request): string {
  const token = /^Bearer ([\w-]{43})$/.exec(request.headers.get('authorization') ?? '')?.[1]
  if (token === undefined) throw refuse.no_run()
  return token
}

const askedForm = z.strictObject({ contract: z.string().regex(/^sha256:[0-9a-f]{64}$/) })

/** A page of another site cannot send this type without being asked first, and is not allowed to. */
async function agreedDigest(request: Request): Promise<string> {
  const [type = ''] = (request.headers.get('content-type') ?? '').toLowerCase().split(';')
  if (type.trim() !== 'application/json') throw refuse.bad_request()
  if (Number(request.headers.get('content-length') ?? 0) > askedBytesMax) throw refuse.too_large()
  let text = ''
  const decoder = new TextDecoder()
  const body: AsyncIterable<Uint8Array> = request.body ?? ReadableStream.from([])
  for await (const part of body) {
    text += decoder.decode(part, { stream: true })
    if (text.length > askedBytesMax) throw refuse.too_large()
  }
  try {
    return askedForm.parse(JSON.parse(text)).contract
  } catch (cause) {
    throw refuse.bad_request({ cause })
  }
}

/** Routes of the application that somebody in an organization uses, without what cannot be said in JSON. */
function handedRoutes(declared: readonly DeclaredRoute[]): readonly object[] {
  return declared
    .filter(({ apart, house, roles }) => apart !== true && house !== true && (roles === 'public' || roles.length > 0))
    .map(({ method, path, roles, params, query, headers, cookies, json: body, form, files, honest, changes }) => ({
      method,
      path,
      roles,
      params,
      query,
      headers,
      cookies,
      json: body,
      form,
      files,
      honest,
      changes,
    }))
}
