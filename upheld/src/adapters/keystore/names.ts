import { refuse } from './errors.ts'

/** A file system takes 255 bytes for one name. A longer one goes on in a folder inside. */
const pieceMax = 200
/** Ends a piece that goes on; no piece has it otherwise. */
const more = '+'

/** A lone surrogate has no bytes of its own: two domains would become one name. Postgres stores no NUL. */
export function isDomain(domain: string): boolean {
  const bytes = Buffer.byteLength(domain)
  return bytes > 0 && bytes <= 200 && domain.isWellFormed() && !domain.includes('\0')
}

/** @throws keystore.bad_record when it is no domain: 1 to 200 bytes of UTF-8 without NUL */
export function assertDomain(domain: string): void {
  if (!isDomain(domain)) throw refuse.bad_record({ detail: `A domain of ${Buffer.byteLength(domain)} bytes.` })
}

/**
 * The path of a domain's folder, in pieces. Lower-case letters, digits, `-`, `_` and inner dots stand for themselves,
 * every other byte as `=` and two hex digits: so no two domains share a name, also where a file system takes A for a or
 * composes letters.
 */
export function namesOf(domain: string): readonly string[] {
  assertDomain(domain)
  const text = Array.from(Buffer.from(domain, 'utf8'), (byte, index) => {
    const letter = String.fromCharCode(byte)
    return /[a-z0-9_-]/.test(letter) || (letter === '.' && index > 0)
      ? letter
      : `=${byte.toString(16).padStart(2, '0')}`
  }).join('')
  const pieces: string[] = []
  for (let at = 0; at < text.length; at += pieceMax) {
    const last = at + pieceMax >= text.length
    pieces.push(text.slice(at, at + pieceMax) + (last ? '' : more))
  }
  return pieces
}

export function goesOn(name: string): boolean {
  return name.endsWith(more)
}

/** The domain of these pieces; undefined when no domain has them. */
export function domainOf(names: readonly string[]): string | undefined {
  const text = names.map((name, index) => (index < names.length - 1 ? name.slice(0, -1) : name)).join('')
  const bytes: number[] = []
  for (let at = 0; at < text.length; at += text[at] === '=' ? 3 : 1) {
    bytes.push(text[at] === '=' ? Number.parseInt(text.slice(at + 1, at + 3), 16) : text.charCodeAt(at))
  }
  const domain = Buffer.from(bytes).toString('utf8')
  return isDomain(domain) && namesOf(domain).join('/') === names.join('/') ? domain : undefined
}
