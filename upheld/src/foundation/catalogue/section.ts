import type { z } from 'zod'
import type { Queryable } from '../../core/ports.ts'

/** What is read apart from the rest, so that one thing that may not be seen does not hide the others. */
export const sectionNames = [
  'server',
  'schemas',
  'relations',
  'columns',
  'keys',
  'policies',
  'views',
  'triggers',
  'routines',
  'operators',
  'roles',
  'grants',
  'defaults',
  'publications',
  'large objects',
  'extensions',
] as const
export type SectionName = (typeof sectionNames)[number]

/** A part of the catalogue that could not be read, and why. Whatever rests on it is unproven. */
export interface Unseen {
  readonly section: SectionName
  readonly why: string
}

/** One statement that reads one section. */
export interface Section<S extends z.ZodType> {
  readonly name: SectionName
  readonly text: string
  readonly row: S
}

/** Reads one section inside the caller's transaction, behind a savepoint: a refusal ends this section alone. */
export async function readSection<S extends z.ZodType>(
  tx: Queryable,
  section: Section<S>,
  values: readonly unknown[],
  onUnseen: (unseen: Unseen) => void,
): Promise<readonly z.output<S>[]> {
  await tx.query('savepoint section')
  try {
    const { rows } = await tx.query(section.text, values)
    await tx.query('release savepoint section')
    return rows.map(row => section.row.parse(row))
  } catch (thrown) {
    if (!isRefusal(thrown)) throw thrown
    await tx.query('rollback to savepoint section')
    onUnseen({ section: section.name, why: `The server answered ${thrown.code}.` })
    return []
  }
}

/** An answer of the server about this statement alone: not a lost connection (08, 57P) and no fault of ours. */
function isRefusal(thrown: unknown): thrown is Error & { readonly code: string } {
  return (
    thrown instanceof Error &&
    'code' in thrown &&
    typeof thrown.code === 'string' &&
    /^(42501|42P01|42703|42883|57014|58\w{3}|55\w{3}|XX001|XX002)$/.test(thrown.code)
  )
}
