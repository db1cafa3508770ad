import { createHash } from 'node:crypto'
import { UpheldError } from '../../core/errors.ts'
import type { IdentityPort, VerifiedSession } from '../../guards/identity/index.ts'
import { parseDefinition, type JwtDefinition } from './options.ts'
import { jwtVerifier, type JwtPorts } from './verifier.ts'

interface SessionPorts extends JwtPorts {
  /** The person whom an issuer means. Without it the subject is the UUID of a person, and nothing else is anybody. */
  readonly personOf?: (issuer: string, subject: string) => Promise<string | undefined>
}

const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** Where a token does not say when somebody proved who they are: long ago. */
const longAgo = new Date(0)

/**
 * Sessions that somebody else began: each request brings an access token. Weakest is assumed of what it does not say: no
 * second factor without a method of `secondFactor`, and a proof of long ago without its time.
 * @throws jwt.bad_definition; when it is asked, jwt.keys_unavailable
 */
export function jwtSessions(given: JwtDefinition, { personOf, ...ports }: SessionPorts): IdentityPort {
  const { secondFactor } = parseDefinition(given)
  const verify = jwtVerifier(given, ports)
  const personIdOf = async (issuer: string, subject: string): Promise<string | undefined> =>
    personOf === undefined ? subject : personOf(issuer, subject)

  return Object.freeze({
    async verify(bearer: string): Promise<VerifiedSession | undefined> {
      const token = await verify(bearer).catch((thrown: unknown) => {
        if (thrown instanceof UpheldError && thrown.code === 'jwt.refused') return undefined
        throw thrown
      })
      if (token === undefined) return undefined
      const personId = await personIdOf(token.issuer, token.subject)
      if (personId === undefined || !uuidForm.test(personId)) return undefined
      const provenAt = token.provenAt ?? longAgo
      const strong = token.methods.some(method => secondFactor.includes(method))
      return Object.freeze({
        id: `jwt:${createHash('sha256')
          .update(`${token.issuer}\n${token.tokenId ?? bearer}`)
          .digest('hex')}`,
        personId,
        startedAt: provenAt,
        provenAt,
        expiresAt: token.expiresAt,
        methods: [strong ? 'sso-mfa' : 'sso'] as const,
      })
    },
  })
}
