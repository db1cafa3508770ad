import { z } from 'zod'
import { decodeBase64, type NoteSigner, type NoteVerifier } from '../../core/transparency/index.ts'

/** What an in-toto payload in JSON is called, by the envelope layer of in-toto Attestation v1. */
const payloadType = 'application/vnd.in-toto+json'

/** A statement in a DSSE v1 envelope with one signature, as one line of JSON. */
export function sealedStatement(payload: string, signer: NoteSigner): string {
  const { name, id } = signer.verifier
  const signature = signer.sign(preAuthEncoding(payloadType, payload))
  return `${JSON.stringify({
    payload: Buffer.from(payload).toString('base64'),
    payloadType,
    signatures: [{ keyid: `${name}+${id}`, sig: signature.toString('base64') }],
  })}\n`
}

const envelope = z.strictObject({
  payload: z.base64(),
  payloadType: z.literal(payloadType),
  signatures: z.tuple([z.strictObject({ keyid: z.string().max(300), sig: z.base64() })]),
})

/** The payload of an envelope that nobody altered since; `keyOf` says from the payload who must have signed it. */
export function openedStatement(
  text: string,
  keyOf: (payload: string) => NoteVerifier | undefined,
): string | undefined {
  const read = envelope.safeParse(parsed(text))
  if (!read.success) return undefined
  const [{ keyid, sig }] = read.data.signatures
  const bytes = decodeBase64(read.data.payload)
  const signature = decodeBase64(sig)
  if (bytes === undefined || signature === undefined) return undefined
  const payload = bytes.toString('utf8')
  const verifier = keyOf(payload)
  if (verifier === undefined || keyid !== `${verifier.name}+${verifier.id}`) return undefined
  return verifier.verify(preAuthEncoding(payloadType, payload), signature) ? payload : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** PAE of the DSSE protocol, v1: lengths are of bytes. Both texts are well formed, so they are their own UTF-8. */
function preAuthEncoding(type: string, body: string): string {
  return `DSSEv1 ${Buffer.byteLength(type)} ${type} ${Buffer.byteLength(body)} ${body}`
}
