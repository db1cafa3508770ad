import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { floorsFile, keyFolder } from '../../src/adapters/keystore/index.ts'
import { ensureRootKey } from '../../src/adapters/kms/index.ts'
import { systemClock, type Clock } from '../../src/core/clock.ts'
import { openChain, openVault, type Chain, type KeyPorts, type Vault } from '../../src/foundation/vault/index.ts'

/** A clock that stands until it is turned. */
export interface TurnedClock extends Clock {
  turn(ms: number): void
}

export function turnedClock(): TurnedClock {
  const wallMs = Date.now()
  let passedMs = 0
  return {
    now: () => new Date(wallMs + passedMs),
    monotonicMs: () => passedMs,
    turn: ms => (passedMs += ms),
  }
}

/** The way to the root key, which can be cut. Every unwrap that is tried is counted. */
interface RootLine {
  unwraps: number
  /** What every call fails with from now on. */
  failure: Error | undefined
  /** What every call waits for. */
  held: Promise<void> | undefined
}

export interface VaultStage {
  readonly vault: Vault
  readonly chain: Chain
  readonly ports: KeyPorts
  readonly line: RootLine
  readonly deployment: string
  close(): void
}

interface StageOptions {
  readonly clock?: Clock
  readonly deployment?: string
  /** The same key store and root key as another stage has. */
  readonly folder?: string
}

/** A vault over real key files in a folder of its own. */
export function vaultStage({ clock = systemClock, deployment = 'stage', folder }: StageOptions = {}): VaultStage & {
  readonly folder: string
} {
  const place = folder ?? mkdtempSync(join(tmpdir(), 'upheld-vault-'))
  const root = ensureRootKey(join(place, 'root.key'), systemClock)
  const line: RootLine = { unwraps: 0, failure: undefined, held: undefined }
  const passes = async (): Promise<void> => {
    await line.held
    if (line.failure !== undefined) throw line.failure
  }
  const ports: KeyPorts = {
    root: {
      get uri() {
        return root.uri
      },
      async wrap(key, context) {
        await passes()
        return root.wrap(key, context)
      },
      async unwrap(wrapped, context) {
        line.unwraps++
        await passes()
        return root.unwrap(wrapped, context)
      },
    },
    store: keyFolder(join(place, 'keys'), systemClock),
    floors: floorsFile(join(place, 'floors'), systemClock),
    deployment,
    clock,
  }
  const chain = openChain(ports)
  const vault = openVault({ chain, deployment, clock })
  return {
    vault,
    chain,
    ports,
    line,
    deployment,
    folder: place,
    close() {
      vault.close()
      if (folder === undefined) rmSync(place, { recursive: true, force: true })
    },
  }
}
