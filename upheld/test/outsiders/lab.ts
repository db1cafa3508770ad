import { desk, routes } from '../../../desk/src/desk.ts'
import type { Route } from '../../../desk/src/http/route.ts'
import { openDeskPeople } from '../../../desk/test/stage.ts'
import { application as northwind } from '../../../desk/upheld.ts'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import type { RunningApplication } from '../../src/application.ts'
import { systemClock, type Clock } from '../../src/core/clock.ts'
import type { JsonObject } from '../../src/core/json.ts'
import type { Database } from '../../src/core/ports.ts'
import { generateSignerKey, parseSignerKey } from '../../src/core/transparency/index.ts'
import { openSealing } from '../../src/custody.ts'
import type { People } from '../../src/people.ts'
import { catalogueWith, claimDefinition, claimDigest, type Verdict } from '../../src/proof/claims/index.ts'
import { appendLeaf, openEvidenceLog, readLog } from '../../src/proof/evidence/index.ts'
import { outsiderPaths, type Limits } from '../../src/proof/outsiders/index.ts'
import { provenClaims } from '../../src/proof/probes/index.ts'
import { buildPage, readSource } from '../../src/proof/page/index.ts'
import { openLook } from '../../src/surfaces/look/index.ts'
import { openOutsiders } from '../../src/surfaces/outsiders/index.ts'
import { startServer, type Handler } from '../../src/surfaces/server/index.ts'
import { openSite } from '../../src/surfaces/site/index.ts'
import { testPlatform, type TestPlatform } from '../../src/testing/index.ts'

/** The desk as it runs, with its security page and strangers let in, in a database of its own. */
export interface Lab {
  readonly platform: TestPlatform
  readonly people: People
  readonly identity: Database
  readonly origin: string
  readonly failures: string[]
  /** Puts a run of a claim into the signed log, as a prover would have found it. */
  readonly publish: (claim: string, verdict: Extract<Verdict, 'upheld' | 'refuted' | 'unproven'>) => Promise<void>
  readonly sweep: () => Promise<number>
  ask(method: string, path: string, sent?: Sent): Promise<Told>
  /** Agrees to the contract as it is, and gives what is handed out. */
  begin(from?: string): Promise<Told>
  digest(): Promise<string>
  close(): Promise<void>
}

interface Sent {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Told {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The code of the refusal. */
  readonly code: string | undefined
}

interface LabOptions {
  /** Handlers in the places of some of the desk's own. */
  readonly others?: readonly Route[]
  /** Only routes below this path are handed out: all of them are walked where the command is tried. */
  readonly below?: string
  readonly limits?: Partial<Limits>
  readonly clock?: Clock
  readonly closed?: boolean
}

export async function openLab({
  others = [],
  below = '/',
  limits = {},
  clock = systemClock,
  closed = false,
}: LabOptions = {}): Promise<Lab> {
  const platform = await testPlatform(northwind)
  const application = broken(others, below, limits)
  const failures: string[] = []
  const { promise: handler, resolve } = Promise.withResolvers<Handler>()
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    whenTaken: 'refuse',
    limits: { bodyBytesMax: application.bodyBytesMax ?? 0 },
    trustedProxies: ['127.0.0.1'],
    handle: async (request, caller) => (await handler)(request, caller),
    onFailure: failure => void failures.push(`${failure.code} ${String(failure.thrown)}`),
  })
  const origin = `http://localhost:${server.port}`
  const people = openDeskPeople(platform, origin)
  const log = await openLog(platform)
  const identity = openDatabase(platform.urls.identity)
  const sealing = openSealing(platform.custody, {}, systemClock, id => platform.upheld.organization(id))
  const opened = openOutsiders({
    application,
    platform: platform.upheld,
    people,
    database: identity,
    destroyKeys: async organization => sealing?.destroy({ organization }),
    clock,
    origin,
    look: openLook(),
    onFailure: thrown => void failures.push(String(thrown)),
  })
  resolve(
    openSite({
      application,
      claims: catalogueWith([...provenClaims]),
      platform: platform.upheld,
      people,
      page: log.page,
      view: log.view,
      origin,
      ...(closed ? {} : { outsiders: opened.part }),
      clock: systemClock,
      onFailure: thrown => void failures.push(String(thrown)),
    }),
  )
  return Object.freeze({
    platform,
    people,
    identity,
    origin,
    failures,
    publish: log.publish,
    sweep: opened.sweep,
    ...visitorAt(origin),
    async close() {
      await server.close()
      await people.close()
      await log.close()
      await identity.close()
      sealing?.close()
      await platform.close()
    },
  })
}

function broken(others: readonly Route[], below: string, limits: Partial<Limits>): RunningApplication {
  const same = (one: Route, other: Route): boolean => one.path === other.path && one.method === other.method
  const mounted = routes.map(route => others.find(other => same(other, route)) ?? route)
  const { routes: all } = northwind
  const handed = all && { ...all, declared: all.declared.filter(({ path }) => path.startsWith(below)) }
  return {
    ...northwind,
    page: buildPage('security.md', readSource(northwind.page), catalogueWith([...provenClaims])),
    ...(handed === undefined ? {} : { routes: handed }),
    outsiders: { limits },
    fetch: (upheld, people) => desk(upheld, people, mounted),
  }
}

function visitorAt(origin: string): Pick<Lab, 'ask' | 'digest' | 'begin'> {
  const ask = (method: string, path: string, sent: Sent = {}) => asked(origin, method, path, sent)
  const digest = async () => contractDigestOf((await ask('GET', outsiderPaths.page)).text)
  return {
    ask,
    digest,
    async begin(from?: string) {
      const body = JSON.stringify({ contract: await digest() })
      const forwarded = from === undefined ? {} : { 'x-forwarded-for': from }
      return ask('POST', outsiderPaths.runs, { headers: { 'content-type': 'application/json', ...forwarded }, body })
    },
  }
}

/** As a person finds it: in the command that the page shows. */
function contractDigestOf(page: string): string {
  return /--agree (sha256:[0-9a-f]{64})/.exec(page)?.[1] ?? ''
}

async function asked(origin: string, method: string, path: string, sent: Sent): Promise<Told> {
  const { headers = {}, body } = sent
  const answer = await fetch(`${origin}${path}`, {
    method,
    headers,
    redirect: 'manual',
    ...(body === undefined ? {} : { body }),
  })
  const text = await answer.text()
  const code = /"code":\s?"([a-z._]+)"/.exec(text)?.[1] ?? /<small class="code">([^<]*)</.exec(text)?.[1]
  return { status: answer.status, headers: answer.headers, text, code }
}

async function openLog(platform: TestPlatform) {
  const [proof, page] = [openDatabase(platform.urls.proof), openDatabase(platform.urls.page)]
  const signer = parseSignerKey(generateSignerKey('desk.example/upheld/evidence'))
  let head: string | undefined
  const anchor = { read: () => head, write: (checkpoint: string) => void (head = checkpoint) }
  const log = await openEvidenceLog(proof, { signer, anchor })
  const sequences = new Map<string, number>()
  const append = async (leaf: JsonObject): Promise<void> => {
    const { seen } = await proof.transaction(tx => appendLeaf(tx, log, leaf))
    seen()
  }
  return {
    page,
    view: (database: Database) => readLog(database, { verifier: signer.verifier, anchor }),
    publish: async (id: string, verdict: 'upheld' | 'refuted' | 'unproven'): Promise<void> => {
      const claim = provenClaims.find(one => one.id === id)
      if (claim === undefined) throw new Error(`there is no claim ${id}`)
      const sequence = (sequences.get(id) ?? 0) + 1
      sequences.set(id, sequence)
      const [now, digest] = [systemClock.now().getTime(), claimDigest(claim)]
      const at = (ms: number) => new Date(ms).toISOString()
      if (sequence === 1)
        await append({
          type: 'upheld/claim@v1',
          claim: id,
          digest,
          definition: claimDefinition(claim),
          at: at(now - 60_000),
        })
      const reason = { upheld: 'held', refuted: 'refuted', unproven: 'errored' }[verdict]
      const finding = { attack: 'planted', where: 'planted', saw: 'planted' }
      await append({
        type: 'upheld/run@v1',
        claim: id,
        claim_digest: digest,
        sequence,
        started_at: at(now - 50_000),
        finished_at: at(now - 40_000),
        duration_ms: 10_000,
        expires_at: at(now - 50_000 + claim.freshnessMins * 60_000),
        verdict,
        reason,
        population: { things: 5 },
        observations: 1_000,
        observations_min: claim.observationsMin,
        findings: verdict === 'refuted' ? [finding] : [],
        findings_total: verdict === 'refuted' ? 1 : 0,
        sabotages: claim.sabotages.map(({ name }) => ({ name, outcome: 'caught' })),
        untouched_twin: 'held',
        note: '',
      })
    },
    async close() {
      await Promise.all([proof.close(), page.close()])
    },
  }
}
