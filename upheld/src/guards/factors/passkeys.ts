import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server'
import { z } from 'zod'
import { refuse } from './errors.ts'
import type { FactorOptions } from './options.ts'
import { askForPasskey, checkPasskey, type SignInFor } from './passkey-check.ts'
import { askForRegistration, nameOf, register, type RegistrationFor } from './passkey-register.ts'
import { factColumns, factsIn } from './passkey-rows.ts'
import type { Changed, FactorChange, FactorPorts, PasskeyFacts, Proven, Refused } from './ports.ts'
import { isId } from './rows.ts'
import { settled } from './settle.ts'

/** Passkeys: discoverable, always with user verification, so that one of them alone is two factors. */
export interface Passkeys {
  /** For `navigator.credentials.create`. @throws factors.too_many */
  beginRegistration(
    of: RegistrationFor & { readonly userName: string; readonly displayName: string },
  ): Promise<PublicKeyCredentialCreationOptionsJSON>
  /** `response` is what the browser sent, as parsed JSON. @throws factors.bad_name, too_many */
  finishRegistration(
    given: RegistrationFor & { readonly name: string; readonly response: unknown; readonly network: string },
  ): Promise<(Changed & { readonly passkey: PasskeyFacts }) | Refused>
  /** For `navigator.credentials.get`. */
  begin(asked: SignInFor): Promise<PublicKeyCredentialRequestOptionsJSON>
  /** With the same purpose, person and binding as `begin`. What was proven says whose the passkey is. */
  check(given: SignInFor & { readonly response: unknown; readonly network: string }): Promise<Proven | Refused>
  list(personId: string): Promise<readonly PasskeyFacts[]>
  /** @throws factors.absent, bad_name */
  rename(personId: string, passkeyId: string, name: string): Promise<PasskeyFacts>
  /** @throws factors.absent */
  remove(personId: string, passkeyId: string): Promise<FactorChange>
}

export function passkeys(ports: FactorPorts, options: FactorOptions): Passkeys {
  const { database } = ports
  return Object.freeze<Passkeys>({
    beginRegistration: of => askForRegistration(ports, options, of),
    finishRegistration: given => register(ports, options, given),
    begin: asked => askForPasskey(ports, options, asked),
    check: given => checkPasskey(ports, options, given),

    async list(personId) {
      const { rows } = await database.query(
        `select ${factColumns} from upheld_identity.passkey where person_id = $1 order by created_at, id`,
        [personId],
      )
      return rows.map(factsIn)
    },

    async rename(personId, passkeyId, name) {
      const { rows } = await database.query(
        `update upheld_identity.passkey set name = $3 where id = $1 and person_id = $2 returning ${factColumns}`,
        [isId(passkeyId) ? passkeyId : null, personId, nameOf(name)],
      )
      if (rows[0] === undefined) throw refuse.absent()
      return factsIn(rows[0])
    },

    async remove(personId, passkeyId) {
      const { rows } = await database.query(
        `delete from upheld_identity.passkey where id = $1 and person_id = $2 returning id`,
        [isId(passkeyId) ? passkeyId : null, personId],
      )
      const id = z.string().optional().parse(rows[0]?.['id'])
      if (id === undefined) throw refuse.absent()
      return settled(ports, personId, { action: 'passkey.removed', factorId: id, mail: 'factor-removed' })
    },
  })
}
