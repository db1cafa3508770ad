import { createHash } from 'node:crypto'

/** Under this every identifier of an export is made. It was drawn once, and never changes. */
const namespace = 'f3094943-5b5a-40c2-80bc-66d11702d63e'

/**
 * What nobody else can come to own: names of properties and of the predicate begin with it. A host name could be
 * bought by somebody else one day.
 */
export const vocabulary = `urn:uuid:${namespace}`

/** The UUID of these parts: version 5 of RFC 9562, section 5.5. The same parts give the same one, everywhere and always. */
export function uuidOf(...parts: readonly string[]): string {
  const name = JSON.stringify(parts)
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest()
    .subarray(0, 16)
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6)
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8)
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
