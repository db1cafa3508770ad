import { createHmac, randomBytes } from 'node:crypto'
import { pause, systemClock } from '../../../core/clock.ts'
import type { Database, Queryable } from '../../../core/ports.ts'
import { cannotProbe, type Report, type World } from '../../claims/index.ts'
import { answerOf, unclear } from './outcome.ts'
import type { Pair } from './by-handle.ts'
import type { Table } from './relations.ts'

/** A context that was signed for real, to fit any backend, as an attacker could read it out of a session or a log. */
interface Stolen {
  readonly token: string
  readonly expiresAtMs: number
}

/** Takes a context out of the thief's own session, through the handle, with nothing but SQL. */
export async function steal(world: World, pair: Pair, ttlSecs: number): Promise<Stolen> {
  const platform = world.open({ pooler: true, contextTtlSecs: ttlSecs, connectionsMax: 1 })
  try {
    const rows = await platform.organization(pair.thief.id).query("select current_setting('upheld.context') as token")
    const token = String(rows[0]?.['token'])
    // Good through the second that it names; a little more for two clocks.
    return { token, expiresAtMs: (parseInt(token.slice(36, 44), 16) + 1) * 1000 + 50 }
  } finally {
    await platform.close()
  }
}

/** The same body under the same signature, with another organization in it. */
export function forgedFor(token: string, organizationId: string): string {
  return token.slice(0, 4) + organizationId.replaceAll('-', '') + token.slice(36)
}

/**
 * The application's login in the hands of an attacker, without the handle and without any context. What is read from an
 * empty table says nothing, so here it writes: row security is asked before any other check of a row.
 */
export async function attackBare(login: Database, tables: readonly Table[], report: Report): Promise<void> {
  for (const table of tables) {
    await expectNothing(report, 'truncate', table, done(login, `truncate ${table.label} cascade`))
    // Into a partitioned table a row is routed first, and there is no partition for an empty one.
    if (!table.partitioned) {
      await expectNothing(
        report,
        'write without context',
        table,
        done(login, `insert into ${table.label} default values`),
      )
    }
  }
  await stealKey(login, report)
}

/** The same login with every context that is none. */
export async function attackWithContexts(
  world: World,
  login: Database,
  pair: Pair,
  tables: readonly Table[],
  report: Report,
): Promise<Stolen> {
  // Shorter than any other wait of a run: this context must have expired before the run ends.
  const stolen = await steal(world, pair, 1)
  await mustRead(login, stolen, tables)
  await keepContext(login, stolen, tables, report)
  const contexts = Object.entries(badContexts(stolen.token, pair.victim.id))
  for (const table of tables) {
    await expectNothing(report, 'read without context', table, read(login, undefined, table))
    for (const [name, token] of contexts) await expectNothing(report, name, table, read(login, token, table))
  }
  return stolen
}

/** The context of the victim's handle on another backend, and the stolen one when its time is over. */
export async function attackLate(
  login: Database,
  pair: Pair,
  tables: readonly Table[],
  stolen: Stolen,
  report: Report,
): Promise<void> {
  const rows = await pair.victim.query("select current_setting('upheld.context') as token")
  for (const table of tables) {
    await expectNothing(report, 'context of another connection', table, read(login, String(rows[0]?.['token']), table))
  }
  await pause(Math.max(stolen.expiresAtMs - systemClock.now().getTime(), 0), report.signal)
  for (const table of tables) await expectNothing(report, 'expired context', table, read(login, stolen.token, table))
}

/** Positive control: with a context that is in order the login does read, so what follows fails for the right reason. */
async function mustRead(login: Database, { token }: Stolen, tables: readonly Table[]): Promise<void> {
  const [table] = tables
  if (table === undefined) return
  const seen = await read(login, token, table)
  if (typeof seen === 'string' || seen === 0) throw cannotProbe(`A context in order did not read ${table.label}.`)
}

/** What is left of a context when its transaction is over. One connection, so that it is the same session. */
async function keepContext(
  login: Database,
  { token }: Stolen,
  tables: readonly Table[],
  report: Report,
): Promise<void> {
  for (const table of tables) {
    await login.transaction(async tx => tx.query('select upheld.enter($1)', [token])).catch(answerOf)
    await expectNothing(report, 'context of an earlier transaction', table, read(login, undefined, table))
  }
}

/** Forged in every way that does not need the key. */
function badContexts(token: string, victimId: string): Readonly<Record<string, string>> {
  const body = forgedFor(token, victimId).slice(0, 72)
  const signed = (key: Buffer): string =>
    body + createHmac('sha256', key).update('upheld-context').update(body, 'hex').digest('hex')
  const far = token.slice(0, 36) + 'ffffffff' + token.slice(44)
  return {
    'empty context': '',
    'truncated context': token.slice(0, 100),
    'context that is no hex': 'x'.repeat(token.length),
    'bare organization id': victimId,
    'victim under the own signature': body + token.slice(72),
    'victim under a random signature': body + randomBytes(32).toString('hex'),
    'victim under an empty signature': body + '0'.repeat(64),
    'victim under an empty key': signed(Buffer.alloc(0)),
    'victim under a key of zeros': signed(Buffer.alloc(32)),
    'own context made to last': far,
    'unknown key': token.slice(0, 2) + 'fe' + token.slice(4),
    'unknown version': '7f' + token.slice(2),
    'nobody’s context': token.slice(0, 4) + '0'.repeat(32) + token.slice(36),
  }
}

/** The number of rows that a plain login sees in a table, or the code of the refusal. */
function read(login: Database, token: string | undefined, table: Table): Promise<number | string> {
  return within(login, async tx => {
    if (token !== undefined) await tx.query('select upheld.enter($1)', [token])
    return (await tx.query(`select 1 from ${table.label} limit 3`)).rows.length
  })
}

/** One when the statement could be run at all. */
function done(login: Database, text: string): Promise<number | string> {
  return within(login, async tx => {
    await tx.query(text)
    return 1
  })
}

class Undo extends Error {}

/** One transaction that never commits. */
async function within(login: Database, work: (tx: Queryable) => Promise<number>): Promise<number | string> {
  let seen = 0
  try {
    await login.transaction(async tx => {
      // A table that is empty is then searched by its index, which asks the verifier. A scan of nothing asks nobody.
      seen = await work(tx)
      throw new Undo()
    })
  } catch (error) {
    if (!(error instanceof Undo)) return answerOf(error)
  }
  return seen
}

async function expectNothing(
  report: Report,
  attack: string,
  table: Table,
  outcome: Promise<number | string>,
): Promise<void> {
  const seen = await outcome
  if (seen === unclear) return
  // 42501 is the kernel's own refusal; 22023 is a context that is not even hex.
  if (seen === '42501' || seen === '22023') report.observe(attack, table.label)
  else
    report.refute({
      attack,
      where: table.label,
      saw: typeof seen === 'string' ? `nothing but ${seen} stood in the way` : 'it went through',
    })
}

async function stealKey(login: Database, report: Report): Promise<void> {
  const where = 'upheld_guard.context_key'
  for (const text of [`select 1 from ${where}`, `update ${where} set retire_at = retire_at`, `delete from ${where}`]) {
    const seen = await within(login, async tx => (await tx.query(text)).rowCount)
    if (seen === '42501') report.observe('reach the key', where)
    else report.refute({ attack: 'reach the key', where, saw: typeof seen === 'string' ? seen : `${seen} keys` })
  }
}
