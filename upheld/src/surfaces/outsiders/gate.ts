import { createHash } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import type { Limits } from '../../proof/outsiders/index.ts'
import { outsiderPaths } from '../../proof/outsiders/index.ts'
import { peoplePaths, peopleRoutes } from '../people/index.ts'
import type { Part } from '../server/index.ts'
import { refusalJson } from './answers.ts'
import { refuse } from './errors.ts'

/** A run whose credentials are out. */
export interface Live {
  readonly id: string
  readonly expiresMs: number
  /** SHA-256 in hex of whatever lets somebody in. */
  readonly credentials: readonly string[]
}

interface Counted {
  expiresMs: number
  requests: number
  bytes: number
  minuteFromMs: number
  inMinute: number
}

interface Gate {
  /** Answers what the contract does not allow; lets everything else pass, whoever it is from. */
  readonly part: Part
  /** Makes known what was handed out. */
  know(live: Live): void
}

interface GateOptions {
  readonly limits: Limits
  readonly clock: Clock
  /** Everything that is out, also from before this process began. */
  readonly live: () => Promise<readonly Live[]>
}

const lookAgainMs = 5_000
const minuteMs = 60_000
const cookiesMax = 50

export function digestOfCredential(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Before every other part of the site: who comes with throw-away credentials is counted, and kept from the pages for people. */
export function openGate({ limits, clock, live }: GateOptions): Gate {
  const known = new Map<string, Counted>()
  const runs = new Map<string, Counted>()
  let lookedMs = -Infinity
  let looking: Promise<void> | undefined
  const know = ({ id, expiresMs, credentials }: Live): void => {
    const counted = runs.get(id) ?? { expiresMs, requests: 0, bytes: 0, minuteFromMs: -Infinity, inMinute: 0 }
    counted.expiresMs = expiresMs
    runs.set(id, counted)
    for (const one of credentials) known.set(one, counted)
  }
  const look = async (): Promise<void> => {
    lookedMs = clock.monotonicMs()
    for (const one of await live()) know(one)
    // Long over: nothing lets them in any more.
    const past = clock.now().getTime() - 2 * minuteMs
    for (const [id, { expiresMs }] of runs) if (expiresMs < past) runs.delete(id)
    for (const [digest, { expiresMs }] of known) if (expiresMs < past) known.delete(digest)
  }
  const part: Part = async request => {
    if (clock.monotonicMs() - lookedMs >= lookAgainMs)
      await (looking ??= look().finally(() => {
        looking = undefined
      }))
    if (known.size === 0) return undefined
    const counted = heldBy(request)
      .map(text => known.get(digestOfCredential(text)))
      .find(one => one !== undefined)
    return counted === undefined ? undefined : judged(request, counted, limits, clock)
  }
  return Object.freeze({ part, know })
}

/** What the request comes with that may let somebody in. */
function heldBy(request: Request): readonly string[] {
  const cookies = (request.headers.get('cookie') ?? '').split(';', cookiesMax)
  const values = cookies.map(pair => pair.slice(pair.indexOf('=') + 1).trim())
  const authorization =
    request.headers
      .get('authorization')
      ?.replace(/^\S+\s+/, '')
      .trim() ?? ''
  return [...values, authorization].filter(text => text.length >= 20)
}

function judged(request: Request, counted: Counted, limits: Limits, clock: Clock): Response | undefined {
  const { pathname } = new URL(request.url)
  const nowMs = clock.now().getTime()
  if (nowMs >= counted.expiresMs) return refusalJson(refuse.over())
  const bodied = !/^(GET|HEAD|OPTIONS|DELETE)$/.test(request.method)
  const length = request.headers.get('content-length')
  if (request.headers.has('transfer-encoding') || (bodied && length === null && request.body !== null))
    return refusalJson(refuse.no_length())
  if (Number(length ?? 0) > limits.body_bytes) return refusalJson(refuse.too_large())
  if (nowMs - counted.minuteFromMs >= minuteMs) {
    counted.minuteFromMs = nowMs
    counted.inMinute = 0
  }
  counted.inMinute += 1
  counted.requests += 1
  counted.bytes += Number(length ?? 0)
  if (counted.requests > limits.requests_per_run || counted.bytes > limits.bytes_per_run)
    return refusalJson(refuse.spent())
  if (counted.inMinute > limits.requests_per_minute)
    return refusalJson(refuse.too_fast({ retryAfterMs: counted.minuteFromMs + minuteMs - nowMs }))
  if (pathname === peoplePaths.signOut && request.method === 'POST') return undefined
  return isForPeople(pathname) ? refusalJson(refuse.closed()) : undefined
}

const forms = peopleRoutes.map(({ path }) => new RegExp(`^${path.split('/').map(pieceForm).join('/')}/?$`))
const folders = [
  peoplePaths.scim,
  peoplePaths.visitors,
  peoplePaths.staff,
  peoplePaths.account,
  peoplePaths.organizations,
  '/organization',
  peoplePaths.support,
  peoplePaths.reviews,
]

function pieceForm(piece: string): string {
  return piece.startsWith(':') ? '[^/]+' : piece === '*' ? '.*' : RegExp.escape(piece)
}

/** Pages for people write mails, call providers and lead into other organizations. */
function isForPeople(pathname: string): boolean {
  if (pathname.startsWith(`${outsiderPaths.runs}/`)) return false
  return (
    folders.some(folder => pathname === folder || pathname.startsWith(`${folder}/`)) ||
    forms.some(form => form.test(pathname))
  )
}
