import { hash } from 'node:crypto'

// A commitment stands in a leaf for a personal value, which is kept beside the log and can be erased. The salt is 32
// random bytes for each value: once it is gone, no guess of the value can be checked against the leaf.

const saltBytes = 32
const label = 'upheld/commitment@v1'

/** What the log keeps beside a leaf for one name of its `com`, as the customer gets it. */
export type Disclosure =
  | { readonly entry: string; readonly name: string; readonly salt: Buffer; readonly value: string }
  | { readonly entry: string; readonly name: string; readonly erasedBy: string; readonly erasedAt: Date }

/**
 * Base64 of SHA-256 over label, LF, name, LF, salt and the value in UTF-8. The name has no LF, the salt one length, so
 * that no two inputs are spelt alike. The database computes the same in `upheld_audit.commitment`.
 */
export function commitmentTo(name: string, salt: Buffer, value: string): string {
  const bytes = Buffer.concat([Buffer.from(`${label}\n${name}\n`), salt, Buffer.from(value)])
  return hash('sha256', bytes, 'base64')
}

/** Whether the leaf committed to exactly this value under this name; `erased` when the value was taken away. */
export function checkDisclosure(
  com: Readonly<Record<string, string>>,
  disclosure: Disclosure,
): 'matches' | 'differs' | 'erased' {
  const committed = com[disclosure.name]
  if (committed === undefined) return 'differs'
  if ('erasedBy' in disclosure) return 'erased'
  const { name, salt, value } = disclosure
  return salt.length === saltBytes && commitmentTo(name, salt, value) === committed ? 'matches' : 'differs'
}
