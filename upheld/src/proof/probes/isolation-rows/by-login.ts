import { createHmac, randomBytes } from 'node:crypto'
import { pause, systemClock } from '../../../core/clock.ts'
import type { Database, Queryable } from '../../../core/ports.ts'
import {
  answerOf,
  saidBy,
  unclear,
  type AttackLog,
  type ByHand,
  type Outcome,
  type Pair,
  type Table,
} from '../attacks/index.ts'
import { cannotProbe, type World } from '../../claims/index.ts'

/** A context that was signed for real, to fit any backend, as an attacker could read it out of a session or a log. */
export interface Stolen {
  readonly token: string
  readonly expiresAtMs: number
}

/** Tables on which every bad context is tried. What is wrong with one is the verifier's affair, and it is one for all. */
const deepTablesMax = 24

/** Takes a context out of a session, the thief's own unless told otherwise, through the handle, with nothing but SQL. */
export async function steal(world: World, ttlSecs: number, whose = world.thief): Promise<Stolen> {
  const platform = world.open({ pooler: true, contextTtlSecs: ttlSecs, connectionsMax: 1 })
  try {
    const rows = await platform.organization(whose).query("select current_setting('upheld.context') as token")
    const token = String(rows[0]?.['token'])
    // Good through the second that it names; a little more for two clocks.
    return { token, expiresAtMs: (parseInt(token.slice(36, 44), 16) + 1) * 1000 + 50 }
  } finally {
    await platform.close()
  }
}

/** The login by hand with the thief's own context, which is stolen anew before it runs out. */
export function handOf(world: World, login: Database): ByHand {
  let held: Stolen | undefined
  return async work => {
    const now = systemClock.now().getTime()
    if (held === undefined || held.expiresAtMs < now + 120_000) held = await steal(world, 300)
    const { token } = held
    await login.transaction(async tx => {
      await tx.query('select upheld.enter($1)', [token])
      await work(tx)
    })
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
export async function attackBare(login: Database, tables: readonly Table[], log: AttackLog): Promise<void> {
  for (const table of tables) {
    await expectNothing(log, 'truncate', table, done(login, `truncate ${table.label} cascade`))
    await expectNothing(log, 'copy into', table, done(login, `copy ${table.label} from stdin`), '0A000')
    // Into a partitioned table a row is routed first, and there is no partition for an empty one.
    if (!table.partitioned) {
      await expectNothing(log, 'write without context', table, done(login, `insert into ${table.label} default values`))
    }
  }
  await reachGuard(login, log)
}

/** The same login with every context that is none. */
export async function attackWithContexts(
  world: World,
  login: Database,
  pair: Pair,
  tables: readonly Table[],
  log: AttackLog,
): Promise<Stolen> {
  // Shorter than any other wait of a run: this context must have expired before the run ends.
  const stolen = await steal(world, 1)
  await mustRead(login, stolen.token, tables)
  const deep = spread(tables, deepTablesMax)
  await keepContext(login, stolen.token, deep, log)
  const contexts = [
    ...Object.entries(badContexts(stolen.token, world.victim)),
    ...(await signedContexts(world, login, tables)),
  ]
  for (const table of tables) {
    await expectNothing(log, 'read without context', table, read(login, undefined, table))
    const copied = `copy (select 1 from ${table.label}) to stdout`
    await expectNothing(log, 'copy out without context', table, done(login, copied))
  }
  for (const table of deep) {
    for (const [name, token] of contexts) await expectNothing(log, name, table, read(login, token, table))
  }
  await attackAsNobody(world, login, tables, log)
  await replay(world, login, pair, deep, log)
  return stolen
}

/** Signed for real, by the key of this system, and wrong in one thing. The same signer without a flaw must be believed. */
async function signedContexts(
  world: World,
  login: Database,
  tables: readonly Table[],
): Promise<readonly (readonly [name: string, token: string])[]> {
  await mustRead(login, await world.forge('none'), tables)
  return [
    ['signed to live too long', await world.forge('long life')],
    ['signed for another cell', await world.forge('other cell')],
    ['signed with a retired key', await world.forge('retired key')],
    ['signed in the past', await world.forge('past')],
  ]
}

/** The context of a walk across organizations is in order, and reaches no row. */
async function attackAsNobody(world: World, login: Database, tables: readonly Table[], log: AttackLog): Promise<void> {
  const token = await world.forge('nobody')
  for (const table of tables) {
    const seen = await read(login, token, table)
    if (seen === 0 || seen === '42501') log.observe('read as nobody', table.label)
    else
      log.refute({
        attack: 'read as nobody',
        where: table.label,
        saw: typeof seen === 'string' ? seen : `${seen} rows`,
      })
  }
}

/** A context of the victim that is in order, on a connection that is not its own, alone and after the thief's own. */
async function replay(
  world: World,
  login: Database,
  { victim }: Pair,
  tables: readonly Table[],
  log: AttackLog,
): Promise<void> {
  const own = await world.forge('none')
  const rows = await victim.query("select current_setting('upheld.context') as token")
  const theirs = String(rows[0]?.['token'])
  for (const table of tables) {
    await expectNothing(log, 'context of another connection', table, read(login, theirs, table))
    const second = within(login, async tx => {
      await tx.query('select upheld.enter($1)', [own])
      await tx.query(`select 1 from ${table.label} limit 1`)
      await tx.query('select upheld.enter($1)', [theirs])
      return (await tx.query(`select 1 from ${table.label} limit 3`)).rows.length
    })
    await expectNothing(log, 'second context in one transaction', table, second)
  }
}

/** The stolen context when its time is over. */
export async function attackLate(
  login: Database,
  tables: readonly Table[],
  stolen: Stolen,
  log: AttackLog,
): Promise<void> {
  await pause(Math.max(stolen.expiresAtMs - systemClock.now().getTime(), 0), log.signal)
  for (const table of tables) await expectNothing(log, 'expired context', table, read(login, stolen.token, table))
}

/** Positive control: with a context that is in order the login does read, so what follows fails for the right reason. */
async function mustRead(login: Database, token: string, tables: readonly Table[]): Promise<void> {
  const [table] = tables
  if (table === undefined) return
  const seen = await read(login, token, table)
  if (typeof seen === 'string' || seen === 0) throw cannotProbe(`A context in order did not read ${table.label}.`)
}

/** What is left of a context when its transaction is over. One connection, so that it is the same session. */
async function keepContext(login: Database, token: string, tables: readonly Table[], log: AttackLog): Promise<void> {
  for (const table of tables) {
    await login.transaction(async tx => tx.query('select upheld.enter($1)', [token])).catch(answerOf)
    await expectNothing(log, 'context of an earlier transaction', table, read(login, undefined, table))
  }
  // The way in that is used behind a pooler.
  for (const table of tables.slice(0, 1)) {
    await login.transaction(async tx => tx.query('select upheld.enter($1, 1000)', [token])).catch(answerOf)
    await expectNothing(log, 'context of an earlier transaction', table, read(login, undefined, table))
  }
}

/** Forged in every way that does not need the key. */
function badContexts(token: string, victimId: string): Readonly<Record<string, string>> {
  const body = forgedFor(token, victimId).slice(0, 72)
  const signed = (key: Buffer): string =>
    body + createHmac('sha256', key).update('upheld-context').update(body, 'hex').digest('hex')
  return {
    'empty context': '',
    'truncated context': token.slice(0, 100),
    'context with something behind it': `${token}00`,
    'fields in another order': token.slice(0, 4) + token.slice(36, 72) + token.slice(4, 36) + token.slice(72),
    'context that is no hex': 'x'.repeat(token.length),
    'bare organization id': victimId,
    'victim under the own signature': body + token.slice(72),
    'victim under a random signature': body + randomBytes(32).toString('hex'),
    'victim under an empty signature': body + '0'.repeat(64),
    'victim under an empty key': signed(Buffer.alloc(0)),
    'victim under a key of zeros': signed(Buffer.alloc(32)),
    'own context made to last': token.slice(0, 36) + 'ffffffff' + token.slice(44),
    'own context in another cell': token.slice(0, 44) + 'fffe' + token.slice(48),
    'own context on another backend': token.slice(0, 48) + '00000001' + token.slice(56),
    'unknown key': token.slice(0, 2) + 'fe' + token.slice(4),
    'unknown version': '7f' + token.slice(2),
    'nobody’s context': token.slice(0, 4) + '0'.repeat(32) + token.slice(36),
  }
}

/** As many as `max` of a list, from one end of it to the other. */
export function spread<T>(all: readonly T[], max: number): readonly T[] {
  return all.length <= max
    ? all
    : all.filter((_, index) => Math.floor((index * max) / all.length) !== Math.floor(((index - 1) * max) / all.length))
}

/** The number of rows that a plain login sees in a table, or the code of the refusal. */
function read(login: Database, token: string | undefined, table: Table): Promise<number | string> {
  return within(login, async tx => {
    if (token !== undefined) await tx.query('select upheld.enter($1)', [token])
    return (await tx.query(`select 1 from ${table.label} limit 3`)).rows.length
  })
}

/** One statement of a plain login, with a context or without, undone. */
export async function outcomeOf(
  login: Database,
  token: string | undefined,
  text: string,
  values: readonly unknown[] = [],
): Promise<Outcome> {
  let outcome: Outcome = { rows: [] }
  const code = await within(login, async tx => {
    try {
      if (token !== undefined) await tx.query('select upheld.enter($1)', [token])
      outcome = { rows: (await tx.query(text, values)).rows }
    } catch (error) {
      outcome = { code: answerOf(error), said: saidBy(error) }
    }
    return 0
  })
  return typeof code === 'string' ? { code, said: '' } : outcome
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
  log: AttackLog,
  attack: string,
  table: Table,
  outcome: Promise<number | string>,
  alsoBeaten = '',
): Promise<void> {
  const seen = await outcome
  if (seen === unclear) return
  // 42501 is the kernel's own refusal; 22023 is a context that is not even hex.
  if (seen === '42501' || seen === '22023' || seen === alsoBeaten) log.observe(attack, table.label)
  else {
    const saw = typeof seen === 'string' ? `nothing but ${seen} stood in the way` : 'it went through'
    log.refute({ attack, where: table.label, saw })
  }
}

/** The guard's own tables and steps: no login has anything to do there. */
async function reachGuard(login: Database, log: AttackLog): Promise<void> {
  const key = 'upheld_guard.context_key'
  const attacks = [
    ['reach the key', key, `select 1 from ${key}`],
    ['reach the key', key, `update ${key} set retire_at = retire_at`],
    ['reach the key', key, `delete from ${key}`],
    ['reach the key', key, `copy ${key} to stdout`],
    ['read the directory', 'upheld_guard.organization', 'select 1 from upheld_guard.organization'],
    [
      'write the directory',
      'upheld_guard.organization',
      'insert into upheld_guard.organization (id) values (gen_random_uuid())',
    ],
    ['read walks', 'upheld_guard.crossing', 'select 1 from upheld_guard.crossing'],
    ['forget walks', 'upheld_guard.crossing', 'delete from upheld_guard.crossing'],
  ] as const
  for (const [attack, where, text] of attacks) {
    const seen = await within(login, async tx => (await tx.query(text)).rowCount)
    if (seen === '42501') log.observe(attack, where)
    else log.refute({ attack, where, saw: typeof seen === 'string' ? seen : `${seen} rows` })
  }
}
