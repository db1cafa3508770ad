import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPeopleOf, type Application, type RunningApplication } from '../../src/application.ts'
import { byName } from '../../src/core/web.ts'
import { openLog } from '../../src/adapters/log/index.ts'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { systemClock } from '../../src/core/clock.ts'
import { openRecorder } from '../../src/foundation/audit/index.ts'
import { generateSignerKey, parseSignerKey } from '../../src/core/transparency/index.ts'
import {
  catalogueWith,
  runClaim,
  type Claim,
  type PageSource,
  type ProvenClaim,
  type RunRecord,
  type Stage,
} from '../../src/proof/claims/index.ts'
import { buildPage, readSource } from '../../src/proof/page/index.ts'
import { openEvidenceLog, readLog } from '../../src/proof/evidence/index.ts'
import type { People } from '../../src/people.ts'
import { provenClaims } from '../../src/proof/probes/index.ts'
import { openStage } from '../../src/surfaces/prover/index.ts'
import { requestLog, startServer, type Handler } from '../../src/surfaces/server/index.ts'
import { openSite, routesOfSite } from '../../src/surfaces/site/index.ts'
import { testPlatform, type TestPlatform } from '../../src/testing/index.ts'

const provenOnes = catalogueWith([...provenClaims])
const smallPage: PageSource = {
  title: 'Security',
  lede: 'What we promise.',
  sections: [
    { title: 'Rows', sentences: [{ text: 'Rows stay with their organization.', claims: ['isolation.rows'] }] },
  ],
  contact: 'mailto:security@test.example',
}

/** A whole application in a database of its own, with the stage that its claims are tried on. */
export interface ProvenSystem extends TestPlatform {
  readonly stage: Stage
  /** One run of one claim, as the prover makes it. */
  run(claim: ProvenClaim, changes?: Partial<ProvenClaim>): Promise<RunRecord>
}

export async function proveSystem(
  given: Pick<Application, 'tenantSchemas' | 'migrations'> & Partial<Application>,
  {
    publicOrigin,
  }: { /** Where people reach it, by a proxy that no attack goes by. */ readonly publicOrigin?: string } = {},
): Promise<ProvenSystem> {
  const platform = await testPlatform(given)
  const application: RunningApplication = {
    name: 'Test',
    claims: [],
    seed: async () => 'nothing to seed',
    welcome: async () => [],
    fetch: () => () => new Response('test'),
    ...given,
    page: given.page === undefined ? smallPage : buildPage('security.md', readSource(given.page), provenOnes),
  }
  const claims = provenOnes
  const pages = await openPages(platform, application, claims, publicOrigin)
  const recording = await record(platform)
  const stage = await openStage({
    application,
    claims,
    adminUrl: platform.adminUrl,
    urls: platform.urls,
    contextKeys: { current: () => platform.key },
    custody: platform.custody,
    people: platform.people,
    scratch: platform.scratch,
    address: pages.address,
    origin: pages.origin,
    auditHead: recording.head,
    logs: { folder: pages.logFolder },
  })
  let sequence = 0
  return Object.freeze({
    ...platform,
    stage,
    run: (claim: ProvenClaim, changes: Partial<ProvenClaim> = {}) =>
      runClaim({ ...claim, ...changes }, ++sequence, { stage, clock: systemClock }, new AbortController().signal),
    async close() {
      await stage.close()
      await pages.close()
      await recording.close()
      await platform.close()
    },
  })
}

/** The recorder of the live system. */
async function record({
  urls,
}: TestPlatform): Promise<{ readonly head: () => string | undefined; close(): Promise<void> }> {
  const db = openDatabase(urls.record, { connectionsMax: 2 })
  let head: string | undefined
  const anchor = { read: () => head, write: (checkpoint: string) => void (head = checkpoint) }
  const recorder = await openRecorder({ db, host: 'test.example', seeds: [randomBytes(32)], anchor })
  const ending = new AbortController()
  const running = recorder.run(ending.signal).catch(() => undefined)
  return {
    head: () => head,
    async close() {
      ending.abort()
      await running
      await db.close()
    },
  }
}

/** The live pages over real HTTP, with an evidence log that nothing has been written to. */
async function openPages(
  platform: TestPlatform,
  application: RunningApplication,
  claims: readonly Claim[],
  publicOrigin: string | undefined,
): Promise<{ readonly address: string; readonly origin: string; readonly logFolder: string; close(): Promise<void> }> {
  const logFolder = mkdtempSync(join(tmpdir(), 'upheld-log-'))
  const log = openLog({ folder: logFolder, process: 'web', clock: systemClock })
  const signer = parseSignerKey(generateSignerKey('test.example/upheld/evidence'))
  let head: string | undefined
  const anchor = { read: () => head, write: (checkpoint: string) => void (head = checkpoint) }
  const [proof, page] = [openDatabase(platform.urls.proof), openDatabase(platform.urls.page)]
  await openEvidenceLog(proof, { signer, anchor })
  const { promise: handler, resolve } = Promise.withResolvers<Handler>()
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    whenTaken: 'refuse',
    handle: async (request, caller) => (await handler)(request, caller),
    ...requestLog(log, routesOfSite(application, platform.upheld), () => undefined),
  })
  const address = application.people === undefined ? server.origin : byName(server.origin)
  const origin = publicOrigin ?? address
  const people = peopleOfTest(platform, application, origin)
  resolve(
    openSite({
      application,
      claims,
      platform: platform.upheld,
      people,
      page,
      view: database => readLog(database, { verifier: signer.verifier, anchor }),
      origin,
      clock: systemClock,
      onFailure: () => undefined,
    }),
  )
  return {
    address,
    origin,
    logFolder,
    async close() {
      await server.close()
      await people?.close()
      await Promise.all([proof.close(), page.close()])
      log.close()
      rmSync(logFolder, { recursive: true, force: true })
    },
  }
}

/** The live system's people, where the application leaves them to Upheld. */
function peopleOfTest(platform: TestPlatform, application: RunningApplication, origin: string): People | undefined {
  const { vault } = platform.custody
  if (vault === undefined) return undefined
  const keptAt = { databaseUrl: platform.urls.identity, contextKeyFile: 'in memory', ...platform.people, vault }
  const ports = { contextKeys: { current: () => platform.key } }
  return openPeopleOf(application, platform.upheld, { ...keptAt, origin }, ports)
}
