export type { VerifiedToken } from './claims.ts'
export type { JwtDefinition } from './options.ts'
export { jwtSessions } from './sessions.ts'
export { jwtVerifier, type JwtPorts, type JwtVerifier } from './verifier.ts'
