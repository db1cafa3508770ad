import { createHash } from 'node:crypto'
import type { NoteSigner } from '../../core/transparency/index.ts'
import { sealedStatement } from './envelope.ts'
import type { Exhibits } from './exhibits.ts'
import { predicateOf, predicateType } from './predicate.ts'

/**
 * An in-toto Statement v1 in a DSSE v1 envelope, signed with the key of the evidence log, as one line of JSON.
 * That key otherwise signs notes, which end with a line feed and begin with the name of the log; what is signed here
 * begins with `DSSEv1` and ends with a brace. So neither can be passed off as the other.
 */
export function signedStatement(exhibits: Exhibits, signer: NoteSigner): string {
  return sealedStatement(JSON.stringify(statementOf(exhibits)), signer)
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
