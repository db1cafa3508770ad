import { mkdirSync } from 'node:fs'
import { deploymentFile } from '../../../adapters/keys/index.ts'
import type { ObjectOptions, UpheldOptions, VaultOptions } from '../../../options.ts'
import type { LoginUrls } from './logins.ts'
import type { State } from './state.ts'

/** The platform of a system in a state folder, as its application opens it. Names the installation at the first call. */
export function platformOptions(
  state: State,
  { app, staff }: Pick<LoginUrls, 'app' | 'staff'>,
): UpheldOptions & { readonly vault: VaultOptions; readonly objects: ObjectOptions } {
  mkdirSync(state.keys, { recursive: true, mode: 0o700 })
  return {
    databaseUrl: app,
    staffDatabaseUrl: staff,
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
