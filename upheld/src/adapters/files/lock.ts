import { randomBytes } from 'node:crypto'
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { assert } from '../../core/errors.ts'
import { fileRefusal, refuse, systemCode } from './errors.ts'
import { processFacts } from './process.ts'

/** Held until released, or until the process that holds it ends, however it ends. */
export interface Lock {
  release(): void
}

/** Who holds a lock. `started` tells this process from a later one with the same id. */
const holderForm = z.object({
  pid: z.number().int().positive(),
  started: z.string(),
  nonce: z.string(),
  purpose: z.string(),
})
type Holder = z.infer<typeof holderForm>

/** Each further try means that another contender made a step meanwhile, so this many are never seen. */
const triesMax = 1_000

/**
 * Takes the lock file at `path`, or says who has it.
 *
 * A lock appears whole by link(2), which refuses a name that is taken. The hard part is a holder that was killed: of all
 * who find it dead exactly one may follow it. Who does is decided by a second link, named after the dead holder: `path.<nonce>`.
 * If that successor was killed too, its own successor is decided the same way, and so on. The last one puts itself at
 * `path` by rename and clears the chain. A contender that read an old chain notices that `path` has changed, and starts again.
 *
 * Holders are looked for among the processes that this one can see; two containers with one folder do not see each other.
 * @throws files.locked with the holder, files.bad_lock, files.not_writable, files.disk_full
 */
export function takeLock(path: string, purpose: string): Lock {
  const facts = processFacts(process.pid)
  assert(facts, 'a process sees itself')
  const self = { pid: facts.pid, started: facts.started, nonce: randomBytes(12).toString('hex'), purpose }
  const draft = `${path}.${self.nonce}.new`
  try {
    writeFileSync(draft, JSON.stringify(self), { mode: 0o600, flag: 'wx', flush: true })
    for (let tries = 0; tries < triesMax; tries++) {
      if (follow(path, draft)) return held(path, self)
    }
  } catch (cause) {
    throw fileRefusal(cause, path) ?? cause
  } finally {
    rmSync(draft, { force: true })
  }
  assert(false, `${path} does not change hands ${triesMax} times while we look`)
}

/** One try. False when the ground moved and it must be made again. */
function follow(path: string, draft: string): boolean {
  const root = readHolder(path)
  if (root === undefined) return claim(draft, path)
  let name = path
  let last = root
  for (let next: Holder | undefined = root; next !== undefined; next = readHolder(name)) {
    last = next
    name = `${path}.${next.nonce}`
  }
  if (isAlive(last)) throw refuse.locked({ detail: `Process ${last.pid} (${last.purpose}) holds ${path}.` })
  if (!claim(draft, name)) return false
  if (readHolder(path)?.nonce !== root.nonce) {
    rmSync(name, { force: true })
    return false
  }
  renameSync(draft, path)
  clearChain(path)
  return true
}

function held(path: string, self: Holder): Lock {
  return Object.freeze({
    release() {
      if (readHolder(path)?.nonce === self.nonce) rmSync(path, { force: true })
    },
  })
}

/** True when the name was free and is now ours. */
function claim(draft: string, name: string): boolean {
  try {
    linkSync(draft, name)
    return true
  } catch (thrown) {
    if (systemCode(thrown) === 'EEXIST') return false
    throw thrown
  }
}

function isAlive(holder: Holder): boolean {
  return processFacts(holder.pid)?.started === holder.started
}

/** Links of the chain, and drafts of contenders that were killed. Drafts of the living are left to them. */
function clearChain(path: string): void {
  const folder = dirname(path)
  for (const entry of readdirSync(folder)) {
    if (!entry.startsWith(`${basename(path)}.`)) continue
    const file = join(folder, entry)
    if (!entry.endsWith('.new') || isAbandoned(file)) rmSync(file, { force: true })
  }
}

function isAbandoned(draft: string): boolean {
  const text = textOf(draft)
  const holder = text === undefined ? undefined : parseHolder(text)
  return holder !== undefined && !isAlive(holder)
}

/**
 * Undefined when there is no such file.
 * @throws files.bad_lock when the file is not a lock: somebody else's, and left alone
 */
function readHolder(path: string): Holder | undefined {
  const text = textOf(path)
  if (text === undefined) return undefined
  const holder = parseHolder(text)
  if (holder === undefined) throw refuse.bad_lock({ detail: path })
  return holder
}

function parseHolder(text: string): Holder | undefined {
  try {
    return holderForm.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return undefined
    throw thrown
  }
}
