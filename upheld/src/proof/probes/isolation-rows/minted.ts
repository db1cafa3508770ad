import type { Database } from '../../../core/ports.ts'
import { attempt, belongsTo, callsOf, type AttackLog, type Pair, type Routine, type Table } from '../attacks/index.ts'
import { outcomeOf } from './plain-login.ts'

/** As long as a context, in hex, or as its bytes written in hex. */
const contextForm = /(?<![0-9a-f])[0-9a-f]{136}(?![0-9a-f])/gi

/** Whatever a function gives that looks like a context is entered: nothing that the login may call may sign one. */
export async function tryWhatIsMinted(
  pair: Pair,
  login: Database,
  routines: readonly Routine[],
  tables: readonly Table[],
  log: AttackLog,
): Promise<void> {
  const [table] = tables
  if (table === undefined) return
  const theirs = belongsTo(table, pair.victim.key, pair.theirs.find(table))
  const own = await attempt(pair.thief, `select current_setting('upheld.context') as token`)
  const known = new Set('rows' in own ? own.rows.map(row => row['token']) : [])
  for (const routine of routines.filter(one => !one.procedure)) {
    const tokens = new Set<string>()
    for (const { text, values } of callsOf(routine, pair, tables)) {
      // Through the handle, and on the very backend on which it is tried: one may be bound to where it was asked for.
      for (const outcome of [
        await attempt(pair.thief, text, values),
        await outcomeOf(login, undefined, text, values),
      ]) {
        const said = 'rows' in outcome ? JSON.stringify(outcome.rows) : outcome.said
        for (const [token] of said.matchAll(contextForm)) if (!known.has(token)) tokens.add(token)
      }
    }
    let opened = 0
    for (const token of tokens) {
      const seen = await outcomeOf(login, token, `select 1 from ${table.label} where ${theirs.text}`, theirs.values)
      if ('rows' in seen && seen.rows.length > 0) opened += 1
    }
    if (opened === 0) log.observe('sign a context', routine.label)
    else
      log.refute({ attack: 'sign a context', where: routine.label, saw: 'what it gave opened the other organization' })
  }
}
