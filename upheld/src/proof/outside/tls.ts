import type { Clock } from '../../core/clock.ts'
import { troubleWords, type Trouble } from './errors.ts'
import type { Seen } from './seen.ts'
import type { Budget } from './wire/budget.ts'
import { shakeHands, tlsVersions, type Handshake, type TlsVersion } from './wire/handshake.ts'

export interface TlsSeen {
  readonly tls: Seen['tls']
  readonly certificate: Seen['certificate']
  /** Nobody is there: no further question makes sense. */
  readonly dead?: Trouble
}

const hopeless: readonly Trouble['code'][] = ['unknown_host', 'no_server', 'no_answer', 'unreachable']

/** Whether the trouble is that of the whole host. */
export function isDead({ code }: Trouble): boolean {
  return hopeless.includes(code)
}

/** One handshake in each version, and the certificate of the first that comes about. */
export async function tlsOf(
  address: URL,
  {
    budget,
    clock,
    ca,
  }: { readonly budget: Budget; readonly clock: Clock; readonly ca?: readonly string[] | undefined },
): Promise<TlsSeen> {
  const place = {
    host: address.hostname.replace(/^\[|\]$/g, ''),
    port: address.port === '' ? 443 : Number(address.port),
    ...(ca === undefined ? {} : { ca }),
  }
  const outcomes = new Map<TlsVersion, Handshake>()
  for (const version of tlsVersions) {
    const outcome = await shakeHands(place, version, budget)
    outcomes.set(version, outcome)
    if (outcome.is === 'unseen' && outcomes.size === 1 && isDead(outcome.trouble)) {
      return { ...nothing(troubleWords(outcome.trouble)), dead: outcome.trouble }
    }
  }
  const first = [...outcomes.values()].find(one => one.is === 'offered')
  if (first === undefined) return nothing('No TLS session comes about, in whatever version.')
  const { certificate, distrust } = first
  return {
    tls: { seen: outcomes },
    certificate:
      certificate === undefined
        ? { unseen: 'The server shows no certificate.' }
        : {
            seen: { certificate, host: place.host, at: clock.now(), ...(distrust === undefined ? {} : { distrust }) },
          },
  }
}

function nothing(unseen: string): TlsSeen {
  return { tls: { unseen }, certificate: { unseen } }
}
