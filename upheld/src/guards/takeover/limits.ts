import { z } from 'zod'
import { refuse } from './errors.ts'

const count = z.number().int().min(1).max(1_000_000)
const secs = z.number().int().min(1).max(86_400)

/**
 * Every setting against guessing (ASVS 6.1.1). Failures are tries that did not succeed, refused ones included. No limit but
 * `budget` stops anybody for good, and none of them a known device, an open session or a passkey.
 */
const limits = z.strictObject({
  /** Consecutive failures of strangers at one account that ever reach a check, over all factors (NIST SP 800-63B-4, 3.2.2). */
  budget: count.max(100).default(100),
  /** The same for each known device or session of that account. */
  budgetKnown: count.max(100).default(50),
  /** Failures in a row at one account that cost no waiting. After them 1 s, 2 s, 4 s … */
  free: count.default(5),
  /** … up to this. An answered challenge spares strangers this wait, never the budget. */
  delayMaxSecs: secs.default(900),
  /** At so many failures in a row the owner hears of it. */
  noticeAt: count.default(10),
  /** Or at failures from so many addresses within the window of addresses. */
  noticeAddresses: count.default(5),
  /** Window of addresses and networks. */
  addressWindowSecs: secs.default(3_600),
  /** Failures from one address (IPv4 /32, IPv6 /56) before it is slowed to one try in `slowSecs`. */
  addressFailures: count.default(30),
  /** Accounts that one address may fail at before the same. */
  addressAccounts: count.default(10),
  /** Failures, then accounts, for one network (IPv4 /24, IPv6 /48). */
  networkFailures: count.default(150),
  networkAccounts: count.default(50),
  /** Past this many tries in a window, one address gets no further with anything that a stranger can do, passkeys included. */
  addressTriesMax: count.default(1_000),
  /** Window of an organization and of everybody. */
  ratioWindowSecs: secs.default(300),
  /** From so many failures on the ratio counts … */
  organizationFailures: count.default(50),
  everywhereFailures: count.default(200),
  /** … and at this part of all tries, in percent, strangers are slowed. */
  ratioPercent: z.number().int().min(10).max(100).default(60),
  /** One try in so long, from one address, while something above is over its limit and no challenge was answered. */
  slowSecs: secs.default(30),
})

export type Limits = Readonly<z.output<typeof limits>>

/** @throws takeover.bad_options with every problem at once */
export function parseLimits(given: unknown): Limits {
  const parsed = limits.safeParse(given)
  if (!parsed.success) throw refuse.bad_options({ detail: z.prettifyError(parsed.error) })
  return Object.freeze(parsed.data)
}
