/**
 * Algorithms of JSON Web Signatures by a public key (RFC 7518, RFC 8037): with no shared secret among them there is no
 * mistaking a public key for one.
 */
export const publicKeyAlgorithms = Object.freeze([
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const)
