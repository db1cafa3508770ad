import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { systemClock } from '../../core/clock.ts'
import type { Queryable } from '../../core/ports.ts'
import { noteOf, signContext, type ContextKey } from '../../foundation/tenancy/index.ts'
import type { Actor, ByHand, Column, Speaker, Table } from '../probes/attacks/index.ts'
import type { Context } from './context.ts'
import type { Field } from './ground.ts'
import type { AppLogin } from './login.ts'

/** An organization that is made for one run: how its requests are made, and who plants for it. */
export interface Throwaway extends Actor {
  /** Its rows are put in and taken out through this transaction while `work` runs. */
  through<T>(tx: Queryable, work: () => Promise<T>): Promise<T>
  /** The application's login by hand, in its context. */
  readonly byHand: ByHand
}

interface Ways {
  readonly field: Field
  readonly app: AppLogin
  readonly context: Context
  /** Signs contexts, where the database is Upheld's. */
  readonly contextKey: ContextKey | undefined
}

export function throwaway(key: readonly string[], ways: Ways): Throwaway {
  const { app, context, field } = ways
  const attacked = new Set(field.attacked)
  let planting: Queryable | undefined
  const values = (): readonly string[] => (ways.contextKey === undefined ? key : [signed(ways.contextKey, key)])
  const enter = async (tx: Queryable): Promise<void> => {
    for (const statement of context.statements) {
      const { text, values: given } = bound(statement, values())
      await tx.query(text, given)
    }
  }
  const transaction: Actor['transaction'] = work =>
    app.database.transaction(async tx => {
      for (const text of app.preludes) await tx.query(text)
      await enter(tx)
      return work(speakerOver(tx))
    })
  return Object.freeze({
    key,
    transaction,
    byHand: work =>
      app.database.transaction(async tx => {
        for (const text of app.preludes) await tx.query(text)
        await enter(tx)
        await work(tx)
      }),
    query: (text: string, given?: readonly unknown[]) => transaction(tx => tx.query(text, given)),
    planter: {
      async query(text: string, given?: readonly unknown[]) {
        const tx = planting ?? app.database
        await tx.query('savepoint planting')
        try {
          const { rows } = await tx.query(text, given)
          await tx.query('release savepoint planting')
          return rows
        } catch (error) {
          await tx.query('rollback to savepoint planting')
          throw error
        }
      },
    } satisfies Speaker,
    async through<T>(tx: Queryable, work: () => Promise<T>): Promise<T> {
      planting = tx
      try {
        await enter(tx)
        return await work()
      } finally {
        planting = undefined
      }
    },
    hint: (table: Table, column: Column) => personOf(key, table, column, attacked.has(table)),
  } satisfies Throwaway)
}

/** The application's login, saying for nobody in particular. */
export function stranger(key: readonly string[], { app }: Pick<Ways, 'app'>): Actor {
  const transaction: Actor['transaction'] = work =>
    app.database.transaction(async tx => {
      for (const text of app.preludes) await tx.query(text)
      return work(speakerOver(tx))
    })
  const query: Actor['query'] = (text, given) => transaction(tx => tx.query(text, given))
  return Object.freeze({ key, transaction, query, planter: { query } })
}

/** Several statements in one text give no rows of their own. */
function speakerOver(tx: Queryable): Speaker {
  return {
    async query(text, given) {
      const { rows } = await tx.query(text, given)
      return Array.isArray(rows) ? rows : []
    },
  }
}

/** One and the same person everywhere, whose id is the organization's: who is a member by a table then is one here. */
function personOf(key: readonly string[], table: Table, column: Column, attacked: boolean): string | undefined {
  const [first = ''] = key
  if (column.base !== 'uuid' || !/^[0-9a-f-]{36}$/.test(first)) return undefined
  const named = /user|member|profile|owner|person|created_by|author/.test(column.name)
  return named || (!attacked && table.uniqueKeys.some(columns => columns.join() === column.name)) ? first : undefined
}

/** A statement with the values that it has places for, numbered anew: one that is not named would have no type. */
function bound(text: string, values: readonly string[]): { readonly text: string; readonly values: string[] } {
  const places = [...new Set([...text.matchAll(/\$(\d)/g)].map(match => Number(match[1])))]
  return {
    text: text.replaceAll(/\$(\d)/g, (_, place: string) => `$${places.indexOf(Number(place)) + 1}`),
    values: places.map(place => values[place - 1] ?? ''),
  }
}

/** Who tries it, for a database that records who changed what. */
const note = noteOf({ type: 'probe', id: 'probe', purpose: 'proof' })

function signed(key: ContextKey, [organization = '']: readonly string[]): string {
  const context = signContext(key, {
    organization,
    expiresAtSecs: Math.floor(systemClock.now().getTime() / 1000) + 60,
    backendPid: 0,
    nonce: note.nonce,
  })
  return context + note.text
}

/** A key that nobody has, of the types that its columns are of. */
export function freshKey({ attacked, tenantColumns }: Field): readonly string[] {
  const table = attacked.find(one => one.tenant.length === tenantColumns.length)
  return tenantColumns.map((_, position) => {
    const column = table?.columns.find(one => one.name === table.tenant[position])
    return column === undefined || table === undefined ? randomUUID() : valueFor(column, table)
  })
}

function valueFor(column: Column, table: Table): string {
  if (column.base === 'uuid') return randomUUID()
  if (column.base === 'enum') return column.labels[0] ?? ''
  if (column.base === 'smallint') return String(randomInt(30_000, 32_000))
  if (column.base === 'integer') return String(randomInt(1_900_000_000, 2_100_000_000))
  if (column.base === 'bigint' || column.base === 'numeric')
    return String(randomInt(7_000_000_000_000, 9_000_000_000_000))
  // A part of a key of several columns, such as a region, may be one of a few words.
  const check = table.checks.find(one => one.columns.length === 1 && one.columns.includes(column.name))
  const word = /'((?:[^']|'')*)'/.exec(check?.definition ?? '')?.[1]
  return word ?? `upheld-probe-${randomBytes(6).toString('hex')}`.slice(0, column.lengthMax ?? 60)
}
