import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { evidenceFiles } from '../../src/adapters/files/index.ts'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import type { Database } from '../../src/core/ports.ts'
import { installTenancy } from '../../src/foundation/tenancy/index.ts'
import { installClaims, type AppendLeaf, type ReadLog } from '../../src/proof/claims/index.ts'
import {
  appendLeaf,
  evidenceKey,
  installEvidence,
  openEvidenceLog,
  readLog,
  type EvidenceLog,
} from '../../src/proof/evidence/index.ts'
import { testDatabase, testServer } from '../../src/testing/index.ts'

/** A prover's database with its real log, key and anchor, prepared as `npm start` prepares it. */
export interface Ground {
  /** Superuser: who tampers with the record. */
  readonly admin: Database
  /** The login of the prover. */
  readonly database: Database
  /** The login of the page. */
  readonly page: Database
  readonly append: AppendLeaf
  readonly readLog: ReadLog
  /** All that another process needs to work on the same ground. */
  readonly url: string
  readonly adminUrl: string
  readonly stateFolder: string
  close(): Promise<void>
}

const origin = 'test.example/upheld/evidence'

export async function openGround(): Promise<Ground> {
  const server = await testServer()
  const scratch = await testDatabase(server)
  const admin = openDatabase(scratch.adminUrl)
  // Roles belong to the whole server: all who test on it arrive at the same password.
  const password = createHash('sha256').update(`test logins of ${server.adminUrl}`).digest('hex')
  const key = { id: '01', cell: '0000', secret: randomBytes(32) }
  const passwords = { upheld_proof: password, upheld_page: password }
  await installTenancy(admin, { tenantSchemas: [], key, passwords })
  await installEvidence(admin)
  await installClaims(admin)
  const stateFolder = mkdtempSync(join(tmpdir(), 'upheld-claims-'))
  const url = scratch.urlFor('upheld_proof', password)
  const database = openDatabase(url)
  const page = openDatabase(scratch.urlFor('upheld_page', password))
  const log = await openTestLog(database, stateFolder)
  return Object.freeze({
    admin,
    database,
    page,
    append: (tx, leaf) => appendLeaf(tx, log, leaf),
    readLog: db => readLog(db, log),
    url,
    adminUrl: scratch.adminUrl,
    stateFolder,
    async close() {
      await Promise.all([admin, database, page].map(one => one.close()))
      await scratch.drop()
      rmSync(stateFolder, { recursive: true })
    },
  } satisfies Ground)
}

export function openTestLog(database: Database, stateFolder: string): Promise<EvidenceLog> {
  const files = evidenceFiles(stateFolder)
  return openEvidenceLog(database, { signer: evidenceKey(files.key, origin), anchor: files.anchor })
}
