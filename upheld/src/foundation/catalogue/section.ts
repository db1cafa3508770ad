import { z } from 'zod'
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
    const why = refusalOf(thrown)
    if (why === undefined) throw thrown
    await tx.query('rollback to savepoint section')
    onUnseen({ section: section.name, why })
    return []
  }
}

/** What people meet most; the rest is said by its SQLSTATE. */
const spoken: Readonly<Partial<Record<string, string>>> = {
  '42501': 'The role that looks may not read it.',
  '57014': 'The server took longer than the statement timeout.',
  '42P01': 'This server has no such catalogue.',
  '42703': 'This server has no such column.',
  '42883': 'This server has no such function.',
}

/** An answer of the server about this statement alone: not a lost connection (08, 57P), not a server at its end (53). */
function refusalOf(thrown: unknown): string | undefined {
  if (thrown instanceof z.ZodError) return 'The server answered in a form that is not known here.'
  if (!(thrown instanceof Error) || !('code' in thrown) || typeof thrown.code !== 'string') return undefined
  if (!/^[0-9A-Z]{5}$/.test(thrown.code) || /^(08|57P|53|25)/.test(thrown.code)) return undefined
  return spoken[thrown.code] ?? `The server answered ${thrown.code}.`
}
