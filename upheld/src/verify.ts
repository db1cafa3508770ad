import { messageOf, UpheldError } from './core/errors.ts'
import { isFork, verifyAuditBundle, verifyFork } from './proof/bundle/verify/index.ts'
import type { AuditOptions, Pieces, VerifiedAudit, VerifiedFork } from './proof/bundle/verify/index.ts'
import { refuseEvidence as refuse, verifyBundle, verifyLog } from './proof/evidence/verify/index.ts'
import type { Get, Verified, VerifyOptions } from './proof/evidence/verify/index.ts'

// `upheld/verify`: checks evidence and audit logs with Node alone, so that an auditor need install and trust nothing of ours but this.

export { isFork, UpheldError, verifyAuditBundle, verifyBundle, verifyFork, verifyLog }
export type { RecordedClaim, RecordedStanding } from './proof/evidence/verify/index.ts'
export type { AuditOptions, Get, Pieces, Verified, VerifiedAudit, VerifiedFork, VerifyOptions }

const timeoutMs = 15_000

/**
 * Fetches the whole log below an address such as `https://desk.example/security/evidence/` and recomputes all of it.
 * @throws UpheldError with a code of `verify` or `transparency`
 */
export async function verifyUrl(base: string, options: VerifyOptions): Promise<Verified> {
  return verifyLog(getFrom(base), options)
}

/** Follows no redirect, and reads no more than a file of the log can have. */
function getFrom(base: string): Get {
  const folder = URL.canParse(base) ? new URL(base.endsWith('/') ? base : `${base}/`) : undefined
  if (folder === undefined || !/^https?:$/.test(folder.protocol)) {
    throw refuse.unreachable({ detail: 'An address that starts with https:// is expected.' })
  }
  return async (path, bytesMax) => {
    const { href } = new URL(path, folder)
    try {
      const response = await fetch(href, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) })
      if (!response.ok || response.body === null) throw refuse.unreachable({ detail: `${href}: ${response.status}` })
      return await bounded(response.body, bytesMax, href)
    } catch (cause) {
      throw cause instanceof UpheldError ? cause : refuse.unreachable({ detail: `${href}: ${messageOf(cause)}`, cause })
    }
  }
}

async function bounded(body: AsyncIterable<Uint8Array>, bytesMax: number, href: string): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of body) {
    length += part.length
    if (length > bytesMax) throw refuse.altered({ detail: `${href} is larger than such a file can be.` })
    parts.push(part)
  }
  return Buffer.concat(parts)
}
