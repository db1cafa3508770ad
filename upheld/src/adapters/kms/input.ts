import { refuse } from './errors.ts'

/** What a root key wraps, and how long its context may be, in bytes. */
export const wrappedKeyBytes = 32
const contextBytesMax = 1024

/** @throws kms.bad_input */
export function assertKey(key: Uint8Array): void {
  if (key.length !== wrappedKeyBytes) throw refuse.bad_input({ detail: `The key has ${key.length} bytes.` })
}

/**
 * An empty context binds nothing, so it is none.
 * @throws kms.bad_input
 */
export function assertContext(context: Uint8Array): void {
  const { length } = context
  if (length === 0 || length > contextBytesMax) throw refuse.bad_input({ detail: `The context has ${length} bytes.` })
}
