import { BlockList, isIP } from 'node:net'

const mapped = new BlockList()
mapped.addSubnet('::ffff:0:0', 96, 'ipv6')

/**
 * An address as Postgres reads it, in one form whatever it came in: an IPv4 address that was mapped into IPv6, in any
 * spelling, is that IPv4 address (RFC 4291 section 2.5.5.2); a zone is left out. Undefined when it is none.
 */
export function plainAddress(text: string): string | undefined {
  const bare = text.replace(/%.*$/, '')
  const family = isIP(bare)
  if (family === 0) return undefined
  if (family === 4) return bare
  if (!mapped.check(bare, 'ipv6')) return bare.toLowerCase()
  const host = new URL(`http://[${bare}]`).hostname
  const [high = 0, low = 0] = host
    .slice(1, -1)
    .split(':')
    .slice(-2)
    .map(part => Number.parseInt(part, 16))
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/**
 * A network in CIDR notation (RFC 4632), or one address, as `address/bits` without bits beyond its length. A mapped
 * network is the IPv4 network that it maps. Undefined when it is none, or when it would let everybody in.
 */
export function plainNetwork(text: string): string | undefined {
  const [, base = '', length] = /^([0-9a-fA-F.:]{2,45})(?:\/([0-9]{1,3}))?$/.exec(text) ?? []
  const address = plainAddress(base)
  if (address === undefined) return undefined
  const wasMapped = isIP(base) === 6 && isIP(address) === 4
  const most = isIP(address) === 4 ? 32 : 128
  const bits = length === undefined ? most : Number(length) - (wasMapped ? 96 : 0)
  return bits < 1 || bits > most ? undefined : `${address}/${bits}`
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether an address, or the host of a URL, is this machine and reaches no other one (RFC 1122 section 3.2.1.3, RFC 6761 section 6.3). */
export function isOwnLoopback(host: string): boolean {
  if (host === 'localhost') return true
  const address = plainAddress(host.replace(/^\[(.*)\]$/, '$1'))
  return address !== undefined && loopback.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6')
}
