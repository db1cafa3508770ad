import type { Policy, Relation } from '../../../foundation/catalogue/index.ts'
import { isAlwaysTrue } from './always.ts'
import type { Parse } from './column.ts'
import { both, coverOf, viaParent, type Cover, type Question } from './cover.ts'
import type { TenantTable } from '../ground.ts'

/** What one policy is worth on one side: on rows that are there, or on rows that are written. */
interface Side {
  readonly cover: Cover
  readonly always: boolean
}

/** A policy that lets rows of other organizations through, or may. */
export interface Opening {
  readonly policy: Policy
  /** `using`: rows that are there; `check`: rows that are written. */
  readonly side: 'using' | 'check'
  /** True by its form, whatever the row says. */
  readonly always: boolean
  /** False when it could not be understood well enough to say. */
  readonly sure: boolean
  /** Another permissive policy holds for the same roles and commands, and this one undoes it. */
  readonly undoes: Policy | undefined
  readonly commands: readonly Command[]
  readonly roles: readonly string[]
}

type Command = 'r' | 'a' | 'w' | 'd'
const commands: readonly Command[] = ['r', 'a', 'w', 'd']
export const privileges: Readonly<Record<Command, string>> = { r: 'SELECT', a: 'INSERT', w: 'UPDATE', d: 'DELETE' }

export interface Reader {
  readonly parse: Parse
  readonly question: Omit<Question, 'relation' | 'columns'>
}

/** A role that reads or writes, and what it may do; `applies` says whether a policy is for it. */
export interface Actor {
  readonly name: string
  readonly may: (command: Command) => boolean
  readonly applies: (policy: Policy) => boolean
}

export function openingsOf(table: TenantTable, actors: readonly Actor[], reader: Reader): readonly Opening[] {
  const found = new Map<string, Opening>()
  const side = sidesOf(table, reader)
  for (const actor of actors) {
    for (const command of commands) {
      if (!actor.may(command)) continue
      const policies = table.relation.policies.filter(
        policy => (policy.command === '*' || policy.command === command) && actor.applies(policy),
      )
      for (const which of sidesUsed(command)) {
        for (const opening of openOf(policies, which, table, side)) note(found, opening, command, actor.name)
      }
    }
  }
  return [...found.values()]
}

function sidesUsed(command: Command): readonly ('using' | 'check')[] {
  if (command === 'a') return ['check']
  return command === 'w' ? ['using', 'check'] : ['using']
}

type SideOf = (policy: Policy, which: 'using' | 'check') => Side

function sidesOf(table: TenantTable, reader: Reader): SideOf {
  const known = new Map<string, Side>()
  const columns = table.columns.length === 0 ? [viaParent] : table.columns
  const question = { ...reader.question, relation: table.relation, columns }
  return (policy, which) => {
    // Without a WITH CHECK of its own a policy holds written rows to its USING.
    const text = (which === 'check' ? (policy.check ?? policy.using) : policy.using) ?? 'true'
    const before = known.get(text)
    if (before !== undefined) return before
    const expression = reader.parse(text)
    const side = { cover: coverOf(expression, question), always: isAlwaysTrue(expression) }
    known.set(text, side)
    return side
  }
}

type Found = Pick<Opening, 'policy' | 'side' | 'always' | 'sure' | 'undoes'>

function openOf(policies: readonly Policy[], which: 'using' | 'check', table: TenantTable, side: SideOf): Found[] {
  const wanted = new Set(table.columns.length === 0 ? [viaParent] : table.columns)
  const nothing: Cover = { sure: new Set(), maybe: new Set() }
  const narrowed = policies
    .filter(one => !one.permissive)
    .map(one => side(one, which).cover)
    .reduce(both, nothing)
  const permissive = policies
    .filter(one => one.permissive)
    .map(policy => ({ policy, ...side(policy, which), whole: both(side(policy, which).cover, narrowed) }))
  const holds = permissive.find(one => wanted.isSubsetOf(one.whole.sure))?.policy
  return permissive
    .filter(one => !wanted.isSubsetOf(one.whole.sure))
    .map(({ policy, whole, always }) => ({
      policy,
      side: which,
      always,
      sure: !wanted.isSubsetOf(whole.maybe),
      undoes: holds,
    }))
}

function note(found: Map<string, Opening>, one: Found, command: Command, role: string): void {
  const key = JSON.stringify([one.policy.name, one.side, one.sure, one.undoes?.name])
  const before = found.get(key)
  found.set(key, {
    ...one,
    commands: commands.filter(other => other === command || before?.commands.includes(other)),
    roles: [...new Set([...(before?.roles ?? []), role])],
  })
}

/** Whether every permissive policy for reading binds all tenant columns, whoever asks. */
export function readsWalled(table: TenantTable, reader: Reader): boolean {
  const { relation } = table
  const everybody: Actor = { name: '', may: command => command === 'r', applies: () => true }
  const permissive = relation.policies.some(one => one.permissive && (one.command === '*' || one.command === 'r'))
  return relation.rowSecurity && permissive && openingsOf(table, [everybody], reader).length === 0
}

/** Roles named by policies, and PUBLIC: who there is when nobody is known to be the application. */
export function rolesNamed(relation: Relation): readonly string[] {
  return [...new Set(['', ...relation.policies.flatMap(policy => policy.roles)])]
}
