import { randomInt } from 'node:crypto'
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

const lanes = 16

/**
 * The same for what names nobody, such as the question for a passkey: everybody behind one address asks the same, so they
 * do not stand in one line. As many lines together get no further past `addressTriesMax` than one.
 */
export async function pacedForAll<T>(
  parts: Parts,
  what: string,
  from: From | undefined,
  work: () => Promise<T>,
): Promise<T> {
  return paced(parts, `${what} ${randomInt(lanes)}`, from, work)
}
