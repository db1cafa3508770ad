import type { Offense } from './source.ts'

/** A file of SQL that ships. */
interface Shipped {
  readonly path: string
  readonly text: string
}

/**
 * Every statement that takes something from `public` and from roles of ours takes it from all of them; the guard may be left
 * out where it is the owner. A role that is added later is so forgotten nowhere.
 */
export function forgottenRoles(shipped: readonly Shipped[]): readonly Offense[] {
  const made = shipped.flatMap(({ text }) => [...text.matchAll(/^ {6}\('(upheld_[a-z]+)',\s+'(?:no)?login'\)/gm)])
  const roles = made.map(([, name = '']) => name)
  if (roles.length === 0) return [{ at: 'upheld/src', says: 'no SQL makes the roles in the form that is read here' }]
  return shipped.flatMap(({ path, text }) =>
    [...text.matchAll(/from public((?:,\s*upheld_[a-z]+)+)/g)].flatMap(({ 1: list = '', index }) => {
      const named = new Set(list.match(/upheld_[a-z]+/g))
      const gone = roles.filter(role => !named.has(role) && role !== 'upheld_guard')
      const line = text.slice(0, index).split('\n').length
      return gone.length === 0 ? [] : [{ at: `${path}:${line}`, says: `takes nothing from ${gone.join(', ')}` }]
    }),
  )
}
