import { UpheldError } from '../../core/errors.ts'
import type { Database, Queryable } from '../../core/ports.ts'
import { assemble, type Answers } from './assemble.ts'
import { refuse } from './errors.ts'
import type { Catalogue } from './facts.ts'
import { sections } from './rows.ts'
import { readSection, type Unseen } from './section.ts'
import { readServer } from './server.ts'
import { readSurroundings } from './surroundings.ts'

export interface CatalogueOptions {
  /** Longest that one statement may take; what is not read by then is unseen. Between 100 and 600,000. */
  readonly statementTimeoutMs?: number
}

const timeoutMsUsual = 30_000
const oldestRelease = 15

/**
 * Reads the whole catalogue in one read-only transaction: one moment, no lock that anybody waits for, a bounded number
 * of statements however many tables there are. What may not be seen is listed in `unseen`. Errors: `catalogue.too_old`,
 * `catalogue.not_postgres`, `catalogue.connection_lost`, `catalogue.no_answer`; when no connection could be made at all,
 * the driver's own error.
 */
export async function readCatalogue(database: Database, options: CatalogueOptions = {}): Promise<Catalogue> {
  const timeoutMs = Math.min(600_000, Math.max(100, Math.trunc(options.statementTimeoutMs ?? timeoutMsUsual)))
  const reached = { connection: false }
  try {
    return await database.transaction(async tx => {
      reached.connection = true
      await begin(tx, timeoutMs)
      return readAll(tx)
    })
  } catch (thrown) {
    throw reached.connection ? (lossOf(thrown) ?? thrown) : thrown
  }
}

async function begin(tx: Queryable, timeoutMs: number): Promise<void> {
  await tx.query('set transaction isolation level repeatable read, read only')
  const { rows } = await tx.query("select current_setting('server_version_num')::integer / 10000 as major")
  const major = Number(rows[0]?.['major'])
  if (!Number.isInteger(major)) throw refuse.not_postgres()
  if (major < oldestRelease) throw refuse.too_old({ detail: `It is release ${major}.` })
  await tx.query('set local search_path to pg_catalog')
  await tx.query(`set local statement_timeout to ${timeoutMs}`)
}

async function readAll(tx: Queryable): Promise<Catalogue> {
  const unseen: Unseen[] = []
  const onUnseen = (one: Unseen): void => void unseen.push(one)
  const server = await readServer(tx, onUnseen)
  if (server === undefined) throw refuse.not_postgres()
  const structure = assemble(await readStructure(tx, onUnseen))
  const surroundings = await readSurroundings(tx, onUnseen)
  const tenantSchemas = server.upheld ? await readTenantSchemas(tx) : null
  return Object.freeze({ server, ...structure, ...surroundings, tenantSchemas, unseen: onePerSection(unseen) })
}

async function readStructure(tx: Queryable, onUnseen: (unseen: Unseen) => void): Promise<Answers> {
  return {
    schemas: await readSection(tx, sections.schemas, [], onUnseen),
    relations: await readSection(tx, sections.relations, [], onUnseen),
    columns: await readSection(tx, sections.columns, [], onUnseen),
    indexes: await readSection(tx, sections.indexes, [], onUnseen),
    foreignKeys: await readSection(tx, sections.foreignKeys, [], onUnseen),
    policies: await readSection(tx, sections.policies, [], onUnseen),
    views: await readSection(tx, sections.views, [], onUnseen),
    triggers: await readSection(tx, sections.triggers, [], onUnseen),
    eventTriggers: await readSection(tx, sections.eventTriggers, [], onUnseen),
    grants: await readSection(tx, sections.grants, [], onUnseen),
  }
}

/** Most roles may not see Upheld's list; its schemas are told by their tables then. */
async function readTenantSchemas(tx: Queryable): Promise<readonly string[] | null> {
  const rows = await readSection(tx, sections.tenantSchemas, [], () => undefined)
  return rows.length === 0 ? null : rows.map(({ name }) => name)
}

function onePerSection(unseen: readonly Unseen[]): readonly Unseen[] {
  return unseen.filter((one, index) => unseen.findIndex(other => other.section === one.section) === index)
}

/** What a connection that broke in the middle means; the driver says some of it in words only. */
function lossOf(thrown: unknown): UpheldError | undefined {
  if (thrown instanceof UpheldError || !(thrown instanceof Error)) return undefined
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''
  if (/^(08|57P)|^(ECONNRESET|EPIPE|ECONNREFUSED)$/.test(code)) return refuse.connection_lost({ cause: thrown })
  if (code === 'ETIMEDOUT' || /read timeout|timeout exceeded/i.test(thrown.message)) {
    return refuse.no_answer({ cause: thrown })
  }
  return /terminated|not queryable|closed/i.test(thrown.message) ? refuse.connection_lost({ cause: thrown }) : undefined
}
