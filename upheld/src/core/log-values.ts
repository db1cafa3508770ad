import { randomUUID } from 'node:crypto'
import { isDefinedCode } from './errors.ts'

// The kinds of value that a log line may hold. None takes a text that somebody sent: a text is logged only when it was
// declared while the program was put together, or when it is one word of a closed list.

/**
 * A text from the code: the pattern of a route, the id of a claim, a place in a file, a reference that we made up. An
 * object that only this file can make, so that no string takes its place, whatever the types were told.
 */
export interface Declared {
  readonly text: string
}

const declared = new WeakMap<object, string>()

/** Characters of one text in a log. A longer one is cut. */
const textMax = 160

/**
 * For texts that stand in the code, or were made up by it. Never for one that came with a request. What is no printable
 * character of ASCII becomes `?`: no line is broken and no terminal obeys.
 */
export function declare(text: string): Declared {
  const safe = text.slice(0, textMax).replaceAll(/[^\x20-\x7e]/g, '?')
  const made = Object.freeze({ text: safe })
  declared.set(made, safe)
  return made
}

/** A name for one failure, new each time, that visitor and operator both get to see. */
export function newReference(): Declared {
  return declare(randomUUID())
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']
/** Classes of errors, by the names that their libraries give them. */
const faults = [
  'UpheldError', 'DatabaseError', 'ZodError', 'Error', 'TypeError', 'RangeError', 'SyntaxError', 'ReferenceError', 'URIError',
  'EvalError', 'AggregateError', 'DOMException', 'AbortError', 'TimeoutError', 'AssertionError',
] // prettier-ignore
const verdicts = ['upheld', 'refuted', 'unproven'] as const
const processes = ['up', 'web', 'prover', 'record', 'jobs', 'postgres'] as const

/** The processes of a running system: each has a log of its own name. */
export type ProcessName = (typeof processes)[number]

/** Larger numbers are not counts: the number of a card has 12 digits or more. */
const countMax = 1e10
const placesMax = 6

interface Kinds {
  readonly method: string
  readonly declared: Declared
  readonly status: number
  readonly count: number
  /** A code of a table that was made with `defineErrors`. */
  readonly code: string
  readonly fault: string
  /** A code of the system, of Node or of Postgres: ENOSPC, HPE_INVALID_METHOD, 22P02. */
  readonly system: string
  readonly places: readonly Declared[]
  readonly verdict: (typeof verdicts)[number]
  readonly process: ProcessName
}

export type Kind = keyof Kinds
export type Given<K extends Kind> = Kinds[K]
export type Cleaned = string | number | readonly string[]

const cleaners: Readonly<Record<Kind, (value: unknown) => Cleaned | undefined>> = {
  method: value => (isWord(value, methods) ? value : typeof value === 'string' ? 'OTHER' : undefined),
  declared: textOf,
  status: value => (isWhole(value) && value >= 100 && value <= 599 ? value : undefined),
  count: value =>
    typeof value === 'number' && value >= 0 && value < countMax ? Math.round(value * 1000) / 1000 : undefined,
  code: value => (typeof value === 'string' && isDefinedCode(value) ? value : undefined),
  fault: value => (isWord(value, faults) ? value : value === 'no error' || value === 'other' ? value : undefined),
  system: value => (typeof value === 'string' && isSystemCode(value) ? value : undefined),
  places: value =>
    Array.isArray(value) ? value.slice(0, placesMax).flatMap((one: unknown) => textOf(one) ?? []) : undefined,
  verdict: value => (isWord(value, verdicts) ? value : undefined),
  process: value => (isWord(value, processes) ? value : undefined),
}

/** The value as it may be written; undefined when it is not of its kind. */
export function clean(kind: Kind, value: unknown): Cleaned | undefined {
  return cleaners[kind](value)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null ? declared.get(value) : undefined
}

function isWord(value: unknown, words: readonly string[]): value is string {
  return typeof value === 'string' && words.includes(value)
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

/** Five signs of SQLSTATE (ISO 9075), or a name of errno(3), or one of Node's own. */
function isSystemCode(text: string): boolean {
  return /^[0-9A-Z]{5}$/.test(text) || /^E[A-Z0-9]{2,14}$/.test(text) || /^(HPE|ERR)_[A-Z_]{3,40}$/.test(text)
}

/** The name of an error's class where it is one that we know, and no word of somebody else's. */
export function faultNameOf(thrown: unknown): string {
  const name = asked(() => (thrown instanceof Error ? thrown.constructor.name : 'no error'))
  return name === 'no error' || isWord(name, faults) ? name : 'other'
}

/** The code of a system error, of one of Node's own or of Postgres; undefined for anything else, whatever it says. */
export function systemCodeOf(thrown: unknown): string | undefined {
  const code = asked(() => (thrown instanceof Error && 'code' in thrown ? thrown.code : undefined))
  return typeof code === 'string' && isSystemCode(code) ? code : undefined
}

/** Undefined where the asking itself throws: an error may be made so. */
function asked(read: () => unknown): unknown {
  try {
    return read()
  } catch {
    return undefined
  }
}
