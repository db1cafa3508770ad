import type { FileHandle } from 'node:fs/promises'
import { refuseBlobs } from '../../../foundation/objects/index.ts'
import { blobFailure } from './failures.ts'

const pieceBytesMax = 256 * 1024

/**
 * The bytes of an open file from `start` to `end`. It is closed at the end, at a failure, and when the reader stops early,
 * also before the first byte.
 */
export function readHandle(handle: FileHandle, start: number, end: number): AsyncIterable<Uint8Array> {
  let at = start
  const finish = async (): Promise<IteratorReturnResult<undefined>> => {
    at = end
    await handle.close()
    return { done: true, value: undefined }
  }
  const next = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
    if (at >= end) return finish()
    try {
      const piece = Buffer.allocUnsafeSlow(Math.min(pieceBytesMax, end - at))
      const { bytesRead } = await handle.read(piece, 0, piece.length, at)
      if (bytesRead === 0) throw refuseBlobs.cut()
      at += bytesRead
      return { done: false, value: piece.subarray(0, bytesRead) }
    } catch (thrown) {
      await finish()
      throw blobFailure(thrown)
    }
  }
  return { [Symbol.asyncIterator]: () => ({ next, return: finish }) }
}
