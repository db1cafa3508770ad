import { generateAuthenticationOptions, verifyAuthenticationResponse } from '@simplewebauthn/server'
import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server'
import type { FactorOptions } from './options.ts'
import { assertedOf, handleOf, isForRp, signedHead, type Asserted, type SignedHead } from './passkey-answer.ts'
import { challengeSecs, claimChallenge, newChallenge, type ChallengeFor } from './passkey-challenge.ts'
import { descriptorsOf, noteUse, passkeyOf, type StoredPasskey } from './passkey-rows.ts'
import type { FactorPorts, Proven, RefusalKind, Refused } from './ports.ts'
import { refused } from './refusals.ts'

export type SignInFor = ChallengeFor & { readonly purpose: 'sign-in' | 'second-factor' | 'step-up' }
type Place = Pick<FactorOptions, 'rpId' | 'origins'>

/** What a browser is asked. With a person: that person's passkeys; without: whichever the browser offers. */
export async function askForPasskey(
  ports: FactorPorts,
  { rpId }: Place,
  asked: SignInFor,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  return generateAuthenticationOptions({
    rpID: rpId,
    challenge: await newChallenge(ports, asked),
    userVerification: 'required',
    timeout: challengeSecs * 1000,
    allowCredentials: asked.personId === undefined ? [] : await descriptorsOf(ports.database, asked.personId),
  })
}

/** Web Authentication level 3, section 7.2, with a name for each refusal. */
export async function checkPasskey(
  ports: FactorPorts,
  place: Place,
  { response, network, ...asked }: SignInFor & { readonly response: unknown; readonly network: string },
): Promise<Proven | Refused> {
  let personId = asked.personId
  const said = (kind: RefusalKind): Promise<Refused> =>
    refused(
      ports,
      { factor: 'passkey', network },
      {
        kind,
        ...(personId === undefined ? {} : { personId }),
        ...(kind === 'counter' ? { mail: 'passkey-suspect' as const } : {}),
      },
    )

  const answer = assertedOf(response)
  if (answer === undefined) return said('malformed')
  if (answer.said.type !== 'webauthn.get') return said('type')
  const unclaimed = await claimChallenge(ports, answer.said.challenge, asked)
  if (unclaimed !== undefined) return said(unclaimed)
  const passkey = await passkeyOf(ports.database, answer.id)
  if (passkey === undefined) return said('unknown')
  // A stranger's credential is told to the person whom the page is about, and not to the stranger.
  personId ??= passkey.personId
  const head = signedHead(Buffer.from(answer.response.authenticatorData, 'base64url'))
  if (head === undefined) return said('malformed')
  const objection = objectionTo(answer, { head, passkey, place, asked })
  if (objection !== undefined) return said(objection)
  if (!(await isSigned(answer, passkey, place))) return said('signature')
  const { counter, backedUp } = head
  const sound = await noteUse(ports.database, { id: passkey.id, counter, backedUp, now: ports.clock.now() })
  if (!sound) return said('counter')
  return { passed: true, method: 'passkey', personId: passkey.personId, factorId: passkey.id }
}

/** Everything that can be said of an answer before its signature is looked at. */
function objectionTo(
  { said, response }: Asserted,
  of: { readonly head: SignedHead; readonly passkey: StoredPasskey; readonly place: Place; readonly asked: SignInFor },
): RefusalKind | undefined {
  const { head, passkey, place, asked } = of
  if (!place.origins.includes(said.origin)) return 'origin'
  if (said.embedded) return 'embedded'
  if (asked.personId !== undefined && asked.personId !== passkey.personId) return 'foreign'
  // Where nobody said who it is, the authenticator must; where it says it, it must agree (step 6).
  const handle = response.userHandle ?? undefined
  const expected = Buffer.from(handleOf(passkey.personId)).toString('base64url')
  if (handle === undefined ? asked.personId === undefined : handle !== expected) return 'foreign'
  if (!isForRp(head, place.rpId)) return 'rp'
  if (!head.present) return 'not-present'
  if (!head.verified) return 'not-verified'
  if (head.backupEligible !== passkey.backupEligible || (head.backedUp && !head.backupEligible)) return 'backup'
  return passkey.suspect ? 'suspect' : undefined
}

/** The library looks at everything once more, and at the signature. The counter comes after: a forgery moves nothing. */
async function isSigned(
  { id, rawId, type, response }: Asserted,
  passkey: StoredPasskey,
  place: Place,
): Promise<boolean> {
  const { clientDataJSON, authenticatorData, signature } = response
  try {
    const { verified } = await verifyAuthenticationResponse({
      response: {
        id,
        rawId,
        type,
        clientExtensionResults: {},
        response: { clientDataJSON, authenticatorData, signature },
      },
      expectedChallenge: () => true,
      expectedOrigin: [...place.origins],
      expectedRPID: place.rpId,
      requireUserVerification: true,
      credential: { id, publicKey: passkey.publicKey, counter: 0 },
    })
    return verified
  } catch {
    // It throws at what cannot even be read, such as a signature that is none.
    return false
  }
}
