import { literal, type Payloads } from '../probes/attacks/index.ts'
import type { Context } from './context.ts'

/** The victim's own context, set by an attacker who writes SQL: an unsigned setting cannot tell who sets it. */
export function switchingPayloads(context: Context, victimKey: readonly string[]): Payloads {
  // What is signed cannot be written down by somebody who has no key.
  const calls = context.by === 'upheld' ? [] : context.statements.flatMap(text => callIn(text, victimKey) ?? [])
  return ({ table, shown }) => {
    const t = table.label
    const quoted = t.replaceAll("'", "''")
    if (calls.length === 0) return {}
    const set = calls.map((call, index) => `${call} as s${index}`).join(', ')
    return {
      'context switched in the statement': `with x as materialized (select ${set})
        select ${shown} from x, lateral (select * from ${t} where x.s0 is not null offset 0) r`,
      'context switched before a statement inside': `select ${set}, query_to_xml('select * from ${quoted}', true, true, '')::text as shown`,
    }
  }
}

/** The expression of a plain SELECT, with the values written into it. */
function callIn(text: string, key: readonly string[]): string | undefined {
  const expression = /^\s*select\s+([\s\S]+?);?\s*$/i.exec(text)?.[1]
  if (expression === undefined || /\bfrom\b/i.test(expression)) return undefined
  return expression.replaceAll(/\$(\d)/g, (_, place: string) => literal(key[Number(place) - 1] ?? null))
}
