import { cannotProbe } from '../../claims/index.ts'
import type { Check, Table } from './relations.ts'
import { codeOf, fieldsOf } from './sqlstate.ts'

/** A column of a row that is to be made, with the texts that it could have, likeliest first. */
export interface Slot {
  readonly table: Table
  readonly column: string
  readonly texts: readonly (string | null)[]
}

const triesMax = 500

/**
 * Tries values until the server takes them. Each refusal names what it is about; the columns that it concerns are turned
 * one by one, then together. A refusal that was not met before is a step on the way, and the search goes on from there.
 * @throws claims.cannot_probe when nothing fits
 */
export async function fit<T>(
  slots: readonly Slot[],
  place: string,
  insert: (texts: readonly (string | null)[]) => Promise<T>,
): Promise<T> {
  const met = new Set<string>()
  const roads: Generator<readonly number[], void>[] = []
  let turns: readonly number[] = slots.map(() => 0)
  let told = ''
  for (let tries = 0; tries < triesMax; tries++) {
    try {
      return await insert(slots.map(({ texts }, index) => texts[(turns[index] ?? 0) % texts.length] ?? null))
    } catch (error) {
      const code = codeOf(error)
      if (!/^(22|23|P0001)/.test(code)) throw cannotProbe(`No canary could be put in ${place}: ${code}.`, error)
      told = code
      const about = complaint(error, code)
      if (!met.has(about)) {
        met.add(about)
        roads.push(roadsFrom(turns, slots, involvedIn(error, slots)))
      }
      const next = nextOf(roads)
      if (next === undefined) break
      turns = next
    }
  }
  throw cannotProbe(`No canary could be put in ${place}: every row that was tried was refused, the last with ${told}.`)
}

function nextOf(roads: Generator<readonly number[], void>[]): readonly number[] | undefined {
  for (let road = roads.at(-1); road !== undefined; road = roads.at(-1)) {
    const next = road.next()
    if (next.done !== true) return next.value
    roads.pop()
  }
  return undefined
}

/** Two refusals with the same complaint are one and the same obstacle. */
function complaint(error: unknown, code: string): string {
  const { table, constraint, column, message } = fieldsOf(error)
  const words = code === 'P0001' ? message.replaceAll(/'[^']*'|"[^"]*"|\d+/g, '') : ''
  return [code, table, constraint, column, words].join('|')
}

/** One column after the other, the likeliest of each first; then all of them as an odometer turns. */
function* roadsFrom(
  base: readonly number[],
  slots: readonly Slot[],
  involved: (slot: Slot) => boolean,
): Generator<readonly number[], void> {
  const wheels = slots.flatMap(({ texts }, index) => {
    const slot = slots[index]
    return slot !== undefined && texts.length > 1 && involved(slot) ? [{ index, size: texts.length }] : []
  })
  const longest = Math.max(0, ...wheels.map(({ size }) => size))
  for (let step = 1; step < longest; step++) {
    for (const { index, size } of wheels) {
      if (step < size) yield base.map((turn, at) => (at === index ? (turn + step) % size : turn))
    }
  }
  if (wheels.length < 2) return
  const turns = [...base]
  for (;;) {
    let carried = true
    for (const { index, size } of wheels) {
      const next = ((turns[index] ?? 0) + 1) % size
      turns[index] = next
      carried = next === (base[index] ?? 0) % size
      if (!carried) break
    }
    if (carried) return
    yield [...turns]
  }
}

/** Which columns to try other values for, from what the server said. */
function involvedIn(error: unknown, slots: readonly Slot[]): (slot: Slot) => boolean {
  const { table, constraint, column, detail } = fieldsOf(error)
  const named = slots.filter(slot => table === '' || slot.table.label.replaceAll('"', '').endsWith(`.${table}`))
  const here = new Set(named.length > 0 ? named : slots)
  if (column !== '') return slot => here.has(slot) && slot.column === column
  // "Key (organization_id, email)=(…) already exists."
  const clashing = /^Key \((.+?)\)=/.exec(detail)?.[1]?.split(', ')
  if (clashing !== undefined && clashing.some(name => slots.some(slot => isNamed(slot, name)))) {
    return slot => here.has(slot) && clashing.some(name => isNamed(slot, name))
  }
  const columns = new Set([...here].flatMap(slot => rulesOf(slot.table, constraint)).flatMap(rule => rule.columns))
  return slot => here.has(slot) && (columns.size === 0 || columns.has(slot.column))
}

function isNamed(slot: Slot, name: string): boolean {
  return slot.column === name || `"${slot.column.replaceAll('"', '""')}"` === name
}

/** The check, key or index of this name; for a refusal without a name, whatever the triggers look at. */
function rulesOf(table: Table, name: string): readonly Pick<Check, 'columns'>[] {
  if (name === '') return table.triggers
  return [...table.checks, ...table.foreignKeys, ...table.oracles].filter(one => one.name === name)
}
