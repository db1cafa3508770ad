import { createSecretKey, randomBytes } from 'node:crypto'
import { statSync } from 'node:fs'
import { basename } from 'node:path'
import type { Clock } from '../../../core/clock.ts'
import { assert } from '../../../core/errors.ts'
import {
  beginOpening,
  beginSealing,
  cobblestone,
  openChunk,
  sealChunk,
  sealedSize,
  type RootKey,
} from '../../../foundation/vault/index.ts'
import { refuse } from '../errors.ts'
import { assertContext, assertKey, wrappedKeyBytes } from '../input.ts'
import { changeKeyFile, makeKeyFile, newVersion, readKeyFile, type RootVersion } from './key-file.ts'

/** Before the message: format (1 byte), version (4 bytes), check of the key (8 bytes). All of it is in the context. */
const headBytes = 13
const format = 1
const label = Buffer.from('upheld root key file\0', 'ascii')
const wrappedBytes = headBytes + sealedSize(wrappedKeyBytes)

/**
 * The root key in a file of mode 0600: for one machine, and for places without a network. Wraps as a C2SP chunked
 * message, so each wrap has a key of its own and commits to it. A file that was rotated by another process is noticed
 * at the next call.
 * @throws kms.bad_key_file, files.too_open, files.not_a_file
 */
export function fileRootKey(path: string): RootKey {
  let versions = readKeyFile(path)
  let stamp = stampOf(path)
  function current(): readonly RootVersion[] {
    const found = stampOf(path)
    if (found !== stamp || found === undefined) versions = readKeyFile(path)
    stamp = found
    return versions
  }
  return Object.freeze({
    get uri() {
      return uriOf(path, newest(current()))
    },
    async wrap(key: Uint8Array, context: Uint8Array) {
      assertKey(key)
      assertContext(context)
      return wrapWith(newest(current()), key, context)
    },
    async unwrap(wrapped: Uint8Array, context: Uint8Array) {
      assertContext(context)
      return unwrapWith(current(), Buffer.from(wrapped), context)
    },
  })
}

/**
 * The root key in this file, which is made at the first start. There is no default key. Call it where keys may be
 * begun: beside keys that another root wrapped, use `fileRootKey`, which makes nothing.
 */
export function ensureRootKey(path: string, clock: Clock): RootKey {
  makeKeyFile(path, clock)
  return fileRootKey(path)
}

/**
 * Adds a version that wraps from now on. Older ones go on unwrapping until they are destroyed.
 * @returns the new uri
 * @throws kms.bad_key_file, files.locked
 */
export function rotateRootKeyFile(path: string, clock: Clock): string {
  changeKeyFile(path, versions => [...versions, newVersion(newest(versions).version + 1, clock)])
  return fileRootKey(path).uri
}

/**
 * Destroys one version, never the newest: what it wrapped does not open again. The old file is replaced, so blocks of
 * the disk and backups of the file can still hold it.
 * @returns false when there is no such version, or it was destroyed before
 * @throws kms.bad_options for the newest version; kms.bad_key_file, files.locked
 */
export function destroyRootKeyVersion(path: string, version: number, clock: Clock): boolean {
  let destroyed = false
  changeKeyFile(path, versions => {
    if (newest(versions).version === version) {
      throw refuse.bad_options({ detail: `Version ${version} in ${path} is the newest: rotate first.` })
    }
    return versions.map(one => {
      if (one.version !== version || one.key === undefined) return one
      destroyed = true
      const { key: gone, ...rest } = one
      gone.fill(0)
      return { ...rest, destroyedAt: clock.now().toISOString() }
    })
  })
  return destroyed
}

function newest(versions: readonly RootVersion[]): RootVersion & { readonly key: Buffer } {
  const last = versions.at(-1)
  assert(last?.key, 'a key file that was read has a newest key')
  return { ...last, key: last.key }
}

function uriOf(path: string, { version }: RootVersion): string {
  return `file:${basename(path)}#${version}`
}

function wrapWith(root: RootVersion & { readonly key: Buffer }, key: Uint8Array, context: Uint8Array): Buffer {
  const head = Buffer.alloc(headBytes)
  head.writeUInt8(format, 0)
  head.writeUInt32BE(root.version, 1)
  head.set(Buffer.from(root.check, 'hex'), 5)
  const sealing = beginSealing(createSecretKey(root.key), randomBytes(cobblestone.salt), bind(head, context))
  return Buffer.concat([head, sealing.head, sealChunk(sealing.message, 0, key)])
}

function unwrapWith(versions: readonly RootVersion[], wrapped: Buffer, context: Uint8Array): Buffer {
  if (wrapped.length !== wrappedBytes || wrapped[0] !== format) throw refuse.denied()
  const version = wrapped.readUInt32BE(1)
  const root = versions.find(one => one.version === version && one.check === wrapped.toString('hex', 5, headBytes))
  if (root === undefined) throw refuse.denied({ detail: 'No version of the root key in the file wrapped it.' })
  if (root.key === undefined) throw refuse.key_destroyed({ detail: `Version ${version} is destroyed.` })
  const messageEnd = headBytes + cobblestone.head
  const bound = bind(wrapped.subarray(0, headBytes), context)
  const message = beginOpening(createSecretKey(root.key), wrapped.subarray(headBytes, messageEnd), bound)
  const key = message === undefined ? undefined : openChunk(message, 0, wrapped.subarray(messageEnd))
  if (key === undefined) throw refuse.denied()
  return key
}

function bind(head: Uint8Array, context: Uint8Array): Buffer {
  return Buffer.concat([label, head, context])
}

/** Undefined when the file cannot be looked at: then it is read, and says why. */
function stampOf(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  return found === undefined ? undefined : `${found.mtimeNs} ${found.ino} ${found.mode} ${found.uid} ${found.size}`
}
