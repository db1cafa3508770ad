import { UpheldError } from '../../core/errors.ts'
import type { Database } from '../../core/ports.ts'
import {
  attackBlind,
  attackByDifference,
  attackByInjection,
  attackByWatching,
  attackCascade,
  attackLeakproof,
  attackTable,
  callsOf,
  changesThrough,
  commonPayloads,
  insertsInto,
  insertThrough,
  readingOf,
  relationsBeside,
  routinesOf,
  secretsOf,
  type Pair,
  type Table,
} from '../probes/attacks/index.ts'
import { attackBare, attackRoles } from './bare.ts'
import { attackChannels } from './channels.ts'
import type { Context } from './context.ts'
import { refuse } from './errors.ts'
import type { Field } from './ground.ts'
import { positiveControl, type Ledger } from './ledger.ts'
import { switchingPayloads } from './payloads.ts'
import type { Settlement } from './settle.ts'

interface Battle {
  readonly settled: Settlement
  readonly admin: Database
  readonly field: Field
  readonly context: Context
  readonly ledger: Ledger
}

/**
 * Everything that one organization can try on the other, from the least that an attacker may hold to the most.
 * @throws scratch.no_context when no organization sees anything of its own anywhere
 */
export async function attackAll({ settled, admin, field, context, ledger }: Battle): Promise<void> {
  const account = ledger.as('account')
  const injection = ledger.as('injection')
  const pair = await settled.pair()
  const tables = field.attacked.filter(table => table.partitioned || pair.theirs.find(table) !== undefined)
  account.population('tables', field.attacked.length)
  for (const label of field.doubtful) account.pass('attack', label, 'the catalogue does not tell whose rows it holds')
  const { byHand } = settled.thief
  const payloads = [commonPayloads, switchingPayloads(context, settled.victim.key)]
  let seen = 0
  const steps: readonly (readonly [where: string, step: () => Promise<void>])[] = [
    ...tables.map(
      table =>
        [
          table.label,
          async () => {
            const sees = await attackTable(pair, table, account)
            if (sees) seen += 1
            else account.pass(positiveControl, table.label, 'an organization does not see its own row there')
            if (sees && !table.partitioned) await attackByInjection(pair, table, payloads, injection)
          },
        ] as const,
    ),
    ['every table', async () => blindEverywhere(seen === 0 ? tables : [])],
    ['every table', () => attackBlind(byHand, pair, tables, account)],
    ['the server', () => attackByWatching(pair, injection)],
    ['the session', () => attackChannels(pair, injection)],
    ['the login', () => attackBare(settled, pair, tables, ledger.as('login'))],
    ['the login', () => attackRoles(settled, admin, pair, tables, field.appRole, ledger.as('login'))],
    ['views and functions', () => attackBeside({ settled, admin, field, context, ledger }, pair, tables)],
  ]
  for (const [where, step] of steps) {
    if (account.signal.aborted) {
      account.pass('attack', where, 'the time of the run was over')
      continue
    }
    await step().catch((error: unknown) => {
      if (!(error instanceof UpheldError) || error.code !== 'claims.cannot_probe') throw error
      account.pass('attack', where, error.message)
    })
  }
}

function blindEverywhere(tables: readonly Table[]): void {
  if (tables.length === 0) return
  throw refuse.no_context({ detail: 'With this context no organization sees a row of its own in any table.' })
}

async function attackBeside(
  { settled, admin, field, ledger }: Battle,
  pair: Pair,
  tables: readonly Table[],
): Promise<void> {
  const account = ledger.as('account')
  const relations = await relationsBeside(
    admin,
    field.attacked.map(table => table.label),
    field.appRole,
  )
  const readable = relations.filter(one => one.kind !== 'sequence' && !one.label.startsWith('upheld_probe.'))
  const routines = (await routinesOf(admin, field.appRole)).filter(one => one.label !== 'upheld.enter')
  account.population('other relations and functions', readable.length + routines.length)
  const copies = relations.filter(one => one.kind === 'materialized view').map(one => one.label)
  await settled.refresh(copies)
  for (const relation of readable) await insertThrough(pair, relation, tables, account)
  await attackLeakproof(pair, routines, tables, ledger.as('injection'))
  let current = pair
  const garden = {
    byHand: settled.thief.byHand,
    async plant() {
      current = await settled.plantVictim(current)
      await settled.refresh(copies)
      return current
    },
    async uproot() {
      await settled.uprootVictim(current)
      await settled.refresh(copies)
    },
  }
  await attackByDifference(
    pair,
    garden,
    now => [
      ...readable.flatMap(one => readingOf(one, secretsOf(now)) ?? []),
      ...readable.flatMap(changesThrough),
      ...routines.flatMap(one => callsOf(one, now, tables)),
      ...tables.flatMap(one => insertsInto(now, one)),
    ],
    account,
  )
  await attackCascade(await garden.plant(), tables, account)
}
