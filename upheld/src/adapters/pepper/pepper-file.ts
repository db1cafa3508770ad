import { randomBytes } from 'node:crypto'
import { statSync } from 'node:fs'
import type { Clock } from '../../core/clock.ts'
import type { Pepper, Peppers } from '../../guards/passwords/index.ts'
import { readSecretFile, secretOnce } from '../files/index.ts'
import { refuse } from './errors.ts'

/** How long a rotation may take to be seen by a running process. */
const reloadMs = 1_000
const peppersMax = 16
const lineForm = /^([0-9a-f]{8}) ([0-9a-f]{64})$/

/**
 * The peppers in this file, newest first; it is made when there is none.
 * @throws pepper.bad_file, files.too_open; also later, when the file was changed into one that cannot be used: never a
 *   silent use of the old ones
 */
export function pepperFile(path: string, clock: Clock): Peppers {
  secretOnce(path, () => `${randomBytes(4).toString('hex')} ${randomBytes(32).toString('hex')}\n`)
  let peppers = readPeppers(path)
  let stamp = stampOf(path)
  let checkedMs = clock.monotonicMs()
  return Object.freeze({
    current() {
      const nowMs = clock.monotonicMs()
      if (nowMs - checkedMs < reloadMs) return peppers
      const found = stampOf(path)
      if (found !== stamp) peppers = readPeppers(path)
      stamp = found
      checkedMs = nowMs
      return peppers
    },
  })
}

function readPeppers(path: string): readonly [Pepper, ...Pepper[]] {
  const text = readSecretFile(path)
  if (text === undefined) throw refuse.bad_file({ detail: 'It is not there any more.' })
  const lines = text.split('\n').filter(line => line !== '')
  const [first, ...rest] = lines.map(pepperIn)
  const ids = new Set(lines.map(line => line.slice(0, 8)))
  if (first === undefined || lines.length > peppersMax || ids.size < lines.length) throw refuse.bad_file()
  return [first, ...rest]
}

function pepperIn(line: string): Pepper {
  const [, id, key] = lineForm.exec(line) ?? []
  if (id === undefined || key === undefined) throw refuse.bad_file()
  return Object.freeze({ id, key: Buffer.from(key, 'hex') })
}

function stampOf(path: string): string {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  if (found === undefined) throw refuse.bad_file({ detail: 'It is not there any more.' })
  return `${found.mtimeNs} ${found.ino} ${found.mode}`
}
