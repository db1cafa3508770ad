import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { z } from 'zod'
import type { Clock } from '../../../core/clock.ts'
import { readOwnFile, takeLock, writeSecretFile } from '../../files/index.ts'
import { refuse } from '../errors.ts'

/** One version of the root key. Without `key` it is a tombstone. */
export interface RootVersion {
  readonly version: number
  /** First eight bytes of SHA-256 over a label and the key, as hex: tells a damaged key, and keys of two files apart. */
  readonly check: string
  readonly key?: Buffer
  /** RFC 3339, UTC. */
  readonly madeAt: string
  readonly destroyedAt?: string
}

const bytesMax = 65_536
const versionsMax = 100
const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`))
const form = z.strictObject({
  what: z.literal('upheld root key'),
  format: z.literal(1),
  versions: z
    .array(
      z.strictObject({
        version: z.int().min(1),
        check: hex(8),
        key: hex(32).optional(),
        madeAt: z.iso.datetime(),
        destroyedAt: z.iso.datetime().optional(),
      }),
    )
    .min(1)
    .max(versionsMax),
})

/**
 * Every version in the file, oldest first.
 * @throws kms.bad_key_file, files.too_open, files.not_a_file
 */
export function readKeyFile(path: string): readonly RootVersion[] {
  const bytes = readOwnFile(path, bytesMax)
  if (bytes === undefined) throw refuse.bad_key_file({ detail: `${path} does not exist.` })
  const parsed = form.safeParse(asJson(bytes.toString('utf8')))
  bytes.fill(0)
  if (!parsed.success) throw refuse.bad_key_file({ detail: `${path} does not hold a whole root key.` })
  const versions = parsed.data.versions.map(({ key, destroyedAt, ...rest }) => ({
    ...rest,
    ...(key === undefined ? {} : { key: Buffer.from(key, 'hex') }),
    ...(destroyedAt === undefined ? {} : { destroyedAt }),
  }))
  for (const [index, { version, key, check, destroyedAt }] of versions.entries()) {
    const before = versions[index - 1]?.version ?? 0
    if (version <= before) throw refuse.bad_key_file({ detail: `${path} names version ${version} out of turn.` })
    if ((key === undefined) === (destroyedAt === undefined) || (key !== undefined && checkOf(key) !== check)) {
      throw refuse.bad_key_file({ detail: `Version ${version} in ${path} is damaged.` })
    }
  }
  if (versions.at(-1)?.key === undefined) {
    throw refuse.bad_key_file({ detail: `The newest version in ${path} has no key.` })
  }
  return versions
}

/** True when a file was made; false when there was one, which is then left as it is. */
export function makeKeyFile(path: string, clock: Clock): boolean {
  if (existsSync(path)) return false
  const lock = takeLock(`${path}.lock`, 'making the root key')
  try {
    if (existsSync(path)) return false
    writeVersions(path, [newVersion(1, clock)])
    return true
  } finally {
    lock.release()
  }
}

/**
 * Puts other versions in the place of those in the file, one writer at a time.
 * @throws files.locked, kms.bad_key_file
 */
export function changeKeyFile(
  path: string,
  change: (versions: readonly RootVersion[]) => readonly RootVersion[],
): void {
  const lock = takeLock(`${path}.lock`, 'changing the root key')
  try {
    const now = change(readKeyFile(path))
    if (now.length > versionsMax) throw refuse.bad_key_file({ detail: `${path} has ${versionsMax} versions already.` })
    writeVersions(path, now)
  } finally {
    lock.release()
  }
}

export function newVersion(version: number, clock: Clock): RootVersion {
  const key = randomBytes(32)
  return { version, check: checkOf(key), key, madeAt: clock.now().toISOString() }
}

function writeVersions(path: string, versions: readonly RootVersion[]): void {
  const text = versions.map(({ key, ...rest }) => ({
    ...rest,
    ...(key === undefined ? {} : { key: key.toString('hex') }),
  }))
  writeSecretFile(path, `${JSON.stringify({ what: 'upheld root key', format: 1, versions: text }, undefined, 2)}\n`)
}

function checkOf(key: Buffer): string {
  return createHash('sha256').update('upheld root key check\n').update(key).digest('hex').slice(0, 16)
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
