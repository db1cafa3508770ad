import type { Grant } from './facts.ts'
import type { RowsOf } from './rows.ts'

/** The entries of one access control list: of a kind of object, an owner, and the list as text (null: the default). */
export type GrantsOf = (kind: string, owner: string, acl: string | null) => readonly Grant[]

/** The same list is the same array, wherever it stands: thousands of tables share a few. */
export function grantsOf(rows: RowsOf<'grants'>): GrantsOf {
  const lists = new Map<string, Grant[]>()
  for (const { kind, owner, acl, ...grant } of rows) {
    const key = keyOf(kind, owner, acl)
    const before = lists.get(key)
    if (before === undefined) lists.set(key, [grant])
    else before.push(grant)
  }
  return (kind, owner, acl) => lists.get(keyOf(kind, owner, acl)) ?? []
}

function keyOf(kind: string, owner: string, acl: string | null): string {
  return JSON.stringify([kind, owner, acl])
}
