import { createHash } from 'node:crypto'

/** A name as SQL needs it, always in quotes. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

export function literal(text: string): string {
  const doubled = text.replaceAll("'", "''")
  return text.includes('\\') ? `E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`
}

/** What an adoption makes is told from what was there by this beginning. */
const mark = 'upheld_adopt_'

/** A name of 61 bytes at most that is the same in every run for the same object. */
export function markedName(kind: string, ...identity: readonly string[]): string {
  const digest = createHash('sha256').update(identity.join('\u0000')).digest('hex')
  return `${mark}${kind}_${digest.slice(0, 24)}`
}

/** The column, as every statement writes it. */
export const organizationColumn = 'organization_id'

/** Says on the column that the adoption added it. */
export const columnComment = 'upheld: adoption'

/** Last of the row triggers, which fire in the order of their names: it judges what the others leave. */
export const triggerName = '~upheld_adoption'
