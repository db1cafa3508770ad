import type { Column, Table } from './relations.ts'
import { literalsOf } from './values.ts'

interface Variant {
  readonly column: string
  readonly text: string | null
}

/** Rows of one table besides its first, at most: its cost may not grow with what its policies say. */
const variantsMax = 6

/** Values that the policies of a table ask for, in columns that do not say whose a row is. */
export function variantsOf(table: Table): readonly Variant[] {
  const variants = table.policies.flatMap(policy => {
    // The name of a setting is no value of a row.
    const said = policy.replaceAll(/current_setting\('[^']*'/g, '')
    const words = literalsOf(said)
      .map(word => word.replaceAll('%', ''))
      .filter(word => word !== '')
    return table.columns.filter(column => isAsked(column, table, said)).flatMap(column => valuesOf(column, words))
  })
  const texts = new Set(variants.map(one => JSON.stringify(one)))
  return variants.filter(one => texts.delete(JSON.stringify(one))).slice(0, variantsMax)
}

function isAsked(column: Column, table: Table, said: string): boolean {
  if (column.generated || table.tenant.includes(column.name)) return false
  return new RegExp(`(?<![\\w.])"?${RegExp.escape(column.name)}"?(?!\\w)`).test(said)
}

function valuesOf({ name, base, required }: Column, words: readonly string[]): Variant[] {
  const texts: (string | null)[] = base === 'boolean' ? ['true', 'false'] : [...words]
  if (!required) texts.push(null)
  if (/^(timestamp|date)/.test(base)) texts.push('2020-01-01', '2099-01-01')
  return texts.map(text => ({ column: name, text }))
}
