export { clearFactors } from './clear.ts'
export { type DeviceClaim, type Devices } from './devices.ts'
export { factors, type Factors } from './factors.ts'
export { identityHouse } from './house.ts'
export { parseFactorOptions, type FactorOptions } from './options.ts'
export { type PasskeyPurpose } from './passkey-challenge.ts'
export { type Passkeys } from './passkeys.ts'
export {
  type Changed,
  type Device,
  type FactorChange,
  type FactorKind,
  type FactorMail,
  type FactorPorts,
  type FactorsOf,
  type PasskeyFacts,
  type Proven,
  type RefusalKind,
  type Refused,
  type TotpEnrollment,
  type TotpFacts,
} from './ports.ts'
export { type RecoveryCodes } from './recovery.ts'
export { type Totp } from './totp.ts'
