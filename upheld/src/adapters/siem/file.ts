import { closeSync, constants, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { assertPlaceForFile, fileRefusal, systemCode } from '../files/index.ts'
import type { Batch, Sink } from '../../foundation/audit/siem/index.ts'
import { refuse } from './errors.ts'

/**
 * Appends to a file for its owner alone, and says that a batch is taken when it is on the disk. The half of a line that a
 * killed export left at the end is taken away first: its entry comes again.
 * @param continues whether a cursor says that this file is of this export: otherwise it must be new, or empty.
 * @throws siem_sink.not_ours, files.not_a_file, files.not_writable, files.disk_full
 */
export function fileSink(path: string, continues: boolean): Sink {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDWR } = constants
  assertPlaceForFile(path)
  let file: number
  try {
    file = openSync(path, O_RDWR | O_APPEND | O_NOFOLLOW | O_CREAT, 0o600)
  } catch (thrown) {
    throw fileRefusal(thrown, path) ?? thrown
  }
  if (!continues && fstatSync(file).size > 0) {
    closeSync(file)
    throw refuse.not_ours({ detail: path })
  }
  let size = withoutHalfLine(file)

  const write = ({ header, items }: Batch): void => {
    const lines = [...(header === undefined || size > 0 ? [] : [header]), ...items.map(({ line }) => line)]
    const bytes = Buffer.from(`${lines.join('\n')}\n`)
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
    fsyncSync(file)
    size += bytes.length
  }

  return Object.freeze({
    says: path,
    deliver(batch: Batch) {
      try {
        write(batch)
        return Promise.resolve({ taken: true } as const)
      } catch (thrown) {
        ftruncateSync(file, size)
        return Promise.resolve({
          taken: false,
          again: false,
          why: systemCode(thrown) ?? 'it cannot be written',
        } as const)
      }
    },
    close() {
      closeSync(file)
      return Promise.resolve()
    },
  } satisfies Sink)
}

/** The size of the file after what follows its last line break was taken away. */
function withoutHalfLine(file: number): number {
  let { size } = fstatSync(file)
  const part = Buffer.alloc(64 * 1024)
  for (let end = size; end > 0;) {
    const from = Math.max(0, end - part.length)
    const read = readSync(file, part, 0, end - from, from)
    const found = part.subarray(0, read).lastIndexOf(0x0a)
    if (found >= 0 || from === 0) {
      size = found >= 0 ? from + found + 1 : 0
      break
    }
    end = from
  }
  ftruncateSync(file, size)
  return size
}
