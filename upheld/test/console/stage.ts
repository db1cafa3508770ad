import { createHash, randomBytes } from 'node:crypto'
import type { Caller } from '../../src/core/ports.ts'
import { systemClock } from '../../src/core/clock.ts'
import type { Method } from '../../src/guards/identity/index.ts'
import { addStaff } from '../../src/guards/support/index.ts'
import type { People } from '../../src/people.ts'
import { trustReport, turnsNow, type Claim } from '../../src/proof/claims/index.ts'
import { consoleSurface } from '../../src/surfaces/console/index.ts'
import { openLook, type Look } from '../../src/surfaces/look/index.ts'
import { startServer, testPeople, type TestPeople } from '../../src/testing/index.ts'
import { openPages } from '../people/pages-stage.ts'
import { proverStage, type ProverStage } from './prover-stage.ts'

/** A page or what it led to. */
interface Shown {
  readonly status: number
  readonly text: string
  readonly to: string | null
  readonly headers: Headers
}

export interface ConsoleStage {
  readonly base: TestPeople
  readonly prover: ProverStage
  readonly people: People
  readonly origin: string
  readonly port: number
  /** Failures that the console told of. */
  readonly failures: readonly unknown[]
  /** Somebody of the operator, without a session. */
  hire(name: string): Promise<string>
  /** The cookie of a session that was made without a proof. */
  session(personId: string, methods?: readonly Method[]): Promise<string>
  get(path: string, cookie?: string, headers?: Readonly<Record<string, string>>): Promise<Shown>
  /** A form, with the token that a page of this session gives; or with another one. */
  post(path: string, cookie: string, fields?: Readonly<Record<string, string>>, more?: Sending): Promise<Shown>
  close(): Promise<void>
}

interface Sending {
  readonly formToken?: string
  readonly origin?: string
}

const settings = [
  {
    name: 'port',
    value: '4180',
    from: 'option',
    default: '4180',
    env: 'UPHELD_PORT',
    says: 'where the pages are served',
  },
  {
    name: 'database',
    value: 'set, not shown',
    from: 'environment',
    default: null,
    env: 'UPHELD_DATABASE_URL',
    says: 'address of a database',
  },
] as const

const page = {
  title: 'Security',
  lede: 'What we promise.',
  sections: [],
  contact: 'mailto:security@test.example',
}

/** The console on a real server, over a real database with a record, beside the pages for people. */
export async function consoleStage(claims: readonly Claim[], host = '127.0.0.1'): Promise<ConsoleStage> {
  const base = await testPeople()
  const prover = await proverStage(base, claims)
  const look = openLook()
  const failures: unknown[] = []
  const ready = Promise.withResolvers<(request: Request, caller: Caller) => Promise<Response>>()
  const server = await startServer({
    host,
    port: 0,
    whenTaken: 'refuse',
    handle: async (request, caller) => (await ready.promise)(request, caller),
    onFailure: () => undefined,
  })
  const origin = `http://localhost:${server.port}`
  const pages = openPages(base, { origin })
  const { people } = pages
  const surface = openConsole({ claims, prover, people, origin, look, failures })
  ready.resolve(
    async (request, caller) =>
      look.fetch(request) ??
      (await surface(request, caller)) ??
      (await people.site.fetch(request, caller)) ??
      new Response('none', { status: 404 }),
  )
  const get: ConsoleStage['get'] = async (path, cookie = '', headers = {}) =>
    shown(await fetch(`${origin}${path}`, { redirect: 'manual', headers: { ...headers, cookie } }))
  return Object.freeze({
    base,
    prover,
    people,
    origin,
    port: server.port,
    failures,
    async hire(name: string) {
      const id = await base.person(`${name}@operator.example`)
      await addStaff(base, id, 'a test')
      return id
    },
    session: (personId: string, methods?: readonly Method[]) => openSession(base, personId, methods),
    get,
    async post(path: string, cookie: string, fields: Readonly<Record<string, string>> = {}, more: Sending = {}) {
      const formToken = more.formToken ?? tokenIn((await get('/console', cookie)).text)
      return shown(
        await fetch(`${origin}${path}`, {
          method: 'POST',
          redirect: 'manual',
          headers: { cookie, origin: more.origin ?? origin, 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams({ form_token: formToken, ...fields }).toString(),
        }),
      )
    },
    async close() {
      await server.close()
      await pages.close()
      await prover.close()
      await base.close()
    },
  })
}

interface Opened extends Pick<ConsoleStage, 'prover' | 'people' | 'origin'> {
  readonly claims: readonly Claim[]
  readonly look: Look
  readonly failures: unknown[]
}

function openConsole({ claims, prover, people, origin, look, failures }: Opened): ReturnType<typeof consoleSurface> {
  return consoleSurface({
    product: 'Northwind',
    people,
    claims,
    report: () =>
      trustReport({
        database: prover.page,
        claims,
        readLog: prover.readLog,
        clock: systemClock,
        service: 'Northwind',
      }),
    leaves: async () => (await prover.readLog(prover.page)).leaves,
    turns: () => turnsNow(prover.page),
    desk: prover.desk,
    settings,
    page,
    witnesses: async () => [
      {
        name: 'witness.example/one',
        signed: { size: 3, at: '2026-01-01T00:00:00.000Z', root: 'A'.repeat(43) + '=' },
      },
    ],
    origin,
    clock: systemClock,
    look,
    onFailure: thrown => void failures.push(thrown),
    pollMs: 20,
  })
}

export function tokenIn(text: string): string {
  return /name="form_token" value="([^"]+)"/.exec(text)?.[1] ?? ''
}

async function shown(answer: Response): Promise<Shown> {
  const { status, headers } = answer
  return { status, text: await answer.text(), to: headers.get('location'), headers }
}

async function openSession(
  { database, clock }: TestPeople,
  personId: string,
  methods: readonly Method[] = ['password', 'totp'],
): Promise<string> {
  const [token, now] = [randomBytes(32).toString('base64url'), clock.now()]
  await database.query(
    `insert into upheld_identity.session
       (person_id, token_hash, created_at, seen_at, expires_at, idle_secs, proven_at, methods, label, network)
     values ($1, $2, $3, $3, $4, 86400, $3, $5, 'a test', '127.0.0.0/24')`,
    [
      personId,
      createHash('sha256').update(`session\n${token}`).digest(),
      now,
      new Date(now.getTime() + 86_400_000),
      methods,
    ],
  )
  return `session=${token}`
}
