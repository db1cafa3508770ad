import { createHash } from 'node:crypto'
import { isIPv4, isIPv6 } from 'node:net'

const labelMax = 200
const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/\bChrome\/|\bCriOS\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
]
const systems: readonly (readonly [RegExp, string])[] = [
  [/\bAndroid\b/, 'Android'],
  [/\biPhone\b|\biPad\b/, 'iOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
]

/** What a person recognizes in a list: `Firefox on Linux`. What a browser says of itself proves nothing. */
export function labelOf(agent: string): string {
  const find = (list: readonly (readonly [RegExp, string])[]): string | undefined =>
    list.find(([form]) => form.test(agent.slice(0, 500)))?.[1]
  const [browser, system] = [find(browsers), find(systems)]
  const label = [browser ?? 'A browser', ...(system === undefined ? [] : [`on ${system}`])].join(' ')
  return label.slice(0, labelMax)
}

/** The network of an address, not the address: IPv4 /24, IPv6 /48. `unknown` for what is no address. */
export function networkOf(address: string): string {
  if (address.length > 64) return 'unknown'
  const plain = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address
  if (isIPv4(plain)) return `${plain.split('.').slice(0, 3).join('.')}.0/24`
  if (!isIPv6(plain) || plain.includes('%')) return 'unknown'
  const [head = '', tail] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right]
  return `${groups.slice(0, 3).join(':')}::/48`
}

/** The browser that a sign-in was begun in: what it says of itself, and the device that it is. */
export function browserOf({ agent, device }: { readonly agent: string; readonly device?: string }): string {
  return createHash('sha256')
    .update(`browser\n${agent}\n${device ?? ''}`)
    .digest('base64url')
}
