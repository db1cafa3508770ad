import { generateRegistrationOptions, verifyRegistrationResponse } from '@simplewebauthn/server'
import type { PublicKeyCredentialCreationOptionsJSON, VerifiedRegistrationResponse } from '@simplewebauthn/server'
import { decodeAttestationObject } from '@simplewebauthn/server/helpers'
import { refuse } from './errors.ts'
import type { FactorOptions } from './options.ts'
import { handleOf, isForRp, registeredOf, signedHead, type Registered } from './passkey-answer.ts'
import { challengeSecs, claimChallenge, newChallenge } from './passkey-challenge.ts'
import { descriptorsOf, factColumns, factsIn } from './passkey-rows.ts'
import type { Changed, FactorPorts, PasskeyFacts, RefusalKind, Refused } from './ports.ts'
import { refused } from './refusals.ts'
import { settled } from './settle.ts'

/** Of one person. */
const passkeysMax = 20
/** EdDSA, ES256, RS256 as COSE numbers them (RFC 9053): what authenticators have, and every runtime can check. */
const algorithms = [-8, -7, -257]

export interface RegistrationFor {
  readonly personId: string
  /** The identifier of the session: an answer from another one is refused. */
  readonly binding: string
}

type Info = NonNullable<VerifiedRegistrationResponse['registrationInfo']>

/** What a browser is asked. @throws factors.too_many */
export async function askForRegistration(
  ports: FactorPorts,
  { rpId, issuer }: FactorOptions,
  asked: RegistrationFor & { readonly userName: string; readonly displayName: string },
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const { personId, binding } = asked
  await makeSureOfRoom(ports, personId)
  return generateRegistrationOptions({
    rpName: issuer,
    rpID: rpId,
    userID: handleOf(personId),
    userName: asked.userName,
    userDisplayName: asked.displayName,
    challenge: await newChallenge(ports, { purpose: 'register', personId, binding }),
    timeout: challengeSecs * 1000,
    attestationType: 'none',
    excludeCredentials: await descriptorsOf(ports.database, personId),
    authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
    supportedAlgorithmIDs: algorithms,
  })
}

/** Web Authentication level 3, section 7.1, with a name for each refusal. */
export async function register(
  ports: FactorPorts,
  options: FactorOptions,
  given: RegistrationFor & { readonly name: string; readonly response: unknown; readonly network: string },
): Promise<(Changed & { readonly passkey: PasskeyFacts }) | Refused> {
  const { personId, binding, network } = given
  const said = (kind: RefusalKind): Promise<Refused> =>
    refused(ports, { factor: 'passkey', network }, { kind, personId })

  const name = nameOf(given.name)
  const answer = registeredOf(given.response)
  if (answer === undefined) return said('malformed')
  if (answer.said.type !== 'webauthn.create') return said('type')
  const unclaimed = await claimChallenge(ports, answer.said.challenge, { purpose: 'register', personId, binding })
  if (unclaimed !== undefined) return said(unclaimed)
  const objection = objectionTo(answer, options)
  if (objection !== undefined) return said(objection)
  const info = await verified(answer, options)
  if (info === undefined) return said('signature')
  await makeSureOfRoom(ports, personId)
  const passkey = await keep(ports, { personId, name, transports: answer.response.transports, info })
  if (passkey === undefined) return said('taken')
  const change = await settled(ports, personId, {
    action: 'passkey.added',
    factorId: passkey.id,
    mail: 'factor-added',
  })
  return { passed: true, change, passkey }
}

/** @throws factors.too_many */
async function makeSureOfRoom({ database }: FactorPorts, personId: string): Promise<void> {
  const { rowCount } = await database.query('select from upheld_identity.passkey where person_id = $1', [personId])
  if (rowCount >= passkeysMax) throw refuse.too_many()
}

function objectionTo({ said, response }: Registered, { origins, rpId }: FactorOptions): RefusalKind | undefined {
  if (!origins.includes(said.origin)) return 'origin'
  if (said.embedded) return 'embedded'
  const attestation = attestationIn(response.attestationObject)
  const head = attestation === undefined ? undefined : signedHead(attestation.authenticatorData)
  if (attestation === undefined || head === undefined) return 'malformed'
  if (!isForRp(head, rpId)) return 'rp'
  if (!head.present) return 'not-present'
  if (!head.verified) return 'not-verified'
  if (head.backedUp && !head.backupEligible) return 'backup'
  return attestation.asked ? undefined : 'attestation'
}

/**
 * None was asked for. A credential may still sign for itself, section 8.2; certificates are not looked into, so that no
 * parser of them can be reached.
 */
function attestationIn(text: string): { readonly authenticatorData: Uint8Array; readonly asked: boolean } | undefined {
  try {
    const decoded = decodeAttestationObject(new Uint8Array(Buffer.from(text, 'base64url')))
    const form = decoded.get('fmt')
    const bare = decoded.get('attStmt').get('x5c') === undefined
    return { authenticatorData: decoded.get('authData'), asked: form === 'none' || (form === 'packed' && bare) }
  } catch {
    return undefined
  }
}

async function verified(
  { id, rawId, type, response }: Registered,
  { origins, rpId }: FactorOptions,
): Promise<Info | undefined> {
  const { clientDataJSON, attestationObject, transports } = response
  try {
    const { registrationInfo } = await verifyRegistrationResponse({
      response: {
        id,
        rawId,
        type,
        clientExtensionResults: {},
        response: { clientDataJSON, attestationObject, transports },
      },
      expectedChallenge: () => true,
      expectedOrigin: [...origins],
      expectedRPID: rpId,
      requireUserPresence: true,
      requireUserVerification: true,
      supportedAlgorithmIDs: algorithms,
    })
    return registrationInfo?.credential.id === id ? registrationInfo : undefined
  } catch {
    return undefined
  }
}

/** Undefined when somebody has this credential already, also when two register it at once. */
async function keep(
  { database, clock }: FactorPorts,
  of: { readonly personId: string; readonly name: string; readonly transports: readonly string[]; readonly info: Info },
): Promise<PasskeyFacts | undefined> {
  const { credential, aaguid, credentialDeviceType, credentialBackedUp } = of.info
  const { rows } = await database.query(
    `insert into upheld_identity.passkey (person_id, credential_id, public_key, counter, transports, aaguid, backup_eligible,
       backed_up, name, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict (credential_id) do nothing returning ${factColumns}`,
    [
      of.personId,
      Buffer.from(credential.id, 'base64url'),
      Buffer.from(credential.publicKey),
      credential.counter,
      of.transports,
      aaguid,
      credentialDeviceType === 'multiDevice',
      credentialBackedUp,
      of.name,
      clock.now(),
    ],
  )
  return rows[0] === undefined ? undefined : factsIn(rows[0])
}

/** @throws factors.bad_name */
export function nameOf(text: string): string {
  const name = text.length <= 400 && text.isWellFormed() ? text.normalize('NFC').trim() : ''
  if (name === '' || Array.from(name).length > 100 || /\p{Cc}/u.test(name)) throw refuse.bad_name()
  return name
}
