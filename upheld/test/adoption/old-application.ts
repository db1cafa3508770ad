/** The application as it was before: its own login, its own statements, in a process of its own. Never names an organization. */
import pg from 'pg'
import { rounds, type Say } from './old-statements.ts'

const [name = '', url = '', lockTimeoutMs = '2000'] = process.argv.slice(2)

interface Told {
  readonly statements: number
  readonly longestMs: number
  /** What failed, and with which words. */
  readonly failures: readonly string[]
  /** Rows that were acknowledged and never deleted again, by a name of the test's. */
  readonly kept: readonly string[]
}

const round = rounds[name]
if (round === undefined) throw new Error(`no such application: ${name}`)
const client = new pg.Client(url)
await client.connect()
await client.query(`set lock_timeout = ${lockTimeoutMs}`)

let statements = 0
let longestMs = 0
const stop = new AbortController()
const failures: string[] = []
const kept: string[] = []
process.on('message', () => stop.abort())
process.on('disconnect', () => process.exit(1))

const say: Say = async (text, ...values) => {
  const startedMs = performance.now()
  try {
    statements++
    return (await client.query<Record<string, unknown>>(text, [...values])).rows[0] ?? {}
  } finally {
    longestMs = Math.max(longestMs, performance.now() - startedMs)
  }
}

// Two of them in one database, one after the other, use different names.
const first = 1 + (process.pid % 1000) * 1_000_000
for (let n = first; !stop.signal.aborted; n++) {
  try {
    kept.push(...(await round(say, n)))
  } catch (thrown) {
    failures.push(thrown instanceof Error ? thrown.message : String(thrown))
    await client.query('rollback')
  }
  if (n === first) process.send?.('working')
  await new Promise(resolve => setTimeout(resolve, 2))
}
await client.end()
process.send?.({ statements, longestMs, failures, kept } satisfies Told)
process.disconnect?.()
