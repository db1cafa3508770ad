import { createSecretKey, randomBytes } from 'node:crypto'
import { statSync } from 'node:fs'
import type { Clock } from '../../../core/clock.ts'
import type { LinkKey, LinkKeys } from '../../../foundation/objects/index.ts'
import { readSecretFile, secretOnce } from '../../files/index.ts'
import { refuse } from './errors.ts'

/** How long a rotation may take to be seen by a running process. */
const reloadMs = 1_000
const keysMax = 8
const lineForm = /^([0-9a-f]{8}) ([0-9a-f]{64})$/

/**
 * The keys in this file, which is made when there is none.
 * @throws links.bad_key_file, files.too_open; also later, when the file was changed into one that cannot be used: never a
 *   silent use of the old keys
 */
export function linkKeyFile(path: string, clock: Clock): LinkKeys {
  secretOnce(path, () => `${randomBytes(4).toString('hex')} ${randomBytes(32).toString('hex')}\n`)
  let keys = readKeys(path)
  let stamp = stampOf(path)
  let checkedMs = clock.monotonicMs()
  return Object.freeze({
    current() {
      const nowMs = clock.monotonicMs()
      if (nowMs - checkedMs < reloadMs) return keys
      const found = stampOf(path)
      if (found !== stamp) keys = readKeys(path)
      stamp = found
      checkedMs = nowMs
      return keys
    },
  })
}

function readKeys(path: string): readonly [LinkKey, ...LinkKey[]] {
  const text = readSecretFile(path)
  if (text === undefined) throw refuse.bad_key_file({ detail: 'It is not there any more.' })
  const lines = text.split('\n').filter(line => line !== '')
  const [first, ...rest] = lines.map(keyIn)
  const ids = new Set(lines.map(line => line.slice(0, 8)))
  if (first === undefined || lines.length > keysMax || ids.size < lines.length) throw refuse.bad_key_file()
  return [first, ...rest]
}

function keyIn(line: string): LinkKey {
  const [, id, secret] = lineForm.exec(line) ?? []
  if (id === undefined || secret === undefined) throw refuse.bad_key_file()
  return Object.freeze({ id, key: createSecretKey(Buffer.from(secret, 'hex')) })
}

function stampOf(path: string): string {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  if (found === undefined) throw refuse.bad_key_file({ detail: 'It is not there any more.' })
  return `${found.mtimeNs} ${found.ino} ${found.mode}`
}
