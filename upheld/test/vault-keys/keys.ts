import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { floorsFile, keyFolder } from '../../src/adapters/keystore/index.ts'
import { ensureRootKey } from '../../src/adapters/kms/index.ts'
import { systemClock } from '../../src/core/clock.ts'
import { openChain, openVault, type KeyEvent, type KeyPorts, type Vault } from '../../src/foundation/vault/index.ts'

export const deployment = 'keys under test'

/** A root key, a key folder and floors of one test's own, as a state folder has them. */
export interface Keys {
  readonly folder: string
  readonly ports: KeyPorts
  readonly events: KeyEvent[]
  vault(): Vault
  remove(): void
}

export function testKeys(): Keys {
  const folder = mkdtempSync(join(tmpdir(), 'upheld-chain-'))
  const events: KeyEvent[] = []
  const ports = portsIn(folder, events)
  const vaults: Vault[] = []
  return {
    folder,
    ports,
    events,
    vault() {
      const vault = vaultOver(ports)
      vaults.push(vault)
      return vault
    },
    remove() {
      for (const vault of vaults) vault.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export function portsIn(folder: string, events: KeyEvent[] = []): KeyPorts {
  mkdirSync(join(folder, 'vault'), { recursive: true, mode: 0o700 })
  return {
    root: ensureRootKey(join(folder, 'root.key'), systemClock),
    store: keyFolder(join(folder, 'vault'), systemClock, { backupsKeptDays: 0, overwritesInPlace: true }),
    floors: floorsFile(join(folder, 'floors.json'), systemClock),
    deployment,
    clock: systemClock,
    onKeyEvent: async event => void events.push(event),
  }
}

export function vaultOver(ports: KeyPorts): Vault {
  return openVault({ chain: openChain(ports), deployment: ports.deployment, clock: ports.clock })
}

export const token = { table: 'ward.token', column: 'secret' }

/** The moment from which on keys are new enough: all that are there are older. */
export async function fromNowOn(): Promise<string> {
  await new Promise(resolve => setTimeout(resolve, 5))
  return new Date().toISOString()
}
