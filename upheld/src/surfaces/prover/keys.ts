import { systemClock } from '../../core/clock.ts'
import type { OrganizationId } from '../../core/ids.ts'
import { keyPorts, vaultOver, type Bend } from '../../custody.ts'
import {
  emptying,
  keyTtlMs,
  rotateDataKeys,
  shred,
  type KeyPorts,
  type Shredding,
} from '../../foundation/vault/index.ts'
import type { UpheldOptions } from '../../options.ts'
import type { World } from '../../proof/claims/index.ts'
import { openSealedRows } from '../../sealed-rows.ts'
import type { Upheld } from '../../upheld.ts'

const operator = Object.freeze({ type: 'operator', id: 'prover', purpose: 'proof' })

/** The login of identity, for what is sealed of people. */
type IdentityLogin = Pick<Parameters<typeof openSealedRows>[2], 'databaseUrl' | 'contextKeys'>

/** The operator's hand on the keys; what happens to them is recorded through the application's own handle. */
export function keysOf(
  { vault }: Pick<UpheldOptions, 'vault'>,
  identity: IdentityLogin,
  open: (options: { readonly connectionsMax: number }, bend?: Bend) => Upheld,
): World['keys'] {
  return (bend = {}) => {
    if (vault === undefined) return undefined
    const platform = open({ connectionsMax: 1 }, bend)
    const statementsOf = (id: string): ReturnType<Upheld['organization']> => platform.organization(id).as(operator)
    const ports: KeyPorts = keyPorts(vault, { bend }, systemClock, statementsOf)
    const sealer = vaultOver(ports)
    const rows = openSealedRows(platform, operator, { ...identity, connectionsMax: 1 })
    return Object.freeze({
      ports,
      vault() {
        const honest = vaultOver(ports)
        return bend.vault?.(honest) ?? honest
      },
      rotate: (organization: OrganizationId) =>
        rotateDataKeys(ports, {
          since: systemClock.now().toISOString(),
          // Nobody else seals for an organization that exists for probes.
          settleMs: 0,
          organization,
          domains: domain => domain !== 'objects' && domain !== 'links',
          emptied: emptying({ store: ports.store, rows, sealer }, {}, () => undefined),
        }),
      shred: (shredding: Shredding) =>
        shred({ ...ports, forget: id => sealer.forget(id), memorySecsMax: keyTtlMs / 1000 }, shredding),
      async close() {
        sealer.close()
        await rows.close()
        await platform.close()
      },
    })
  }
}
