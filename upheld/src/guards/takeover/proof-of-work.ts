import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Queryable } from '../../core/ports.ts'
import { burnOnce } from '../once/index.ts'
import type { Challenge } from './shapes.ts'

export interface WorkOptions {
  readonly database: Queryable
  /** 32 bytes, of this purpose alone. */
  readonly key: Uint8Array
  /** Zero bits that a digest must begin with: each one more doubles the work. 17 are about a second of a browser. */
  readonly bits?: number
  readonly lifeSecs?: number
}

const answerForm = /^(work1\.(\d{1,13})\.([A-Za-z0-9_-]{22})\.(\d{1,2})\.([A-Za-z0-9_-]{43}))\.(\d{1,15})$/

/**
 * Our own step that costs whoever tries more than us: find a number so that SHA-256 of `<challenge>.<number>` begins with so
 * many zero bits. Nothing is stored until it is answered; each answer counts once, for one account from one address.
 */
export function proofOfWork({ database, key, bits = 17, lifeSecs = 120 }: WorkOptions): Challenge {
  const mac = (head: string, context: string) =>
    createHmac('sha256', key).update(`${head}\n${context}`).digest('base64url')
  return Object.freeze({
    issue(context: string, now: Date) {
      const head = `work1.${now.getTime() + lifeSecs * 1_000}.${randomBytes(16).toString('base64url')}.${bits}`
      return `${head}.${mac(head, context)}`
    },
    async holds(context: string, answer: string, now: Date) {
      const [, challenge = '', expiry, nonce, asked, found = ''] = answerForm.exec(answer) ?? []
      if (nonce === undefined) return false
      const head = challenge.slice(0, -found.length - 1)
      if (!timingSafeEqual(Buffer.from(mac(head, context)), Buffer.from(found))) return false
      const leftMs = Number(expiry) - now.getTime()
      if (leftMs <= 0 || leftMs > lifeSecs * 1_000 || zeroBits(answer) < Number(asked)) return false
      return burnOnce(database, { kind: 'proof-of-work', owner: 'takeover', lifeSecs }, nonce, now)
    },
  })
}

/** The answer to a challenge, as a page finds it. */
export function solveWork(challenge: string): string {
  const bits = Number(challenge.split('.')[3])
  for (let number = 0; ; number++) {
    const answer = `${challenge}.${number}`
    if (zeroBits(answer) >= bits) return answer
  }
}

function zeroBits(text: string): number {
  return Math.clz32(createHash('sha256').update(text).digest().readUInt32BE(0))
}
