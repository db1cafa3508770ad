/**
 * Standard base64 with padding, RFC 4648 section 4, in its one canonical spelling; undefined for anything else.
 * The lenient spellings (missing padding, loose trailing bits) would let altered text stand for the same bytes.
 */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}
