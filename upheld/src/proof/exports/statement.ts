import { createHash } from 'node:crypto'
import type { NoteSigner } from '../../core/transparency/index.ts'
import type { Exhibits } from './exhibits.ts'
import { predicateOf, predicateType } from './predicate.ts'

/** What an in-toto payload in JSON is called, by the envelope layer of in-toto Attestation v1. */
const payloadType = 'application/vnd.in-toto+json'

/**
 * An in-toto Statement v1 in a DSSE v1 envelope, signed with the key of the evidence log, as one line of JSON.
 * That key otherwise signs notes, which end with a line feed and begin with the name of the log; what is signed here
 * begins with `DSSEv1` and ends with a brace. So neither can be passed off as the other.
 */
export function signedStatement(exhibits: Exhibits, signer: NoteSigner): string {
  const payload = JSON.stringify(statementOf(exhibits))
  const { name, id } = signer.verifier
  const signature = signer.sign(preAuthEncoding(payloadType, payload))
  return `${JSON.stringify({
    payload: Buffer.from(payload).toString('base64'),
    payloadType,
    signatures: [{ keyid: `${name}+${id}`, sig: signature.toString('base64') }],
  })}\n`
}

/**
 * A running service has no digest. The statement is about what has: the words and the code of every claim, and the head
 * of the log that holds the evidence. Two claims of one digest do not exist: the id is part of it.
 */
function statementOf(exhibits: Exhibits): object {
  const { claims, log } = exhibits
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [
      ...(log === undefined ? [] : [{ name: 'checkpoint', digest: { sha256: sha256(log.checkpoint) } }]),
      ...claims.map(({ id, digest }) => ({ name: `claim:${id}`, digest: { sha256: digest.replace(/^sha256:/, '') } })),
    ],
    predicateType,
    predicate: predicateOf(exhibits),
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** PAE of the DSSE protocol, v1: lengths are of bytes. Both texts are well formed, so they are their own UTF-8. */
function preAuthEncoding(type: string, body: string): string {
  return `DSSEv1 ${Buffer.byteLength(type)} ${type} ${Buffer.byteLength(body)} ${body}`
}
