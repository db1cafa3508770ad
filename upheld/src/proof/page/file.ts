import { closeSync, openSync, readSync } from 'node:fs'
import { messageOf } from '../../core/errors.ts'
import { refuse } from './errors.ts'
import { sourceBytesMax } from './limits.ts'

/**
 * The bytes of a source; of one that is too large, one more than it may have.
 * @throws page.unreadable
 */
export function readSource(file: string | URL): Buffer {
  const bytes = Buffer.alloc(sourceBytesMax + 1)
  try {
    const handle = openSync(file, 'r')
    try {
      let length = 0
      for (let read = -1; read !== 0; length += read)
        read = readSync(handle, bytes, length, bytes.length - length, null)
      return bytes.subarray(0, length)
    } finally {
      closeSync(handle)
    }
  } catch (cause) {
    throw refuse.unreadable({ detail: messageOf(cause), cause })
  }
}
