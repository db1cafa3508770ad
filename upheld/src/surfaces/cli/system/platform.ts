import { mkdirSync } from 'node:fs'
import { deploymentFile } from '../../../adapters/keys/index.ts'
import type { UpheldOptions } from '../../../options.ts'
import type { State } from './state.ts'

/** The platform of a system in a state folder, as its application opens it. Names the installation at the first call. */
export function platformOptions(state: State, databaseUrl: string): UpheldOptions {
  mkdirSync(state.keys, { recursive: true, mode: 0o700 })
  return {
    databaseUrl,
    contextKeyFile: state.contextKey,
    vault: {
      deployment: deploymentFile(state.deployment),
      rootKeyFile: state.rootKey,
      keyFolder: state.keyFolder,
      floorsFile: state.floors,
    },
    objects: { folder: state.objects, linkKeyFile: state.linkKeys },
  }
}
