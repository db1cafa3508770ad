import type { From, Parts } from './parts.ts'
import { counted, place } from './sign-in.ts'

/**
 * What checks no secret, and still costs a hash, a mail or a row: counted for the address it comes from, which gets no
 * further past `addressTriesMax` of `takeover`. It is no failure, and no account waits for it.
 * @throws takeover.slow_down
 */
export async function paced<T>(parts: Parts, what: string, from: From | undefined, work: () => Promise<T>): Promise<T> {
  if (from === undefined) return work()
  // With the address: many who ask for one mailbox from elsewhere are not in anybody's way.
  const account = { unknown: `door ${what} ${from.address}` }
  const asked = await place(parts, { account, factor: 'code', known: undefined }, from)
  return counted(parts, asked, work, async () => 'passed')
}
