import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { evidenceFiles, type EvidenceFiles } from '../../src/adapters/files/index.ts'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import type { JsonObject } from '../../src/core/json.ts'
import type { Database } from '../../src/core/ports.ts'
import { installTenancy } from '../../src/foundation/tenancy/index.ts'
import {
  appendLeaf,
  evidenceKey,
  installEvidence,
  openEvidenceLog,
  type EvidenceLog,
} from '../../src/proof/evidence/index.ts'
import { testDatabase, testServer, type TestServer } from '../../src/testing/index.ts'

export const origin = 'northwind-desk.example/upheld/evidence'

/** A log as the prover has it, in a database and a state folder of one test's own. */
export interface Lab {
  readonly admin: Database
  readonly prover: Database
  readonly page: Database
  readonly proverUrl: string
  readonly folder: string
  readonly files: EvidenceFiles
  readonly log: EvidenceLog
  /** Appends one leaf in a transaction of its own. */
  append(leaf: JsonObject): Promise<number>
  fill(count: number): Promise<void>
  /** As the superuser, with every trigger switched off. */
  tamper(...statements: readonly string[]): Promise<void>
  close(): Promise<void>
}

export async function openLab(given?: TestServer): Promise<Lab> {
  const server = given ?? (await testServer())
  const database = await testDatabase(server)
  const admin = openDatabase(database.adminUrl, { connectionsMax: 1 })
  // Roles belong to the whole server: all who test on it arrive at the same password.
  const password = createHash('sha256').update(`test logins of ${server.adminUrl}`).digest('hex')
  const key = { id: '01', cell: '0000', secret: randomBytes(32) }
  await installTenancy(admin, { tenantSchemas: [], key, passwords: { upheld_proof: password, upheld_page: password } })
  await installEvidence(admin)
  const proverUrl = database.urlFor('upheld_proof', password)
  const [prover, page] = [openDatabase(proverUrl), openDatabase(database.urlFor('upheld_page', password))]
  const folder = mkdtempSync(join(tmpdir(), 'evidence-'))
  const files = evidenceFiles(folder)
  const log = await openEvidenceLog(prover, { signer: evidenceKey(files.key, origin), anchor: files.anchor })
  return Object.freeze({
    admin,
    prover,
    page,
    proverUrl,
    folder,
    files,
    log,
    append: (leaf: JsonObject) => appendOne(prover, log, leaf),
    async fill(count: number) {
      for (let i = 0; i < count; i += 1) await appendOne(prover, log, { type: 'test/leaf@v1', i })
    },
    tamper: (...statements: readonly string[]) =>
      admin.transaction(async tx => {
        await tx.query('set local session_replication_role = replica')
        for (const statement of statements) await tx.query(statement)
      }),
    async close() {
      for (const one of [prover, page, admin]) await one.close()
      await database.drop()
      rmSync(folder, { recursive: true, force: true })
    },
  })
}

export async function appendOne(prover: Database, log: EvidenceLog, leaf: JsonObject): Promise<number> {
  const { index, seen } = await prover.transaction(tx => appendLeaf(tx, log, leaf))
  seen()
  return index
}
