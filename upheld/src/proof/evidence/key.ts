import { generateSignerKey, parseSignerKey } from '../../core/transparency/index.ts'
import type { NoteSigner } from '../../core/transparency/index.ts'
import { refuse } from './errors.ts'

/** Where the one key of the log lives. */
export interface KeyStore {
  /** The secret that is kept; `make` is asked for one when there is none. Two callers at once get the same. */
  keep(make: () => string): string
  /** Puts the verifier key where anybody may read it. */
  publish(verifierKey: string): void
}

/**
 * The signer of the log, made at the first start.
 * @throws evidence.other_origin when the key kept here signs for a log of another name
 * @throws transparency.bad_key, and what the store throws
 */
export function evidenceKey(store: KeyStore, origin: string): NoteSigner {
  const signer = parseSignerKey(store.keep(() => `${generateSignerKey(origin)}\n`).replace(/\n$/, ''))
  const { name, encoded } = signer.verifier
  if (name !== origin) throw refuse.other_origin({ detail: `The key is for ${name}, the log is ${origin}.` })
  store.publish(`${encoded}\n`)
  return signer
}
