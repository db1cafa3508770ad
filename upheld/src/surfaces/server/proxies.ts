import { BlockList, isIP } from 'node:net'
import { plainAddress, plainNetwork } from '../../core/network.ts'
import { refuse } from './errors.ts'

/** Who asks, by the address of the connection and what the header X-Forwarded-For says; null where there is none. */
type AddressOf = (peer: string, forwarded: string | null) => string

/** Longer chains are nobody's: what stands before these is not looked at. */
const hopsMax = 32

/**
 * Each proxy writes at the end of X-Forwarded-For whom it was asked by. So the header is believed from its end, as far as
 * proxies that are ours wrote it: the first address that is none of them is the visitor's. What stands before that, and
 * the whole header of anybody who is no proxy of ours, is whatever the visitor liked to write.
 * @param trusted - addresses and networks in CIDR notation (RFC 4632); nobody is believed where there are none
 * @throws server.bad_proxy
 */
export function addressThrough(trusted: readonly string[]): AddressOf {
  if (trusted.length === 0) return peer => peer
  const ours = new BlockList()
  for (const text of trusted) {
    const network = plainNetwork(text)
    if (network === undefined) throw refuse.bad_proxy({ detail: text })
    const [base = '', bits] = network.split('/')
    ours.addSubnet(base, Number(bits), familyOf(base))
  }
  const isOurs = (address: string): boolean => ours.check(address, familyOf(address))
  return (peer, forwarded) => {
    let address = plainAddress(peer) ?? peer
    if (forwarded === null || isIP(address) === 0) return address
    for (const text of forwarded.split(',').slice(-hopsMax).toReversed()) {
      if (!isOurs(address)) break
      const before = hop(text.trim())
      // A proxy that does not say whom it was asked by: then it is all that is known.
      if (before === undefined) break
      address = before
    }
    return address
  }
}

/** `192.0.2.1`, `2001:db8::1`, and what some proxies write besides: brackets, and the port of the connection. */
function hop(text: string): string | undefined {
  const [, bracketed, plain] = /^(?:\[([^\]]{2,45})\](?::\d{1,5})?|(\d[\d.]{6,14}):\d{1,5})$/.exec(text) ?? []
  const address = bracketed ?? plain ?? text
  return address.length > 64 ? undefined : plainAddress(address)
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6'
}
