import { explanation } from './explain.ts'
import type { CheckedDefinition } from './problems.ts'
import { isLive, type AccessSet, type MemberAccess, type MemberOverride } from './set.ts'

/** Permissions as bits, in the order of the definition. */
interface Bits {
  readonly names: readonly string[]
  readonly index: ReadonlyMap<string, number>
  readonly roles: ReadonlyMap<string, Uint32Array>
  readonly privileged: Uint32Array
  readonly words: number
}

/**
 * effective = (roles ∪ live allows) − live denials. A denial wins over everything, what nothing gives is refused, and no
 * order matters: bits are joined, then taken away.
 */
export function evaluator(definition: CheckedDefinition): (member: MemberAccess, now: Date) => AccessSet {
  const bits = bitsOf(definition)
  const build = (member: MemberAccess, now: Date, scope: Uint32Array | undefined): AccessSet => {
    const nowMs = now.getTime()
    const held = effective(bits, member, nowMs)
    if (scope !== undefined) for (let at = 0; at < bits.words; at++) held[at] = word(held, at) & word(scope, at)
    const untilMs = endOf(member.overrides, nowMs)
    const may = (permission: string): boolean => {
      const at = bits.index.get(permission)
      return at !== undefined && (word(held, at >>> 5) & (1 << (at & 31))) !== 0
    }
    const set: AccessSet = {
      memberId: member.memberId,
      roles: member.suspended ? [] : member.roles.filter(role => bits.roles.has(role)),
      fromMs: nowMs,
      untilMs,
      inPerson: !member.suspended && scope === undefined,
      privileged: held.some((bitsHeld, at) => (bitsHeld & word(bits.privileged, at)) !== 0),
      may,
      explain: permission => explanation(definition, member, permission, { nowMs, allowed: may(permission) }),
      list: () => bits.names.filter(may),
      heldUntilMs: permission => (may(permission) ? heldUntil(definition, member, permission, nowMs) : 0),
      at: later => (later.getTime() >= nowMs && later.getTime() < untilMs ? set : build(member, later, scope)),
      only: scopes => build(member, now, narrowed(bits, scopes, scope)),
    }
    return Object.freeze(set)
  }
  return (member, now) => build(member, now, undefined)
}

function effective(bits: Bits, member: MemberAccess, nowMs: number): Uint32Array {
  const held = new Uint32Array(bits.words)
  if (member.suspended) return held
  for (const role of member.roles) {
    const given = bits.roles.get(role)
    if (given !== undefined) for (let at = 0; at < bits.words; at++) held[at] = word(held, at) | word(given, at)
  }
  let denied: Uint32Array | undefined
  for (const override of member.overrides) {
    const at = bits.index.get(override.permission)
    if (at === undefined || !isLive(override, nowMs)) continue
    const changed = override.effect === 'allow' ? held : (denied ??= new Uint32Array(bits.words))
    changed[at >>> 5] = word(changed, at >>> 5) | (1 << (at & 31))
  }
  if (denied !== undefined) for (let at = 0; at < bits.words; at++) held[at] = word(held, at) & ~word(denied, at)
  return held
}

/** When the first of those that are live ends. */
function endOf(overrides: readonly MemberOverride[], nowMs: number): number {
  let first = Infinity
  for (const { expiresAt } of overrides) {
    const endMs = expiresAt.getTime()
    if (endMs > nowMs && endMs < first) first = endMs
  }
  return first
}

function heldUntil({ roles }: CheckedDefinition, member: MemberAccess, permission: string, nowMs: number): number {
  if (member.roles.some(role => Object.hasOwn(roles, role) && roles[role]?.includes(permission) === true)) {
    return Infinity
  }
  const ends = member.overrides
    .filter(one => one.permission === permission && one.effect === 'allow' && isLive(one, nowMs))
    .map(({ expiresAt }) => expiresAt.getTime())
  return Math.max(0, ...ends)
}

function bitsOf({ permissions, roles }: CheckedDefinition): Bits {
  const names = Object.keys(permissions)
  const index = new Map(names.map((name, at) => [name, at]))
  const words = Math.ceil(names.length / 32)
  const asBits = (some: readonly string[]): Uint32Array => {
    const joined = new Uint32Array(words)
    for (const name of some) {
      const at = index.get(name)
      if (at !== undefined) joined[at >>> 5] = word(joined, at >>> 5) | (1 << (at & 31))
    }
    return joined
  }
  return {
    names,
    index,
    words,
    roles: new Map(Object.entries(roles).map(([role, some]) => [role, asBits(some)])),
    privileged: asBits(names.filter(name => permissions[name]?.privileged === true)),
  }
}

function narrowed(bits: Bits, scopes: readonly string[], within: Uint32Array | undefined): Uint32Array {
  const narrow = new Uint32Array(bits.words)
  for (const scope of scopes) {
    const at = bits.index.get(scope)
    if (at !== undefined) narrow[at >>> 5] = word(narrow, at >>> 5) | (1 << (at & 31))
  }
  if (within !== undefined) for (let at = 0; at < bits.words; at++) narrow[at] = word(narrow, at) & word(within, at)
  return narrow
}

function word(words: Uint32Array, at: number): number {
  return words[at] ?? 0
}
