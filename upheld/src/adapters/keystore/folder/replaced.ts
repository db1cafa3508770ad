import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileRefusal, openOwnFile, syncFolder, systemCode } from '../../files/index.ts'

// All of this happens under the lock of the folder. A file is written under another name and then put in place whole,
// so that whoever reads meets the old one or the new one. `.draft` is not in place yet, `.old` was in place before.

const leftBehind = /^(\d+\.key)\.[0-9a-f]{12}\.(draft|old)$/

/** Puts a new file in place. False when there is one: then nothing was changed. */
export function putNew(folder: string, name: string, text: string): boolean {
  const draft = draftOf(folder, name, text)
  try {
    linkSync(draft, join(folder, name))
  } catch (cause) {
    wipe(draft)
    if (systemCode(cause) === 'EEXIST') return false
    throw fileRefusal(cause, draft) ?? cause
  }
  rmSync(draft)
  syncFolder(folder)
  return true
}

/** Puts another file in the place of one, then overwrites what was there before. */
export function putInstead(folder: string, name: string, text: string, thoroughly: boolean): void {
  const path = join(folder, name)
  const draft = draftOf(folder, name, text)
  const old = `${path}.${randomBytes(6).toString('hex')}.old`
  try {
    linkSync(path, old)
    renameSync(draft, path)
    syncFolder(folder)
  } catch (cause) {
    throw fileRefusal(cause, path) ?? cause
  }
  discard(old, thoroughly)
  syncFolder(folder)
}

/** What a process that was killed left behind, besides the keys themselves. */
export function leftovers(folder: string): readonly string[] {
  return readdirSync(folder).filter(name => leftBehind.test(name))
}

/** Removes it. A name that still shares its file with a key in place is only taken away. */
export function sweep(folder: string, thoroughly: (key: string) => boolean): void {
  const found = leftovers(folder)
  for (const name of found) {
    const [path, key] = [join(folder, name), leftBehind.exec(name)?.[1] ?? '']
    const inPlace = statSync(join(folder, key), { bigint: true, throwIfNoEntry: false })
    const left = statSync(path, { bigint: true, throwIfNoEntry: false })
    if (left === undefined) continue
    if (inPlace?.ino === left.ino && inPlace.dev === left.dev) rmSync(path)
    else discard(path, thoroughly(key))
  }
  if (found.length > 0) syncFolder(folder)
}

/** A backup that is made of hard links has other names for the same file: it is spared, unless the key is destroyed. */
function discard(path: string, thoroughly: boolean): void {
  if (thoroughly || statSync(path).nlink === 1) wipe(path)
  else rmSync(path)
}

/** Overwrites a file and removes it. A file system that copies on write keeps the old blocks all the same. */
function wipe(path: string): void {
  const fd = openOwnFile(path, constants.O_WRONLY)
  if (fd === undefined) return
  try {
    writeSync(fd, randomBytes(fstatSync(fd).size), 0, undefined, 0)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  rmSync(path)
}

function draftOf(folder: string, name: string, text: string): string {
  const draft = join(folder, `${name}.${randomBytes(6).toString('hex')}.draft`)
  try {
    const fd = openSync(draft, 'wx', 0o600)
    try {
      writeFileSync(fd, text)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  } catch (cause) {
    rmSync(draft, { force: true })
    throw fileRefusal(cause, draft) ?? cause
  }
  return draft
}
