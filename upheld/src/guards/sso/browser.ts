import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** What a browser keeps while it is away at a provider. */
export interface BrowserSecret {
  /** 43 characters: to be kept in a cookie that no script reads and no other host sets (`sessionCookies().setOther`). */
  readonly value: string
  /** How long it is of use. */
  readonly lifeSecs: number
}

const secretForm = /^[A-Za-z0-9_-]{43}$/

export function newBrowserSecret(lifeSecs: number): BrowserSecret {
  return Object.freeze({ value: randomBytes(32).toString('base64url'), lifeSecs })
}

/**
 * A value that this browser alone can bring back, and that stands nowhere else: neither in the database, which keeps a
 * digest of the browser's secret, nor in an address.
 */
export function boundTo(secret: string, purpose: 'pkce' | 'nonce', state: string): string {
  return createHmac('sha256', secret).update(`upheld sso ${purpose}\n${state}`).digest('base64url')
}

export function digestOf(secret: string): string {
  return createHash('sha256').update(`upheld sso browser\n${secret}`).digest('hex')
}

/** Whether the browser that came back is the one that was sent. */
export function isSameBrowser(secret: string | undefined, digest: unknown): secret is string {
  if (secret === undefined || !secretForm.test(secret) || typeof digest !== 'string') return false
  const [a, b] = [Buffer.from(digestOf(secret)), Buffer.from(digest)]
  return a.length === b.length && timingSafeEqual(a, b)
}
