import { z } from 'zod'
import type { Queryable } from '../../../core/ports.ts'
import { belongsTo, type AttackLog, type ByHand, type Pair, type Table } from '../attacks/index.ts'

const settings = z.array(z.object({ name: z.string(), values: z.array(z.string()) }))

/** Settings that any policy reads, with the words that it compares them with: everybody may read a policy. */
const settingsSql = String.raw`
  with said as (
    select coalesce(pg_get_expr(p.polqual, p.polrelid), '') || ' ' || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '') as text
    from pg_policy p
  )
  select lower(setting[1]) as name,
    coalesce((select jsonb_agg(distinct word[1]) from regexp_matches(said.text, '''([^'']*)''', 'g') word), '[]') as values
  from said cross join lateral regexp_matches(said.text, 'current_setting\(''([^'']+)''', 'g') setting`

const named = /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/
const triesMax = 40

/**
 * A policy that believes a setting believes whoever sets it. Each one is set by hand to the victim's id, and to every word
 * that the policy names.
 */
export async function attackBeliefs(
  login: Queryable,
  byHand: ByHand,
  pair: Pair,
  tables: readonly Table[],
  log: AttackLog,
): Promise<void> {
  const { rows } = await login.query(settingsSql)
  const believed = settings.parse(rows).filter(({ name }) => named.test(name) && name !== 'upheld.context')
  const tries = believed.flatMap(({ name, values }) => [...pair.victim.key, ...values].map(value => ({ name, value })))
  if (tries.length === 0) log.observe('set what a policy believes', 'every policy')
  for (const table of tries.length === 0 ? [] : tables) {
    const theirs = belongsTo(table, pair.victim.key, pair.theirs.find(table))
    let seen = 0
    for (const { name, value } of tries.slice(0, triesMax)) {
      seen += await rowsWith(byHand, `set local ${name} = '${value.replaceAll("'", "''")}'`, {
        text: `select 1 from ${table.label} where ${theirs.text}`,
        values: theirs.values,
      })
    }
    if (seen === 0) log.observe('set what a policy believes', table.label)
    else log.refute({ attack: 'set what a policy believes', where: table.label, saw: `${seen} rows` })
  }
}

class Undo extends Error {}

async function rowsWith(
  byHand: ByHand,
  setting: string,
  read: { readonly text: string; readonly values: readonly (string | null)[] },
): Promise<number> {
  let seen = 0
  await byHand(async tx => {
    await tx.query(setting)
    seen = (await tx.query(read.text, read.values)).rows.length
    throw new Undo()
  }).catch((error: unknown) => {
    // A setting that may not be set, or not to this: nothing is learned from it.
    if (error instanceof Undo || (error instanceof Error && 'code' in error && /^(22|42)/.test(String(error.code))))
      return
    throw error
  })
  return seen
}
