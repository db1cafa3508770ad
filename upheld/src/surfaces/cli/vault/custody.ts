import { existsSync } from 'node:fs'
import { contextKeyFile } from '../../../adapters/keys/index.ts'
import { keyFolder } from '../../../adapters/keystore/index.ts'
import { systemClock } from '../../../core/clock.ts'
import { organizationId, type OrganizationId } from '../../../core/ids.ts'
import { keyPorts, objectsOver, vaultOver } from '../../../custody.ts'
import {
  kekDomain,
  type KeyPorts,
  type Pace,
  type Progress,
  type ResealPorts,
} from '../../../foundation/vault/index.ts'
import { identityHouse } from '../../../guards/factors/index.ts'
import { openSealedRows } from '../../../sealed-rows.ts'
import { upheld, type Upheld } from '../../../upheld.ts'
import { adminUrlOf } from '../attach.ts'
import type { Invocation } from '../command.ts'
import { refuse } from '../errors.ts'
import { interruptions } from '../interruptions.ts'
import type { Settings } from '../settings.ts'
import { loginsOf } from '../system/logins.ts'
import { platformOptions } from '../system/platform.ts'
import { existingState, type State } from '../system/state.ts'
import type { Terminal } from '../terminal.ts'

/** The keys of a system, and the rows that they seal, for whoever operates it. */
export interface Custody {
  readonly state: State
  readonly keys: KeyPorts
  /** Rows, and a vault of its own. */
  readonly reseal: ResealPorts
  readonly objects: Upheld['objects']
  readonly organization: OrganizationId | undefined
  /** Ctrl-C, and what is said meanwhile. */
  readonly pace: Pace
}

/** Every entry of the audit log that comes from here says who it was. */
const operator = Object.freeze({ type: 'operator', id: 'upheld-vault', purpose: 'key-custody' })

/** Persons belong to no organization; what is sealed of them is sealed for one that stands for all of them. */
export function nameOf(organization: OrganizationId): string {
  return organization === identityHouse ? `people (${organization})` : organization
}

/** Of the login of identity: as many as there are organizations in work at once. */
const connectionsMax = 4

/**
 * The state folder whose keys are meant. Keys are named, never made: a folder without them is a mistake.
 * @throws cli.no_system, cli.no_keys, cli.root_elsewhere
 */
export function stateWithKeys(settings: Settings): State {
  const state = existingState(settings.state)
  if (!existsSync(state.rootKey) && existsSync(state.keyFolder)) throw refuse.root_elsewhere({ detail: state.rootKey })
  if (!existsSync(state.rootKey)) throw refuse.no_keys({ detail: state.rootKey })
  return state
}

/**
 * Before a new root key is made for them: every KEK is under one that is in a file.
 * @throws cli.root_elsewhere
 */
export async function assertRootInFile({ store }: KeyPorts): Promise<void> {
  for await (const organization of store.organizations()) {
    const strange = (await store.list(organization, kekDomain)).find(
      ({ state, wrappedBy }) => state !== 'destroyed' && !wrappedBy.startsWith('file:'),
    )
    if (strange !== undefined) throw refuse.root_elsewhere({ detail: strange.wrappedBy })
  }
}

/** The key folder, with what the operator knows of its backups. */
export function storeOf(state: State, settings: Settings): KeyPorts['store'] {
  const { backupsKeptDays, overwritesInPlace } = settings
  return keyFolder(state.keyFolder, systemClock, {
    ...(backupsKeptDays === undefined ? {} : { backupsKeptDays }),
    ...(overwritesInPlace === undefined ? {} : { overwritesInPlace: true }),
  })
}

/** @throws cli.no_system when its database does not run: what happens to keys is written down there */
export async function withCustody<T>(invocation: Invocation, work: (custody: Custody) => Promise<T>): Promise<T> {
  const { settings, terminal } = invocation
  const state = stateWithKeys(settings)
  const adminUrl = adminUrlOf(state, settings)
  if (adminUrl === undefined) throw refuse.no_system({ detail: state.folder })
  const urls = loginsOf(state.logins).urls(adminUrl)
  const options = platformOptions(state, urls)
  const platform = upheld(options)
  const contextKeys = contextKeyFile(state.contextKey, systemClock)
  const rows = openSealedRows(platform, operator, { databaseUrl: urls.identity, connectionsMax, contextKeys })
  const keys = keyPorts(options.vault, { keyStore: storeOf(state, settings) }, systemClock, id =>
    platform.organization(id).as(operator),
  )
  const vault = vaultOver(keys)
  const stop = interruptions(terminal)
  try {
    return await work({
      state,
      keys,
      objects: objectsOver(options.objects, {}, keys, vault),
      reseal: { store: keys.store, rows, sealer: vault },
      organization: settings.organization === undefined ? undefined : organizationId(settings.organization),
      pace: { signal: stop.signal, onProgress: progressLines(terminal) },
    })
  } finally {
    stop.close()
    vault.close()
    await rows.close()
    await platform.close()
  }
}

/** Between two lines about the same work. */
const everyMs = 2_000

/** The first and the last of each kind of work, and one now and then. */
function progressLines(terminal: Terminal): (progress: Progress) => void {
  let before = ''
  let saidMs = -Infinity
  return ({ says, done, of }) => {
    const nowMs = systemClock.monotonicMs()
    if (says === before && done !== of && nowMs - saidMs < everyMs) return
    before = says
    saidMs = nowMs
    const count = done === 0 && of !== undefined ? String(of) : `${done}${of === undefined ? '' : ` of ${of}`}`
    terminal.note(`  ${terminal.quiet(count)}  ${says}`)
  }
}
