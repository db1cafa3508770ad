import { isUtf8 } from 'node:buffer'
import { inspect } from 'node:util'
import { refuse } from './errors.ts'

/**
 * What came out of the vault. Whoever wants to read it says so: everything else that an object meets on its way, such as
 * JSON, templates, logs, errors and assertions, prints `[secret]`, and a clone is refused.
 */
export interface Secret {
  /** @throws vault.not_text when the bytes are not UTF-8 */
  reveal(): string
  /** A copy. */
  bytes(): Buffer
  toString(): string
  toJSON(): string
  readonly [inspect.custom]: () => string
  readonly [Symbol.toPrimitive]: () => string
}

const shown = (): string => '[secret]'

/** Keeps `bytes`: the caller does not touch them again. */
export function secretOf(bytes: Buffer): Secret {
  // What is kept is in the scope of two functions, where no walk over properties comes, and functions cannot be cloned.
  let text: string | undefined
  return Object.freeze({
    reveal(): string {
      if (text === undefined && !isUtf8(bytes)) throw refuse.not_text()
      text ??= bytes.toString('utf8')
      return text
    },
    bytes: () => Buffer.from(bytes),
    toString: shown,
    toJSON: shown,
    [inspect.custom]: shown,
    [Symbol.toPrimitive]: shown,
  })
}
