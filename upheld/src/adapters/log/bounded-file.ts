import { closeSync, fstatSync, renameSync, statSync, writeSync } from 'node:fs'
import { openLogFile } from './folder.ts'

/** One file that is written at its end, and an older one: together never larger than twice the bound. */
export interface BoundedFile {
  /**
   * Writes it down, or loses it: a full disk stops nobody. What is longer than the bound is cut. Gives how many
   * writings were lost since the last one that was not.
   */
  append(bytes: Uint8Array): { readonly written: boolean; readonly lostBefore: number }
  close(): void
}

/** Milliseconds between two tries to get a file back that could not be opened again. */
const triesEvery = 100

/** @throws log.too_open, log.not_ours, files.not_writable, files.disk_full when it cannot be opened in the beginning */
export function openBoundedFile(path: string, bytesMax: number): BoundedFile {
  let fd: number | undefined = openLogFile(path)
  let [lost, missed, torn] = [0, 0, false]

  /** The full file becomes the older one, unless another writer of the same file has done that already. */
  const turn = (full: number): void => {
    const mine = fstatSync(full).ino === statSync(path, { throwIfNoEntry: false })?.ino
    fd = undefined
    closeSync(full)
    if (mine) renameSync(path, `${path}.1`)
    fd = openLogFile(path)
  }

  const put = (bytes: Uint8Array): void => {
    if (fd === undefined && missed++ % triesEvery === 0) fd = openLogFile(path)
    if (fd === undefined) throw new Unwritten()
    const { size } = fstatSync(fd)
    if (size > 0 && size + bytes.byteLength > bytesMax) turn(fd)
    for (let from = 0; from < bytes.byteLength;) {
      from += writeSync(fd, bytes, from)
      torn = from < bytes.byteLength
    }
  }

  return Object.freeze({
    append(bytes: Uint8Array) {
      const cut = bytes.byteLength > bytesMax ? bytes.subarray(0, bytesMax) : bytes
      try {
        // Half a line stands there since the disk was full: the next one begins on a line of its own.
        if (torn) put(newline)
        put(cut)
        const lostBefore = lost
        lost = missed = 0
        return { written: true, lostBefore }
      } catch {
        lost += 1
        return { written: false, lostBefore: 0 }
      }
    },
    close() {
      if (fd !== undefined) closeSync(fd)
      fd = undefined
      // Not a multiple: it is not opened again by a writing that comes too late.
      missed = 1
    },
  })
}

class Unwritten extends Error {}

const newline = new Uint8Array([10])
