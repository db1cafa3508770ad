import { randomBytes } from 'node:crypto'
import { statSync } from 'node:fs'
import { z } from 'zod'
import type { Clock } from '../../core/clock.ts'
import { messageOf } from '../../core/errors.ts'
import { refuse, type ContextKey, type ContextKeys } from '../../foundation/tenancy/index.ts'
import { readSecretFile, writeSecretFile } from '../files/index.ts'

/** How long a rotation may take to be seen by a running process. */
export const keyReloadMs = 1_000

const form = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{2}$/),
  cell: z.string().regex(/^[0-9a-f]{4}$/),
  secret: z.string().regex(/^[0-9a-f]{64}$/),
})

/**
 * The key in a file of mode 0600. A changed file is noticed within a second; one that cannot be read any more is an
 * error at the next statement, never a silent use of the old key.
 */
export function contextKeyFile(path: string, clock: Clock): ContextKeys {
  let key: ContextKey | undefined
  let stamp = ''
  let checkedMs = -Infinity
  return Object.freeze({
    current() {
      const nowMs = clock.monotonicMs()
      if (key !== undefined && nowMs - checkedMs < keyReloadMs) return key
      const found = stampOf(path)
      if (key === undefined || found !== stamp) key = readContextKey(path)
      stamp = found
      checkedMs = nowMs
      return key
    },
  })
}

/** @throws tenancy.bad_key_file, files.too_open */
export function readContextKey(path: string): ContextKey {
  const text = readSecretFile(path)
  if (text === undefined) throw refuse.bad_key_file({ detail: `${path} does not exist.` })
  const parsed = form.safeParse(asJson(text))
  if (!parsed.success) throw refuse.bad_key_file({ detail: `${path} does not hold a context key.` })
  return Object.freeze({ ...parsed.data, secret: Buffer.from(parsed.data.secret, 'hex') })
}

export function writeContextKey(path: string, key: ContextKey): void {
  writeSecretFile(path, `${JSON.stringify({ ...key, secret: key.secret.toString('hex') })}\n`)
}

/** The key of this host, made on first use. There is no default key. */
export function ensureContextKey(path: string, cell = '0000'): ContextKey {
  if (readSecretFile(path) === undefined) writeContextKey(path, { id: '01', cell, secret: randomBytes(32) })
  return readContextKey(path)
}

function stampOf(path: string): string {
  try {
    const { mtimeNs, ino, mode } = statSync(path, { bigint: true })
    return `${mtimeNs} ${ino} ${mode}`
  } catch (cause) {
    throw refuse.bad_key_file({ detail: messageOf(cause), cause })
  }
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
