import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { evidenceFiles, type EvidenceFiles } from '../../src/adapters/files/index.ts'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import type { RunningApplication } from '../../src/application.ts'
import { systemClock, type Clock } from '../../src/core/clock.ts'
import type { Database } from '../../src/core/ports.ts'
import type { NoteSigner } from '../../src/core/transparency/index.ts'
import { scheduler, type Claim, type RunRecord } from '../../src/proof/claims/index.ts'
import { appendLeaf, evidenceKey, openEvidenceLog, readLog, type EvidenceLog } from '../../src/proof/evidence/index.ts'
import { startServer, type Handler } from '../../src/surfaces/server/index.ts'
import { openSite } from '../../src/surfaces/site/index.ts'
import { testPlatform, type TestPlatform } from '../../src/testing/index.ts'
import { doorClaim, openDoors, type Doors } from '../proof/door.ts'

const schema = { tenantSchemas: ['clinic'], migrations: new URL('../schemas/clinic/', import.meta.url) }
export const logName = 'test.example/upheld/evidence'
export const sentence = 'Every room is locked for whoever has no key.'
const locked = doorClaim()

/** A clock that is moved, in place of one that is waited for. */
interface Turned extends Clock {
  aheadMs: number
}

function turned(): Turned {
  const clock: Turned = {
    aheadMs: 0,
    now: () => new Date(systemClock.now().getTime() + clock.aheadMs),
    monotonicMs: () => systemClock.monotonicMs(),
  }
  return clock
}

/**
 * A service with its security page over HTTP, a prover that attacks it, a database, a log, a key and a state folder of
 * its own: everything that somebody who attacks the page could lay hands on.
 */
export interface Lab {
  readonly platform: TestPlatform
  readonly doors: Doors
  readonly origin: string
  readonly stateFolder: string
  readonly files: EvidenceFiles
  readonly signer: NoteSigner
  readonly log: EvidenceLog
  readonly prover: Database
  /** The clock of the page, and that of the prover. */
  readonly clocks: { readonly page: Turned; readonly prover: Turned }
  /** What the page told its operator. */
  readonly told: unknown[]
  /** What the service promises from now on. */
  setClaims(claims: readonly Claim[]): void
  /** What stands between the page and its visitors, such as a cache that is not ours. */
  setBetween(between: (request: Request, answer: Handler) => Response | Promise<Response>): void
  /** Every claim is attacked once. */
  round(): Promise<readonly RunRecord[]>
  /** As the superuser, with every trigger switched off. */
  tamper(...statements: readonly string[]): Promise<void>
  get(path: string, init?: RequestInit): Promise<Response>
  text(path: string, init?: RequestInit): Promise<string>
  close(): Promise<void>
}

export async function openLab(): Promise<Lab> {
  const platform = await testPlatform(schema)
  const doors = await openDoors()
  const stateFolder = mkdtempSync(join(tmpdir(), 'upheld-threats-'))
  const files = evidenceFiles(stateFolder)
  const signer = evidenceKey(files.key, logName)
  const [prover, page] = [openDatabase(platform.urls.proof), openDatabase(platform.urls.page)]
  const log = await openEvidenceLog(prover, { signer, anchor: files.anchor })
  const clocks = { page: turned(), prover: turned() }
  const told: unknown[] = []
  let claims: readonly Claim[] = [locked]
  let handler: Handler = () => new Response('not yet', { status: 503 })
  let between: Parameters<Lab['setBetween']>[0] | undefined
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    whenTaken: 'refuse',
    handle: (request, caller) => (between === undefined ? handler(request, caller) : between(request, handler)),
    onFailure: failure => told.push(failure),
  })
  const open = (): void => {
    handler = openSite({
      application,
      claims,
      platform: platform.upheld,
      people: undefined,
      page,
      view: database => readLog(database, log),
      origin: server.origin,
      clock: clocks.page,
      onFailure: failure => told.push(failure),
    })
  }
  open()
  return Object.freeze({
    platform,
    doors,
    origin: server.origin,
    stateFolder,
    files,
    signer,
    log,
    prover,
    clocks,
    told,
    setClaims(next: readonly Claim[]) {
      claims = next
      open()
    },
    setBetween: (given: Parameters<Lab['setBetween']>[0]) => void (between = given),
    round: () => {
      const append = (tx: Parameters<typeof appendLeaf>[0], leaf: Parameters<typeof appendLeaf>[2]) =>
        appendLeaf(tx, log, leaf)
      const ports = { database: prover, append, stage: doors.stage, clock: clocks.prover, random: () => 0.5 }
      return scheduler(ports, claims, { pollMs: 20 }).runRound(new AbortController().signal)
    },
    tamper: tampering(platform),
    get: (path: string, init?: RequestInit) => fetch(`${server.origin}${path}`, { redirect: 'manual', ...init }),
    text: async (path: string, init?: RequestInit) =>
      (await fetch(`${server.origin}${path}`, { redirect: 'manual', ...init })).text(),
    async close() {
      await server.close()
      await Promise.all([prover.close(), page.close()])
      await doors.close()
      await platform.close()
      rmSync(stateFolder, { recursive: true, force: true })
    },
  } satisfies Lab)
}

function tampering({ admin }: TestPlatform): Lab['tamper'] {
  return (...statements) =>
    admin.transaction(async tx => {
      await tx.query('set local session_replication_role = replica')
      for (const statement of statements) await tx.query(statement)
    })
}

const application: RunningApplication = {
  ...schema,
  name: 'House',
  page: {
    title: 'Security of the house',
    lede: 'What we promise.',
    sections: [{ title: 'Rooms', sentences: [{ text: sentence, claims: ['doors.locked'] }] }],
    contact: 'mailto:security@house.example',
  },
  claims: [],
  seed: async () => 'nothing to seed',
  welcome: async () => [],
  fetch: () => () => new Response('The house.'),
}

const record = ['leaf', 'tile', 'head']
const turns = ['turn', 'attempt']

/** A copy of the whole record as it is now, and its way back: an honest backup, or a thief's. */
export const backup = [...record, ...turns].map(name => `create table saved_${name} as table upheld_proof.${name}`)
export const restore = [
  ...turns.toReversed().map(name => `delete from upheld_proof.${name}`),
  ...record.map(name => `delete from upheld_proof.${name}`),
  ...[...record, ...turns].map(name => `insert into upheld_proof.${name} select * from saved_${name}`),
]

/** How the page itself says that the claim stands, and whether it promises the sentence. */
export function standingIn(html: string): string {
  const verdict = /data-claim="doors\.locked" data-verdict="(\w+)"/.exec(html)?.[1] ?? 'not there'
  return `${verdict} ${/data-published="true"/.test(html) ? 'promised' : 'not promised'}`
}
