import { randomBytes } from 'node:crypto'
import { assert } from '../../core/errors.ts'
import type { Database, Queryable } from '../../core/ports.ts'
import { guardedForm, type ContextKey } from '../../foundation/tenancy/index.ts'
import { belongsTo, plant, uproot, type Actor, type Canaries, type Pair, type Table } from '../probes/attacks/index.ts'
import type { Context } from './context.ts'
import { counted } from './counted.ts'
import type { Field } from './ground.ts'
import type { Identity } from './identity.ts'
import { begin, census, clear, note, type Entry } from './journal.ts'
import type { Ledger } from './ledger.ts'
import { enterAs, makeLogin, temporaryName, type AppLogin } from './login.ts'
import type { ParsedProbeOptions } from './options.ts'
import { freshKey, stranger, throwaway, type Throwaway } from './organizations.ts'

interface Grounds {
  readonly admin: Database
  readonly own: Identity
  readonly options: ParsedProbeOptions
  readonly field: Field
  readonly context: Context
  readonly ledger: Ledger
  readonly statements: { sent: number }
}

/** Two organizations that have settled in a scratch database. */
export interface Settlement {
  readonly app: AppLogin
  readonly thief: Throwaway
  readonly victim: Throwaway
  /** The application's login without a context. */
  readonly stranger: Actor
  /** Both with a row in every table that takes one. */
  pair(): Promise<Pair>
  /** The victim's rows in anew, or out. */
  plantVictim(pair: Pair): Promise<Pair>
  uprootVictim(pair: Pair): Promise<void>
  /** Fills materialized views anew, as whoever keeps them would. */
  refresh(views: readonly string[]): Promise<void>
  /** What stands in the journal now. */
  entry(): Entry
}

/** Makes the login and opens the journal; from here on a run that is killed is cleared away by the next one. */
export async function settle(grounds: Grounds): Promise<Settlement> {
  const { admin, own, options, field, context } = grounds
  const makes = options.appUrl === undefined && own.createsRoles
  const made = makes ? { name: temporaryName(), password: randomBytes(24).toString('hex') } : undefined
  const contextKey = field.upheld ? await freeContextKey(admin) : undefined
  let entry: Entry = {
    rows: [],
    marks: [],
    refreshed: [],
    login: made?.name ?? null,
    ...(await census(admin)),
    key: contextKey?.id ?? null,
  }
  await begin(admin, entry, async tx => {
    if (made !== undefined) await makeLogin(tx, { ...made, appRole: field.appRole })
    if (contextKey !== undefined) {
      await tx.query(
        'insert into upheld_guard.context_key (id, inner_block, outer_block, cell) values ($1, $2, $3, $4)',
        guardedForm(contextKey),
      )
    }
  })
  try {
    const entered = await enterAs(options, own, field.appRole, made)
    const app = { ...entered, database: counted(entered.database, grounds.statements) }
    const ways = { field, app, context, contextKey }
    const thief = throwaway(freshKey(field), ways)
    const victim = throwaway(freshKey(field), ways)
    const hand = planterOf(
      grounds,
      next => (entry = next),
      () => entry,
    )
    return Object.freeze({
      app,
      thief,
      victim,
      stranger: stranger([], ways),
      entry: () => entry,
      async pair() {
        const own = await hand.plant(thief)
        return { thief, victim, own, theirs: await hand.plant(victim) }
      },
      plantVictim: async (pair: Pair) => ({ ...pair, theirs: await hand.plant(victim) }),
      uprootVictim: (pair: Pair) => hand.uproot(victim, pair.theirs),
      refresh: (views: readonly string[]) => hand.refresh(views),
    })
  } catch (error) {
    await clear(admin, entry, own.superuser)
    throw error
  }
}

interface Planter {
  plant(actor: Throwaway): Promise<Canaries>
  uproot(actor: Throwaway, planted: Canaries): Promise<void>
  refresh(views: readonly string[]): Promise<void>
}

/** Puts rows in and takes them out, each time in one transaction with what the journal says of them. */
function planterOf(grounds: Grounds, set: (entry: Entry) => void, get: () => Entry): Planter {
  const { admin, field, ledger } = grounds
  const fresh = counter()
  const commit = async (work: (tx: Queryable) => Promise<Entry>): Promise<void> => {
    let next = get()
    await admin.transaction(async tx => {
      next = await work(tx)
      await note(tx, next)
    })
    set(next)
  }
  const failed = new Set<string>()
  return {
    async plant(actor) {
      const mark = randomBytes(6).toString('hex')
      let canaries: Canaries | undefined
      await commit(async tx => {
        await actor.through(tx, async () => {
          if (field.upheld) await admit(tx, actor)
          canaries = await plant(actor, field.planted, {
            mark,
            fresh,
            variants: true,
            onFailure(table, error) {
              const why = error instanceof Error ? error.message : 'no row could be planted'
              if (!failed.has(table.label)) ledger.as('account').pass('see its own row', table.label, why)
              failed.add(table.label)
            },
          })
        })
        return withRows(get(), field.planted, actor, mark, canaries)
      })
      assert(canaries !== undefined, 'what was planted stands')
      return canaries
    },
    async uproot(actor, planted) {
      await commit(async tx => {
        if (grounds.own.superuser) await tx.query(`set local session_replication_role = 'replica'`)
        await actor.through(tx, () => uproot(actor, field.planted, planted))
        return get()
      })
    },
    async refresh(views) {
      if (views.length === 0) return
      await commit(async () => ({ ...get(), refreshed: [...views] }))
      for (const view of views) await admin.query(`refresh materialized view ${view}`)
    },
  }
}

async function admit(tx: Queryable, actor: Throwaway): Promise<void> {
  await tx.query('insert into upheld_guard.organization (id, probe) values ($1, true) on conflict (id) do nothing', [
    ...actor.key,
  ])
}

function withRows(
  entry: Entry,
  tables: readonly Table[],
  actor: Throwaway,
  mark: string,
  canaries: Canaries | undefined,
): Entry {
  const rows = tables.flatMap(table => {
    const row = canaries?.find(table)
    if (row === undefined) return []
    const { text, values } = belongsTo(table, actor.key, row)
    return [{ table: table.label, text, values: [...values] }]
  })
  const keys = actor.key.filter(text => text.length >= 10)
  return { ...entry, rows: [...entry.rows, ...rows], marks: [...new Set([...entry.marks, mark, ...keys])] }
}

async function freeContextKey(admin: Queryable): Promise<ContextKey> {
  const { rows } = await admin.query(
    `select (select lpad(to_hex(n), 2, '0') from generate_series(255, 1, -1) n
        where not exists (select from upheld_guard.context_key k where get_byte(k.id, 0) = n) limit 1) as id,
      coalesce((select encode(cell, 'hex') from upheld_guard.context_key where retire_at > now() limit 1), '0000') as cell`,
  )
  return { id: String(rows[0]?.['id']), cell: String(rows[0]?.['cell']), secret: randomBytes(32) }
}

/** Small numbers that do not come again within a run. */
function counter(): () => number {
  let last = 1000 + (randomBytes(1)[0] ?? 0)
  return () => {
    last = last >= 30_000 ? 1000 : last + 1
    return last
  }
}
