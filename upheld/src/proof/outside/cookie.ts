import { valuesOf, type Answer } from './wire/request.ts'

/** One Set-Cookie line, without its value. */
export interface Cookie {
  readonly name: string
  readonly secure: boolean
  readonly httpOnly: boolean
  readonly sameSite: string | undefined
  readonly path: string | undefined
  readonly domain: string | undefined
  readonly overTls: boolean
  /** It takes a cookie away, and sets none. */
  readonly expired: boolean
}

/** Every cookie that these answers set; of those with one name the last, as a browser keeps it. */
export function sameCookies(answers: readonly Answer[]): readonly Cookie[] {
  const kept = new Map<string, Cookie>()
  for (const answer of answers) {
    for (const line of valuesOf(answer, 'set-cookie')) {
      const cookie = parse(line, answer.url.protocol === 'https:')
      if (cookie !== undefined) kept.set(cookie.name, cookie)
    }
  }
  return [...kept.values()].filter(cookie => !cookie.expired)
}

/** As RFC 6265 reads it: the first pair is name and value, an attribute that comes twice counts as its last. */
function parse(line: string, overTls: boolean): Cookie | undefined {
  const [pair = '', ...parts] = line.split(';')
  const equals = pair.indexOf('=')
  if (equals < 0) return undefined
  const attributes = new Map(
    parts.map(part => {
      const [name = '', ...rest] = part.split('=')
      return [name.trim().toLowerCase(), rest.join('=').trim()] as const
    }),
  )
  const domain = attributes.get('domain')
  return {
    name: pair.slice(0, equals).trim(),
    secure: attributes.has('secure'),
    httpOnly: attributes.has('httponly'),
    sameSite: attributes.get('samesite'),
    path: attributes.get('path'),
    domain: domain === '' ? undefined : domain,
    overTls,
    expired: /^(0|-\d+)$/.test(attributes.get('max-age') ?? ''),
  }
}
