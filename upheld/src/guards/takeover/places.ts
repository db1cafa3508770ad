import { isIPv4, isIPv6 } from 'node:net'

/** What counts as one place: IPv4 /32 and IPv6 /56 as an address, IPv4 /24 and IPv6 /48 as a network. */
interface Places {
  readonly family: 4 | 6 | 0
  readonly address: string
  readonly network: string
}

/** All addresses that cannot be read are one: whoever makes them up gains nothing by it. */
const unread: Places = Object.freeze({ family: 0, address: 'unread', network: 'unread' })

/**
 * The places of an address in any of its notations. An IPv6 address that only carries an IPv4 address is that one: mapped
 * (`::ffff:192.0.2.1`, `::ffff:c000:201`), compatible, NAT64 (RFC 6052) and 6to4 (RFC 3056). A subscriber has a /64, often
 * a /56: whoever changes addresses within it stays in one place.
 */
export function placesOf(text: string): Places {
  const plain = text.length > 64 ? '' : (text.split('%', 1)[0] ?? '')
  if (isIPv4(plain)) return placesOfFour(plain.split('.').map(Number))
  if (!isIPv6(plain)) return unread
  const groups = groupsOf(plain)
  const carried = carriedIn(groups)
  if (carried !== undefined) return placesOfFour(carried.flatMap(group => [group >> 8, group & 0xff]))
  const [first = 0, second = 0, third = 0, fourth = 0] = groups
  const network = [first, second, third].map(group => group.toString(16)).join(':')
  return { family: 6, address: `${network}:${(fourth >> 8).toString(16)}`, network }
}

function placesOfFour(parts: readonly number[]): Places {
  return { family: 4, address: parts.join('.'), network: parts.slice(0, 3).join('.') }
}

/** Eight numbers. The text is one that `isIPv6` took. */
function groupsOf(text: string): readonly number[] {
  const hex = text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts: readonly string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number)
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  })
  const [head = '', tail] = hex.split('::')
  const numbers = (part: string) => (part === '' ? [] : part.split(':').map(group => Number.parseInt(group, 16)))
  const [front, back] = [numbers(head), numbers(tail ?? '')]
  return tail === undefined ? front : [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back]
}

function carriedIn(groups: readonly number[]): readonly number[] | undefined {
  const starts = (...wanted: readonly number[]) => wanted.every((group, at) => groups[at] === group)
  if (starts(0, 0, 0, 0, 0, 0xffff) || starts(0x64, 0xff9b, 0, 0, 0, 0)) return groups.slice(6)
  if (starts(0x2002)) return groups.slice(1, 3)
  return starts(0, 0, 0, 0, 0, 0) && (groups[6] ?? 0) > 0 ? groups.slice(6) : undefined
}
