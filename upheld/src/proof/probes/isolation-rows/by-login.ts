import { pause, systemClock } from '../../../core/clock.ts'
import type { Database } from '../../../core/ports.ts'
import { answerOf, type AttackLog, type Pair, type Table } from '../attacks/index.ts'
import { cannotProbe, type World } from '../../claims/index.ts'
import { done, expectNothing, read, spread, within } from './plain-login.ts'
import { badContexts, steal, type Stolen } from './stolen.ts'

/** Tables on which every bad context is tried. What is wrong with one is the verifier's affair, and it is one for all. */
const deepTablesMax = 24

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
  // Good for as long as the attack takes: a forgery of one that has expired would be refused for that alone.
  const { token } = await steal(world, 300)
  const deep = spread(tables, deepTablesMax)
  await keepContext(login, token, deep, log)
  const contexts = [
    ...Object.entries(badContexts(token, world.victim)),
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
