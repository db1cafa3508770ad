import { devices, type Devices } from './devices.ts'
import { identityHouse } from './house.ts'
import type { FactorOptions } from './options.ts'
import { factorsOf } from './overview.ts'
import { passkeys, type Passkeys } from './passkeys.ts'
import type { FactorPorts, FactorsOf } from './ports.ts'
import { recoveryCodes, type RecoveryCodes } from './recovery.ts'
import { totp, type Totp } from './totp.ts'

/** Everything that somebody proves a second time with. It checks; how often it may be asked, `guards/takeover` says. */
export interface Factors {
  readonly totp: Totp
  readonly passkeys: Passkeys
  readonly recovery: RecoveryCodes
  readonly devices: Devices
  /** What there is, for pages and policies, in one statement and without a secret. */
  of(personId: string): Promise<FactorsOf>
  /**
   * Whoever is gone, or goes now: what was sealed for them opens nowhere any more, in no copy of the database either. There
   * is no way back.
   */
  destroyKeys(personId: string): Promise<void>
}

/** Cheap to make: one for each transaction, with `database` being the transaction, is as well as one for all. */
export function factors(ports: FactorPorts, options: FactorOptions): Factors {
  return Object.freeze<Factors>({
    totp: totp(ports, options),
    passkeys: passkeys(ports, options),
    recovery: recoveryCodes(ports),
    devices: devices(ports, options),
    of: personId => factorsOf(ports, personId),
    async destroyKeys(personId) {
      await ports.destroyKeys?.({ organization: identityHouse, subject: personId })
    },
  })
}
