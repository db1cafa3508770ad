import type { Queryable } from 'upheld'

/** Something that a tired developer could do to the running system. */
export interface Sabotage {
  /** What to type. */
  readonly name: string
  /** What somebody did, in plain words. */
  readonly says: string
  /** The promise that must not stand afterwards. */
  readonly claim: string
  /** Looks at the sound system and its folder, and says how to break it and how to mend it. Changes nothing. */
  plan(sql: Queryable, stateFolder: string): Promise<Plan>
}

/** Statements for a superuser. All of one list run in one transaction. */
export interface Plan {
  readonly break: readonly string[]
  readonly mend: readonly string[]
}

/** For what is the same on every system. */
export function fixed(plan: Plan): Sabotage['plan'] {
  return async () => plan
}

/** Replaces a passage in functions as they stand now; the mend puts back what was read. */
export async function rewrite(
  sql: Queryable,
  functions: readonly string[],
  passage: RegExp,
  by: string,
): Promise<Plan> {
  const { rows } = await sql.query(
    'select pg_get_functiondef(name::regprocedure) as definition from unnest($1::text[]) as name',
    [functions],
  )
  const mend = rows.map(row => String(row['definition']))
  const broken = mend.map(definition => definition.replace(passage, by))
  if (broken.length !== functions.length || broken.some((definition, n) => definition === mend[n])) {
    throw new Error(`${functions.join(', ')} does not read as this sabotage expects, so nothing was broken.`)
  }
  return { break: broken, mend }
}
