import { accessSync, constants, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { messageOf } from '../../../core/errors.ts'
import { refuse } from '../errors.ts'

/** The places in a state folder. */
export interface State {
  readonly folder: string
  readonly lock: string
  /** Who runs here and where; written by the supervisor, read by everyone else. */
  readonly running: string
  readonly keys: string
  /** What the processes write down, and what they print. */
  readonly log: string
  readonly logins: string
  readonly contextKey: string
  readonly evidenceKey: string
  readonly evidencePublicKey: string
  /** The public keys of the anchor log and the evidence log, for whoever runs a witness. */
  readonly logKeys: string
  /** The root key of the vault, the keys of organizations that it wraps, and the oldest that still open. */
  readonly rootKey: string
  readonly keyFolder: string
  readonly floors: string
  /** The name of this installation, bound into every seal. */
  readonly deployment: string
  /** Keys and objects of scratch copies, for as long as each is there. */
  readonly scratch: string
  /** Sealed objects, and the keys that hide what stands in links to them. */
  readonly objects: string
  readonly linkKeys: string
  /** What passwords are peppered with, what guesses are counted under, and what grants of support are signed with. */
  readonly peppers: string
  readonly guessKey: string
  readonly supportKey: string
  /** Mails, where no server for them was named. */
  readonly mail: string
  /** The last head of the log that this host has seen, to notice a database that was turned back. */
  readonly evidenceHead: string
}

export function stateAt(path: string): State {
  const folder = resolve(path)
  return Object.freeze({
    folder,
    lock: join(folder, 'up.lock'),
    running: join(folder, 'running.json'),
    keys: join(folder, 'keys'),
    log: join(folder, 'log'),
    logins: join(folder, 'keys', 'logins.json'),
    contextKey: join(folder, 'keys', 'context.key'),
    evidenceKey: join(folder, 'keys', 'evidence.key'),
    evidencePublicKey: join(folder, 'keys', 'evidence.pub'),
    logKeys: join(folder, 'log.keys'),
    rootKey: join(folder, 'keys', 'root.key'),
    keyFolder: join(folder, 'keys', 'vault'),
    floors: join(folder, 'keys', 'floors.json'),
    deployment: join(folder, 'keys', 'deployment'),
    scratch: join(folder, 'scratch'),
    objects: join(folder, 'objects'),
    linkKeys: join(folder, 'keys', 'links.key'),
    peppers: join(folder, 'keys', 'peppers'),
    guessKey: join(folder, 'keys', 'guess.key'),
    supportKey: join(folder, 'keys', 'support.key'),
    mail: join(folder, 'mail'),
    evidenceHead: join(folder, 'evidence', 'head'),
  })
}

/**
 * Makes the folder and what is in it, for its owner alone.
 * @throws cli.bad_state_folder
 */
export function prepareState(path: string): State {
  const state = stateAt(path)
  try {
    for (const folder of [state.folder, join(state.folder, 'keys'), join(state.folder, 'evidence')]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
    }
    accessSync(state.folder, constants.W_OK)
  } catch (cause) {
    throw refuse.bad_state_folder({ detail: `${state.folder}: ${messageOf(cause)}`, cause })
  }
  return state
}

/** @throws cli.no_system */
export function existingState(path: string): State {
  const state = stateAt(path)
  if (statSync(state.folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw refuse.no_system({ detail: state.folder })
  return state
}

const runningForm = z.strictObject({
  pid: z.number().int().positive(),
  /** Where it answers, and where people reach it. */
  address: z.url(),
  origin: z.url(),
  /** The application's module, for commands that come to the running system. */
  app: z.string(),
  application: z.string(),
})
export type Running = z.infer<typeof runningForm>

export function writeRunning(state: State, running: Running): void {
  writeFileSync(state.running, `${JSON.stringify(running)}\n`, { mode: 0o600 })
}

export function forgetRunning(state: State): void {
  rmSync(state.running, { force: true })
}

/** What the running supervisor said of itself; undefined while it starts, and when the file is of no use. */
export function readRunning(state: State): Running | undefined {
  try {
    return runningForm.safeParse(JSON.parse(readFileSync(state.running, 'utf8'))).data
  } catch {
    return undefined
  }
}
