import { openDatabase } from '../../adapters/postgres/database.ts'
import { systemClock } from '../../core/clock.ts'
import type { Database } from '../../core/ports.ts'
import { readCatalogue } from '../../foundation/catalogue/index.ts'
import { attackAll } from './attack.ts'
import { contextOf, type Context } from './context.ts'
import { counted } from './counted.ts'
import { fieldOf, type Field } from './ground.ts'
import { assertScratch, identityOf, type Identity } from './identity.ts'
import { clear, leftEntries } from './journal.ts'
import { byPower, countsOf, openLedger, verdictOf, type Ledger } from './ledger.ts'
import { settle, type Settlement } from './settle.ts'
import { parseProbeOptions, type ProbeOptions } from './options.ts'
import type { ProbeReport } from './report.ts'

/**
 * Plants two throw-away organizations in a scratch database, lets one attack the other, and removes both. What an
 * earlier run left there because it was killed is removed first.
 * @throws scratch.* when the database may not be used or does not say enough of itself
 */
export async function probeDatabase(given: ProbeOptions): Promise<ProbeReport> {
  const options = parseProbeOptions(given)
  const began = systemClock.monotonicMs()
  const statements = { sent: 0 }
  const lookedAt = options.lookedAtUrl === undefined ? undefined : await identityAt(options.lookedAtUrl)
  const admin = counted(openDatabase(options.scratchUrl, { connectionsMax: 1, name: 'upheld-probe' }), statements)
  try {
    const own = await identityOf(admin)
    await assertScratch(admin, own, {
      evenIfInUse: options.evenIfInUse === true,
      ...(lookedAt === undefined ? {} : { lookedAt }),
    })
    const cleaned = await cleanUp(admin, own)
    const catalogue = await readCatalogue(admin)
    const field = await fieldOf(admin, catalogue, options)
    const context = contextOf(catalogue, field, options)
    const limit = AbortSignal.timeout(options.timeoutSecs * 1000)
    const ledger = openLedger(options.signal === undefined ? limit : AbortSignal.any([options.signal, limit]))
    const settled = await settle({ admin, own, options, field, context, ledger, statements })
    let left: readonly string[] = []
    try {
      await attackAll({ settled, admin, field, context, ledger })
    } finally {
      await settled.app.database.close()
      left = await clear(admin, settled.entry(), own.superuser)
    }
    return reportOf({ own, field, context, ledger, settled, left, cleaned, statements: statements.sent, began })
  } finally {
    await admin.close()
  }
}

async function identityAt(url: string): Promise<Identity> {
  const database = openDatabase(url, { connectionsMax: 1, name: 'upheld-probe' })
  try {
    return await identityOf(database)
  } finally {
    await database.close()
  }
}

/** Removes what a killed run left. Gives how many of them there were. */
async function cleanUp(admin: Database, own: Identity): Promise<number> {
  const entries = await leftEntries(admin)
  for (const entry of entries) await clear(admin, entry, own.superuser)
  return entries.length
}

interface Findings {
  readonly own: Identity
  readonly field: Field
  readonly context: Context
  readonly ledger: Ledger
  readonly settled: Settlement
  readonly left: readonly string[]
  readonly cleaned: number
  readonly statements: number
  readonly began: number
}

const notCovered: readonly string[] = [
  'the way in which the application sets the context on its own connections, and what its pool leaves there',
  'code that runs inside the application’s process',
  'superusers, backups, replicas and publications of the database',
  'what the time that an answer takes, the planner’s estimates or the numbers of a shared sequence tell',
  'materialized views as they were before the copy was made',
]

function reportOf(found: Findings): ProbeReport {
  const attacks = found.ledger.attacks()
  return Object.freeze({
    database: found.own.database,
    release: found.own.release,
    tenantColumns: found.field.tenantColumns,
    appRole: found.field.appRole,
    loginBy: found.settled.app.by,
    context: found.context.statements,
    contextBy: found.context.by,
    population: found.ledger.population(),
    counts: countsOf(attacks),
    countsByPower: byPower(attacks, countsOf),
    attacks,
    verdict: verdictOf(attacks),
    verdicts: byPower(attacks, verdictOf),
    notCovered,
    left: found.left,
    cleaned: found.cleaned,
    statements: found.statements,
    durationMs: systemClock.monotonicMs() - found.began,
  } satisfies ProbeReport)
}
