import { closeSync, constants, fstatSync, fsyncSync, ftruncateSync, readSync, writeSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import type { Clock } from '../../core/clock.ts'
import { assert } from '../../core/errors.ts'
import type { OrganizationId } from '../../core/ids.ts'
import type { Floors, KeyDomain } from '../../foundation/vault/index.ts'
import { fileRefusal, openOwnFile, syncFolder } from '../files/index.ts'
import { refuse } from './errors.ts'
import { locked } from './locked.ts'
import { assertDomain } from './names.ts'
import { epochMax } from './record.ts'

const lineForm = z.tuple([z.string(), z.string(), z.int().min(1).max(epochMax)])

/**
 * Floors in a file, one line for each raise: `["<organization>","<domain>",<epoch>]`. The highest line counts, and no
 * line is ever changed, so a raise that was cut off by a loss of power leaves all others as they were.
 * @throws files.too_open, files.not_a_file, keystore.damaged
 */
export function floorsFile(path: string, clock: Clock): Floors {
  const place = resolve(path)
  const floors = new Map<string, number>()
  let seen = { ino: -1, bytes: 0 }
  /** Reads what was added since. */
  function refresh(): void {
    const fd = openOwnFile(place, constants.O_RDONLY)
    if (fd === undefined) {
      if (seen.bytes > 0) throw refuse.missing({ detail: place })
      return
    }
    try {
      const { ino, size } = fstatSync(fd)
      // Another file, or a shorter one: it is read from its beginning, and what this process saw before still counts.
      const start = ino === seen.ino && size >= seen.bytes ? seen.bytes : 0
      seen = { ino, bytes: start + take(fd, start, size - start, floors, place) }
    } finally {
      closeSync(fd)
    }
  }
  refresh()
  return Object.freeze({
    async read(organization: OrganizationId, domain: KeyDomain) {
      assertDomain(domain)
      refresh()
      return floors.get(`${organization} ${domain}`) ?? 0
    },
    async raise(organization: OrganizationId, domain: KeyDomain, epoch: number) {
      assertDomain(domain)
      if (!lineForm.safeParse([organization, domain, epoch]).success) throw refuse.bad_record()
      await locked(`${place}.lock`, clock, () => {
        refresh()
        if ((floors.get(`${organization} ${domain}`) ?? 0) >= epoch) return
        append(place, `${JSON.stringify([organization, domain, epoch])}\n`, seen)
        refresh()
      })
    },
  })
}

/** Takes the whole lines after `start` in, and gives their length in bytes. A line without an end was cut off, or is being written. */
function take(fd: number, start: number, length: number, floors: Map<string, number>, path: string): number {
  const bytes = Buffer.alloc(length)
  let read = 0
  for (let more = -1; more !== 0 && read < length; read += more)
    more = readSync(fd, bytes, read, length - read, start + read)
  const end = bytes.subarray(0, read).lastIndexOf('\n') + 1
  for (const line of bytes.toString('utf8', 0, end).split('\n').slice(0, -1)) {
    const [organization, domain, epoch] = parse(line, path)
    const name = `${organization} ${domain}`
    floors.set(name, Math.max(epoch, floors.get(name) ?? 0))
  }
  return end
}

/** @throws keystore.damaged: a floor that cannot be read may have been the one that counts */
function parse(line: string, path: string): z.output<typeof lineForm> {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    value = undefined
  }
  const parsed = lineForm.safeParse(value)
  if (!parsed.success) throw refuse.damaged({ detail: `${path} has a line that is no floor.` })
  return parsed.data
}

/**
 * On disk when it returns. What a writer before left unfinished, after the whole lines that were `seen`, is taken away
 * first. Nothing is read again: a file of many lines takes no longer than one of few.
 */
function append(path: string, line: string, seen: { readonly ino: number; readonly bytes: number }): void {
  const { O_RDWR, O_CREAT } = constants
  try {
    const fd = openOwnFile(path, O_RDWR | O_CREAT)
    assert(fd !== undefined, 'a file that is made when it is absent is there')
    try {
      const { ino, size } = fstatSync(fd)
      const end = ino === seen.ino ? seen.bytes : take(fd, 0, size, new Map(), path)
      ftruncateSync(fd, end)
      const bytes = Buffer.from(line)
      // A disk that is nearly full takes a part of it, and only what comes after is an error.
      for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at, bytes.length - at, end + at)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    syncFolder(dirname(path))
  } catch (cause) {
    throw fileRefusal(cause, path) ?? cause
  }
}
