import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { declare, faultNameOf, systemCodeOf, type Declared } from '../../core/log-values.ts'

/** What a log may say of something that was thrown. */
export interface Fault {
  /** The name of its class. */
  readonly fault: string
  /** A code of the system, of Node or of Postgres. */
  readonly system?: string
  /** Where in the code, the innermost place first. */
  readonly at: readonly Declared[]
}

const placesMax = 6
const causesMax = 4
const stackCharsMax = 16_384
/** A place in a stack: a file of code, by path or address, its line, its column. Names of functions are left out. */
const frame = /^\s+at (?:.*\()?((?:file:\/\/)?\/[^():]+\.(?:ts|js|mjs|cjs)):(\d{1,7}):\d{1,7}\)?$/gm

const known = new Map<string, Declared | undefined>()
const knownMax = 2000

/**
 * Class, system code and places of the innermost cause; never a text. An error's message quotes what it was about, and
 * its stack begins with that message, which may look like a place itself. So a place is taken only when it names a file
 * of code that exists, and of that the last two names and a number are written: words that stand on this disk already.
 */
export function faultOf(thrown: unknown): Fault {
  const inner = innermost(thrown)
  const system = systemCodeOf(inner) ?? systemCodeOf(thrown)
  return {
    fault: faultNameOf(inner),
    ...(system === undefined ? {} : { system }),
    at: placesIn(stackOf(inner) ?? ''),
  }
}

function innermost(thrown: unknown): unknown {
  let inner = thrown
  for (let depth = 0; depth < causesMax; depth += 1) {
    if (!(inner instanceof Error) || inner.cause === undefined) break
    inner = inner.cause
  }
  return inner
}

/** An error that throws when it is asked for its stack has none. */
function stackOf(error: unknown): string | undefined {
  try {
    return error instanceof Error ? error.stack : undefined
  } catch {
    return undefined
  }
}

function placesIn(stack: string): readonly Declared[] {
  const places: Declared[] = []
  for (const [, path = '', line = ''] of stack.slice(-stackCharsMax).matchAll(frame)) {
    const place = placeOf(path, line)
    if (place !== undefined) places.push(place)
    if (places.length === placesMax) break
  }
  return places
}

function placeOf(path: string, line: string): Declared | undefined {
  const key = `${path}:${line}`
  if (known.has(key)) return known.get(key)
  const place = isFile(path) ? declare(`${path.split('/').slice(-2).join('/')}:${line}`) : undefined
  if (known.size < knownMax) known.set(key, place)
  return place
}

function isFile(path: string): boolean {
  try {
    return statSync(path.startsWith('file:') ? fileURLToPath(path) : path).isFile()
  } catch {
    return false
  }
}
